"""Dumps of databases written as XML: ``mysqldump --xml`` and the export of phpMyAdmin. Each table is one, by its own name."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from scanner.collect.holdings.ddl import comments_around
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.dumpindex import Index
from scanner.collect.holdings.files.dumpwords import Dumped
from scanner.collect.holdings.files.sniff import MADE
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.files.xmlsafe import events, local
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Found, Group, Unread
from scanner.model.absent import Absent

if TYPE_CHECKING:
    from lxml.etree import _Element

LOOKED = 4096
ROWS = {"row": ("table_data", "field"), "table": ("database", "column")}
"""Element of a row, with what it stands in and what its values are called; the name of the table is an attribute of the first or of itself."""
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
Cells = dict[str, str | None]


def is_dump(content: Content) -> bool:
    """Whether a program that dumps databases wrote it."""
    return MADE.search(content.head(LOOKED)) is not None


def xml_dump(content: Content) -> Iterator[Found]:
    """All tables as one group; what breaks off is told."""
    tables: dict[str, Dumped] = {}
    rows: dict[str, int] = {}
    lost: Absent | None = None
    try:
        with told():
            for name, row in _read(content, tables):
                table = tables.setdefault(name, Dumped(name))
                table.columns += [column for column in row if column not in table.columns]
                rows[name] = rows.get(name, 0) + 1
    except ReachError as problem:
        lost = problem.absent
        yield Unread(content.place(), lost.why, f"{lost.detail}, after {sum(rows.values())} rows")
    sources = tuple(_table(content, table, rows.get(name, 0), lost is None) for name, table in tables.items())
    yield Group(
        content.path, sources, comments_around({source.place.path: tables[source.name].caption for source in sources}),
    )  # fmt: skip


def _table(content: Content, table: Dumped, rows: int, whole: bool) -> Table:
    columns = tuple(Column(name, table.comments.get(name.lower(), "")) for name in table.columns)

    def maker() -> Iterator[list[str | None]]:
        # Where the text breaks off, no more is asked of it than the rows before that.
        found = (row for name, row in _read(content, {}) if name == table.name)
        for row in islice(found, rows):
            yield [row.get(name) for name in table.columns]

    return Table(content.place(table.name, ("dump",), database=content.path), table.name, columns, maker, rows, whole=whole)


def _read(content: Content, tables: dict[str, Dumped]) -> Iterator[tuple[str, Cells]]:
    """Every row with the name of its table. What is told of tables and columns is put down on the way."""
    above: list[_Element] = []
    with content.opener() as stream:
        for event, element in events(stream, content.size, ("start", "end")):
            if event == "start":
                above.append(element)
                continue
            above.pop()
            tag, parent = local(element), above[-1] if above else None
            container, value = ROWS.get(tag, ("", ""))
            if parent is not None and container == local(parent) and (tag == "row" or len(element)):
                name = str((parent if tag == "row" else element).get("name", ""))
                yield name, {str(cell.get("name", "")): _cell(cell) for cell in element if local(cell) == value}
            else:
                _note(tag, element, parent, tables)
            if container or tag in ("table_data", "table_structure"):
                _drop(element)


def _cell(cell: _Element) -> str | None:
    return None if cell.get(NIL) == "true" else cell.text or ""


def _note(tag: str, element: _Element, parent: _Element | None, tables: dict[str, Dumped]) -> None:
    """Names and comments of columns, and the comment of a table."""
    if parent is not None and local(parent) == "table_structure":
        table = tables.setdefault(str(parent.get("name", "")), Dumped(str(parent.get("name", ""))))
        if tag == "field" and (name := str(element.get("Field", ""))):
            table.columns.append(name)
            table.comments[name.lower()] = str(element.get("Comment", ""))
        elif tag == "options":
            table.caption = str(element.get("Comment", ""))
    elif tag == "table" and element.text and "CREATE TABLE" in element.text:
        index = Index("utf-8")
        index.over(BytesIO(element.text.strip().encode()))
        tables.update({name: told for name, told in index.tables.items() if name not in tables})


def _drop(element: _Element) -> None:
    """Free its content, and its elder siblings."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


__all__ = ["is_dump", "xml_dump"]
