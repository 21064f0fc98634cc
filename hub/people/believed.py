"""Which day the hub goes by. A clock that leaps ahead is not believed before a person has looked at it.

What the hub does by itself when a day has passed cannot be undone: a hazard is laid before the ranks above once. A clock that goes back is told
by :mod:`hub.people.log`; one that leaps is told here, and until somebody confirms it the last day that was believed stands still.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.days import day as day_of
from hub.days import late_by
from hub.people import log
from hub.registry import reached
from hub.store.database import alone
from hub.store.tables import log as rows
from hub.store.tables import meta
from scanner.errors import UseError

MARK, DOUBT = "clock-day", "clock-doubt"
"""In ``meta``: the last day that was believed, and the one that is doubted."""
AHEAD, CHECKED = "clock.ahead", "clock.checked"
MOST = 3
"""Days that may pass between two rounds without a question: a weekend that the hub was switched off for."""


@dataclass(frozen=True, slots=True)
class Day:
    """What the clock is worth."""

    day: str
    """The day to go by."""
    doubted: str = ""
    """What the clock says, while nobody has confirmed it."""


def look(connection: Connection, clock: str) -> Day:
    """By the day of the last round, at first by the newest row of the log; writes nothing."""
    mark = _kept(connection, MARK)
    if not mark:
        newest = connection.execute(sa.select(rows.c.at).order_by(rows.c.n.desc()).limit(1)).scalar()
        mark = day_of(newest) if newest else clock
    return Day(mark, clock) if late_by(mark, clock) > MOST else Day(clock)


def changed(connection: Connection, found: Day) -> bool:
    """Whether there is something to keep of it."""
    return (_kept(connection, MARK), _kept(connection, DOUBT)) != (found.day, found.doubted) or reached.kept(connection) < found.day


def keep(connection: Connection, found: Day) -> None:
    """For the next round; a doubt is told in the log, once a day."""
    alone(connection, MARK)
    if found.doubted and found.doubted != _kept(connection, DOUBT):
        log.write(connection, "system", AHEAD, None, {"before": found.day, "now": found.doubted})
    _put(connection, MARK, found.day)
    _put(connection, DOUBT, found.doubted)
    reached.reached(connection, found.day)


def confirm(connection: Connection, person: str, clock: str) -> None:
    """Somebody has looked at the clock, and it is right: it leapt ahead, or was ahead before. Raises UseError when there is nothing to confirm."""
    alone(connection, MARK)
    found, before = look(connection, clock), reached.kept(connection)
    if not found.doubted and clock >= before:
        raise UseError("clock-not-doubted", day=clock)
    log.write(connection, person, CHECKED, None, {"before": max(found.day, before), "now": clock})
    _put(connection, MARK, clock)
    _put(connection, DOUBT, "")
    reached.put(connection, clock)


def _kept(connection: Connection, name: str) -> str:
    return connection.execute(sa.select(meta.c.value).where(meta.c.name == name)).scalar() or ""


def _put(connection: Connection, name: str, value: str) -> None:
    if connection.execute(meta.update().where(meta.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(meta.insert().values(name=name, value=value))
