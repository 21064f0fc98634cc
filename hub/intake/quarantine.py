"""What was not taken in: kept with its reason, as long as there is room, so that somebody can look and it can be offered again.

Whoever brings it has room of their own: one that floods the hub with rubbish pushes out their own, never what others brought.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.reading import Arrival
from hub.store.tables import quarantine
from scanner.errors import ShiquError
from scanner.model.canonical import canonical

MAX_ROWS, MAX_ROWS_OF_ONE = 20_000, 2_000
MAX_BYTES, MAX_BYTES_OF_ONE = 512 * 1024 * 1024, 64 * 1024 * 1024
MAX_FIELD = 300
_SETTLED = (
    sa.update(quarantine)
    .where(quarantine.c.file.in_(sa.bindparam("files", expanding=True)), quarantine.c.settled == "")
    .values(settled=sa.bindparam("moment"), data=None)
)


@dataclass(frozen=True, slots=True)
class Refused:
    """One upload and why it stays outside."""

    arrival: Arrival
    error: ShiquError
    unit_id: int | None
    """Whom it names, when that is a unit."""


def put(connection: Connection, refused: Iterable[Refused]) -> int:
    """Keep them; the same file again is counted. Returns how many are new. Beyond the room for it only the answer is given."""
    new = 0
    for one in refused:
        if _again(connection, one) or not _room_for_a_row(connection, one.arrival.actor):
            continue
        room = _room_for_bytes(connection, one.arrival.actor, len(one.arrival.data))
        connection.execute(sa.insert(quarantine).values(**_values(one), data=one.arrival.data if room else None))
        new += 1
    return new


def settle(connection: Connection, files: Iterable[str], moment: str) -> None:
    """These files were taken in after all: their bytes stand elsewhere now."""
    wanted = sorted(set(files))
    if wanted:
        connection.execute(_SETTLED, {"files": wanted, "moment": moment})


def _room_for_a_row(connection: Connection, actor: str) -> bool:
    """Where the own room is full a settled one of one's own goes; where the whole is, the oldest of whoever holds most."""
    own = connection.execute(sa.select(_rows).where(quarantine.c.actor == actor)).scalar_one()
    if own >= MAX_ROWS_OF_ONE:
        return _dropped(connection, sa.and_(quarantine.c.actor == actor, quarantine.c.settled != ""))
    if connection.execute(sa.select(_rows)).scalar_one() < MAX_ROWS:
        return True
    return _dropped(connection, quarantine.c.settled != "") or (
        (heavy := _heaviest(connection, _rows)) != actor and _dropped(connection, quarantine.c.actor == heavy)
    )


def _room_for_bytes(connection: Connection, actor: str, size: int) -> bool:
    own = connection.execute(sa.select(_held).where(quarantine.c.actor == actor)).scalar_one()
    if own + size > MAX_BYTES_OF_ONE:
        return False
    while connection.execute(sa.select(_held)).scalar_one() + size > MAX_BYTES:
        heavy = _heaviest(connection, _held)
        if heavy == actor or not _emptied(connection, heavy):
            return False
    return True


_rows = sa.func.count(quarantine.c.id)
_held = sa.func.coalesce(sa.func.sum(sa.case((quarantine.c.data.is_not(None), quarantine.c.size), else_=0)), 0)


def _heaviest(connection: Connection, measure: sa.ColumnElement[int]) -> str:
    statement = sa.select(quarantine.c.actor).group_by(quarantine.c.actor).order_by(measure.desc(), quarantine.c.actor).limit(1)
    return str(connection.execute(statement).scalar_one_or_none() or "")


def _dropped(connection: Connection, of: sa.ColumnElement[bool]) -> bool:
    """Whether there was a row to give up; its refusal stands in the log."""
    oldest = sa.select(sa.func.min(quarantine.c.id)).where(of).scalar_subquery()
    return connection.execute(sa.delete(quarantine).where(quarantine.c.id == oldest)).rowcount > 0


def _emptied(connection: Connection, actor: str) -> bool:
    """Whether there were bytes to give up; their reason stays."""
    oldest = sa.select(sa.func.min(quarantine.c.id)).where(quarantine.c.actor == actor, quarantine.c.data.is_not(None)).scalar_subquery()
    return connection.execute(sa.update(quarantine).where(quarantine.c.id == oldest).values(data=None)).rowcount > 0


def _again(connection: Connection, one: Refused) -> bool:
    values = {key: value for key, value in _values(one).items() if key in ("code", "fields", "source", "unit_id")}
    statement = sa.update(quarantine).where(quarantine.c.file == one.arrival.file)
    return connection.execute(statement.values(**values, tries=quarantine.c.tries + 1, settled="")).rowcount > 0


def _values(one: Refused) -> dict[str, object]:
    fields = {key: value[:MAX_FIELD] for key, value in one.error.fields.items()}
    return {
        "file": one.arrival.file,
        "received": one.arrival.received,
        "source": one.arrival.source,
        "actor": one.arrival.actor,
        "code": one.error.code,
        "fields": canonical(fields).decode(),
        "size": len(one.arrival.data),
        "unit_id": one.unit_id,
    }
