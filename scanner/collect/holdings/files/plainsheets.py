"""Sheets of an xlsx that are written as programs of offices write them, read as arrays: a third of what a reader of cells needs.

Nothing here is lenient. A sheet without its digits is a handful of rows that come again and again; where each of them is made of
nothing but cells of known kinds, and every number of the sheet has its place in them, the rows are known. Whatever is written
otherwise (rich texts, formulas, dates, texts in cells, cells merged over rows, comments) is left to the reader of cells.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.sheetwords import SHEETS, Book

SHARED, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"
MANY = 500
"""Different shapes of rows in one sheet; more of them are no catalogue's."""
CELLS = 2_000_000
"""Rows times columns."""
EXACT = 15
"""Digits that a number of a sheet keeps."""
WIDEST = 16_384
_DIGITS = b"0123456789"
_DECLARED = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml version=[\"']1\.0[\"'](?: encoding=[\"'](?i:utf-8)[\"'])?(?: standalone=[\"']\w+[\"'])? ?\?>\s*)?<[a-zA-Z]"
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
_MERGED = re.compile(rb"<mergeCell ref=\"[A-Z]{1,3}(\d+):[A-Z]{1,3}(\d+)\"\s*/>")
_ENTITY, _ESCAPED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)"), re.compile(r"_x[0-9A-Fa-f]{4}_")
_EDGED = re.compile(r"<t>(?:[ \t\n]|[^<]*[ \t\n]</t>)")
_FORMATS = re.compile(rb"<cellXfs[^>]*>(.*?)</cellXfs>", re.DOTALL)
_FORMAT = re.compile(rb"<xf [^>]*?\bnumFmtId=\"(\d+)\"")
_PLAIN = (0, 1, 49)
"""Formats that turn no number into a date: general, whole numbers, text."""

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Columns = list[list[str | None]]


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """One sheet."""

    name: str
    width: int
    """Columns from the first to the last one that is used."""
    columns: Columns
    """Their cells in the rows that hold anything."""
    outside: tuple[bytes, bytes]
    """What stands before and behind the cells."""


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


class _Otherwise(Exception):
    """Something is written in a way that is not known here."""


def plain_sheets(package: zipfile.ZipFile, book: Book) -> list[PlainSheet] | None:
    """All sheets of a workbook; None where anything in it is written in another way, or there is too much of it."""
    present, bodies = set(package.namelist()), book.bodies
    if not all(sheet.part.startswith(SHEETS) and sheet.part in bodies for sheet in book.sheets):
        return None
    try:
        strings = _strings(packages.part(package, SHARED)) if SHARED in present else []
        texts = np.array([*strings, None], dtype=object)[:-1]
        plain = _formats(packages.part(package, STYLES)) if STYLES in present else np.zeros(0, bool)
        return [_sheet(sheet.name, bodies[sheet.part], texts, plain) for sheet in book.sheets]
    except _Otherwise:
        return None


def _known(holds: bool) -> None:
    if not holds:
        raise _Otherwise


def _usual(frame: bytes) -> None:
    """A part without what is looked at here: well-formed, UTF-8, without comments, sections, declarations or further instructions."""
    declared = _DECLARED.match(frame)
    _known(declared is not None and b"<!" not in frame and frame.count(b"<?") <= 1)
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(frame, True)
    except expat.ExpatError:
        raise _Otherwise from None


def _strings(data: bytes) -> list[str | None]:
    """Shared strings that are one text each."""
    first, last = data.find(b"<si>"), data.rfind(b"</si>") + len(b"</si>")
    if last < len(b"</si>") and b"<si" not in data:
        _usual(data)
        return []
    _known(0 <= first < last)
    before, behind = data[:first], data[last:]
    _usual(before + behind)
    _known(before.count(b"<") == before.count(b"<sst") + before.count(b"<?") and behind.strip() == b"</sst>")
    try:
        body = data[first:last].decode()
    except UnicodeDecodeError:
        raise _Otherwise from None
    # Spaces at the edges count only where they are said to.
    _known(not any(space in body for space in " \t\n") or _EDGED.search(body) is None)
    body = body.replace('<t xml:space="preserve">', "<t>")
    _known(body.startswith("<si><t>") and body.endswith("</t></si>") and "\r" not in body)
    found = body[len("<si><t>") : -len("</t></si>")].split("</t></si><si><t>")
    # Every tag is one of those: nothing else stands between or inside the texts.
    _known(body.count("<") == 4 * len(found) and not ("_x" in body and _ESCAPED.search(body)))
    if "&" in body:
        _known(_ENTITY.search(body) is None)
        found = [_unescaped(text) if "&" in text else text for text in found]
    return [text or None for text in found] if "<t></t>" in body else [*found]


def _unescaped(text: str) -> str:
    for escaped, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, char)
    return text


@lru_cache(maxsize=16)
def _formats(data: bytes) -> NDArray[np.bool_]:
    """Of every style whether it shows a number as it is."""
    _usual(data)
    found = _FORMATS.search(data)
    kinds = [int(kind) for kind in _FORMAT.findall(found[1])] if found is not None else []
    _known(found is None or found[1].count(b"<xf ") == len(kinds) == found[1].count(b"<xf"))
    return np.array([kind in _PLAIN for kind in kinds], dtype=bool)


def _sheet(name: str, data: bytes, texts: Texts, plain: NDArray[np.bool_]) -> PlainSheet:
    begin = data.find(b"<sheetData>") + len(b"<sheetData>")
    end = data.rfind(b"</sheetData>")
    if end < 0 and data.count(b"sheetData") == data.count(b"<sheetData/>") == 1:
        _usual(data)
        before, _, behind = data.partition(b"<sheetData/>")
        return PlainSheet(name, 0, [], (before, behind))
    _known(len(b"<sheetData>") <= begin <= end)
    before, behind = data[:begin], data[end:]
    _usual(before + behind)
    _known(before.count(b"sheetData") == behind.count(b"sheetData") == 1)
    merged = _MERGED.findall(behind)
    _known(all(top == bottom for top, bottom in merged) and behind.count(b"mergeCell ") == len(merged))
    # What stands at the edges is no digit: every number has a beginning and an end.
    columns = _columns(data[begin - 1 : end + 1], texts, plain)
    return PlainSheet(name, len(columns), columns, (before, behind))


def _columns(data: bytes, texts: Texts, plain: NDArray[np.bool_]) -> Columns:
    *bare, rest = data[1:-1].translate(None, _DIGITS).split(b"</row>")
    different = dict.fromkeys(bare)
    _known(len(different) <= MANY)
    shapes = [_shape(one) for one in different]
    number_of = {one: number for number, one in enumerate(different)}
    kinds = np.array([number_of[one] for one in bare], dtype=np.int64)
    used = sorted({cell.column for shape in shapes for cell in shape.cells})
    beyond = _shape(rest, last=True).numbers
    if not used:
        return []
    width = used[-1] - used[0] + 1
    _known(width * len(bare) <= CELLS)
    numbers, digits = _numbers(data)
    lengths = np.array([shape.numbers for shape in shapes], dtype=np.int64)[kinds]
    ends = np.cumsum(lengths)
    _known(int(ends[-1]) + beyond == len(numbers))
    found, longest = np.full((width, len(bare)), None, dtype=object), int(digits.max(initial=0))
    owns = np.zeros(len(bare), dtype=np.int64)
    for kind, shape in enumerate(shapes):
        at = np.flatnonzero(kinds == kind)
        rows = slice(at[0], at[-1] + 1) if at[-1] - at[0] == len(at) - 1 else at
        own = _block(numbers, ends, rows, shape.numbers)
        owns[rows] = own[:, shape.own]
        _known(bool((own[:, shape.again] == own[:, [shape.own]]).all()))
        if longest > EXACT:
            _known(int(_block(digits, ends, rows, shape.numbers)[:, [cell.value for cell in shape.cells]].max(initial=0)) <= EXACT)
        for cell, values in zip(shape.cells, _values(shape.cells, own, texts, plain)):
            found[cell.column - used[0], rows] = values
    _known(bool((owns[1:] > owns[:-1]).all()))
    columns: Columns = found.tolist()
    if None in texts or not all(shape.cells for shape in shapes):
        holding = [row for row in zip(*columns) if any(row)]
        columns = [[row[place] for row in holding] for place in range(width)]
    return columns


def _block(numbers: Ints, ends: Ints, rows: slice | Ints, size: int) -> Ints:
    """The numbers of rows that have so many each; rows that follow one another need not be put together."""
    found: Ints
    if isinstance(rows, slice):
        found = numbers[ends[rows.start] - size : ends[rows.stop - 1]].reshape(-1, size)
    else:
        found = numbers[(ends[rows] - size)[:, None] + np.arange(size)]
    return found


def _values(cells: Sequence[_Cell], own: Ints, texts: Texts, plain: NDArray[np.bool_]) -> Iterator[Texts]:
    """The cells of every row of a shape as texts, by columns; ``own`` are the numbers of these rows."""
    values = own[:, [cell.value for cell in cells]].T
    shared = np.array([cell.shared for cell in cells], dtype=bool)
    _known(int(values[shared].max(initial=-1)) < len(texts))
    for cell, column in zip(cells, values):
        if cell.shared:
            yield texts[column]
            continue
        if cell.style is not None:
            styles = own[:, cell.style]
            _known(int(styles.max()) < len(plain) and bool(plain[styles].all()))
        yield np.array([str(value) for value in column.tolist()], dtype=object)


def _numbers(data: bytes) -> tuple[Ints, Ints]:
    """Every run of digits as a number, and how long it is. The first and the last byte are no digits."""
    codes = np.frombuffer(data, dtype=np.uint8) - np.uint8(48)
    inside = codes < 10
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    last, lengths = edges[1::2], edges[1::2] - edges[0::2]
    numbers = codes[last].astype(np.int64)
    longer = np.arange(len(lengths))
    for place in range(1, min(int(lengths.max(initial=0)), EXACT)):
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
            _known(own is not None and not last)
            return _with_cells(bare, at, numbers + (own or 0), numbers + count)
        numbers += count
    _known(last and not bare[at:].strip())
    return _Shape(numbers)


def _of_row(attributes: bytes) -> tuple[int | None, int]:
    """Which number of a row's tag is the row's own, and how many there are."""
    own, count = None, 0
    for name, value in _OF_ROW.findall(attributes):
        own = count if name == b"r" else own
        flag = name in _FLAGS
        _known(flag and value in (b"", b"true", b"false") or (name, value) in _NUMBERS)
        count += (value == b"") if flag else _NUMBERS[name, value]
    return own, count


def _with_cells(bare: bytes, at: int, own: int, numbers: int) -> _Shape:
    cells: list[_Cell] = []
    again, before = [], -1
    while found := _CELL.match(bare, at):
        at = found.end()
        column = _column(found[1])
        _known(before < column < WIDEST)
        before = column
        again.append(numbers)
        style = numbers + 1 if found[2] else None
        numbers += 2 if found[2] else 1
        if not found[4]:
            cells.append(_Cell(column, found[3] == b"s", numbers, style))
            numbers += 1
    _known(at == len(bare))
    return _Shape(numbers, own, tuple(again), tuple(cells))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
