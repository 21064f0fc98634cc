"""Catalogues that are tables of a Word document: read by their columns, and the rest of the document without them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from scanner.collect.holdings.files import fields
from scanner.collect.holdings.files.above import Above
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.headers import BELOW, LOOK, Cells, columns_of, names_columns
from scanner.collect.holdings.files.heads import ends, head_of, like_record, one_below_other
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.xmlsafe import local, tree
from scanner.facts.holdings.labels import name_role

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_SPAN, LONGEST_NAME = 1000, 24
SIGN = "密".encode()
Grid = list[list[str | None]]


def apart(data: bytes) -> tuple[bytes, list[Grid], list[str]]:
    """The main part without its catalogues, those as rows, and levels that forms give beside their name."""
    if b"tbl>" not in data:
        return data, [], []
    from lxml import etree

    root = tree(data)
    found: list[Grid] = []
    told: list[str] = []
    forms: list[tuple[_Element, Grid]] = []
    before: _Element | None = None
    above = Above()
    for table in list(root.iter("{*}tbl", "{*}p") if SIGN in data else root.iter("{*}tbl")):
        if local(table) == "p":
            if next(table.iterancestors("{*}tbl"), None) is None:
                above.line("".join(piece.text or "" for piece in table.iter("{*}t")))
            continue
        parent = table.getparent()
        if parent is None or not _is_below(table, root):
            continue
        rows = _rows(table)
        whole = is_catalogue(rows) or fields.lie_across(rows)
        if whole or _goes_on(rows, found, before, table):
            if whole:
                found.append([*above.caption, *rows])
            else:
                found[-1] += rows
            before = _behind(table)
            parent.remove(table)
        elif next(table.iterancestors("{*}tbl"), None) is None:
            forms.append((table, rows))
    taken = fields.records_of([pair for _, rows in forms for pair in fields.form(rows)])
    found += [taken] if taken is not None else []
    for table, rows in forms:
        if taken is not None and fields.form(rows) and (parent := table.getparent()) is not None:
            parent.remove(table)
        else:
            told += beside(rows)
    return etree.tostring(root) if found else data, found, told


def _is_below(table: _Element, root: _Element) -> bool:
    """Whether a table is still there: what lies in a catalogue is gone with it."""
    return any(one is root for one in table.iterancestors())


def _behind(table: _Element) -> _Element | None:
    """What stands behind a table, beyond paragraphs without text."""
    other = table.getnext()
    while other is not None and local(other) == "p" and not "".join(map(str, other.itertext())).strip():
        other = other.getnext()
    return other


def _goes_on(rows: Grid, found: Sequence[Grid], before: _Element | None, table: _Element) -> bool:
    """Whether a table without names of its own goes on with the catalogue that ends right above it."""
    if not found or before is not table or not rows:
        return False
    width = max(map(len, rows))
    # A record begins with its number.
    numbered = any(char.isdigit() for cell in rows[0][:2] for char in cell or "")
    return numbered and width > 2 and width == max(map(len, found[-1])) and _names_none(rows) and like_record(rows[0], found[-1][-BELOW:])


def _names_none(rows: Sequence[Cells]) -> bool:
    """Whether no row at the top of a table names its columns."""
    return not any(names_columns(row) for row in rows[:LOOK])


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
    names, records = one_below_other(None if head is None else head.names, below)
    columns = columns_of(names, max(map(len, (names or (), *records))))
    return Table(content.place(name, workbook=content.path), name or content.base, columns, lambda: iter(records), len(records))


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
