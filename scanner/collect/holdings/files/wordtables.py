"""Catalogues that are tables of a Word document: read by their columns, and the rest of the document without them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.headers import LOOK, Cells, columns_of, names_columns
from scanner.collect.holdings.files.heads import ends, head_of
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.xmlsafe import tree
from scanner.facts.holdings.columns import name_role

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_SPAN, LONGEST_NAME = 1000, 24
Grid = list[list[str | None]]


def apart(data: bytes) -> tuple[bytes, list[Grid], list[str]]:
    """The main part without its catalogues, those as rows, and levels that forms give beside their name."""
    if b"tbl>" not in data:
        return data, [], []
    from lxml import etree

    root = tree(data)
    found: list[Grid] = []
    told: list[str] = []
    for table in [one for one in root.iter("{*}tbl") if next(one.iterancestors("{*}tbl"), None) is None]:
        rows = _rows(table)
        parent = table.getparent()
        if parent is not None and is_catalogue(rows):
            found.append(rows)
            parent.remove(table)
        else:
            told += beside(rows)
    return etree.tostring(root) if found else data, found, told


def beside(rows: Sequence[Cells]) -> list[str]:
    """What stands behind the name of a level in a form."""
    pairs = [(name, value) for row in rows for name, value in pairwise(cell for cell in row if cell)]
    return [f"{name}={value}" for name, value in pairs if len(name) <= LONGEST_NAME and name_role(name) == "level"]


def is_catalogue(rows: Sequence[Cells]) -> bool:
    """Whether one of the first rows names the columns of records, and there are records below it."""
    head = head_of(rows[: LOOK * 3])
    return head is not None and len(rows) > head.below and names_columns(head.names)


def sources(content: Content, grids: Sequence[Grid]) -> tuple[Table, ...]:
    """Every catalogue as a source."""
    return tuple(_source(content, rows, f"table{number}" if len(grids) > 1 else None) for number, rows in enumerate(grids, 1))


def above(rows: Sequence[Cells]) -> list[str]:
    """What stands in a catalogue and is no record."""
    head = head_of(rows[: LOOK * 3])
    return [cell for row in rows[: head.first if head is not None else 0] for cell in row if cell]


def _source(content: Content, rows: Grid, name: str | None) -> Table:
    head = head_of(rows[: LOOK * 3])
    below = rows[head.below if head is not None else 0 :]
    below = below[: len(below) - ends(below)]
    width = max(map(len, rows))
    columns = columns_of(None if head is None else head.names, width)
    return Table(content.place(name, workbook=content.path), name or content.base, columns, lambda: iter(below), len(below))


def _rows(table: _Element) -> Grid:
    """Rows that hold anything; a cell over several rows speaks for each of them."""
    found: Grid = []
    over: dict[int, str | None] = {}
    for row in table.iter("{*}tr"):
        if next(row.iterancestors("{*}tbl"), None) is not table:
            continue
        cells: list[str | None] = []
        for cell in row.iter("{*}tc"):
            if next(cell.iterancestors("{*}tr"), None) is not row:
                continue
            text = _text(cell)
            merged = _mark(cell, "vMerge")
            if merged == "continue":
                text = text or over.get(len(cells))
            over[len(cells)] = text if merged is not None else None
            cells.append(text)
            span = _mark(cell, "gridSpan") or "1"
            cells += [None] * (min(int(span), MAX_SPAN) - 1 if span.isdigit() else 0)
        if any(cells):
            found.append(cells)
    return found


def _text(cell: _Element) -> str | None:
    """Paragraphs of a cell one below the other."""
    lines = ["".join(piece.text or "" for piece in line.iter("{*}t", "{*}delText")).strip() for line in cell.iter("{*}p")]
    return "\n".join(line for line in lines if line) or None


def _mark(cell: _Element, name: str) -> str | None:
    """A property of a cell; one without a value goes on with what stands above."""
    for element in cell.iter(f"{{*}}{name}"):
        if next(element.iterancestors("{*}tc"), None) is cell:
            value = next((str(one) for key, one in element.attrib.items() if local_key(str(key)) == "val"), None)
            return value or "continue"
    return None


def local_key(key: str) -> str:
    """Name of an attribute without its namespace."""
    return key.rsplit("}", 1)[-1]
