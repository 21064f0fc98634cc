"""Like beside like: units of the same rank and sort, within what the person sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Sight
from hub.store.tables import envelope, hazard, standing, unit
from hub.views.coverage import heard
from hub.views.scope import Place, at, columns, find, place, trail
from hub.views.tiers import Figures, of_regions
from scanner.model.dispatch import FIGURES
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
    back: int | None
    """How often mended ones came back; None where figures alone were reported."""
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
    reported, counted = heard(connection, here), _counted(connection, here)
    return [_beside(one, found.get(one.id, (0, 0, 0, 0)), counted.get(one.id), silent=one.id not in reported) for one in units]


def _counted(connection: Connection, here: Sight) -> Mapping[int, Figures]:
    """Units that report in figures only, by what they counted: they have named nothing, and that is not to have nothing."""
    only = sa.select(standing.c.unit_id).join(envelope, envelope.c.id == standing.c.envelope_id).where(envelope.c.disclosure == FIGURES)
    return of_regions(connection, here, set(connection.execute(here.narrow(only, standing.c.unit_id)).scalars()))


def _beside(one: Place, named: Sequence[int], counted: Figures | None, *, silent: bool) -> Beside:
    stands, major, late, back = named
    if counted is None:
        return Beside(one, stands, major, late, back, silent)
    return Beside(one, max(stands, counted.total), max(major, counted.open["major"]), max(late, counted.overdue), None, silent)
