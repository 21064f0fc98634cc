"""SQL dumps: which tables they make, and where in the text the rows of each lie. Nothing is executed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO

from scanner.collect.holdings.files.broken import as_far, told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.copyblocks import CopyTable
from scanner.collect.holdings.files.definitions import define
from scanner.collect.holdings.files.dumpindex import Index
from scanner.collect.holdings.files.dumpwords import Dumped, meant
from scanner.collect.holdings.files.encodings import WIDE, encoding_of
from scanner.collect.holdings.files.headers import columns_of
from scanner.collect.holdings.files.inserts import tuples
from scanner.collect.holdings.files.table import Table
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Found, Group, Place, Source, Unread
from scanner.facts.holdings.values import plain
from scanner.model.absent import Why

LOOKED = 50
SMALL = 256 * 1024
"""Bytes of values up to which the rows of a table are counted at once: dictionaries are that small, and known by their number of rows."""


def dump(content: Content) -> Iterator[Found]:
    """All tables as one group."""
    with told():
        encoding, _ = encoding_of(content.head()) or ("utf-8", 0)
        if encoding in WIDE:
            content, encoding = _narrow(content, encoding), "utf-8"
        found, tables, backslash = _indexed(content, encoding)
        worked = define(content, tables)
        if found.strange or not tables:
            yield Unread(content.place(), Why.GARBLED, "statements that are not understood")
        if found.lost is not None:
            yield Unread(content.place(), found.lost.why, f"{found.lost.detail}, line {found.lines}")
        if found.twice:
            yield Unread(content.place(), Why.GARBLED, "text encoded twice")
        yield from (Unread(content.place(name), Why.GARBLED, "a view that gives levels") for name in found.others.untold)
        for name, table in tables.items():
            if _unnamed(content, table, encoding, backslash):
                yield Unread(content.place(name), Why.GARBLED, "rows of a table that is defined elsewhere")
        sources = tuple(_sources(content, tables, encoding, backslash, found.lost is None))
        yield Group(
            content.path,
            sources,
            {source.place.path: (("line", text),) for source in sources if (text := tables[source.name].caption)},
            (*found.definitions, *found.others.definitions, *worked),
        )


def _indexed(content: Content, encoding: str) -> tuple[Index, dict[str, Dumped], bool]:
    """What the lines say. Where a statement without rows does not end, they are gone over once more, each for itself."""
    for plainly in (False, True):
        found = Index(encoding, plainly)
        with content.opener() as stream:
            tables, backslash = found.over(stream)
        if not found.endless:
            break
    found.strange = found.strange or plainly
    return found, tables, backslash


def _unnamed(content: Content, table: Dumped, encoding: str, backslash: bool) -> bool:
    """Whether nothing names the columns of a table, and none of them tells by its values that it is the level."""
    if table.columns or table.made or not table.statements:
        return False
    first = _first(tuples(content, table.statements, encoding, backslash, ()))
    told = [[cell for cell in cells if cell] for cells in zip(*first)]
    return bool(first) and not any(cells and all(plain(cell) is not None for cell in cells) for cells in told)


def _narrow(content: Content, encoding: str) -> Content:
    """The same text as UTF-8: lines and quotes are looked for as bytes."""
    data = content.whole().decode(encoding, "replace").lstrip("\ufeff").encode()
    return replace(content, size=len(data), opener=partial(BytesIO, data), seekable=True)


def _sources(content: Content, tables: dict[str, Dumped], encoding: str, backslash: bool, whole: bool) -> Iterator[Source]:
    for name, table in tables.items():
        place = content.place(name, ("dump",), database=content.path)
        if table.statements and not table.columns:
            first = _first(tuples(content, table.statements, encoding, backslash, ()))
            table.columns = [column.name for column in columns_of(None, max(map(len, first), default=0))]
        names = [Column(column, table.comments.get(column.lower(), "")) for column in table.columns]
        references = {column: (meant(other, tables), theirs) for column, (other, theirs) in table.references.items()}
        if table.copies:
            total = sum(block.rows for block in table.copies)
            yield CopyTable(place, name, content, tuple(names), encoding, tuple(table.copies), total, references=references, whole=whole)
        if table.statements or not table.copies:
            made = _table(content, place, table, names, encoding, backslash)
            made.whole, made.references = whole, references
            yield made


def _table(content: Content, place: Place, table: Dumped, names: list[Column], encoding: str, backslash: bool) -> Table:
    def maker() -> Iterator[list[str | None]]:
        yield from tuples(content, table.statements, encoding, backslash, table.columns, table.defaults)

    small = sum(statement.end - statement.start for statement in table.statements) <= SMALL
    return Table(place, table.name, tuple(names), maker, _number(maker()) if small else None)


def _first(rows: Iterator[list[str | None]]) -> list[list[str | None]]:
    """What can be read of the first rows."""
    try:
        return as_far(rows, LOOKED)
    except ReachError:
        return []


def _number(rows: Iterator[list[str | None]]) -> int | None:
    """How many rows there are; None where they cannot all be read, which the pass over them tells."""
    try:
        return sum(1 for _ in rows)
    except ReachError:
        return None
