"""Who has reported, who owes a report, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.told import Told, again, told
from hub.people.sight import Sight
from hub.registry import duties
from hub.store.tables import standing
from hub.views.scope import Member, Place, at, members, places, shown


@dataclass(frozen=True, slots=True)
class Debt:
    """A report that a unit owes."""

    where: Place
    profile: str
    first: str
    last: str
    """Days of the period."""
    deadline: str
    overdue: int
    """Days; 0 while it may still come."""
    newest: str
    """Finish time of its newest run of the profile; empty when there never was one."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How complete the reports of a region are."""

    units: int
    """That report at all."""
    reported: int
    """With an envelope of any age."""
    owing: int
    """That owe at least one report of the last period."""
    late: int
    """Past the deadline of at least one."""
    twice: int = 0
    """Units that two hubs told of, or a hub and we ourselves: counted once here; what was found there may count twice."""

    @property
    def silent(self) -> bool:
        """Nobody there reported: noughts would read as if all were well."""
        return bool(self.units) and self.reported == 0


def coverage(units: Iterable[Member], owing: set[int], late: set[int], heard: set[int], hubs: Sequence[Told] = ()) -> Coverage:
    """Of the units given. Below a hub that sends its figures it is the hub that says how many there are: silent ones are its units, too."""
    reporting = [one for one in units if one.reports]
    ids = {one.id for one in reporting}
    total, reported = len(ids), len(ids & heard)
    twice = again(hubs, ((one.path, one.code) for one in reporting))
    for hub, more in zip(hubs, twice, strict=True):
        below = {one.id for one in reporting if one.path.startswith(hub.path)}
        total += max(0, hub.registered - len(below) - more)
        # At least so many: who of those told twice reported where, figures do not say.
        reported += max(0, hub.reported - len(below & heard) - more)
    return Coverage(total, reported, len(ids & owing), len(ids & late), sum(twice))


def hushed(one: Coverage, sight: Sight) -> Coverage:
    """As the person may see it."""
    return replace(one, **{name: shown(getattr(one, name), sight) for name in ("reported", "owing", "late")})


def heard(connection: Connection, sight: Sight) -> set[int]:
    """Units with a standing envelope."""
    return set(connection.execute(sight.narrow(sa.select(standing.c.unit_id).distinct(), standing.c.unit_id)).scalars())


def of_region(connection: Connection, sight: Sight, where: Place, today: str) -> Coverage:
    """Of everything below the place. Raises Forbidden."""
    here = at(sight, where)
    here.must("see-figures")
    owed = duties.missing(connection, today, here.root_path)
    late = {one.unit_id for one in owed if one.overdue}
    one = coverage(
        members(connection, here), {debt.unit_id for debt in owed}, late, heard(connection, here), told(connection, here.root_path)
    )
    return hushed(one, sight)


def debts(connection: Connection, sight: Sight, where: Place, today: str, only_late: bool = False, most: int | None = None) -> list[Debt]:
    """What the units of a region owe on this day, the longest overdue first. Raises Forbidden."""
    here = at(sight, where)
    here.must("see-figures")
    owed = [one for one in duties.missing(connection, today, here.root_path) if one.overdue or not only_late][:most]
    ids = {one.unit_id for one in owed}
    known = places(connection, here, ids)
    latest = sa.select(standing.c.unit_id, sa.func.max(standing.c.finished)).where(standing.c.unit_id.in_(ids)).group_by(standing.c.unit_id)
    newest: dict[int, str] = dict(connection.execute(here.narrow(latest, standing.c.unit_id)).all())
    return [
        Debt(known[one.unit_id], one.profile, one.period.first, one.period.last, one.deadline, one.overdue, newest.get(one.unit_id, ""))
        for one in owed
        if one.unit_id in known
    ]
