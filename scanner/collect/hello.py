"""A TLS client hello written by hand, and the first answer read by hand.

The local library refuses to offer what is old or weak, so it cannot ask whether a server accepts it. Nothing is negotiated to
the end and no key is ever made: one hello goes out, the server's first record is read, the connection is closed.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

VERSIONS = {"SSLv3": 0x0300, "TLSv1.0": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
NAMES = {number: name for name, number in VERSIONS.items()}
SUITES_13 = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x00C6, 0x00C7)
GROUPS = (0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x0100, 0x0101)
SIGNATURES = (
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0809, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0708, 0x0402, 0x0202,
)  # fmt: skip
MAX_ANSWER = 65_536
# Every suite that servers of these versions know, the usual ones first; what is chosen among them is not judged here.
_RANGES = (
    (0xC02B, 0xC030), (0xCCA8, 0xCCAA), (0x009C, 0x009F), (0xC009, 0xC00A), (0xC013, 0xC014), (0xC023, 0xC02A), (0x002F, 0x0046),
    (0x0067, 0x006D), (0x0084, 0x0089), (0x0096, 0x009B), (0x00A0, 0x00A7), (0x00BA, 0x00C5), (0xC031, 0xC032), (0xC072, 0xC079),
    (0xC09C, 0xC0A3), (0xC0AC, 0xC0AF), (0xE011, 0xE01C), (0xC001, 0xC008), (0xC00B, 0xC012), (0xC015, 0xC019), (0x0001, 0x001B),
)  # fmt: skip
ALL_SUITES = tuple(number for first, last in _RANGES for number in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Said:
    """What the server said first."""

    state: str
    """accepted, alert, closed (no alert), timeout, garbled or unreachable."""
    version: str = ""
    """Version that the server chose."""
    suite: int | None = None
    alert: int | None = None
    detail: str = ""


def hello(version: int, suites: Sequence[int], name: str | None) -> bytes:
    """A client hello record that offers exactly one version and these suites. ``name`` is sent as SNI when it is no address."""
    modern = version >= 0x0304
    extensions = b""
    if name is not None:
        raw = name.encode("ascii", "ignore")
        extensions += _extension(0, struct.pack("!HBH", len(raw) + 3, 0, len(raw)) + raw)
    if version > 0x0300:
        extensions += _extension(10, _list16(GROUPS)) + _extension(11, b"\x01\x00")
    if version >= 0x0303:
        extensions += _extension(13, _list16(SIGNATURES))
    if modern:
        # An empty key share: a server that speaks 1.3 answers with a retry request, which is answer enough.
        extensions += _extension(43, b"\x02" + struct.pack("!H", version)) + _extension(51, b"\x00\x00") + _extension(45, b"\x01\x01")
    body = struct.pack("!H", min(version, 0x0303)) + os.urandom(32)
    body += b"\x20" + os.urandom(32) if modern else b"\x00"
    body += _list16((*suites, 0x00FF)) + b"\x01\x00"
    if extensions:
        body += struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16" + struct.pack("!HH", 0x0300 if version == 0x0300 else 0x0301, len(message)) + message


def _extension(number: int, data: bytes) -> bytes:
    return struct.pack("!HH", number, len(data)) + data


def _list16(values: Sequence[int]) -> bytes:
    return struct.pack("!H", 2 * len(values)) + b"".join(struct.pack("!H", value) for value in values)


def listen(connection: socket.socket, left: Callable[[], float]) -> Said:
    """Read the first record. ``left`` gives the seconds that remain, and raises TimeoutError when none do."""
    data = b""
    try:
        while True:
            said = read_answer(data)
            if said is not None:
                return said
            connection.settimeout(left())
            more = connection.recv(4096)
            if not more:
                return Said("closed", detail=f"{len(data)} bytes")
            data += more
            if len(data) > MAX_ANSWER:
                return Said("garbled", detail="too long")
    except TimeoutError:
        return Said("timeout", detail=f"{len(data)} bytes")
    except ConnectionError as error:
        return Said("closed", detail=type(error).__name__)


def read_answer(data: bytes) -> Said | None:
    """Read an alert or a server hello from the first bytes; None when more are needed."""
    if not data:
        return None
    if data[0] not in (0x15, 0x16):
        return Said("garbled", detail=data[:16].hex())
    if len(data) < 5:
        return None
    if data[1] != 3:
        return Said("garbled", detail=data[:16].hex())
    length = int.from_bytes(data[3:5], "big")
    record = data[5 : 5 + length]
    if data[0] == 0x15:
        return None if len(record) < 2 else Said("alert", alert=record[1])
    if len(record) < 40:
        return None if len(data) < 5 + length else Said("garbled", detail="a short record")
    if record[0] != 2:
        return Said("garbled", detail=f"handshake message {record[0]}")
    return _server_hello(record, complete=len(data) >= 5 + length)


def _server_hello(record: bytes, complete: bool) -> Said | None:
    version = int.from_bytes(record[4:6], "big")
    at = 38 + 1 + record[38]
    need = 4 + int.from_bytes(record[1:4], "big")
    if len(record) < min(need, at + 3):
        return None if not complete else Said("garbled", detail="a short hello")
    if len(record) < need and not complete:
        return None
    suite = int.from_bytes(record[at : at + 2], "big")
    at += 3
    end = min(need, len(record))
    if at + 2 <= end:
        at += 2
        while at + 4 <= end:
            kind, size = struct.unpack("!HH", record[at : at + 4])
            if kind == 43 and size == 2 and at + 6 <= end:
                version = int.from_bytes(record[at + 4 : at + 6], "big")
            at += 4 + size
    return Said("accepted", version=NAMES.get(version, f"{version:#06x}"), suite=suite)
