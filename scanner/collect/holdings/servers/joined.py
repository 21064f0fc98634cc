"""Two tables of one server as one: the server itself finds the rows that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from scanner.collect.holdings.servers.table import SqlTable
from scanner.facts.holdings.reading import Column

LARGE = 20_000
"""More rows are matched only by a key that the server keeps."""


def can_join(side: SqlTable, key: str, titled: SqlTable, column: str) -> bool:
    """Whether one session reads both, and finds the row of a key without going through all of them. Raises ReachError."""
    kinds = {item.column.kind for table, name in ((side, key), (titled, column)) for item in table.fields if item.name == name}
    if side.session is not titled.session or len(kinds) > 1 or any("FOR SYSTEM_TIME" in table.origin for table in (side, titled)):
        return False
    return all(
        table.key == (name,) or name in table.references or not table.exceeds(LARGE) for table, name in ((side, key), (titled, column))
    )


def fits(side: SqlTable, key: str, titled: SqlTable, column: str, each: bool) -> bool:
    """Whether no key stands twice, and each has a row on the other side; ``each``: one and no more. Raises ReachError."""
    ours, theirs = side.dialect.quote(key), titled.dialect.quote(column)
    asks = [
        f"SELECT COUNT(*) - COUNT(DISTINCT {ours}) FROM {side.origin}",  # noqa: S608
        f"SELECT COUNT(*) FROM {side.origin} b LEFT JOIN {titled.origin} a ON a.{theirs} = b.{ours} WHERE a.{theirs} IS NULL",  # noqa: S608
    ]
    if each and titled.key != (column,):
        asks.append(f"SELECT COUNT({theirs}) - COUNT(DISTINCT {theirs}) FROM {titled.origin}")  # noqa: S608
    titled.session.turn(titled)
    return all(int(titled.session.all(ask, (), titled.seconds)[0][0]) == 0 for ask in asks)


def joined(titled: SqlTable, column: str, side: SqlTable, key: str, told: Sequence[tuple[Column, Column]]) -> SqlTable:
    """The titles with what is told of them; ``told`` are columns as they stand beside them and as they are called here."""
    quote, by_name = titled.dialect.quote, {item.name: item for item in side.fields}
    cells = ", ".join(f"b.{quote(theirs.name)} AS {quote(here.name)}" for theirs, here in told)
    on = f"b.{quote(key)} = a.{quote(column)}"
    return SqlTable(
        session=titled.session,
        dialect=titled.dialect,
        place=titled.place,
        name=titled.name,
        origin=f"(SELECT a.*, {cells} FROM {titled.origin} a LEFT JOIN {side.origin} b ON {on}) shiqu_joined",  # noqa: S608
        fields=(*titled.fields, *(replace(by_name[theirs.name], column=here) for theirs, here in told)),
        key=titled.key,
        references=MappingProxyType(
            {**titled.references, **{here.name: side.references[theirs.name] for theirs, here in told if theirs.name in side.references}}
        ),
        seconds=titled.seconds,
        steady=titled.steady and side.steady,
        estimate=titled.estimate,
    )
