"""Separated text cut into records and cells without looking at single rows: positions of separators as arrays.

Quoting follows RFC 4180. A block whose quotes do not (a stray ``5"``, a quote never closed) is cut record by record instead,
so that no record is swallowed by its neighbour. Separator, quote and line feed are never the second byte of a character in UTF-8
or GB18030, so both are cut as bytes; ``|`` can be one in GB18030, such files come transcoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from scanner.collect.holdings.files.needles import positions
from scanner.errors import ReachError
from scanner.model.absent import Why

BLOCK = 512 * 1024
MAX_RECORD = 8 * 1024 * 1024
"""A record that has not ended by then is a fault of the file."""
MAX_OPEN = 256 * 1024
"""In a block with stray quotes, a quote not closed by then was none."""

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Block:
    """Some whole records of a text."""

    data: bytes
    starts: Ints
    ends: Ints
    marks: Ints
    """Positions of separators and line feeds outside quotes, in order."""
    first: Ints
    """Index in ``marks`` of the first one in each record."""
    counts: Ints
    """How many separators each record has; a line feed stands behind them."""
    each: int = 0
    """The same where all records have as many; 0 where they differ or some were left out."""
    held: dict[bytes, Ints] = field(default_factory=dict)
    """Places in the data that were looked for."""

    def places(self, needle: bytes) -> Ints:
        """Where in the data it begins, in order; looked for once, whoever asks."""
        if needle not in self.held:
            self.held[needle] = positions(self.data, needle)
        return self.held[needle]

    def spans(self, column: int, last: bool, rows: Ints | None = None) -> tuple[Ints, Ints]:
        """Begin and end of a column's cells; a missing cell has end < begin. The ``last`` column takes what is beyond it."""
        if self.each and column <= self.each:
            return self._even(column, last, rows)
        starts, ends, first, counts = self.starts, self.ends, self.first, self.counts
        if rows is not None:
            starts, ends, first, counts = starts[rows], ends[rows], first[rows], counts[rows]
        top = len(self.marks) - 1
        begin = starts if column == 0 else self.marks[np.minimum(first + (column - 1), top)] + 1
        stop = ends if last else np.where(counts > column, self.marks[np.minimum(first + column, top)], ends)
        if column:
            missing = counts < column
            if missing.any():
                begin, stop = np.where(missing, ends, begin), np.where(missing, ends - 1, stop)
        return begin, stop

    def cells_at(self, places: Ints) -> tuple[Ints, Ints]:
        """Of the places, in any order, those that lie in records: which records these are, and in which of their cells."""
        before = np.searchsorted(self.marks, places)
        if self.each:
            rows, columns = np.divmod(before, self.each + 1)
        else:
            rows = np.searchsorted(self.starts, places, side="right") - 1
            columns = before - self.first[rows]
        within = (rows >= 0) & (rows < len(self.starts))
        within &= places < self.ends[np.where(within, rows, 0)]
        return rows[within], columns[within]

    def _even(self, column: int, last: bool, rows: Ints | None) -> tuple[Ints, Ints]:
        """No cell is missing, and every separator is found by counting."""
        starts, ends, grid = self.starts, self.ends, self.marks.reshape(-1, self.each + 1)
        if rows is not None:
            starts, ends, grid = starts[rows], ends[rows], grid[rows]
        return (grid[:, column - 1] + 1 if column else starts), (ends if last or column == self.each else grid[:, column])


@dataclass(frozen=True, slots=True)
class Loose:
    """Records of a block whose quotes follow no rule, cell by cell."""

    rows: list[list[bytes]]


def blocks(stream: BinaryIO, separator: bytes, quoting: bool = True) -> Iterator[Block | Loose]:
    """The whole stream as blocks."""
    rest = b""
    while True:
        piece = stream.read(BLOCK)
        data, held = _lines(rest + piece, final=not piece)
        found, used = _cut(data, separator, final=not piece, quoting=quoting)
        if found is not None:
            yield found
        if not piece:
            return
        rest = data[used:] + held
        if len(rest) > MAX_RECORD:
            raise ReachError(Why.TRUNCATED, f"record longer than {MAX_RECORD} bytes")


def steps(stream: BinaryIO, separator: bytes) -> Iterator[int | None]:
    """Bytes of one block after another, as :func:`blocks` cuts a text without lone returns; None for one whose quotes follow no rule."""
    rest = b""
    while True:
        piece = stream.read(BLOCK)
        data = rest + piece
        found, used = _cut(data, separator, final=not piece, quoting=True)
        yield None if isinstance(found, Loose) else used
        if not piece:
            return
        rest = data[used:]
        if len(rest) > MAX_RECORD:
            yield None


def _lines(data: bytes, final: bool) -> tuple[bytes, bytes]:
    """Make lone carriage returns line feeds; one at the very end may be half of a pair and is held back."""
    held = b""
    if data.endswith(b"\r") and not final:
        data, held = data[:-1], b"\r"
    if b"\r" in data and _lone_return(np.frombuffer(data, np.uint8)):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data, held


def _lone_return(array: NDArray[np.uint8]) -> bool:
    returns = np.flatnonzero(array == 13)
    return bool(returns[-1] == len(array) - 1 or (array[returns[:-1] + 1] != 10).any() or array[returns[-1] + 1] != 10)


def _cut(data: bytes, separator: bytes, final: bool, quoting: bool) -> tuple[Block | Loose | None, int]:
    """Whole records at the beginning of the data, and how many bytes they take."""
    if not data:
        return None, 0
    array = np.frombuffer(data, np.uint8)
    # Feeds and separators are looked for at once: most of a text is neither.
    marks = np.flatnonzero((array == 10) | (array == separator[0]))
    if quoting and b'"' in data:
        quotes = np.flatnonzero(array == 34)
        marks = _outside(marks, quotes)
    ending = array[marks] == 10
    used = _behind_last(ending)
    if quoting and b'"' in data:
        size = len(data) if final else (int(marks[used - 1]) + 1 if used else 0)
        inside = quotes[quotes < size] if size else quotes[:0]
        odd = final and len(quotes) % 2
        stuck = not size and len(data) > MAX_RECORD
        if odd or stuck or not _regular(array, inside, separator[0]):
            return loose(data, separator, final or stuck)
    if final and (not used or marks[used - 1] != len(data) - 1):
        marks, ending = np.append(marks, len(data)), np.append(ending, True)
        used = len(marks)
    if not used:
        return None, 0
    return _block(data, array, marks[:used], ending[:used], blank=not quoting), min(int(marks[used - 1]) + 1, len(data))


def _behind_last(ending: NDArray[np.bool_]) -> int:
    """How many marks there are up to the last feed."""
    return len(ending) - int(ending[::-1].argmax()) if ending.any() else 0


def _outside(positions: Ints, quotes: Ints) -> Ints:
    """Positions before which an even number of quotes stands."""
    outside: Ints = positions[np.searchsorted(quotes, positions) % 2 == 0]
    return outside


def _regular(array: NDArray[np.uint8], quotes: Ints, separator: int) -> bool:
    """Whether every quote opens at the start of a cell, closes at its end, or is doubled."""
    if not len(quotes):
        return True
    opening, closing = quotes[::2], quotes[1::2]
    before = array[np.maximum(opening - 1, 0)]
    good = (opening == 0) | (before == separator) | (before == 10) | (before == 34)
    after = array[np.minimum(closing + 1, len(array) - 1)]
    end = closing == len(array) - 1
    return bool(good.all()) and bool((end | (after == separator) | (after == 10) | (after == 13) | (after == 34)).all())


def _block(data: bytes, array: NDArray[np.uint8], marks: Ints, ending: NDArray[np.bool_], blank: bool) -> Block:
    """Of the places of feeds and separators, in order; the last one is a feed."""
    feeds, first, counts, each = _per_row(marks, ending)
    starts = np.empty_like(feeds)
    starts[0] = 0
    starts[1:] = feeds[:-1] + 1
    ends = np.maximum(feeds - (array[np.maximum(feeds - 1, 0)] == 13), starts)
    full = ends - starts > counts  # an empty line, or one of separators only, is no record; in a dump it is
    if not blank and not full.all():
        starts, ends, first, counts, each = starts[full], ends[full], first[full], counts[full], 0
    return Block(data, starts, ends, marks, first, counts, each)


def _per_row(marks: Ints, ending: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints, int]:
    """Feeds, where the marks of each record begin, how many separators it has, and their number where all have as many."""
    rows = int(np.count_nonzero(ending))
    each, odd = divmod(len(marks) - rows, rows)
    if not odd and each and bool(ending[each :: each + 1].all()):
        return marks[each :: each + 1], np.arange(0, len(marks), each + 1), np.full(rows, each), each
    last = np.flatnonzero(ending)
    first = np.concatenate(([0], last[:-1] + 1))
    return marks[last], first, last - first, 0


def loose(data: bytes, separator: bytes, final: bool) -> tuple[Loose | None, int]:
    """Cut record by record; a quote that opens and is not closed within reason is a letter like any other."""
    rows: list[list[bytes]] = []
    at = 0
    while at < len(data):
        record, used = _record(data, at, separator, final)
        if not used:
            break
        at += used
        if record is not None and any(record):
            rows.append(record)
    return (Loose(rows) if rows else None), at


def _record(data: bytes, start: int, separator: bytes, final: bool) -> tuple[list[bytes] | None, int]:
    first = end = data.find(b"\n", start)
    while end >= 0 and end - start <= MAX_OPEN:
        found = cells(data[start:end].removesuffix(b"\r"), separator)
        if found is not None:
            return found, end + 1 - start
        end = data.find(b"\n", end + 1)
    if end < 0 and not final:
        return None, 0
    if end < 0 and (found := cells(data[start:], separator)) is not None:
        return found, len(data) - start
    if first < 0:
        first = len(data)
    return data[start:first].removesuffix(b"\r").split(separator), min(first + 1, len(data)) - start


def cells(record: bytes, separator: bytes) -> list[bytes] | None:
    """Cells of one record, unquoted; None when a quote is still open at its end."""
    found = []
    at, size = 0, len(record)
    while True:
        if record[at : at + 1] == b'"':
            close = _closing(record, at + 1)
            if close < 0:
                return None
            end = record.find(separator, close + 1)
            end = size if end < 0 else end
            found.append(record[at + 1 : close].replace(b'""', b'"') + record[close + 1 : end])
        else:
            end = record.find(separator, at)
            end = size if end < 0 else end
            found.append(record[at:end])
        if end == size:
            return found
        at = end + 1


def _closing(record: bytes, at: int) -> int:
    close = record.find(b'"', at)
    while close >= 0 and record[close + 1 : close + 2] == b'"':
        close = record.find(b'"', close + 2)
    return close
