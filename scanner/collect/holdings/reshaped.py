"""Sources whose records do not lie in rows, as sources whose records do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from scanner.collect.holdings.fieldnumbers import MOST, named, undecided
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.silent import silent
from scanner.collect.holdings.survey import SAMPLE
from scanner.errors import ReachError
from scanner.facts.holdings.fieldids import FieldIds, field_ids
from scanner.facts.holdings.layouts import FIELDS, Shape, lie_in_rows, shape_of
from scanner.facts.holdings.leftover import may_speak
from scanner.facts.holdings.reading import Column, Group, Row, Source

WIDE = 400
"""More columns are no layout of that kind."""


def reshaped(group: Group) -> Group:
    """The group, with every source whose records certainly lie otherwise put into rows."""
    lists: list[FieldIds] = []
    sources = [_in_rows(source, lists) for source in group.sources]
    if lists and len(sources) > 1:
        sources = [_by_numbers(source, lists) if source is before else source for source, before in zip(sources, group.sources)]
    return replace(group, sources=tuple(sources))


def _in_rows(source: Source, lists: list[FieldIds]) -> Source:
    """``lists`` takes up what the source calls fields by."""
    names = _cells(source)
    if not names:
        return source
    try:
        with silent():
            rows = source.sample(names, SAMPLE)
            if len(rows) <= FIELDS and (ids := field_ids(source.name, names, rows)) is not None:
                lists.append(ids)
            shape = shape_of(names, rows, whole=len(rows) < SAMPLE)
            return source if shape is None or source.exceeds(MOST) else _put_into_rows(source, names, shape)
    except ReachError:
        # What breaks off is told when it is counted.
        return source


def _by_numbers(source: Source, lists: Sequence[FieldIds]) -> Source:
    """The same where fields are told by numbers, and another table has their names."""
    names = _cells(source)
    if len(names) < 3:
        return source
    try:
        with silent():
            rows = source.sample(names, SAMPLE)
            found = named(source, lists, names, rows, whole=len(rows) < SAMPLE)
            if found is None or found[1] is None:
                return source if found is None else found[0]
            made = _put_into_rows(found[0], names, found[1])
            return undecided(source) if made is found[0] else made
    except ReachError:
        return source


def _cells(source: Source) -> list[str]:
    """Columns of a table that may be laid out otherwise; none where it is not."""
    names = [column.name for column in source.columns if column.kind != "bytes"]
    return [] if not 2 <= len(names) <= WIDE or lie_in_rows(names) else names


def _put_into_rows(source: Source, names: Sequence[str], shape: Shape) -> Source:
    """The records; the source itself where not all of it fits. Raises ReachError."""
    fields = _fields(source, names, shape)
    if fields is None:
        return source

    def maker() -> Iterator[Row]:
        for record in _records(_every(source, names, shape), names, shape):
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
        found.update((names[at], None) for at in shape.beside(len(names)) if _speaks(row[at]))
        if number >= MOST or len(found) > FIELDS:
            return None
    return list(found)


def _speaks(cell: str | None) -> bool:
    """Whether what stands beside a name and its value may be of weight."""
    return bool(cell) and may_speak(cell or "")


def _records(rows: Iterator[Row], names: Sequence[str], shape: Shape) -> Iterator[dict[str, str]]:
    if shape.kind == "across":
        yield from _columns(list(islice(rows, FIELDS + 1)))
    elif shape.owner is not None:
        yield from _owned(rows, names, shape, shape.owner)
    else:
        yield from _cards(rows, shape)


def _columns(rows: Sequence[Row]) -> Iterator[dict[str, str]]:
    for at in range(1, max(map(len, rows), default=0)):
        record: dict[str, str] = {}
        for row in rows:
            _put(record, row[0], row[at])
        if record:
            yield record


def _owned(rows: Iterator[Row], names: Sequence[str], shape: Shape, owner: int) -> Iterator[dict[str, str]]:
    """Pairs of one record may lie apart. What speaks of secrecy beside them is told of the record, too."""
    found: dict[str | None, dict[str, str]] = {}
    beside = shape.beside(len(names))
    for row in rows:
        record = found.setdefault(row[owner], {})
        for key, value in shape.pairs:
            _put(record, row[key], row[value])
        for at in beside:
            if _speaks(row[at]):
                _put(record, names[at], row[at])
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
