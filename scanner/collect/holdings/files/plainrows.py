"""Rows of a sheet that differ in nothing but their numbers, as columns: what remains of them without digits is looked at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

MANY = 500
"""Different shapes of rows among some; more of them are no catalogue's."""
CELLS = 2_000_000
"""Rows times columns."""
EXACT = 15
"""Digits that a number of a sheet keeps."""
WIDEST = 16_384
AT_ONCE = 1024 * 1024
"""Bytes of rows that are looked at together: arrays stay small whatever the size of a sheet."""
_END = b"</row>"
_DIGITS = b"0123456789"
_EDGES = (b">" * 8, b"<")
"""No digits: every number has a beginning and an end, and eight bytes up to its last digit."""
_OWN = np.array([(1 << 64) - (1 << 8 * (8 - size)) for size in range(9)], dtype=np.uint64)
"""By how many digits a number has, what of such a word is its own."""
_STEPS = tuple(
    (np.uint64((10**size << 8 * size) + 1), np.uint64(8 * size), np.uint64(kept))
    for size, kept in ((1, 0x00FF00FF00FF00FF), (2, 0x0000FFFF0000FFFF), (4, 0x00000000FFFFFFFF))
)
_ROW = re.compile(rb"\s*<row((?: [A-Za-z:]+=\"[a-z.: ]*\")*)(/?)>")
_OF_ROW = re.compile(rb" ([A-Za-z:]+)=\"([a-z.: ]*)\"")
_CELL = re.compile(rb"<c r=\"([A-Z]{1,3})\"( s=\"\")?(?: t=\"([sn])\")?(?:(/>|></c>)|><v></v></c>)")
_NUMBERS = {
    (b"r", b""): 1, (b"s", b""): 1, (b"ht", b""): 1, (b"ht", b"."): 2, (b"spans", b":"): 2, (b"xac:dyDescent", b""): 2,
    (b"xac:dyDescent", b"."): 3, (b"outlineLevel", b""): 1,
}  # fmt: skip
"""How many numbers an attribute of a row has at most; ``x14ac`` has one in its own name."""
_FLAGS = (b"customFormat", b"customHeight", b"hidden", b"collapsed", b"thickTop", b"thickBot", b"ph")

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Columns = list[list[str | None]]


class Otherwise(Exception):
    """Something is written in a way that is not known here."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the numbers of cells stand for."""

    texts: Texts
    """Shared strings."""
    holes: bool
    """One of them is empty."""
    plain: NDArray[np.bool_]
    """Of every style whether it shows a number as it is."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell that holds something, in every row of one shape."""

    column: int
    shared: bool
    """Its number is that of a shared string."""
    value: int
    """Which number of the row its own one is."""
    style: int | None
    """Which number of the row is its style."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """Rows that differ in nothing but their numbers."""

    numbers: int
    """How many there are at most; when all rows of a sheet together have as many, every single one is where it is expected."""
    own: int = 0
    """Which of them is the row's own."""
    again: tuple[int, ...] = ()
    """Which of them must be that same number: those in the names of the cells."""
    cells: tuple[_Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some rows that follow one another."""

    rows: int
    last: int
    """The number of the last one."""
    first: int = 0
    """The first column that is used."""
    columns: Columns = field(default_factory=list)
    """From there to the last one that is used: the cells of rows that hold anything."""


def known(holds: bool) -> None:
    """Go on, unless something is otherwise."""
    if not holds:
        raise Otherwise


def by_columns(data: bytes, begin: int, end: int, words: Words) -> Columns:
    """The cells between two places of a sheet. Raises Otherwise."""
    pieces: list[_Piece] = []
    rows, last, at = 0, -1, begin
    while at < end:
        cut = end if end - at <= AT_ONCE else data.rfind(_END, at, at + AT_ONCE) + len(_END)
        # Where no row ends within it, all that is left is looked at together.
        cut = cut if cut > at else end
        piece = _piece(data[at:cut], words, last)
        rows, last, at = rows + piece.rows, piece.last, cut
        pieces += [piece] if piece.columns else []
        known(rows * _width(pieces) <= CELLS)
    return _together(pieces)


def _width(pieces: Sequence[_Piece]) -> int:
    low = min((piece.first for piece in pieces), default=0)
    return max((piece.first + len(piece.columns) for piece in pieces), default=0) - low


def _together(pieces: Sequence[_Piece]) -> Columns:
    """All rows, from the first to the last column that is used in any of the pieces."""
    if len(pieces) < 2:
        return pieces[0].columns if pieces else []
    low = min(piece.first for piece in pieces)
    found: Columns = [[] for _ in range(_width(pieces))]
    for piece in pieces:
        for place, column in enumerate(found, low - piece.first):
            column += piece.columns[place] if 0 <= place < len(piece.columns) else [None] * len(piece.columns[0])
    return found


def _piece(data: bytes, words: Words, above: int) -> _Piece:
    """Some whole rows; ``above`` is the number of the one before them."""
    *bare, rest = data.translate(None, _DIGITS).split(_END)
    different = dict.fromkeys(bare)
    known(len(different) <= MANY)
    shapes = [_shape(one) for one in different]
    number_of = {one: number for number, one in enumerate(different)}
    kinds = np.array([number_of[one] for one in bare], dtype=np.int64)
    used = sorted({cell.column for shape in shapes for cell in shape.cells})
    beyond = _shape(rest, last=True).numbers
    if not used:
        return _Piece(len(bare), above)
    width = used[-1] - used[0] + 1
    known(width * len(bare) <= CELLS)
    numbers, digits = _numbers(data)
    lengths = np.array([shape.numbers for shape in shapes], dtype=np.int64)[kinds]
    ends = np.cumsum(lengths)
    known(int(ends[-1]) + beyond == len(numbers))
    found, longest = np.full((width, len(bare)), None, dtype=object), int(digits.max(initial=0))
    owns = np.zeros(len(bare), dtype=np.int64)
    for kind, shape in enumerate(shapes):
        at = np.flatnonzero(kinds == kind)
        rows = slice(at[0], at[-1] + 1) if at[-1] - at[0] == len(at) - 1 else at
        own = _block(numbers, ends, rows, shape.numbers)
        owns[rows] = own[:, shape.own]
        known(bool((own[:, shape.again] == own[:, [shape.own]]).all()))
        if longest > EXACT:
            known(int(_block(digits, ends, rows, shape.numbers)[:, [cell.value for cell in shape.cells]].max(initial=0)) <= EXACT)
        for cell, values in zip(shape.cells, _values(shape.cells, own, words)):
            found[cell.column - used[0], rows] = values
    known(above < int(owns[0]) and bool((owns[1:] > owns[:-1]).all()))
    columns: Columns = found.tolist()
    if words.holes or not all(shape.cells for shape in shapes):
        holding = [row for row in zip(*columns) if any(row)]
        columns = [[row[place] for row in holding] for place in range(width)]
    return _Piece(len(bare), int(owns[-1]), used[0], columns)


def _block(numbers: Ints, ends: Ints, rows: slice | Ints, size: int) -> Ints:
    """The numbers of rows that have so many each; rows that follow one another need not be put together."""
    found: Ints
    if isinstance(rows, slice):
        found = numbers[ends[rows.start] - size : ends[rows.stop - 1]].reshape(-1, size)
    else:
        found = numbers[(ends[rows] - size)[:, None] + np.arange(size)]
    return found


def _values(cells: Sequence[_Cell], own: Ints, words: Words) -> Iterator[Texts]:
    """The cells of every row of a shape as texts, by columns; ``own`` are the numbers of these rows."""
    values = own[:, [cell.value for cell in cells]].T
    shared = np.array([cell.shared for cell in cells], dtype=bool)
    known(int(values[shared].max(initial=-1)) < len(words.texts))
    for cell, column in zip(cells, values):
        if cell.shared:
            yield words.texts[column]
            continue
        if cell.style is not None:
            styles = own[:, cell.style]
            known(int(styles.max()) < len(words.plain) and bool(words.plain[styles].all()))
        yield np.array([str(value) for value in column.tolist()], dtype=object)


def _numbers(data: bytes) -> tuple[Ints, Ints]:
    """Every run of digits as a number, and how long it is, of some rows between :data:`_EDGES`.

    Its last eight digits are one word of eight bytes, made a number in three steps: of digits, of pairs and of fours side by side.
    """
    codes = np.frombuffer(data.join(_EDGES), dtype=np.uint8) - np.uint8(48)
    inside = codes < 10
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    last, lengths = edges[1::2], edges[1::2] - edges[0::2]
    words = np.ndarray((len(codes) - 7,), "<u8", codes, strides=(1,))[last - 7] & _OWN[np.minimum(lengths, 8)]
    for factor, shift, kept in _STEPS:
        words = (words * factor >> shift) & kept
    numbers = words.astype(np.int64)
    longer = np.flatnonzero(lengths > 8)
    for place in range(8, min(int(lengths.max(initial=0)), EXACT)):
        longer = longer[lengths[longer] > place]
        numbers[longer] += codes[last[longer] - place].astype(np.int64) * 10**place
    return numbers, lengths


@lru_cache(maxsize=1024)
def _shape(bare: bytes, last: bool = False) -> _Shape:
    """What a row without its digits is; rows without cells may stand before it. ``last``: nothing stands behind those."""
    numbers, at = 0, 0
    while found := _ROW.match(bare, at):
        own, count = _of_row(found[1])
        at = found.end()
        if not found[2]:
            known(own is not None and not last)
            return _with_cells(bare, at, numbers + (own or 0), numbers + count)
        numbers += count
    known(last and not bare[at:].strip())
    return _Shape(numbers)


def _of_row(attributes: bytes) -> tuple[int | None, int]:
    """Which number of a row's tag is the row's own, and how many there are."""
    own, count = None, 0
    for name, value in _OF_ROW.findall(attributes):
        own = count if name == b"r" else own
        flag = name in _FLAGS
        known(flag and value in (b"", b"true", b"false") or (name, value) in _NUMBERS)
        count += (value == b"") if flag else _NUMBERS[name, value]
    return own, count


def _with_cells(bare: bytes, at: int, own: int, numbers: int) -> _Shape:
    cells: list[_Cell] = []
    again, before = [], -1
    while found := _CELL.match(bare, at):
        at = found.end()
        column = _column(found[1])
        known(before < column < WIDEST)
        before = column
        again.append(numbers)
        style = numbers + 1 if found[2] else None
        numbers += 2 if found[2] else 1
        if not found[4]:
            cells.append(_Cell(column, found[3] == b"s", numbers, style))
            numbers += 1
    known(at == len(bare))
    return _Shape(numbers, own, tuple(again), tuple(cells))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
