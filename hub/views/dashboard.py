"""The tree dashboard: one region, its children beside each other, and what needs somebody first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.told import told
from hub.people.sight import Sight
from hub.registry import duties
from hub.registry.units import in_use
from hub.store.tables import hazard
from hub.views import tiers
from hub.views.coverage import Coverage, coverage, heard, hushed
from hub.views.items import Item, worst
from hub.views.scope import Member, Place, at, by_child, children, find, members, places, shown, trail
from scanner.model.hazard import CLASSES, CLOSED, LEVELS

TOP = 10
"""Rows of the short lists."""


@dataclass(frozen=True, slots=True)
class Region:
    """One line of the tree."""

    where: Place
    coverage: Coverage
    figures: tiers.Figures
    overdue: int
    """Hazards past their deadline: by today's date where they are named, and never fewer than the runs themselves counted."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A unit where mended hazards come back."""

    where: Place
    hazards: int
    times: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything that the page shows."""

    whole: Region
    trail: Sequence[Place]
    rows: Sequence[Region]
    """The region itself, where it reports, then the children."""
    classes: Mapping[str, Mapping[str, int]]
    """Class of risk to level to hazards that stand and are named; those that were only counted are in the figures."""
    trend: Sequence[tiers.Moment]
    repeats: Sequence[Repeat]
    worst: Sequence[Item]
    """Checks that most units fail."""
    silent: Mapping[str, int]
    """Core hazard to number of units of which nothing is known: those are never counted as clean."""
    unnamed: int
    """Hazards that stand and were reported in figures only."""

    @property
    def peak(self) -> int:
        """The most hazards that stood in a period."""
        return max((one.figures.total for one in self.trend), default=0)


def dashboard(connection: Connection, sight: Sight, code: str, today: str) -> Dashboard:
    """Of a unit's subtree; of the whole of what is seen without a code. Raises Hidden, Forbidden."""
    sight.must("see-figures")
    where = find(connection, sight, code)
    here = at(sight, where)
    units = members(connection, here)
    rows = _regions(connection, here, where, units, today)
    first = rows[0]
    classes, named = _classes(connection, here, sight)
    return Dashboard(
        whole=_hushed(first, sight),
        trail=trail(connection, sight, where),
        rows=[_hushed(row, sight) for row in rows[1:]],
        classes=classes,
        trend=[tiers.Moment(one.period, tiers.hushed(one.figures, sight)) for one in tiers.trend(connection, here, where.id)],
        repeats=repeats(connection, here) if sight.may("see-results") else [],
        worst=worst(connection, here, where, TOP),
        silent={name: shown(_silent(first, states), sight) for name, states in first.figures.core.items()},
        unnamed=shown(max(0, first.figures.total - named), sight),
    )


def _hushed(one: Region, sight: Sight) -> Region:
    """As the person may see it."""
    return Region(one.where, hushed(one.coverage, sight), tiers.hushed(one.figures, sight), shown(one.overdue, sight, one.figures.units))


def _silent(one: Region, states: Mapping[str, int]) -> int:
    """Units of which nothing is known. Those that are told of twice stand for two among the states: there only who reported is sure."""
    cover = one.coverage
    known = min(sum(states.values()), cover.reported) if cover.twice else sum(states.values())
    return max(0, cover.units - known)


def whole(connection: Connection, sight: Sight, code: str, today: str) -> Region:
    """A region by itself. Raises Hidden, Forbidden."""
    sight.must("see-figures")
    where = find(connection, sight, code)
    here = at(sight, where)
    return _hushed(_regions(connection, here, where, members(connection, here), today)[0], sight)


def _regions(connection: Connection, here: Sight, where: Place, units: Sequence[Member], today: str) -> list[Region]:
    """The whole first, then every child."""
    below = children(connection, here, where)
    owed = duties.missing(connection, today, here.root_path)
    owing, late = {one.unit_id for one in owed}, {one.unit_id for one in owed if one.overdue}
    known, hubs = heard(connection, here), told(connection, here.root_path)
    paths = {one.id: one.path for one in units}
    overdue = by_child(where, paths, _overdue(connection, here, today))
    figures = tiers.of_regions(connection, here, [where.id, *(one.id for one in below)])
    first = Region(
        where, coverage(units, owing, late, known, hubs), figures[where.id], max(sum(overdue.values()), figures[where.id].overdue)
    )
    return [first] + [
        Region(
            one,
            coverage(
                [member for member in units if member.path.startswith(one.path)],
                owing,
                late,
                known,
                [hub for hub in hubs if hub.path.startswith(one.path)],
            ),
            figures[one.id],
            max(overdue[one.id], figures[one.id].overdue),
        )
        for one in below
    ]


def _overdue(connection: Connection, here: Sight, today: str) -> list[tuple[int, int]]:
    """Unit to number of hazards past their deadline."""
    statement = here.narrow(
        sa.select(hazard.c.unit_id, sa.func.count())
        .where(hazard.c.deadline > "", hazard.c.deadline < today, hazard.c.state != CLOSED, in_use(hazard.c.unit_id))
        .group_by(hazard.c.unit_id),
        hazard.c.unit_id,
    )
    return [(number, count) for number, count in connection.execute(statement)]


def _classes(connection: Connection, here: Sight, sight: Sight) -> tuple[dict[str, dict[str, int]], int]:
    """Counts as they may be shown, and how many hazards they are."""
    statement = here.narrow(
        sa.select(hazard.c.risk, hazard.c.level, sa.func.count())
        .where(hazard.c.state != CLOSED, in_use(hazard.c.unit_id))
        .group_by(hazard.c.risk, hazard.c.level),
        hazard.c.unit_id,
    )
    found = {(risk, level): count for risk, level, count in connection.execute(statement)}
    counts = {risk: {level: shown(found.get((risk, level), 0), sight) for level in LEVELS} for risk in CLASSES}
    return counts, sum(found.values())


def repeats(connection: Connection, here: Sight) -> list[Repeat]:
    """Units in which mended hazards came back, the most often first."""
    times = sa.func.sum(hazard.c.times)
    statement = here.narrow(
        sa.select(hazard.c.unit_id, sa.func.count(), times).where(hazard.c.times > 0, in_use(hazard.c.unit_id)).group_by(hazard.c.unit_id),
        hazard.c.unit_id,
    )
    rows = sorted((-int(total), number, count) for number, count, total in connection.execute(statement))[:TOP]
    known = places(connection, here, [number for _, number, _ in rows])
    return [Repeat(known[number], count, -total) for total, number, count in rows]
