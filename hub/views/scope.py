"""Where in the tree a view stands, and how small counts are hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Hidden, Sight
from hub.registry.units import above
from hub.store.tables import unit

FEW = 5
"""A count of fewer units than this is hidden from those who may see figures only: it could point at one."""


@dataclass(frozen=True, slots=True)
class Place:
    """One unit of the tree, as every view names it."""

    id: int
    code: str
    name: str
    rank: str
    """``nation``, ``province``, ``city``, ``county`` or ``unit``."""
    sort: str
    path: str
    retired: str


class Few(int):
    """A count that is hidden: some, but few. In sums it is nothing, so that no sum tells it."""

    def __str__(self) -> str:
        return f"＜{FEW}"


def shown(count: int, sight: Sight, units: int = FEW) -> int:
    """The count, or that it is small, or one of fewer than :data:`FEW` units. Zero is told: that nothing is there points at nobody."""
    hidden = 0 < count < FEW or (count and units < FEW)
    return Few() if hidden and not sight.may("see-results") else count


def place(row: Any) -> Place:
    """Of a row with the columns of :func:`columns`."""
    return Place(row.id, row.code, row.name, row.rank, row.sort, row.path, row.retired)


def columns() -> list[sa.Column[Any]]:
    """What a :class:`Place` is made of."""
    return [unit.c.id, unit.c.code, unit.c.name, unit.c.rank, unit.c.sort, unit.c.path, unit.c.retired]


def find(connection: Connection, sight: Sight, code: str = "") -> Place:
    """A unit that is seen, by its code; without one, the top of what is seen. Raises Hidden."""
    wanted = unit.c.code == code if code else unit.c.path == sight.root_path
    row = connection.execute(sight.narrow(sa.select(*columns()).where(wanted), unit.c.id)).first()
    if row is None:
        raise Hidden
    return place(row)


def at(sight: Sight, where: Place) -> Sight:
    """The same rights over a smaller subtree. Raises Hidden for one that is not inside."""
    if not where.path.startswith(sight.root_path):
        raise Hidden
    return replace(sight, root_path=where.path)


def trail(connection: Connection, sight: Sight, where: Place) -> list[Place]:
    """From the top of what is seen down to the place, itself included."""
    rows = connection.execute(sight.narrow(sa.select(*columns()).where(unit.c.id.in_(above(where.path))), unit.c.id))
    return sorted((place(row) for row in rows), key=lambda one: len(one.path))


def children(connection: Connection, sight: Sight, where: Place) -> list[Place]:
    """Units directly below, by code."""
    statement = sa.select(*columns()).where(unit.c.parent_id == where.id)
    return sorted((place(row) for row in connection.execute(sight.narrow(statement, unit.c.id))), key=lambda one: one.code)


class Member(NamedTuple):
    """One of many units: what counting needs."""

    id: int
    path: str
    reports: bool
    """Whether it is one that reports, and still does."""
    code: str = ""


def members(connection: Connection, sight: Sight) -> list[Member]:
    """Every unit that is seen."""
    reports = sa.and_(unit.c.rank == "unit", unit.c.retired == "")
    rows = connection.execute(sight.narrow(sa.select(unit.c.id, unit.c.path, reports, unit.c.code), unit.c.id))
    return [Member(number, path, bool(one), code) for number, path, one, code in rows]


def places(connection: Connection, sight: Sight, numbers: Collection[int]) -> dict[int, Place]:
    """Units by their ids; those that are not seen are not there."""
    rows = connection.execute(sight.narrow(sa.select(*columns()).where(unit.c.id.in_(numbers)), unit.c.id))
    return {row.id: place(row) for row in rows}


def by_child(where: Place, paths: Mapping[int, str], counts: Iterable[tuple[int, int]]) -> Counter[int]:
    """Counts by unit summed up by the child of the place that the unit stands under; the place's own under its own id."""
    depth = where.path.count("/")
    out: Counter[int] = Counter()
    for number, count in counts:
        parts = paths[number].split("/")
        out[int(parts[depth]) if len(parts) > depth + 1 else number] += count
    return out
