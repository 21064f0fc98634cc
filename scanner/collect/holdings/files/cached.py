"""Cells that a workbook keeps of others: what a pivot table was made of, and what it last saw of workbooks that it refers to."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.collect.holdings.files import package as packages
from scanner.collect.holdings.files.xmlsafe import local, tree
from scanner.errors import ReachError
from scanner.model.absent import Why

if TYPE_CHECKING:
    from lxml.etree import _Element

RECORDS, LINKS = "xl/pivotCache/pivotCacheRecords", "xl/externalLinks/externalLink"
DEFINITION = "xl/pivotCache/pivotCacheDefinition"
MAX_CELLS = 4_000_000
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
Rows = list[list[str | None]]


def kept(package: zipfile.ZipFile) -> list[tuple[str, Rows]]:
    """Each as a sheet under a name of its own; the first row of a pivot table's are the names of its columns."""
    found = [(f"pivotCache{number}", rows) for number, rows in _pivots(package) if len(rows) > 1]
    for name in packages.names(package, LINKS):
        number = re.sub(r"\D", "", name)
        for at, sheet in enumerate(tree(packages.part(package, name)).iter("{*}sheetData"), 1):
            rows = _cells(sheet)
            if any(map(any, rows)):
                found.append((f"externalCache{number}.{at}", rows))
    return found


def _pivots(package: zipfile.ZipFile) -> Iterator[tuple[str, Rows]]:
    present = set(package.namelist())
    for name in packages.names(package, DEFINITION):
        number = re.sub(r"\D", "", name)
        fields = list(tree(packages.part(package, name)).iter("{*}cacheField"))
        shared = [[_value(item) for items in field.iter("{*}sharedItems") for item in items] for field in fields]
        names: list[str | None] = [str(field.get("name", "")) or None for field in fields]
        records = f"{RECORDS}{number}.xml"
        if records in present:
            yield number, [names, *_records(tree(packages.part(package, records)), shared)]
        else:
            # Without records each column still has its values, one below the other.
            longest = max(map(len, shared), default=0)
            yield number, [names, *([values[at] if at < len(values) else None for values in shared] for at in range(longest))]


def _records(root: _Element, shared: Sequence[Sequence[str | None]]) -> Iterator[list[str | None]]:
    cells = 0
    for record in root.iter("{*}r"):
        row: list[str | None] = []
        for at, cell in enumerate(record):
            if local(cell) == "x":
                index = str(cell.get("v", ""))
                values = shared[at] if at < len(shared) else ()
                row.append(values[int(index)] if index.isdigit() and int(index) < len(values) else None)
            else:
                row.append(_value(cell))
        cells += len(row)
        if cells > MAX_CELLS:
            raise ReachError(Why.TRUNCATED, f"more than {MAX_CELLS} cells kept of others")
        yield row


def _value(item: _Element) -> str | None:
    """A date or a number is written like a text."""
    value = item.get("v")
    return str(value).removesuffix("T00:00:00") if value else None


def _cells(sheet: _Element) -> Rows:
    rows: Rows = []
    for row in sheet.iter("{*}row"):
        cells: list[str | None] = []
        for cell in row.iter("{*}cell"):
            found = _REFERENCE.fullmatch(str(cell.get("r", "")))
            at = _column(found[1]) if found is not None else len(cells)
            cells += [None] * (at + 1 - len(cells))
            cells[at] = next((value.text for value in cell if local(value) == "v"), None)
        rows.append(cells)
    return rows


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
