"""Distinct values of one column of a block, by hashing eight bytes at a time; every match is compared, so no collision counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.collect.holdings.files.splitter import Ints
from scanner.collect.holdings.once import firsts

WORDS = 3
LONGEST = 8 * WORDS
"""Longer values are looked at one by one."""
PAD = bytes(LONGEST)
"""Behind a block whose last cells begin so near to its end that words of eight bytes could not be read at them."""
MAX_CODES = 65_536
"""Distinct values of a secrecy column beyond which rows are looked at one by one."""
MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)] + [(1 << 64) - 1] * (LONGEST - 7), dtype=np.uint64)
"""By how many bytes of a value are left, what of a word is its own."""
FACTORS = tuple(np.uint64(factor) for factor in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93))
SLOTS = 16
"""Bits of a hash that are its slot."""
SHIFT, FOLD = np.uint64(64 - SLOTS), np.uint64(29)

Words = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Places = NDArray[np.int32]


class Distinct:
    """Numbers for values, in the order in which they were first met. A missing cell (end < begin) has the number of ``None``.

    Short values are held at places. Place 0 is nobody's: no value has its size.
    """

    def __init__(self) -> None:
        self.values: list[bytes | None] = []
        self._long: dict[bytes | None, int] = {}
        self._sizes = np.full(1, -2, np.int64)
        self._words = [np.zeros(1, np.uint64) for _ in range(WORDS)]
        self._codes = np.full(1, -1, np.int64)
        self._places: dict[int, int] = {}
        """By hash."""
        self._slots = np.zeros(1 << SLOTS, np.int32)
        """By the first bits of a hash, the place of the value that came first with them."""

    def number(self, data: bytes, begin: Ints, end: Ints) -> Ints:
        """The number of each cell's value."""
        if int(begin.max(initial=0)) + LONGEST > len(data):
            data += PAD
        sizes = end - begin
        short = (sizes >= 0) & (sizes <= LONGEST)
        if short.all():
            return self._short(data, begin, sizes)
        codes = np.empty(len(begin), np.int64)
        codes[short] = self._short(data, begin[short], sizes[short])
        for row in np.flatnonzero(~short).tolist():
            codes[row] = self._long_code(data[begin[row] : end[row]] if sizes[row] >= 0 else None)
        return codes

    def _long_code(self, value: bytes | None) -> int:
        code = self._long.get(value)
        if code is None:
            code = self._long[value] = len(self.values)
            self.values.append(value)
        return code

    def _short(self, data: bytes, begin: Ints, sizes: Ints) -> Ints:
        words = _words(data, begin, sizes)
        hashes = _hashes(words, sizes)
        places = self._slots[hashes >> SHIFT]
        rows = np.flatnonzero(~self._same(places, words, sizes))
        if len(rows):
            places[rows] = self._looked_up(data, begin[rows], sizes[rows], [word[rows] for word in words], hashes[rows])
        codes: Ints = self._codes[places]
        for row in np.flatnonzero(places == 0).tolist():  # two values with one hash: told apart by their bytes
            codes[row] = self._long_code(data[begin[row] : begin[row] + sizes[row]])
        return codes

    def _same(self, places: Places, words: list[Words], sizes: Ints) -> Bools:
        """Whether each value is the one held at its place. Of equal sizes, words beyond those given are zero on both sides."""
        same: Bools = self._sizes[places] == sizes
        for held, word in zip(self._words, words):
            same &= held[places] == word
        return same

    def _looked_up(self, data: bytes, begin: Ints, sizes: Ints, words: list[Words], hashes: Words) -> Places:
        """Places of values that their slots do not tell; those never met are given one. 0 for a value whose hash is another's."""
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        told = firsts(ordered)
        keys, first, inverse = ordered[told], order[told], np.empty(len(order), np.int64)
        inverse[order] = np.cumsum(told) - 1
        fresh = [row for key, row in zip(keys.tolist(), first.tolist()) if key not in self._places]
        self._learn(
            [data[begin[row] : begin[row] + sizes[row]] for row in fresh], sizes[fresh], [word[fresh] for word in words], hashes[fresh]
        )
        places = np.array([self._places[key] for key in keys.tolist()], np.int32)[inverse]
        return np.where(self._same(places, words, sizes), places, np.int32(0))

    def _learn(self, values: list[bytes], sizes: Ints, words: list[Words], hashes: Words) -> None:
        nothing = np.zeros(len(values), np.uint64)
        for place, key in enumerate(hashes.tolist(), len(self._codes)):
            self._places[key] = place
            if not self._slots[key >> int(SHIFT)]:
                self._slots[key >> int(SHIFT)] = place
        self._codes = np.concatenate((self._codes, np.arange(len(self.values), len(self.values) + len(values))))
        self._sizes = np.concatenate((self._sizes, sizes))
        self._words = [np.concatenate((held, word)) for held, word in zip(self._words, [*words, *[nothing] * WORDS])]
        self.values += values


class Marked:
    """Which cells of a column have a value that is asked for, and how many have one that is ``blank``; each value is looked at once."""

    def __init__(self, wanted: Callable[[bytes | None], bool], blank: Callable[[bytes | None], bool] = lambda _value: False) -> None:
        self._wanted, self._blank = wanted, blank
        self.blank = 0
        """Cells so far."""
        self._distinct = Distinct()
        self._known = np.empty((0, 2), np.bool_)
        """By the value's number."""

    def rows(self, data: bytes, begin: Ints, end: Ints) -> Bools:
        """One truth for each cell."""
        values = self._distinct.values
        if len(values) > MAX_CODES:
            spans = zip(begin.tolist(), end.tolist())
            found = self._look([data[at:to] if to >= at else None for at, to in spans])
        else:
            codes = self._distinct.number(data, begin, end)
            if len(values) > len(self._known):
                self._known = np.concatenate((self._known, self._look(values[len(self._known) :])))
            found = self._known[codes]
        self.blank += int(np.count_nonzero(found[:, 1]))
        return found[:, 0]

    def _look(self, values: Sequence[bytes | None]) -> Bools:
        return np.array([(self._wanted(value), self._blank(value)) for value in values], np.bool_).reshape(-1, 2)


def _words(data: bytes, begin: Ints, sizes: Ints) -> list[Words]:
    """Every cell as masked words, as many as the longest has; the data go on behind each cell."""
    view = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    longest = int(sizes.max(initial=0))
    found = [view[begin] & MASKS[sizes]]
    for at in range(8, longest, 8):
        word, rows = np.zeros(len(begin), np.uint64), np.flatnonzero(sizes > at)
        word[rows] = view[begin[rows] + at] & MASKS[sizes[rows] - at]
        found.append(word)
    return found


def _hashes(words: list[Words], sizes: Ints) -> Words:
    """Each word and the size by a factor of its own; what is beyond a value is zero, and adds nothing."""
    found: Words = sizes.astype(np.uint64) * FACTORS[WORDS]
    for word, factor in zip(words, FACTORS):
        found ^= word * factor
    found ^= found >> FOLD
    found *= FACTORS[0]
    return found
