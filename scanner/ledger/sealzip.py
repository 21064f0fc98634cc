"""The zip of a seal: stored members, no times, no extras. It is read by its own rule: what does not give the same bytes again is refused.

So there is one file for one content: no second directory, no hidden member, no comment, no prefix, no bytes behind it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping, Sequence

MAX_SIZE = 32 * 1024 * 1024
MAX_MEMBERS = 16
MAX_NAME = 64
FORM = "not the one form of a seal"
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NAME = re.compile(r"[a-z0-9][a-z0-9.]{0,63}")
_DATE = 0x21
"""1980-01-01."""


Place = tuple[int, int]
"""Where a member's content starts, and its length."""


def write(members: Mapping[str, bytes]) -> bytes:
    """The zip of these members in their order. Raises ValueError for a name that is not plain."""
    body, directory, at = [], [], 0
    for name, data in members.items():
        local, central = _heads(name, zlib.crc32(data), len(data), at)
        body += [local, data]
        directory.append(central)
        at += len(local) + len(data)
    return b"".join([*body, _tail(directory, at)])


def read(data: bytes) -> dict[str, bytes]:
    """The members by name. Raises ValueError for every file that :func:`write` would not have written."""
    return {name: data[start : start + size] for name, (start, size) in places(data).items()}


def places(data: bytes, limit: int = MAX_SIZE) -> dict[str, Place]:
    """Where the members lie: nothing is copied. Raises ValueError as :func:`read` does."""
    if len(data) > limit:
        raise ValueError("too large")
    view = memoryview(data)
    found: dict[str, Place] = {}
    directory, at = [], 0
    while view[at : at + 4] == _LOCAL:
        if len(data) < at + 30 or len(found) >= MAX_MEMBERS:
            raise ValueError("members")
        size, length = struct.unpack_from("<I", data, at + 22)[0], struct.unpack_from("<H", data, at + 26)[0]
        start = at + 30 + length
        name = bytes(view[at + 30 : min(start, at + 30 + MAX_NAME)]).decode("ascii")
        if name in found:
            raise ValueError("a member stands twice")
        local, central = _heads(name, zlib.crc32(view[start : start + size]), size, at)
        if view[at:start] != local or start + size > len(data):
            raise ValueError(FORM)
        found[name] = (start, size)
        directory.append(central)
        at = start + size
    if view[at:] != _tail(directory, at):
        raise ValueError(FORM)
    return found


def _heads(name: str, check: int, size: int, start: int) -> tuple[bytes, bytes]:
    """What stands before a member, and its line in the directory. Raises ValueError for a name that is not plain."""
    if not _NAME.fullmatch(name):
        raise ValueError("name")
    sizes = struct.pack("<III", check, size, size)
    local = _LOCAL + struct.pack("<HHHHH", 20, 0, 0, 0, _DATE) + sizes + struct.pack("<HH", len(name), 0) + name.encode()
    central = _CENTRAL + struct.pack("<HHHHHH", 0x0314, 20, 0, 0, 0, _DATE) + sizes
    return local, central + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0o600 << 16, start) + name.encode()


def _tail(directory: Sequence[bytes], at: int) -> bytes:
    lines = b"".join(directory)
    return lines + _END + struct.pack("<HHHHIIH", 0, 0, len(directory), len(directory), len(lines), at, 0)
