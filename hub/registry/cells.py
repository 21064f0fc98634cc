"""Rows out of a workbook: text only, each with its place, so that an error names sheet, row and column."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import yaml
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from hub.words import say
from scanner.errors import UseError

SHEETS = ("units", "contacts", "systems", "keys")
MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 20_000, 40, 8192
MAX_INFLATED, MAX_MEMBERS = 64 * 1024 * 1024, 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet."""

    sheet: str
    """One of :data:`SHEETS`."""
    title: str
    """As the sheet is called in the workbook."""
    number: int
    text: Mapping[str, str]
    """Column to what stands there; an empty cell is not in it."""
    letters: Mapping[str, str]
    """Column to its letter."""

    def wrong(self, column: str, reason: str, **fields: object) -> UseError:
        """An error that names the cell; ``reason`` is the key of a sentence."""
        heading = layout()[self.sheet]["columns"][column]["zh"]
        place = f"{self.title}!{self.letters.get(column, '?')}{self.number}"
        told = " / ".join(say(reason, lang, **fields) for lang in ("zh", "en"))
        return UseError("hub-workbook-cell", place=place, column=heading, reason=told)


@cache
def layout() -> Any:
    """Sheets, headings, examples and choices."""
    return yaml.load(files("hub.registry").joinpath("workbook.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)


def read(data: bytes, name: str) -> dict[str, list[Row]]:
    """The rows of every sheet that is known; others are left alone. Raises UseError."""
    book = _opened(data, name)
    found: dict[str, list[Row]] = {sheet: [] for sheet in SHEETS}
    for sheet in SHEETS:
        titles = {layout()[sheet]["zh"], layout()[sheet]["en"]}
        for page in book.worksheets:
            if page.title.strip() in titles:
                found[sheet] += _rows(sheet, page)
    if not any(found.values()):
        raise UseError("hub-workbook-empty", file=name)
    return found


def _opened(data: bytes, name: str) -> openpyxl.Workbook:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_MEMBERS or sum(entry.file_size for entry in entries) > MAX_INFLATED:
                raise UseError("hub-workbook-large", file=name)
        # Not read-only: that believes what the file says of its own size, and rows could stand outside.
        return openpyxl.load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, OSError, ParseError, EOFError, IndexError):
        raise UseError("hub-workbook-unreadable", file=name) from None


def _rows(sheet: str, page: Worksheet) -> Iterator[Row]:
    if page.max_row > MAX_ROWS or page.max_column > MAX_COLUMNS:
        raise UseError("hub-workbook-large", file=page.title)
    known = layout()[sheet]["columns"]
    headings = {str(column[lang]): key for key, column in known.items() for lang in ("zh", "en")}
    places: dict[int, str] = {}
    for cell in page[1]:
        key = headings.get(str(cell.value or "").strip())
        if key is not None and key not in places.values() and cell.column is not None:
            places[int(cell.column)] = key
    missing = [column["zh"] for key, column in known.items() if column.get("needed") and key not in places.values()]
    if missing:
        raise UseError("hub-workbook-heading", sheet=page.title, column=missing[0])
    letters = {key: get_column_letter(index) for index, key in places.items()}
    for number, cells in enumerate(page.iter_rows(min_row=2), start=2):
        row = Row(sheet, page.title, number, {}, letters)
        text = {
            places[index]: value
            for index, cell in enumerate(cells, start=1)
            if index in places and (value := _text(row, places[index], cell))
        }
        if text and not _is_example(text):
            yield Row(sheet, page.title, number, text, letters)


def _is_example(text: Mapping[str, str]) -> bool:
    first = next(iter(text.values()))
    return any(first.startswith(f"{layout()['example'][lang]} ") for lang in ("zh", "en"))


def _text(row: Row, column: str, cell: Any) -> str:
    value = cell.value
    if isinstance(cell, Cell) and cell.data_type == "f":
        raise row.wrong(column, "hub.cell.formula")
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    if len(text) > MAX_TEXT:
        raise row.wrong(column, "hub.cell.long", most=MAX_TEXT)
    return text
