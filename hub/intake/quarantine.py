"""What was not taken in: kept with its reason, as long as there is room, so that somebody can look and it can be offered again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.reading import Arrival
from hub.store.tables import quarantine
from scanner.errors import ShiquError
from scanner.model.canonical import canonical

MAX_ROWS = 20_000
MAX_BYTES = 512 * 1024 * 1024
MAX_FIELD = 300


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
        if _again(connection, one):
            continue
        rows, size = connection.execute(sa.select(sa.func.count(), sa.func.coalesce(_held(), 0)).select_from(quarantine)).one()
        if rows >= MAX_ROWS:
            continue
        room = int(size) + len(one.arrival.data) <= MAX_BYTES
        connection.execute(sa.insert(quarantine).values(**_values(one), data=one.arrival.data if room else None))
        new += 1
    return new


def settle(connection: Connection, files: Iterable[str], moment: str) -> None:
    """These files were taken in after all: their bytes stand elsewhere now."""
    wanted = sorted(set(files))
    if wanted:
        condition = sa.and_(quarantine.c.file.in_(wanted), quarantine.c.settled == "")
        connection.execute(sa.update(quarantine).where(condition).values(settled=moment, data=None))


def _held() -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((quarantine.c.data.is_not(None), quarantine.c.size), else_=0))


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
        "code": one.error.code,
        "fields": canonical(fields).decode(),
        "size": len(one.arrival.data),
        "unit_id": one.unit_id,
    }
