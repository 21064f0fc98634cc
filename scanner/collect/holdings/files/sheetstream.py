"""Large xlsx sheets row by row: memory does not grow with the sheet, and declared dimensions are not believed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.headers import LOOK, columns_of
from scanner.collect.holdings.files.heads import head_of
from scanner.collect.holdings.files.sheetwords import Around, Book, behind_cells
from scanner.collect.holdings.files.strings import Strings
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.word import Part
from scanner.collect.holdings.files.xmlsafe import events, local
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Group
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import _Element

MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref\s*=\s*[\"']\$?([A-Z]{1,3})\$?(\d+):\$?[A-Z]{1,3}\$?(\d+)")
MAX_WIDTH = 16_384
UNKNOWN = "#N/A"
"""What stands for a value that a formula has yet to give, or failed to."""


def streamed(content: Content, book: Book, around: Around) -> Iterator[Found]:
    """The sheets as a group; every pass inflates its sheet again."""
    sources = []
    speaking: dict[str, tuple[Part, ...]] = {"": tuple(around.parts)}
    with packages.opened(content) as package:
        shared = _shared(package)
        merged = {sheet.part: _merged(package, sheet.part) for sheet in book.sheets}
    for sheet in book.sheets:
        if not sheet.part:
            raise ReachError(Why.GARBLED, "sheet without a part")
        top = list(islice(_rows(content, sheet.part, shared, {}), LOOK * 10))
        head = head_of(top)
        captions: list[Part] = [("line", cell) for row in top[: head.first if head is not None else 0] for cell in row if cell]
        speaking[content.place(sheet.name).path] = (("property", f"sheet={sheet.name}"), *captions)
        width = max((len(row) for row in top), default=0)
        skip = 0 if head is None else head.below

        def maker(
            part: str = sheet.part, skip: int = skip, fill: dict[int, dict[int, int]] = merged[sheet.part]
        ) -> Iterator[list[str | None]]:
            return islice(_rows(content, part, shared, fill), skip, None)

        columns = columns_of(None if head is None else head.names, width)
        sources.append(Table(content.place(sheet.name, workbook=content.path), sheet.name, columns, maker))
    yield Group(content.path, tuple(sources), speaking)


def _shared(package: zipfile.ZipFile) -> Strings:
    strings = Strings()
    if "xl/sharedStrings.xml" not in package.namelist():
        return strings
    info = package.getinfo("xl/sharedStrings.xml")
    if packages.refused(info):
        raise ReachError(Why.TRUNCATED, "declared ratio")
    with package.open(info) as stream:
        for _, element in events(stream, -1, tag="si"):  # type: ignore[arg-type]
            strings.add(_text(element))
            _drop(element)
    return strings


def _rows(content: Content, part: str, shared: Strings, fill: dict[int, dict[int, int]]) -> Iterator[list[str | None]]:
    """Rows that hold anything."""
    held: dict[int, tuple[int, str | None]] = {}
    with packages.opened(content) as package, package.open(part) as stream:
        number = 0
        for _, element in events(stream, -1, tag="row"):  # type: ignore[arg-type]
            declared = element.get("r")
            number = int(declared) if declared and declared.isdigit() else number + 1
            row = _cells(element, shared)
            _drop(element)
            fill_merged(row, number, fill, held)
            if any(row):
                yield row


def fill_merged(row: list[str | None], number: int, fill: dict[int, dict[int, int]], held: dict[int, tuple[int, str | None]]) -> None:
    """A cell merged over rows speaks for each of them."""
    for column, (bottom, value) in list(held.items()):
        if number > bottom:
            del held[column]
        elif column < len(row) and row[column] is None:
            row[column] = value
        elif column >= len(row):
            row.extend([None] * (column - len(row)) + [value])
    for column, bottom in fill.get(number, {}).items():
        if column < len(row):
            held[column] = (bottom, row[column])


def _cells(row: _Element, shared: Strings) -> list[str | None]:
    found: list[str | None] = []
    space = str(row.tag)[: -len("row")]
    cell_tag, value_tag = f"{space}c", f"{space}v"
    for cell in row:
        if cell.tag != cell_tag:
            continue
        at = _column(cell.get("r"), len(found))
        if at > MAX_WIDTH:
            raise ReachError(Why.GARBLED, "column out of range")
        while len(found) <= at:
            found.append(None)
        found[at] = _value(cell, value_tag, shared)
    return found


def _value(cell: _Element, value_tag: str, shared: Strings) -> str | None:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _text(cell) or None
    value = cell.findtext(value_tag)
    if kind == "s" and value is not None:
        return shared[int(value)] or None
    if not value and cell.find(f"{value_tag[:-1]}f") is not None:
        return UNKNOWN
    if value is not None and value.endswith(".0"):
        return value[:-2]
    return value or None


def _text(element: _Element) -> str:
    """Runs joined; phonetic hints are no text."""
    return "".join(node.text or "" for node in element.iter() if local(node) == "t" and local(node.getparent()) != "rPh")  # type: ignore[arg-type]


def _column(reference: str | None, following: int) -> int:
    """Number of the column in a reference like ``AB12``; a cell without one follows its neighbour."""
    letters = (reference or "").rstrip("0123456789")
    if not letters or len(letters) > 3 or not letters.isascii() or not letters.isupper():
        return following
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _merged(package: zipfile.ZipFile, part: str) -> dict[int, dict[int, int]]:
    """First row to column to last row, of the ranges merged over rows; they stand behind the cells."""
    found: dict[int, dict[int, int]] = {}
    for match in MERGED.finditer(behind_cells(package, part)):
        left, top, bottom = match.group(1).decode(), int(match.group(2)), int(match.group(3))
        if bottom > top:
            found.setdefault(top, {})[_column(left + "1", 0)] = bottom
    return found


def _drop(element: _Element) -> None:
    parent = element.getparent()
    element.clear()
    if parent is not None:
        while len(parent) and parent[0] is not element:
            del parent[0]
