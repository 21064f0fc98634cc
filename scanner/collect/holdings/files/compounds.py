"""Compound files made anew of streams: documents that lie in pieces inside of other ones become files that readers know."""

from __future__ import annotations

import struct
from collections.abc import Mapping

SECTOR, SMALL = 512, 4096
"""Streams that are smaller than the other are padded, so that none needs the table of small ones."""
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE, _TABLE, _LIST = -2, -1, -3, -4
_NUMBERS = SECTOR // 4
_IN_HEAD, _IN_LIST = 109, _NUMBERS - 1
"""How many sectors of the table have their places in the head, and in each sector of the list that goes on with it."""
_ENTRIES = SECTOR // 128


def compound_of(streams: Mapping[str, bytes]) -> bytes:
    """A file of these streams, all at its root."""
    sectors: list[bytes] = []
    table: list[int] = []
    entries = [_entry("Root Entry", 5, _END, 0, child=1 if streams else _FREE)]
    for number, (name, data) in enumerate(streams.items(), 1):
        data = data.ljust(SMALL, b"\0")
        first = _chained(sectors, table, data)
        entries.append(_entry(name, 2, first, len(data), right=number + 1 if number < len(streams) else _FREE))
    entries += [bytes(68) + b"\xff" * 12 + bytes(48)] * (-len(entries) % _ENTRIES)
    folder = _chained(sectors, table, b"".join(entries))
    size = lists = 0
    while size * _NUMBERS < len(sectors) + size + lists:
        size += 1
        lists = max(0, -(-(size - _IN_HEAD) // _IN_LIST))
    begin = len(sectors)
    table += [_TABLE] * size + [_LIST] * lists
    table += [_FREE] * (size * _NUMBERS - len(table))
    places = [*range(begin, begin + size), *[_FREE] * (_IN_HEAD + lists * _IN_LIST - size)]
    further = [
        struct.pack(
            f"<{_NUMBERS}i",
            *places[_IN_HEAD + at * _IN_LIST : _IN_HEAD + (at + 1) * _IN_LIST],
            begin + size + at + 1 if at + 1 < lists else _END,
        )
        for at in range(lists)
    ]
    head = _MAGIC + bytes(16) + struct.pack("<HHHHH6xII", 0x3E, 3, 0xFFFE, 9, 6, 0, size)
    head += struct.pack("<iIIiIiI", folder, 0, SMALL, _END, 0, begin + size if lists else _END, lists)
    head += struct.pack(f"<{_IN_HEAD}i", *places[:_IN_HEAD])
    return head + b"".join(sectors) + struct.pack(f"<{size * _NUMBERS}i", *table) + b"".join(further)


def _chained(sectors: list[bytes], table: list[int], data: bytes) -> int:
    """Put data into sectors; the first one's number."""
    first = len(sectors)
    sectors += [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]
    table += [*range(first + 1, len(sectors)), _END]
    return first


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE, right: int = _FREE) -> bytes:
    raw = (name[:31] + "\0").encode("utf-16-le")
    return (
        raw.ljust(64, b"\0") + struct.pack("<HBBiii", len(raw), kind, 1, _FREE, right, child) + bytes(36) + struct.pack("<iQ", start, size)
    )
