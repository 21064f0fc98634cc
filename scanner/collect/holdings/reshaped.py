"""Sources whose records do not lie in rows, as sources whose records do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.silent import silent
from scanner.collect.holdings.survey import SAMPLE
from scanner.errors import ReachError
from scanner.facts.holdings.layouts import FIELDS, Shape, lie_in_rows, shape_of
from scanner.facts.holdings.reading import Column, Group, Row, Source

MOST = 400_000
"""Cells that are put together; of larger stores what has a level in it stays undecided."""
WIDE = 400
"""More columns are no layout of that kind."""


def reshaped(group: Group) -> Group:
    """The group, with every source whose records certainly lie otherwise put into rows."""
    return replace(group, sources=tuple(map(_in_rows, group.sources)))


def _in_rows(source: Source) -> Source:
    names = [column.name for column in source.columns if column.kind != "bytes"]
    if not 2 <= len(names) <= WIDE or lie_in_rows(names):
        return source
    try:
        with silent():
            rows = source.sample(names, SAMPLE)
            shape = shape_of(names, rows, whole=len(rows) < SAMPLE)
            if shape is None or source.exceeds(MOST):
                return source
            fields = _fields(source, names, shape)
    except ReachError:
        # What breaks off is told when it is counted.
        return source
    if fields is None:
        return source

    def maker() -> Iterator[Row]:
        for record in _records(_every(source, names, shape), shape):
            yield tuple(record.get(field) for field in fields)

    return Table(source.place, source.name, tuple(Column(field) for field in fields), maker, whole=getattr(source, "whole", True))


def _every(source: Source, names: Sequence[str], shape: Shape) -> Iterator[Row]:
    """All rows, those names of columns first that are cells."""
    head = [tuple(names)] if shape.headed and isinstance(source, Table | Delimited) else []
    yield from chain(head, source.rows(names))


def _fields(source: Source, names: Sequence[str], shape: Shape) -> list[str] | None:
    """Names of the fields, as they come; None where there is more than can be put together."""
    found: dict[str, None] = {}
    keys = [key for key, _ in shape.pairs] or [0]
    for number, row in enumerate(_every(source, names, shape)):
        found.update((name, None) for key in keys if (name := (row[key] or "").strip()))
        if number >= MOST or len(found) > FIELDS:
            return None
    return list(found)


def _records(rows: Iterator[Row], shape: Shape) -> Iterator[dict[str, str]]:
    if shape.kind == "across":
        yield from _columns(list(islice(rows, FIELDS + 1)))
    elif shape.owner is not None:
        yield from _owned(rows, shape, shape.owner)
    else:
        yield from _cards(rows, shape)


def _columns(rows: Sequence[Row]) -> Iterator[dict[str, str]]:
    for at in range(1, max(map(len, rows), default=0)):
        record: dict[str, str] = {}
        for row in rows:
            _put(record, row[0], row[at])
        if record:
            yield record


def _owned(rows: Iterator[Row], shape: Shape, owner: int) -> Iterator[dict[str, str]]:
    """Pairs of one record may lie apart."""
    found: dict[str | None, dict[str, str]] = {}
    for row in rows:
        for key, value in shape.pairs:
            _put(found.setdefault(row[owner], {}), row[key], row[value])
    yield from found.values()


def _cards(rows: Iterator[Row], shape: Shape) -> Iterator[dict[str, str]]:
    """One card after another: a name that comes again begins the next one."""
    record: dict[str, str] = {}
    seen: set[str] = set()
    for row in rows:
        for key, value in shape.pairs:
            name = (row[key] or "").strip()
            if name and name in seen:
                yield record
                record, seen = {}, set()
            if name:
                seen.add(name)
            _put(record, row[key], row[value])
    if record:
        yield record


def _put(record: dict[str, str], name: str | None, value: str | None) -> None:
    """Two values of one field stand side by side, and are understood only where one alone would be."""
    field = (name or "").strip()
    if field and value:
        record[field] = f"{record[field]}\t{value}" if field in record else value
