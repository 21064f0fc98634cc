"""Hubs below: units of the tree that pinned a hub's key. What concerns the units under one goes to it, not past it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.days import after
from hub.registry.keys import GRACE
from hub.registry.reached import latest
from hub.registry.units import Unit, above, below, made
from hub.store.tables import key, unit


class Placed(Protocol):
    """What stands in the tree: a unit, or a row of one."""

    @property
    def path(self) -> str:
        """From the root down."""


def lower(connection: Connection, path: str, day: str) -> list[Unit]:
    """The nearest ones in a subtree: what stands below another is that one's to serve. The root of the tree is ourselves."""
    c, day = key.c, latest(connection, day)
    counts = sa.and_(c.since <= after(day, GRACE), sa.or_(c.until == "", c.until >= day), sa.or_(c.revoked == "", c.revoked > day))
    speaking = sa.select(c.unit_id).where(c.role == "hub", c.purpose == "sign", counts)
    statement = sa.select(unit).where(below(path), unit.c.id.in_(speaking), unit.c.parent_id.is_not(None), unit.c.retired == "")
    found = [made(row) for row in connection.execute(statement.order_by(unit.c.code))]
    return [one for one in found if not any(one.path != other.path and one.path.startswith(other.path) for other in found)]


def concerned(connection: Connection, where: Unit, day: str) -> list[Unit]:
    """Hubs below that something for this subtree goes to: those in it, or the one that it stands under."""
    root = above(where.path)[0]
    return [one for one in lower(connection, f"/{root}/", day) if one.path.startswith(where.path) or where.path.startswith(one.path)]


def serving(hubs: Iterable[Unit], where: Placed) -> Unit | None:
    """Of these hubs the one that a unit stands under, or is."""
    return next((hub for hub in hubs if where.path.startswith(hub.path)), None)
