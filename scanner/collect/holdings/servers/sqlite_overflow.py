"""Texts of an SQLite file that go on from page to page: what is looked for may lie across the end of one and the beginning of the next.

A page of overflow begins with the number of the next one. What stands behind it may be the end of a needle; whether its beginning stands
where that page is told to follow is only looked for then. A file with many such places is taken to hold the needle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from scanner.collect.holdings.files.needles import found_in

MOST = 24
"""Places that are looked at once more."""
NUMBER = 4
"""Bytes of the number of a page."""
BLOCK = 1 << 20
Read = Callable[[int, int], bytes]
"""``read(size, at)`` of the file."""


@dataclass(frozen=True, slots=True)
class Split:
    """A page that begins with the end of a needle."""

    page: int
    needle: bytes
    cut: int
    """Bytes of it that would stand before."""

    @property
    def before(self) -> bytes:
        """The beginning of the needle, as it stands on a page with cells: the number of the page behind it."""
        return self.needle[: self.cut] + self.page.to_bytes(NUMBER, "big")


class Splits:
    """The places of one file at which a needle may go on."""

    def __init__(self, size: int, usable: int, length: int, needles: Collection[bytes]) -> None:
        self._size, self._usable, self._last = size, usable, length // size if size else 0
        self._ends: dict[int, list[tuple[bytes, bytes, int]]] = {}
        for needle in needles:
            for cut in range(1, len(needle)):
                self._ends.setdefault(needle[cut], []).append((needle[cut:], needle, cut))
        self._found: dict[bytes, set[Split]] = {}

    def look(self, piece: bytes, at: int) -> None:
        """Look through some whole pages of the file."""
        for number, page in self._overflowing(piece, at):
            begin = piece[page + NUMBER : page + NUMBER + 1]
            for end, needle, cut in self._ends.get(begin[0], ()) if begin else ():
                places = self._found.setdefault(needle, set())
                if len(places) <= MOST and piece.startswith(end, page + NUMBER):
                    places.add(Split(number, needle, cut))

    def across(self, read: Read, without: Collection[bytes]) -> set[bytes]:
        """Needles that lie across two pages, or may; those that were found anyway are not looked for."""
        wanted = {needle: places for needle, places in self._found.items() if places and needle not in without}
        found = {needle for needle, places in wanted.items() if len(places) > MOST}
        splits = [split for needle, places in wanted.items() if needle not in found for split in places]
        at, tail = 0, b""
        while splits and (piece := read(BLOCK, at)):
            block = tail + piece
            found.update(split.needle for split in splits if found_in(block, split.before))
            found.update(self._followed(piece, at, splits))
            splits = [split for split in splits if split.needle not in found]
            at, tail = at + len(piece), block[-64:]
        return found

    def _followed(self, piece: bytes, at: int, splits: Collection[Split]) -> Iterator[bytes]:
        """Needles that begin at the end of a page of overflow, of which the next one is told."""
        wanted = {split.page.to_bytes(NUMBER, "big"): split for split in splits}
        for _, page in self._overflowing(piece, at):
            if piece[page : page + NUMBER] in wanted:
                end = piece[page : page + self._usable]
                told = int.from_bytes(end[:NUMBER], "big")
                yield from (split.needle for split in splits if split.page == told and end.endswith(split.needle[: split.cut]))

    def _overflowing(self, piece: bytes, at: int) -> Iterator[tuple[int, int]]:
        """Numbers of pages that may be overflow, and where they stand in the piece: what they begin with is the number of a page, or none."""
        if not self._size or at % self._size:
            return
        highest = self._last >> 24
        for number, first in enumerate(piece[:: self._size]):
            if first <= highest:
                page = number * self._size
                if int.from_bytes(piece[page : page + NUMBER], "big") <= self._last:
                    yield at // self._size + number + 1, page


__all__ = ["BLOCK", "Split", "Splits"]
