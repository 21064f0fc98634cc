"""The day that keys are held against never goes back: what a key lost on a day that has begun, no clock that is set back gives it again.

A day has begun when the hub went by it (:mod:`hub.people.believed`: not one to which a clock merely leapt), or when somebody revoked a key from it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.store.tables import meta

MARK = "clock-reached"
"""In ``meta``: the last day that is known to have begun."""


def latest(connection: Connection, day: str) -> str:
    """The later one of what the clock says and what is known to have begun."""
    return max(day, kept(connection))


def reached(connection: Connection, day: str) -> None:
    """This day has begun, whatever a clock says from now on."""
    if day > kept(connection):
        put(connection, day)


def kept(connection: Connection) -> str:
    """Empty where none is known."""
    return connection.execute(_KEPT).scalar() or ""


def put(connection: Connection, day: str) -> None:
    """Also an earlier one: somebody has looked at the clock."""
    if connection.execute(meta.update().where(meta.c.name == MARK).values(value=day)).rowcount == 0:
        connection.execute(meta.insert().values(name=MARK, value=day))


_KEPT = sa.select(meta.c.value).where(meta.c.name == MARK)
"""Built once: every upload passes here."""
