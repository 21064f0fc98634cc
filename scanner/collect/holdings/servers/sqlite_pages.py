"""What bytes on a page of an SQLite file belong to: numbers of rows, heads of records and numeric cells hold any bytes and never a text."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

LEAF, INTERIOR, INDEX_LEAF, INDEX_INTERIOR = KINDS = 0x0D, 0x05, 0x0A, 0x02
SURE_PAGES = 1 << 25
"""In a longer file the number of the next page, with which a page of overflowing text begins, may look like the sign of a leaf."""
HITS, HIT_BYTES = 1000, 1 << 16
"""So many places are looked at one by one, and one more for so many bytes of the file."""
NUMBERS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
"""Bytes of a cell by its serial type; those that come after these are texts and bytes."""

Read = Callable[[int, int], bytes]
"""``read(size, at)`` of the file."""


class Pages:
    """The pages of one file, as its header tells them."""

    def __init__(self, read: Read, length: int) -> None:
        head = read(100, 0).ljust(100, b"\0")
        size = int.from_bytes(head[16:18], "big")
        self.size = 65_536 if size == 1 else size
        self.usable = self.size - head[20]
        self._sound = self.size >= 512 and self.usable >= 480 and length < self.size * SURE_PAGES
        self._left = HITS + length // HIT_BYTES
        self._read = read
        self._held: tuple[int, bytes, int, Sequence[int]] = (-1, b"", 0, ())

    def may_be_text(self, at: int, length: int) -> bool:
        """Whether the bytes at a place of the file may be part of a text; False only on a page of cells none of which has them in one.

        What is in no cell was removed, and no question brings it.
        """
        self._left -= 1
        if not self._sound or self._left < 0:
            return True
        number, first = divmod(at, self.size)
        page, kind, cells = self._page(number)
        try:
            # Cells of a page that is not sound may lie one over the other: each of them is asked.
            return kind not in KINDS or any(self._has_text(page, kind, cell, first, first + length) for cell in cells if cell <= first)
        except IndexError:
            return True

    def _page(self, number: int) -> tuple[bytes, int, Sequence[int]]:
        """A page, its kind (0 where it has no cells), and where its cells begin."""
        if self._held[0] != number:
            page = self._read(self.size, number * self.size)
            self._held = number, page, *_cells(page, 100 if number == 0 else 0, self.size)
        return self._held[1:]

    def _has_text(self, page: bytes, kind: int, at: int, first: int, last: int) -> bool:
        """Whether the cell that begins at a place has a text between two others. Raises IndexError."""
        if kind in (INTERIOR, INDEX_INTERIOR):
            at += 4
        if kind == INTERIOR:
            at = _varint(page, at)[1]
            return first < at < last
        payload, at = _varint(page, at)
        if kind == LEAF:
            at = _varint(page, at)[1]
        end = at + self._local(payload, kind)
        size, types = _varint(page, at)
        head = body = at + size
        if first < min(head, end):
            return last > min(head, end)
        while types < head and body <= first < end:
            serial, types = _varint(page, types)
            body += NUMBERS[serial] if serial < len(NUMBERS) else (serial - 12) // 2
            if first < body:
                return serial >= len(NUMBERS) or last > body
        return first < end

    def _local(self, payload: int, kind: int) -> int:
        """So many bytes of a record stand on the page itself."""
        most = self.usable - 35 if kind == LEAF else (self.usable - 12) * 64 // 255 - 23
        least = (self.usable - 12) * 32 // 255 - 23
        some = payload if payload <= most else least + (payload - least) % (self.usable - 4)
        return some if some <= most else least


def _cells(page: bytes, head: int, size: int) -> tuple[int, Sequence[int]]:
    """Kind of a page and where its cells begin."""
    kind = page[head] if len(page) == size else 0
    begins = head + (12 if kind in (INTERIOR, INDEX_INTERIOR) else 8)
    number = int.from_bytes(page[head + 3 : head + 5], "big")
    if kind not in KINDS or begins + 2 * number > size:
        return 0, ()
    return kind, struct.unpack_from(f">{number}H", page, begins)


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends. Raises IndexError."""
    value = 0
    for place in range(at, at + 8):
        byte = page[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    return value << 8 | page[at + 8], at + 9
