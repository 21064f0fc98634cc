"""Lines below the first one that name columns anew: there another table begins."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from scanner.collect.holdings.files.encodings import text_of
from scanner.collect.holdings.files.headers import columns_of, names_columns
from scanner.collect.holdings.files.needles import found_in, positions
from scanner.collect.holdings.files.separated import Layout
from scanner.collect.holdings.files.splitter import Block, Ints, Loose, cells

LONGEST = 16 * 1024
"""Bytes of a line that may name columns."""
SIGN, LABEL = "密", "密级"
VALUE = rb"[\d./:+-]{0,30}\d\s{0,4}"
"""A number or a day, which no row of names has."""
_INSIDE = np.array([[*character.encode(code)[-2:]] for character in "秘机绝无" for code in ("utf-8", "gb18030")], np.uint8)
"""Ends of what stands before the label where it is part of a value (机密级, 无密级)."""


class FurtherTable(Exception):
    """A text that was read as one table may have another one below: it has to be looked through before it is read."""


class Naming:
    """How rows that name columns look in one text. Most of its lines are told to be none without being turned into text."""

    def __init__(self, layout: Layout) -> None:
        self.own = tuple(column.name for column in layout.columns)
        self._encoding, self._separator = layout.encoding, layout.separator
        self._sign, self._label = SIGN.encode(layout.encoding), LABEL.encode(layout.encoding)
        name = self.own[0].encode(layout.encoding, "replace") if self.own else b""
        self._name, self._firsts = name, (b"\n" + name + layout.separator, b'\n"' + name + b'"' + layout.separator)
        separator = re.escape(layout.separator)
        self._value = re.compile(rb"(?:\A|%b)%b(?:%b|\Z)" % (separator, VALUE, separator))

    def spans(self, data: bytes, signs: Ints | None = None) -> Iterator[tuple[int, int]]:
        """Lines with the label of a secrecy column, or that begin as the first row of names does. ``signs``: where its first character stands."""
        hits = positions(data, self._label) if signs is None else self._going_on(data, signs)
        found = [*_around(data, _labels(data, hits))]
        # The name alone tells of nearly all of a text that neither stands there.
        for first in self._firsts if self._name and found_in(data, self._name) else ():
            found += _around(data, positions(data, first))
        yield from sorted(set(found))

    def names(self, line: bytes) -> tuple[str, ...] | None:
        """What a line calls its columns; None of one that calls them nothing."""
        if b'"' not in line and self._value.search(line):
            return None
        row = [text_of(cell, self._encoding).strip() for cell in cells(line.rstrip(b"\r\n"), self._separator) or ()]
        return tuple(column.name for column in columns_of(row, len(row))) if names_columns(row) else None

    def watch(self, block: Block | Loose) -> None:
        """Raises FurtherTable where a line of a block names columns otherwise than the first one, and where that cannot be told."""
        if isinstance(block, Loose):
            raise FurtherTable
        signs = block.places(self._sign)
        if any(self.names(block.data[start:end]) not in (None, self.own) for start, end in self.spans(block.data, signs)):
            raise FurtherTable

    def _going_on(self, data: bytes, signs: Ints) -> Ints:
        """Places of the first character behind which the others stand."""
        array, rest = np.frombuffer(data, np.uint8), self._label[len(self._sign) :]
        hits = signs[signs + len(self._label) <= len(data)]
        for at, byte in enumerate(rest, len(self._sign)):
            hits = hits[array[hits + at] == byte]
        return hits


def _around(data: bytes, hits: Ints) -> Iterator[tuple[int, int]]:
    """The whole lines of places."""
    for hit in hits.tolist():
        start = data.rfind(b"\n", 0, hit + 1) + 1
        end = data.find(b"\n", start) + 1
        if 0 < end - start <= LONGEST:
            yield start, end


def _labels(data: bytes, hits: Ints) -> Ints:
    """Places of the label that are no part of a value."""
    array, far = np.frombuffer(data, np.uint8), np.maximum(hits, 2)
    inside = (hits >= 2) & ((array[far - 2] == _INSIDE[:, :1]) & (array[far - 1] == _INSIDE[:, 1:])).any(axis=0)
    found: Ints = hits[~inside]
    return found
