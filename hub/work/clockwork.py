"""What the hub does by itself, after envelopes came in and once a day: follow campaigns, close what is proven, escalate what is overdue."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.people import believed
from hub.people.sight import Sight
from hub.store.database import Database
from hub.store.tables import unit
from hub.work import closing, escalation, following, hearing


@dataclass(frozen=True, slots=True)
class Done:
    """What one round did."""

    parts: int
    """Parts of campaigns whose state changed."""
    closed: int
    """Notices that were proven."""
    steps: int
    """Hazards laid before a higher rank."""
    heard: int = 0
    """Notices that a unit under a hub below has got or answered."""
    doubted: str = ""
    """The day that the clock says, where it leapt ahead and nobody has confirmed it: then the last day that was believed counted."""


NOTHING = Done(0, 0, 0)


def hub_sight(connection: Connection) -> Sight | None:
    """The hub's own eye over its whole tree; None while there is no tree."""
    path = connection.execute(sa.select(unit.c.path).where(unit.c.parent_id.is_(None))).scalar()
    acts = frozenset({"see-figures", "see-results", "campaign", "notice", "escalate"})
    return Sight(0, "system", path, acts, "system") if path else None


def turn(database: Database, day: str = "") -> Done:
    """One round; the same twice does nothing the second time. A day that is given is believed. Raises KeepError.

    Looking takes no lock: what is written afterwards is little, and nothing that went on meanwhile.
    """
    with database.reading() as connection:
        sight = hub_sight(connection)
        if sight is None:
            return NOTHING
        found = believed.Day(day) if day else believed.look(connection, today())
        day, kept = found.day, bool(day) or not believed.changed(connection, found)
        parts = following.changes(connection, sight, day)
        looks = closing.looks(connection, sight)
        heard = hearing.heard(connection, sight)
        steps = escalation.due_on(connection, sight, day)
    if kept and not (parts or looks or heard or steps):
        return replace(NOTHING, doubted=found.doubted)
    with database.writing() as connection:
        if not kept:
            believed.keep(connection, found)
        return Done(
            following.apply(connection, sight, parts),
            len(closing.apply(connection, sight, looks)),
            escalation.apply(connection, sight, steps),
            hearing.apply(connection, sight, heard),
            found.doubted,
        )
