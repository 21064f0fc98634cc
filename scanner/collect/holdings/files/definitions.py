"""Dumps in pieces: the tables are made in one file, and their rows stand in others of the same folder (mydumper, ``--no-data``, ``--tab``)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import takewhile
from pathlib import Path

from scanner.collect.holdings.files.content import Content, open_plain, read_up_to
from scanner.collect.holdings.files.copyblocks import CopyTable
from scanner.collect.holdings.files.dumpindex import Index
from scanner.collect.holdings.files.dumpwords import Dumped
from scanner.collect.holdings.files.encodings import WIDE, encoding_of
from scanner.collect.holdings.files.inserts import Statement
from scanner.collect.holdings.files.walk import Entry
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Group, Unread

SMALL = 1024 * 1024
"""Bytes of a file of definitions."""
MOST = 500
"""Such files of one folder."""
ENDS = (".sql", ".sql.gz")


def with_definitions(entries: Sequence[Entry | Unread]) -> list[Entry | Unread]:
    """The listing, each dump with the small dumps that lie beside it."""
    small: dict[Path, list[Path]] = {}
    for entry in entries:
        if isinstance(entry, Entry) and entry.size <= SMALL and entry.path.name.lower().endswith(ENDS):
            small.setdefault(entry.path.parent, []).append(entry.path)
    return [
        replace(entry, beside=tuple(_nearest(entry, small[entry.path.parent])))
        if isinstance(entry, Entry) and entry.path.parent in small and entry.path.name.lower().endswith((*ENDS, ".txt"))
        else entry
        for entry in entries
    ]


def _nearest(entry: Entry, small: Sequence[Path]) -> list[Path]:
    """What is called most alike first: of two definitions of one name it is the file's own. Rows alone have one of their own name."""
    name = entry.path.name
    others = [path for path in small[:MOST] if path != entry.path and (name.lower().endswith(ENDS) or path.stem == entry.path.stem)]
    return sorted(others, key=lambda path: -sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(path.name, name))))


def define(content: Content, tables: dict[str, Dumped]) -> list[str]:
    """Give tables that are not made here the definitions that stand beside; columns that are worked out of others, as these say it."""
    wanted = {_own(name): table for name, table in tables.items() if not table.made and (table.statements or table.copies)}
    worked: list[str] = []
    for index in _read(content.beside if wanted else ()):
        found = False
        for name, told in index.tables.items():
            table = wanted.get(_own(name))
            if table is not None and not table.made and told.made:
                _take(table, told)
                found = True
        worked += index.definitions if found else []
        if all(table.made for table in wanted.values()):
            break
    return worked


def rows_alone(content: Content) -> Group | None:
    """The rows of a table that a dump of its own name beside them makes, as ``mysqldump --tab`` writes them; None where they are none."""
    name = content.base.rpartition(".")[0]
    for index in _read(content.beside):
        told = next((one for own, one in index.tables.items() if one.made and _own(own) == name.lower()), None)
        line = content.head().partition(b"\n")[0]
        if told is not None and line.count(b"\t") == len(told.columns) - 1:
            columns = tuple(Column(column, told.comments.get(column.lower(), "")) for column in told.columns)
            encoding, _ = encoding_of(content.head()) or ("utf-8", 0)
            place = content.place(None, ("dump",))
            table = CopyTable(place, name, content, columns, encoding, (Statement(0, content.size, tuple(told.columns)),))
            return Group(content.path, (table,), {place.path: (("line", told.caption),)} if told.caption else {}, tuple(index.definitions))
    return None


def _take(table: Dumped, told: Dumped) -> None:
    table.made = True
    table.columns = [*told.columns, *(name for name in table.columns if name not in told.columns)]
    table.comments = told.comments | table.comments
    table.defaults = told.defaults | table.defaults
    table.references = told.references | table.references
    table.caption = table.caption or told.caption


def _own(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower()


def _read(paths: Sequence[Path]) -> Iterator[Index]:
    """What each file says. One that cannot be read defines nothing; it is told by itself."""
    for path in paths:
        try:
            with open_plain(path) as stream:
                data = read_up_to(stream, SMALL + 1)
            if path.name.lower().endswith(".gz"):
                with gzip.open(BytesIO(data)) as packed:
                    data = packed.read(SMALL + 1)
        except (OSError, EOFError, ReachError):
            continue
        encoding, _ = encoding_of(data) or ("utf-8", 0)
        if len(data) <= SMALL and encoding not in WIDE:
            index = Index(encoding)
            index.over(BytesIO(data))
            yield index


__all__ = ["define", "rows_alone", "with_definitions"]
