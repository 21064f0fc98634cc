"""What hubs below said of their own trees: how many units stand there, and how many of them reported. Units are theirs to name, here they are a number.

With the number come marks, one a unit, so that a unit that two hubs registered is found and counts once. A mark keeps a list of names out of
the envelope; it is no secret: whoever knows a code can compute it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.parts import UNITS
from hub.intake.summary import NOW, REGISTERED
from hub.registry.units import below
from hub.store.tables import bulletin, envelope, share, unit


@dataclass(frozen=True, slots=True)
class Told:
    """The newest summary of a hub, as far as it counts units."""

    path: str
    """Of the hub in the tree: what stands below it is told by it."""
    registered: int
    reported: int
    marks: frozenset[str] = frozenset()
    """Of its units; empty where its release does not send them."""


class _Marks(msgspec.Struct):
    marks: list[str] = []


_MARKS = msgspec.json.Decoder(_Marks)
"""Made while only one thread runs: see :mod:`scanner.ledger.envelope`."""


def newest(unit_id: int) -> sa.Select[tuple[int, str]]:
    """The row of the newest summary of a hub, and what it says."""
    c = envelope.c
    statement = sa.select(c.id, bulletin.c.data).join(bulletin, bulletin.c.envelope_id == c.id)
    return statement.where(c.unit_id == unit_id, c.kind == "summary").order_by(c.sequence.desc()).limit(1)


def told(connection: Connection, path: str) -> list[Told]:
    """By the hubs of a subtree."""
    held = (
        sa.select(unit.c.id, unit.c.path, share.c.parts).join(unit, unit.c.id == share.c.unit_id).where(share.c.period == NOW, below(path))
    )
    rows = connection.execute(held.where(unit.c.rank != "unit").order_by(unit.c.path))
    found = [(row.id, row.path, msgspec.json.decode(row.parts, type=dict[str, int])) for row in rows]
    hubs = [(number, where, parts) for number, where, parts in found if REGISTERED in parts]
    marks = _marks(connection, [number for number, _, _ in hubs])
    return [Told(where, parts[REGISTERED], parts.get(UNITS, 0), marks.get(number, frozenset())) for number, where, parts in hubs]


def _marks(connection: Connection, hubs: Sequence[int]) -> dict[int, frozenset[str]]:
    if not hubs:
        return {}
    c = envelope.c
    last = (
        sa.select(c.unit_id, sa.func.max(c.sequence).label("n"))
        .where(c.kind == "summary", c.unit_id.in_(hubs))
        .group_by(c.unit_id)
        .subquery()
    )
    newest = sa.and_(c.unit_id == last.c.unit_id, c.sequence == last.c.n, c.kind == "summary")
    statement = sa.select(c.unit_id, bulletin.c.data).join(last, newest).join(bulletin, bulletin.c.envelope_id == c.id)
    return {number: frozenset(_MARKS.decode(data).marks) for number, data in connection.execute(statement)}


def mark(code: str) -> str:
    """Of a unit."""
    return hashlib.sha256(f"shiqu/unit/{code}".encode()).hexdigest()[:16]


def again(hubs: Iterable[Told], units: Iterable[tuple[str, str]]) -> list[int]:
    """By hub: how many of its units somebody told before, an earlier hub or, elsewhere in the tree, this one. ``units``: path and code of ours."""
    several = list(hubs)
    if not any(one.marks for one in several):
        return [0] * len(several)
    places = {mark(code): path for path, code in units}
    named: set[str] = set()
    counts = []
    for one in several:
        counts.append(sum(each in named or not places.get(each, one.path).startswith(one.path) for each in one.marks))
        named |= one.marks
    return counts
