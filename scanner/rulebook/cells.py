"""The cells of a workbook that a person filled in: read as plain text, nothing in them trusted, every refusal naming sheet, row and column."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import Lined

MAX_FILE = 8_000_000
MAX_UNPACKED = 100_000_000
MAX_ROWS = 5000
FOREIGN = ("xl/externalLinks", "xl/vbaProject", "xl/embeddings")
MAX_COLUMNS = 60
BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, KeyError, ValueError, TypeError,
    AttributeError, IndexError, EOFError, NotImplementedError, OverflowError,
)  # fmt: skip
"""What openpyxl is known to raise on a file that is no workbook."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a value stands: sheet name, row and column counted from 1."""

    sheet: str
    row: int
    column: int

    def place(self) -> str:
        """``系统与资产!C5``."""
        return f"{self.sheet}!{get_column_letter(self.column)}{self.row}"


@dataclass(slots=True)
class Row:
    """One filled row: text by key, and where each stands."""

    sheet: str
    number: int
    text: dict[str, str] = field(default_factory=dict)
    column: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Book:
    """A workbook being read: its file name, the cells by the line they were given, the examples left out."""

    file: str
    cells: list[Cell] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def line(self, row: Row, key: str) -> int:
        """A line that stands for one cell."""
        self.cells.append(Cell(row.sheet, row.number, row.column.get(key, 1)))
        return len(self.cells)

    def error(self, code: str, row: Row, key: str, **fields: object) -> UseError:
        """A refusal that names sheet, row and column."""
        cell = Cell(row.sheet, row.number, row.column.get(key, 1))
        return UseError(code, file=self.file, sheet=cell.sheet, row=cell.row, column=get_column_letter(cell.column), **fields)

    def mapping(self, row: Row, keys: Sequence[str]) -> Lined:
        """The filled cells of some keys."""
        out = Lined()
        out.lines, out.line = {}, self.line(row, keys[0])
        for key in keys:
            if row.text.get(key):
                out[key], out.lines[key] = row.text[key], self.line(row, key)
        return out


def open_workbook(path: Path) -> Any:
    """A workbook whose every part was looked at first. Raises UseError."""
    raw = _bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=False, keep_links=False)
    except BROKEN as error:
        raise UseError("workbook-unreadable", file=path, detail=type(error).__name__) from None


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise UseError("workbook-unreadable", file=path, detail=f"> {MAX_FILE} B")
        raw = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise UseError("workbook-unreadable", file=path, detail=f"> {MAX_UNPACKED} B")
            for info in archive.infolist():
                # Values fetched from other files, and macros, are nobody's answers.
                if info.filename.startswith(FOREIGN):
                    raise UseError("workbook-unreadable", file=path, detail=info.filename.split("/")[1][:40])
                with archive.open(info) as stream:
                    # An entity in a workbook is an attack: no spreadsheet program writes a DOCTYPE.
                    if info.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in stream.read(MAX_UNPACKED):
                        raise UseError("workbook-unreadable", file=path, detail="DOCTYPE")
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except BROKEN as error:
        raise UseError("workbook-unreadable", file=path, detail=type(error).__name__) from None
    return raw


def read_sheet(loaded: Any, words: Mapping[str, Any], book: Book, examples: Sequence[str] = ()) -> Iterator[Row]:
    """The filled rows of one sheet; ``words`` has its titles and columns, ``examples`` what a row that nobody reads begins with.

    Raises UseError, and whatever of :data:`BROKEN` the file makes openpyxl raise.
    """
    title = next((title for title in (words["zh"], words["en"]) if title in loaded.sheetnames), None)
    if title is None:
        raise UseError("workbook-sheet-missing", file=book.file, sheet=words["zh"])
    sheet = loaded[title]
    # The declared dimension is a claim of the file; rows are counted as they come.
    sheet.reset_dimensions()
    columns: dict[int, Mapping[str, Any]] = {}
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        if number > MAX_ROWS:
            raise UseError("workbook-too-long", file=book.file, sheet=title, rows=MAX_ROWS)
        row = Row(title, number)
        values = {index: _text(cell, row, index, book) for index, cell in enumerate(cells, 1) if cell.value is not None}
        if number == 1:
            columns = _headers(values, words["columns"], row, book)
            row.column = {column["key"]: index for index, column in columns.items()}
            continue
        for index, value in values.items():
            if not value:
                continue
            row.column[str(index)] = index
            if index not in columns:
                raise book.error("workbook-no-header", row, str(index))
            key = columns[index]["key"]
            row.column[key] = index
            row.text[key] = value
        for index, column in columns.items():
            row.column.setdefault(column["key"], index)
        if not row.text:
            continue
        first = row.text.get(words["columns"][0]["key"], "")
        if any(first.startswith(mark) for mark in examples):
            book.skipped.append(Cell(title, number, 1).place())
            continue
        for column in columns.values():
            _choose(row, column, book)
        yield row


def _headers(values: Mapping[int, str], columns: Sequence[Mapping[str, Any]], row: Row, book: Book) -> dict[int, Mapping[str, Any]]:
    found: dict[int, Mapping[str, Any]] = {}
    for index, value in values.items():
        if not value:
            continue
        row.column[str(index)] = index
        match = next((column for column in columns if value in (column["zh"], column["en"])), None)
        if match is None or match in found.values():
            raise book.error("workbook-header", row, str(index), wanted=" ".join(column["zh"] for column in columns))
        found[index] = match
    if columns[0] not in found.values():
        raise book.error("workbook-header", row, "1", wanted=" ".join(column["zh"] for column in columns))
    return found


def _choose(row: Row, column: Mapping[str, Any], book: Book) -> None:
    """Turn a word of a list into what it means; what it means is accepted as well."""
    key, choices = column["key"], column.get("choices")
    value = row.text.get(key)
    if value is None or choices is None or key in ("platform", "grade"):
        return
    if value not in choices and value not in choices.values():
        raise book.error("workbook-choice", row, key, wanted=" ".join(choices))
    row.text[key] = choices.get(value, value)


def _text(cell: Any, row: Row, index: int, book: Book) -> str:
    row.column[str(index)] = index
    if cell.data_type == "f":
        raise book.error("workbook-formula", row, str(index))
    value = cell.value
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    raise book.error("workbook-cell-kind", row, str(index))
