"""Sheets of an OpenDocument: rows and cells that may say of themselves how often they come again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from scanner.collect.holdings.files import cellbook
from scanner.collect.holdings.files.odftexts import ASIDE, attribute, drop, paragraph, texts, times_of
from scanner.collect.holdings.files.word import Part
from scanner.collect.holdings.files.xmlsafe import events, local
from scanner.errors import ReachError
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_WIDTH, MAX_SHEETS = 16_384, 1000
MAX_CELLS = 100_000_000
"""Cells of rows that hold anything, in all sheets."""
MAX_REPEATED = 2_000_000
"""Rows that are there only because another one says so."""
KEPT_ROWS = 40_000
"""Rows of all sheets that are held in memory; of further sheets they are made anew for each pass."""
Opener = Callable[[], BinaryIO]


@dataclass(slots=True)
class Kept:
    """A sheet as far as it is held."""

    name: str
    width: int = 0
    rows: list[list[str | None]] = field(default_factory=list)
    total: int = 0

    @property
    def held_whole(self) -> bool:
        """Whether no row of it is missing here."""
        return len(self.rows) == self.total


@dataclass(slots=True)
class Book:
    """All sheets, and what stands beside their cells."""

    sheets: list[Kept] = field(default_factory=list)
    beside: list[Part] = field(default_factory=list)
    held: int = 0

    def take(self, number: int, name: str, row: list[str | None] | None) -> None:
        """One row; None begins a sheet."""
        if number >= MAX_SHEETS:
            raise ReachError(Why.TRUNCATED, f"more than {MAX_SHEETS} sheets")
        if number == len(self.sheets):
            self.sheets.append(Kept(name))
        if row is None:
            return
        sheet = self.sheets[number]
        sheet.total += 1
        sheet.width = max(sheet.width, len(row))
        if sheet.total <= cellbook.HELD and self.held < KEPT_ROWS:
            sheet.rows.append(row)
            self.held += 1


def sheet_of(opener: Opener, number: int, sheet: Kept) -> cellbook.Sheet:
    """A sheet as workbooks have them: of what is not held, the rows are made anew."""
    if sheet.held_whole:
        return cellbook.Sheet(
            sheet.name, sheet.width, partial(iter, sheet.rows), list(zip(*(_filled(row, sheet.width) for row in sheet.rows)))
        )

    def every() -> Iterator[list[str | None]]:
        own = (row for at, _, row in rows(opener, None) if at == number and row is not None)
        yield from islice(own, sheet.total)

    return cellbook.Sheet(sheet.name, sheet.width, every)


def _filled(row: list[str | None], width: int) -> list[str | None]:
    return [*row, *[None] * (width - len(row))]


def rows(opener: Opener, book: Book | None) -> Iterator[tuple[int, str, list[str | None] | None]]:
    """Number and name of the sheet, and a row that holds anything; None where a sheet begins."""
    number, name, at, depth = -1, "", 0, 0
    held: dict[int, tuple[int, str | None]] = {}
    many = [0, 0]
    with opener() as stream:
        for event, element in events(
            stream, -1, ("start", "end"), ("table", "table-row", "tracked-changes", "shapes", "content-validations")
        ):
            tag = local(element)
            if tag == "table":
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    number, at, held = number + 1, 0, {}
                    name = attribute(element, "name") or f"sheet{number + 1}"
                    yield number, name, None
            elif event == "end" and tag == "table-row" and depth == 1:
                row = _row(element, at, held, book)
                times = times_of(element, "number-rows-repeated")
                at += times
                if any(row):
                    _count(many, times, len(row))
                    for _ in range(times):
                        yield number, name, row
                drop(element)
            elif event == "end" and tag not in ("table", "table-row"):
                if book is not None:
                    book.beside += [("box", text) for text in texts(element)]
                drop(element)


def _count(many: list[int], times: int, width: int) -> None:
    """Bound what comes of little: cells in all, and rows that are only said to come again."""
    many[0] += times * width
    many[1] += times - 1
    if many[0] > MAX_CELLS or many[1] > MAX_REPEATED:
        raise ReachError(Why.TRUNCATED, "repeated rows")


def _row(element: _Element, at: int, held: dict[int, tuple[int, str | None]], book: Book | None) -> list[str | None]:
    """Cells of a row up to the last one that holds anything. One that spans rows speaks for each of them."""
    found: list[str | None] = []
    column = 0
    for cell in element:
        tag = local(cell)
        if tag not in ("table-cell", "covered-table-cell"):
            continue
        times = times_of(cell, "number-columns-repeated")
        value = _value(cell, book)
        spans = times_of(cell, "number-rows-spanned")
        for place in range(column, min(column + times, MAX_WIDTH)) if value or held else ():
            told_here = value
            if tag == "covered-table-cell" and value is None and place in held and at <= held[place][0]:
                told_here = held[place][1]
            elif spans > 1:
                held[place] = at + spans - 1, value
            if told_here:
                found += [None] * (place - len(found)) + [told_here]
        column += times
        if value and column > MAX_WIDTH:
            raise ReachError(Why.GARBLED, "column out of range")
    return found


def _value(cell: _Element, book: Book | None) -> str | None:
    """As it is shown; else the value itself."""
    lines: list[str] = []
    beside: list[str] = []
    for child in cell:
        if local(child) in ("p", "h"):
            lines.append(paragraph(child, beside))
        elif book is not None or local(child) not in ASIDE:
            beside += texts(child)
    if book is not None:
        book.beside += [("box", text) for text in beside if text]
    shown = "\n".join(lines).strip()
    if shown:
        return shown
    return next(
        (value for key in ("string-value", "date-value", "time-value", "boolean-value", "value") if (value := attribute(cell, key))), None
    )
