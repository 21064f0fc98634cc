"""What hubs below said of their own trees: how many units stand there, and how many of them reported. Units are theirs to name, here they are a number."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.parts import UNITS
from hub.intake.summary import NOW, REGISTERED
from hub.registry.units import below
from hub.store.tables import share, unit


@dataclass(frozen=True, slots=True)
class Told:
    """The newest summary of a hub, as far as it counts units."""

    path: str
    """Of the hub in the tree: what stands below it is told by it."""
    registered: int
    reported: int


def told(connection: Connection, path: str) -> list[Told]:
    """By the hubs of a subtree."""
    held = sa.select(unit.c.path, share.c.parts).join(unit, unit.c.id == share.c.unit_id).where(share.c.period == NOW, below(path))
    rows = connection.execute(held.where(unit.c.rank != "unit").order_by(unit.c.path))
    found = [(row.path, msgspec.json.decode(row.parts, type=dict[str, int])) for row in rows]
    return [Told(where, parts[REGISTERED], parts.get(UNITS, 0)) for where, parts in found if REGISTERED in parts]
