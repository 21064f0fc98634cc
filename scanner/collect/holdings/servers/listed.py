"""From a server's own lists of columns and keys to tables, for families that differ only in how the lists are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from scanner.collect.holdings.servers.dialect import Dialect, Field, text_of
from scanner.collect.holdings.servers.table import Session, SqlTable
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Group, Place

TABLE_SECONDS = 600.0
UNLISTED = "tables that the account has no right to are not listed"
"""Detail of a database whose own list of tables depends on who asks."""
Kind = Callable[[str, int], Field]
"""(native type, declared length) to a field without name; see :func:`lists_of`."""


@dataclass(slots=True)
class Lists:
    """What a database has, by (schema, table)."""

    fields: dict[tuple[str, str], list[Field]] = field(default_factory=dict)
    keys: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    references: dict[tuple[str, str], dict[str, tuple[str, str]]] = field(default_factory=dict)


def lists_of(
    columns: Iterable[tuple[Any, ...]], keys: Iterable[tuple[Any, ...]], references: Iterable[tuple[Any, ...]], kind: Kind
) -> Lists:
    """Rows of columns (schema, table, column, type, length, comment), keys (schema, table, column), references (…, table, column)."""
    lists = Lists()
    for row in columns:
        schema, table, name, native, length, comment = (text_of(cell) or "" for cell in row)
        shape = kind(native.lower(), int(length or 0))
        made = Field(Column(name, comment, shape.column.kind), native.lower(), shape.raw, shape.long)
        lists.fields.setdefault((schema, table), []).append(made)
    for row in keys:
        schema, table, name = (text_of(cell) or "" for cell in row)
        lists.keys.setdefault((schema, table), []).append(name)
    for row in references:
        schema, table, name, other, theirs = (text_of(cell) or "" for cell in row)
        lists.references.setdefault((schema, table), {})[name] = (other, theirs)
    return lists


def group_of(
    session: Session, dialect: Dialect, database: str, lists: Lists, container: Mapping[str, str], usual: str, *, prefix: str = "",
    lineage: tuple[str, ...] = (),
) -> Group:  # fmt: skip
    """One group; tables of the schema ``usual`` go by their bare name in paths; ``prefix`` stands before each name in statements."""
    bare: dict[str, int] = {}
    for _, table in lists.fields:
        bare[table] = bare.get(table, 0) + 1

    def called(schema: str, table: str) -> str:
        return table if bare[table] == 1 else f"{schema}.{table}"

    sources = []
    for (schema, table), fields in lists.fields.items():
        place = Place(
            f"{database}#{table if schema == usual else f'{schema}.{table}'}",
            MappingProxyType({**container, "schema": f"{container['database']}/{schema}"}),
            lineage,
        )
        sources.append(
            SqlTable(
                session=session,
                dialect=dialect,
                place=place,
                name=called(schema, table),
                origin=f"{prefix}{dialect.quote(schema)}.{dialect.quote(table)}",
                fields=tuple(fields),
                key=tuple(lists.keys.get((schema, table), ())),
                references=MappingProxyType(lists.references.get((schema, table), {})),
                seconds=TABLE_SECONDS,
            )
        )
    return Group(database, tuple(sources))


class Asker:
    """Puts small questions; what is refused is kept with its reason."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.unseen: list[dict[str, str]] = []

    def __call__(self, what: str, sql: str) -> list[tuple[str, ...]]:
        """Rows as text; none when the question was refused."""
        try:
            return [tuple(text_of(cell) or "" for cell in row) for row in self.session.all(sql, (), 15)]
        except ReachError as error:
            self.unseen.append({"what": what, "why": error.absent.why.value, "detail": error.absent.detail})
            return []


def each(rows: Iterable[tuple[str, ...]], kind: str) -> Iterator[dict[str, str]]:
    """First cells as peers of one kind."""
    for row in rows:
        if row and row[0]:
            yield {"kind": kind, "where": row[0]}
