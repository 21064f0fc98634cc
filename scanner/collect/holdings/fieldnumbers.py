"""Fields that are told by a number: the names that another table has for the numbers stand in their place, where it is certain which are meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.collect.holdings.files.table import Table
from scanner.facts.holdings.fieldids import FieldIds
from scanner.facts.holdings.labels import name_role
from scanner.facts.holdings.layouts import FIELDS, Shape, level_like, shape_of
from scanner.facts.holdings.reading import Row, Source
from scanner.model.absent import Absent

Named = tuple[Source, Shape | None]
"""A table with names of fields for their numbers, and how its records lie."""
MOST = 400_000
"""Cells that are put together; of larger stores what has a level in it stays undecided."""
NAMED = 0.9
"""Share of the first rows that must have a number with a name."""


def named(source: Source, lists: Sequence[FieldIds], columns: Sequence[str], rows: Sequence[Row], *, whole: bool) -> Named | None:
    """The source with names for numbers, of whose ``columns`` the first ``rows`` are given; None where nothing in it is such a number.

    Without a shape it is not certain which record a level is of, and no row of it may be open. Raises ReachError.
    """
    told, found = False, dict[str, tuple[str, Shape, Mapping[str, str]]]()
    for column, names in _ways(source, lists, columns):
        at = columns.index(column)
        shape = shape_of(columns, [_called(row, at, names) for row in rows], whole=whole) if _all_named(rows, at, names) else None
        if shape is None or shape.kind != "pairs" or [key for key, _ in shape.pairs] != [at]:
            continue
        told = True
        # Names that come again are not enough to tell records: some fields have several values.
        used = _used(source, column, names) if shape.owner is not None and not source.exceeds(MOST) else None
        if used and not _told_beside(source, columns, shape, at, used):
            # Two tables that call the fields alike are as good as one.
            found[repr((column, sorted(used.items())))] = column, shape, used
    if len(found) != 1:
        return (undecided(source), None) if told else None
    ((column, shape, names),) = found.values()
    return _with_names(source, column, names), shape


def undecided(source: Source) -> Table:
    """The source as it stands, with rows that are parts of records nobody can put together."""
    every = [one.name for one in source.columns]
    whole = getattr(source, "whole", True)
    return Table(
        source.place, source.name, source.columns, lambda: source.rows(every), None, source.key, source.references, whole=whole, apart=True
    )


def _all_named(rows: Sequence[Row], at: int, names: Mapping[str, str]) -> bool:
    """Whether nearly all of the first rows have a number with a name; one that has none is met again when all rows are asked."""
    return sum((row[at] or "") in names for row in rows) >= NAMED * len(rows)


def _ways(source: Source, lists: Sequence[FieldIds], columns: Sequence[str]) -> list[tuple[str, Mapping[str, str]]]:
    """Columns that may hold numbers of fields, each with their names: those that are declared, else any that refers to nothing else."""
    others = [one for one in lists if one.table != source.name]
    declared = [(column, one.names[key]) for one in others for column, key in one.referred(source.references) if column in columns]
    return declared or [
        (column, names) for one in others for names in one.names.values() for column in columns if column not in source.references
    ]


def _used(source: Source, column: str, names: Mapping[str, str]) -> Mapping[str, str] | None:
    """The names of the numbers that are there; None where one has no name."""
    values = source.histogram(column, FIELDS)
    if isinstance(values, Absent) or any((value or "") not in names for value in values):
        return None
    return {value: names[value] for value in values if value is not None}


def _told_beside(source: Source, columns: Sequence[str], shape: Shape, at: int, names: Mapping[str, str]) -> bool:
    """Whether a level has no value, and something beside it may be one: values of other kinds have columns of their own."""
    beside = [columns[other] for other in shape.beside(len(columns)) if columns[other] not in source.key]
    levels = {number for number, field in names.items() if name_role(field) == "level"}
    rows = source.rows([columns[at], columns[shape.pairs[0][1]], *beside]) if beside else ()
    return any(
        number in levels and not (value or "").strip() and any(cell and level_like(cell) for cell in others)
        for number, value, *others in rows
    )


def _with_names(source: Source, column: str, names: Mapping[str, str]) -> Table:
    every = [one.name for one in source.columns]
    at = every.index(column)

    def maker() -> Iterator[Row]:
        for row in source.rows(every):
            yield _called(row, at, names)

    return Table(
        source.place, source.name, source.columns, maker, None, source.key, source.references, whole=getattr(source, "whole", True)
    )


def _called(row: Row, at: int, names: Mapping[str, str]) -> Row:
    return (*row[:at], names.get(row[at] or ""), *row[at + 1 :])
