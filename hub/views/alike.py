"""Like beside like: units of the same rank and sort, within what the person sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Sight
from hub.store.tables import hazard, standing, unit
from hub.views.scope import Place, at, columns, find, place, trail
from scanner.model.hazard import CLOSED

LEAST = 3
"""Fewer units than this are no comparison."""
ENOUGH = 10
"""As many are one, and nobody looks further."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One unit in a comparison."""

    where: Place
    open: int
    """Hazards that stand."""
    major: int
    overdue: int
    back: int
    """How often mended ones came back."""
    silent: bool
    """No report of it stands: its figures are no figures, and it is not better than anybody."""


@dataclass(frozen=True, slots=True)
class Like:
    """How a unit stands among its like."""

    within: Place
    """The nearest region with enough of them."""
    units: int
    open: int
    median: float
    better: int
    """Units with fewer hazards that stand."""


def comparison(connection: Connection, sight: Sight, code: str, sort: str, today: str) -> list[Beside]:
    """Reporting units of one sort in a region, those with most overdue and major hazards first, the silent last. Raises Hidden, Forbidden."""
    sight.must("see-results")
    here = at(sight, find(connection, sight, code))
    statement = sa.select(*columns()).where(unit.c.rank == "unit", unit.c.retired == "")
    if sort:
        statement = statement.where(unit.c.sort == sort)
    rows = _figures(connection, here, [place(row) for row in connection.execute(here.narrow(statement, unit.c.id))], today)
    return sorted(rows, key=lambda one: (one.silent, -one.overdue, -one.major, -one.open, one.where.code))


def sorts(connection: Connection, sight: Sight) -> list[str]:
    """Sorts of units that are seen."""
    found = connection.execute(sight.narrow(sa.select(unit.c.sort).where(unit.c.rank == "unit").distinct(), unit.c.id)).scalars()
    return sorted(one for one in found if one)


def alike(connection: Connection, sight: Sight, where: Place, today: str) -> Like | None:
    """The unit among its like that reported; None where too few of them are seen, or where it is silent itself."""
    statement = sa.select(*columns()).where(unit.c.rank == where.rank, unit.c.sort == where.sort, unit.c.retired == "")
    peers = [place(row) for row in connection.execute(sight.narrow(statement, unit.c.id))]
    for over in reversed(trail(connection, sight, where)):
        near = [one for one in peers if one.path.startswith(over.path)]
        if len(near) >= ENOUGH or (over.path == sight.root_path and len(near) >= LEAST):
            told = [one for one in _figures(connection, at(sight, over), near, today) if not one.silent]
            figures = {one.where.id: one.open for one in told}
            own = figures.get(where.id)
            if own is None or len(figures) < LEAST:
                return None
            return Like(over, len(figures), own, median(figures.values()), sum(count < own for count in figures.values()))
    return None


def _figures(connection: Connection, here: Sight, units: Sequence[Place], today: str) -> list[Beside]:
    stands = hazard.c.state != CLOSED
    late = sa.and_(stands, hazard.c.deadline > "", hazard.c.deadline < today)
    sums = [sa.func.sum(sa.case((one, 1), else_=0)) for one in (stands, sa.and_(stands, hazard.c.level == "major"), late)]
    statement = sa.select(hazard.c.unit_id, *sums, sa.func.sum(hazard.c.times)).group_by(hazard.c.unit_id)
    found = {row[0]: [int(value) for value in row[1:]] for row in connection.execute(here.narrow(statement, hazard.c.unit_id))}
    reported = set(connection.execute(here.narrow(sa.select(standing.c.unit_id).distinct(), standing.c.unit_id)).scalars())
    return [_beside(one, found.get(one.id, (0, 0, 0, 0)), silent=one.id not in reported) for one in units]


def _beside(one: Place, figures: Sequence[int], *, silent: bool) -> Beside:
    stands, major, late, back = figures
    return Beside(one, stands, major, late, back, silent)
