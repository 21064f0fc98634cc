"""Spreadsheets of offices (xlsx, xlsb, xls, et): each sheet a source, hidden ones too."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice, zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from scanner.collect.holdings.files import cached, olewords, sheetstream, sheetwords
from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.headers import BELOW, LOOK, TITLE_LIKE, columns_of, naming_among
from scanner.collect.holdings.files.heads import LAST, Head, below_each_other, ends, head_of, side_by_side, tells_beside
from scanner.collect.holdings.files.legends import MOST as LEGEND
from scanner.collect.holdings.files.legends import legend_below
from scanner.collect.holdings.files.plainsheets import plain_sheets
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.word import Part
from scanner.errors import ReachError
from scanner.facts.holdings.between import speaks
from scanner.facts.holdings.leftover import has_level, heads_level
from scanner.facts.holdings.reading import Found, Group, Source, Unread
from scanner.model.absent import Why

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

HELD = 5000
"""Rows of a sheet that are held as text; of larger sheets they are made anew for each pass."""
OLE = b"\xd0\xcf\x11\xe0"
NOTHING: Mapping[Any, Any] = MappingProxyType({})
TOGETHER = 4 * HELD
"""Rows in memory that are looked through at once."""
Cells = Sequence[str | None]
Span = tuple[int, int]
"""The first row of a stretch, and the one behind its last."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, whoever read it."""

    name: str
    width: int
    """Columns from the first to the last one that is used."""
    every: Callable[[], Iterator[Cells]]
    """Its rows that hold anything, from the beginning."""
    held: Sequence[Cells] | None = None
    """The same by columns, where they are in memory."""


def workbook(content: Content) -> Iterator[Found]:
    """An xlsx: its sheets, and what stands around them."""
    with told():
        with packages.opened(content) as package:
            book = sheetwords.book(package)
            large = book.inflated > sheetwords.WHOLE
            plain = None if large else plain_sheets(package, book)
            unknown = {} if large or plain is not None else sheetwords.unknown_cells(package, book)
            outside = {part.part: one.outside for part, one in zip(book.sheets, plain or ())}
            around = sheetwords.around(package, book, outside)
            others = [of_rows(name, rows) for name, rows in cached.kept(package)]
        if large:
            yield from sheetstream.streamed(content, book, around)
            yield from found(content, others, around.parts) if others else ()
            return
    if around.uncounted:
        yield Unread(content.place(), Why.GARBLED, "formulas without values")
    if around.spelling:
        yield Unread(content.place(), Why.GARBLED, "formats that spell levels")
    sheets = _read(content, unknown) if plain is None else [_held(one.name, one.width, one.columns) for one in plain]
    yield from found(content, [*sheets, *others], around.parts)


def of_rows(name: str, rows: Sequence[Cells]) -> Sheet:
    """A sheet of rows that are there."""
    width = max(map(len, rows), default=0)
    return _held(name, width, list(zip(*([*row, *[None] * (width - len(row))] for row in rows))))


def _held(name: str, width: int, columns: Sequence[Cells]) -> Sheet:
    return Sheet(name, width, lambda: zip(*columns), columns)


def old_workbook(content: Content) -> Iterator[Found]:
    """An xls, et or xlsb."""
    with told():
        parts = olewords.around_sheets(content.whole()) if content.head(len(OLE)) == OLE else []
    sheets = _read(content)
    yield from found(content, sheets, parts)


def _read(content: Content, unknown: Mapping[str, Mapping[int, Sequence[int]]] = NOTHING) -> list[Sheet]:
    """Sheets by calamine; its errors name no cell, and only their class is kept. ``unknown`` are cells, by sheet and row, of which it says nothing."""
    with told():
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

        try:
            with CalamineWorkbook.from_filelike(BytesIO(content.whole())) as book:
                names = [sheet.name for sheet in book.sheets_metadata if sheet.typ not in (SheetTypeEnum.ChartSheet, SheetTypeEnum.Vba)]
                return [_sheet(book.get_sheet_by_name(name), unknown.get(name, NOTHING)) for name in names]
        except PasswordError:
            raise ReachError(Why.NO_PERMISSION, "encrypted") from None
        except CalamineError as problem:
            raise ReachError(Why.GARBLED, type(problem).__name__) from None


def _sheet(sheet: CalamineSheet, unknown: Mapping[int, Sequence[int]]) -> Sheet:
    held = list(islice(_rows(sheet, unknown), HELD + 1))
    if len(held) > HELD:
        return Sheet(sheet.name, sheet.width, partial(_rows, sheet, unknown))
    if {len(row) for row in held} == {sheet.width}:
        return _held(sheet.name, sheet.width, list(zip(*held)))
    return Sheet(sheet.name, sheet.width, partial(iter, held))


def _rows(sheet: CalamineSheet, unknown: Mapping[int, Sequence[int]]) -> Iterator[list[str | None]]:
    """Rows that hold anything. A cell merged over rows speaks for each of them."""
    fill: dict[int, dict[int, int]] = {}
    offset = sheet.start[1] if sheet.start else 0  # rows come from the sheet's first, cells from its first used column
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or []:
        if bottom > top and left >= offset:
            fill.setdefault(top, {})[left - offset] = bottom
    held: dict[int, tuple[int, str | None]] = {}
    for number, cells in enumerate(sheet.iter_rows()):
        row = [(cell or None) if type(cell) is str else cell_text(cell) for cell in cells]
        if fill:
            sheetstream.fill_merged(row, number, fill, held)
        if any(row):
            for at in unknown.get(number, ()):
                if 0 <= at - offset < len(row) and row[at - offset] is None:
                    row[at - offset] = sheetstream.UNKNOWN
            yield row


def found(content: Content, sheets: list[Sheet], parts: list[Part]) -> Iterator[Found]:
    """The tables of the sheets, and what stands around them."""
    sources: list[Source] = []
    around: dict[str, tuple[Part, ...]] = {"": tuple(parts)}
    for sheet in sheets:
        top = list(islice(sheet.every(), LOOK + BELOW))
        head = head_of(top)
        above = named(sheet.name, top[: head.first] if head is not None else ())
        tables = _tables(sheet, head)
        above += _legend(sheet, *tables[-1])
        if (told_before := _preface(sheet, tables)) is not None:
            above, tables = (*above, *told_before), tables[1:]
        for number, (spans, names) in enumerate(tables, 1):
            place = content.place(sheet.name if number == 1 else f"{sheet.name}.table{number}", workbook=content.path)
            around[place.path] = above
            maker = partial(_between, sheet.every, spans)
            if (blocks := side_by_side(names)) is not None:
                rows = list(below_each_other(maker(), blocks))
                columns = columns_of((names or ())[slice(*blocks[0])], max(end - start for start, end in blocks))
                sources.append(Table(place, sheet.name, columns, partial(iter, rows), len(rows)))
                continue
            columns = columns_of(names, sheet.width)
            held = None if sheet.held is None else [_cut(column, spans) for column in sheet.held]
            sources.append(Table(place, sheet.name, columns, maker, sum(end - first for first, end in spans), held=held))
    yield Group(content.path, tuple(sources), around)


def _tables(sheet: Sheet, head: Head | None) -> list[tuple[list[Span], Cells | None]]:
    """Rows and names of each table of a sheet: another one begins where a row names columns anew, and the same goes on where it names the same."""
    found: list[tuple[int, Cells | None]] = [(0, None) if head is None else (head.below, head.names)]
    cut: list[int] = []
    total = found[0][0] if sheet.held else 0
    for columns in _pieces(sheet, total):
        for number in naming_among(columns):
            if total + number >= found[-1][0]:
                above = max(found[-1][0] - total, number - LAST, 0)
                cut.append(_ends(list(zip(*(column[above:number] for column in columns))), captions=True))
                found.append((total + number + 1, [column[number] for column in columns]))
        total += len(columns[0])
    # Of a sheet that is not in memory the last rows are not known before it is read.
    last = max(found[-1][0], total - LAST)
    cut.append(_ends(list(zip(*(column[last:] for column in sheet.held))), captions=False) if sheet.held else 0)
    bounds = [first - 1 for first, _ in found[1:]] + [total]
    tables: list[tuple[list[Span], Cells | None]] = []
    for (first, names), bound, less in zip(found, bounds, cut, strict=True):
        span = (first, max(first, bound - less))
        if tables and _bare(names or ()) == _bare(tables[-1][1] or ()):
            tables[-1][0].append(span)
        else:
            tables.append(([span], names))
    return tables


def _legend(sheet: Sheet, spans: list[Span], names: Cells | None) -> tuple[Part, ...]:
    """What explains signs or codes below the last table, which is none of its rows any more."""
    if not sheet.held:
        return ()
    first, end = spans[-1]
    number, text = legend_below(list(zip(*(column[max(first, end - LEGEND) : end] for column in sheet.held))), names)
    if not number:
        return ()
    rest = list(zip(*(column[max(first, end - number - LAST) : end - number] for column in sheet.held)))
    spans[-1] = first, end - number - ends(rest)
    return (("line", text),)


def _preface(sheet: Sheet, tables: Sequence[tuple[list[Span], Cells | None]]) -> tuple[Part, ...] | None:
    """Lines of text, however many, above the first row of names; None where they may be records."""
    (spans, names), *further = tables
    first_line = [name for name in names or () if name]
    if len(first_line) > 1 or not further or not sheet.held:
        return None
    below = [row for first, end in spans for row in zip(*(column[first:end] for column in sheet.held))]
    rows = [first_line, *([cell for cell in row if cell and cell.strip()] for row in below)]
    lines = [text for row in rows for text in row]
    if any(len(row) > 1 for row in rows) or any(has_level(text) or heads_level(text) or TITLE_LIKE.search(text) for text in lines):
        return None
    return tuple(("line", text) for text in lines)


def _ends(rows: Sequence[Cells], *, captions: bool) -> int:
    """How many of the last rows of a stretch are no records; ``captions`` of what follows may be among them."""
    number = ends(rows)
    while captions and number < len(rows) and _is_caption(rows[-1 - number]):
        number += 1
        number += ends(rows[: len(rows) - number])
    return number


def _is_caption(row: Cells) -> bool:
    """Whether a row above repeated names says in one cell what is below. One that speaks of secrecy is kept."""
    cells = [cell for cell in row if cell and cell.strip()]
    return (len(cells) == 1 or tells_beside(cells)) and not any(map(speaks, cells))


def _cut(column: Cells, spans: Sequence[Span]) -> Cells:
    if len(spans) == 1:
        return column[spans[0][0] : spans[0][1]]
    return [cell for first, end in spans for cell in column[first:end]]


def _bare(row: Cells) -> list[str | None]:
    """Without the empty cells at its end, of which one reader makes more than another."""
    size = len(row)
    while size and row[size - 1] is None:
        size -= 1
    return list(row[:size])


def _pieces(sheet: Sheet, first: int) -> Iterator[Sequence[Cells]]:
    """The rows from the first one on, by columns and some at a time: all their texts are put together to be looked at."""
    if sheet.held is not None:
        for at in range(first, len(sheet.held[0]) if sheet.held else 0, TOGETHER):
            yield [column[at : at + TOGETHER] for column in sheet.held]
        return
    rows = islice(sheet.every(), first, None)
    while some := list(islice(rows, HELD)):
        yield list(zip_longest(*some))


def _between(every: Callable[[], Iterator[Cells]], spans: Sequence[Span]) -> Iterator[Cells]:
    rows, at = iter(every()), 0
    for first, end in spans:
        yield from islice(rows, first - at, end - at)
        at = end


def named(name: str, above: Sequence[Cells]) -> tuple[Part, ...]:
    """What speaks for one sheet: its name, and the captions above its row of names."""
    captions: list[Part] = [("line", cell) for row in above for cell in row if cell]
    return ("property", f"sheet={name}"), *captions


def cell_text(value: object) -> str | None:
    """As a sheet shows it without a format: whole numbers without a fraction."""
    if type(value) is str:
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return str(value)
