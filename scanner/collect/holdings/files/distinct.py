"""Distinct values of one column of a block, by hashing eight bytes at a time; every match is compared, so no collision counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scanner.collect.holdings.files.splitter import Ints

WORDS = 3
LONGEST = 8 * WORDS
"""Longer values are looked at one by one."""
MASKS = np.array([(1 << (8 * size)) - 1 for size in range(8)] + [(1 << 64) - 1], dtype=np.uint64)
FACTORS = tuple(np.uint64(factor) for factor in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93))

Words = NDArray[np.uint64]


class Distinct:
    """Numbers for values, in the order in which they were first met. A missing cell (end < begin) has the number of ``None``."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []
        self._long: dict[bytes | None, int] = {}
        self._keys = np.empty(0, np.uint64)
        self._codes = np.empty(0, np.int64)
        self._words = np.empty((0, WORDS), np.uint64)

    def number(self, data: bytes, begin: Ints, end: Ints) -> Ints:
        """The number of each cell's value."""
        sizes = end - begin
        short = (sizes >= 0) & (sizes <= LONGEST)
        if short.all():
            return self._short(data, begin, sizes)
        codes = np.empty(len(begin), np.int64)
        codes[short] = self._short(data, begin[short], sizes[short])
        for row in np.flatnonzero(~short).tolist():
            value = data[begin[row] : end[row]] if sizes[row] >= 0 else None
            codes[row] = self._long_code(value)
        return codes

    def _long_code(self, value: bytes | None) -> int:
        code = self._long.get(value)
        if code is None:
            code = self._long[value] = len(self.values)
            self.values.append(value)
        return code

    def _short(self, data: bytes, begin: Ints, sizes: Ints) -> Ints:
        words = _words(data, begin, sizes)
        keys = _keys(words, sizes)
        codes = self._known(keys, words)
        unknown = np.flatnonzero(codes < 0)
        while len(unknown):
            self._learn(data, begin, sizes, words, keys, unknown)
            codes[unknown] = self._known(keys[unknown], words[unknown])
            still = np.flatnonzero(codes[unknown] < 0)
            if not len(still):
                break
            for row in unknown[still].tolist():  # two values with one hash: told apart by their bytes
                codes[row] = self._long_code(data[begin[row] : begin[row] + sizes[row]])
            break
        return codes

    def _known(self, keys: Words, words: Words) -> Ints:
        if not len(self._keys):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        same = self._keys[at] == keys
        for word in range(WORDS):
            same &= self._words[at, word] == words[:, word]
        return np.where(same, self._codes[at], -1)

    def _learn(self, data: bytes, begin: Ints, sizes: Ints, words: Words, keys: Words, unknown: Ints) -> None:
        fresh, index = np.unique(keys[unknown], return_index=True)
        new = ~np.isin(fresh, self._keys)
        fresh, rows = fresh[new], unknown[index[new]]
        codes = np.arange(len(self.values), len(self.values) + len(rows))
        self.values.extend(data[begin[row] : begin[row] + sizes[row]] for row in rows.tolist())
        merged = np.concatenate((self._keys, fresh))
        order = np.argsort(merged, kind="stable")
        self._keys = merged[order]
        self._codes = np.concatenate((self._codes, codes))[order]
        self._words = np.concatenate((self._words, words[rows]))[order]


def _words(data: bytes, begin: Ints, sizes: Ints) -> Words:
    """The first 24 bytes of every cell as three masked words; blocks are padded, so reading past a cell is safe."""
    view = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    found = np.zeros((len(begin), WORDS), np.uint64)
    for word in range(WORDS):
        left = np.clip(sizes - 8 * word, 0, 8)
        if not left.any():
            break
        found[:, word] = view[begin + 8 * word] & MASKS[left]
    return found


def _keys(words: Words, sizes: Ints) -> Words:
    key = sizes.astype(np.uint64) * FACTORS[WORDS]
    for word in range(WORDS):
        key = (key ^ words[:, word]) * FACTORS[word]
        key ^= key >> np.uint64(29)
    return key
