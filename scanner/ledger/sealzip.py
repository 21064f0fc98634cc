"""The zip of a seal: stored members, no times, no extras. It is read by its own rule: what does not give the same bytes again is refused.

So there is one file for one content: no second directory, no hidden member, no comment, no prefix, no bytes behind it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping

MAX_SIZE = 32 * 1024 * 1024
MAX_MEMBERS = 16
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NAME = re.compile(r"[a-z0-9][a-z0-9.]{0,63}")
_DATE = 0x21
"""1980-01-01."""


def write(members: Mapping[str, bytes]) -> bytes:
    """The zip of these members in their order. Raises ValueError for a name that is not plain."""
    body, directory = b"", b""
    for name, data in members.items():
        if not _NAME.fullmatch(name):
            raise ValueError("name")
        sizes = struct.pack("<III", zlib.crc32(data), len(data), len(data))
        start = len(body)
        body += _LOCAL + struct.pack("<HHHHH", 20, 0, 0, 0, _DATE) + sizes + struct.pack("<HH", len(name), 0) + name.encode() + data
        directory += _CENTRAL + struct.pack("<HHHHHH", 0x0314, 20, 0, 0, 0, _DATE) + sizes
        directory += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0o600 << 16, start) + name.encode()
    end = _END + struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + end


def read(data: bytes) -> dict[str, bytes]:
    """The members by name. Raises ValueError for every file that :func:`write` would not have written."""
    if len(data) > MAX_SIZE:
        raise ValueError("too large")
    found: dict[str, bytes] = {}
    at = 0
    while data[at : at + 4] == _LOCAL:
        if len(data) < at + 30 or len(found) >= MAX_MEMBERS:
            raise ValueError("members")
        size, length = struct.unpack("<I", data[at + 22 : at + 26])[0], struct.unpack("<H", data[at + 26 : at + 28])[0]
        name = data[at + 30 : at + 30 + length].decode("ascii")
        if name in found:
            raise ValueError("a member stands twice")
        found[name] = data[at + 30 + length : at + 30 + length + size]
        at += 30 + length + size
    if write(found) != data:
        raise ValueError("not the one form of a seal")
    return found
