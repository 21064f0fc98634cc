"""Who must report what and when, and who has not. Pure but for reading the tables; the day is given."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.registry.units import below, by_id, find
from hub.store.tables import duty, standing, unit
from scanner.errors import UseError

CYCLES = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""Months of a period."""
MAX_DUE = 365
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of whole months."""

    first: str
    """First day."""
    last: str
    """Last day."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Every reporting unit of a subtree owes one run of this profile a period."""

    id: int
    unit_id: int
    """Root of the subtree that it binds."""
    profile: str
    cycle: str
    """One of :data:`CYCLES`."""
    due: int
    """Days after the end of the period."""
    since: str
    until: str
    """Last day, or empty."""

    def period(self, day: str) -> Period | None:
        """The last whole period before this day that the duty covers; None when there is none yet."""
        found = last_period(self.cycle, day)
        inside = found.first >= self.since and (not self.until or found.last <= self.until)
        return found if inside else None

    def deadline(self, period: Period) -> str:
        """Last day on which the report of the period is in time."""
        return (date.fromisoformat(period.last) + timedelta(days=self.due)).isoformat()


@dataclass(frozen=True, slots=True)
class Missing:
    """A report that is not there."""

    unit_id: int
    duty_id: int
    profile: str
    period: Period
    deadline: str
    overdue: int
    """Days past the deadline; 0 while it may still come."""


def last_period(cycle: str, day: str) -> Period:
    """The last period that was over before this day."""
    months, at = CYCLES[cycle], date.fromisoformat(day)
    start = at.year * 12 + (at.month - 1) // months * months - months
    end = start + months - 1
    last = date(end // 12, end % 12 + 1, calendar.monthrange(end // 12, end % 12 + 1)[1])
    return Period(date(start // 12, start % 12 + 1, 1).isoformat(), last.isoformat())


def bind(connection: Connection, code: str, profile: str, cycle: str, *, due: int, since: str, until: str = "") -> Duty:
    """Lay a duty on a subtree. Raises UseError."""
    held = find(connection, code)
    if cycle not in CYCLES:
        raise UseError("hub-duty-cycle", cycle=cycle)
    if not 0 <= due <= MAX_DUE:
        raise UseError("hub-duty-due", due=due, most=MAX_DUE)
    if not profile.strip():
        raise UseError("hub-duty-profile", unit=code)
    for day in (since, until or since):
        if not _DAY.fullmatch(day):
            raise UseError("hub-day", day=day)
    statement = duty.insert().values(unit_id=held.id, profile=profile, cycle=cycle, due=due, since=since, until=until)
    number = connection.execute(statement.returning(duty.c.id)).scalar_one()
    return Duty(number, held.id, profile, cycle, due, since, until)


def end(connection: Connection, number: int, day: str) -> None:
    """The duty ends with this day. Raises UseError."""
    if not _DAY.fullmatch(day):
        raise UseError("hub-day", day=day)
    if connection.execute(duty.update().where(duty.c.id == number).values(until=day)).rowcount != 1:
        raise UseError("hub-duty-unknown", duty=number)


def listed(connection: Connection, path: str) -> list[Duty]:
    """Duties laid on units of a subtree."""
    rows = connection.execute(sa.select(duty).join(unit, unit.c.id == duty.c.unit_id).where(below(path)).order_by(duty.c.id))
    return [Duty(**row._mapping) for row in rows]


def missing(connection: Connection, day: str, path: str) -> list[Missing]:
    """What the units of a subtree owe on this day for the last whole period of every duty that binds them, the longest overdue first.

    A run that finished in the period or later, of that profile, is the report: whoever looks late has looked.
    """
    found: list[Missing] = []
    for row in connection.execute(sa.select(duty)).fetchall():
        one = Duty(**row._mapping)
        period = one.period(day)
        if period is None:
            continue
        deadline = one.deadline(period)
        overdue = max(0, (date.fromisoformat(day) - date.fromisoformat(deadline)).days)
        found += [Missing(number, one.id, one.profile, period, deadline, overdue) for number in _silent(connection, one, period, path)]
    return sorted(found, key=lambda item: (-item.overdue, item.unit_id, item.duty_id))


def _silent(connection: Connection, one: Duty, period: Period, path: str) -> list[int]:
    root = by_id(connection, one.unit_id)
    seen = (
        sa.select(standing.c.unit_id)
        .where(standing.c.unit_id == unit.c.id, standing.c.profile == one.profile, standing.c.finished >= period.first)
        .exists()
    )
    statement = (
        sa.select(unit.c.id)
        .where(below(root.path), below(path), unit.c.rank == "unit", ~seen)
        .where(unit.c.since <= period.last, sa.or_(unit.c.retired == "", unit.c.retired > period.last))
        .order_by(unit.c.id)
    )
    return list(connection.execute(statement).scalars())
