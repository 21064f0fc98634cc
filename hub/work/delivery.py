"""What waits for units: envelopes downward, fetched by number or carried by hand."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people.sight import Hidden, Sight
from hub.store.tables import outgoing, unit

MOST = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """One envelope to a unit."""

    code: str
    """Of the addressee."""
    kind: str
    sequence: int
    digest: str
    created: str
    sent: str
    """When it was last fetched."""
    size: int
    name: str
    """Of the addressee."""


def waiting(connection: Connection, sight: Sight, *, unfetched: bool = False) -> list[Waiting]:
    """Envelopes to units that are seen, the newest first. Raises Forbidden."""
    sight.must("see-figures")
    c = outgoing.c
    size = sa.func.length(c.data)
    statement = sa.select(unit.c.code, c.kind, c.sequence, c.digest, c.created, c.sent, size, unit.c.name).join(unit, unit.c.id == c.to_id)
    if unfetched:
        statement = statement.where(c.sent == "")
    return [Waiting(*row) for row in connection.execute(sight.narrow(statement, c.to_id).order_by(c.id.desc()).limit(MOST))]


def data_of(connection: Connection, sight: Sight, digest: str) -> tuple[str, bytes]:
    """Name of a file and the envelope's bytes. Raises Hidden."""
    sight.must("see-figures")
    c = outgoing.c
    statement = sa.select(unit.c.code, c.kind, c.sequence, c.data).join(unit, unit.c.id == c.to_id).where(c.digest == digest)
    row = connection.execute(sight.narrow(statement, c.to_id)).first()
    if row is None:
        raise Hidden
    return f"{row.code}-{row.kind}-{row.sequence:06d}.shiqu", bytes(row.data)


def fetched(connection: Connection, sight: Sight, digest: str) -> bytes:
    """The same for a program; that it was fetched is noted. Raises Hidden."""
    _, data = data_of(connection, sight, digest)
    connection.execute(outgoing.update().where(outgoing.c.digest == digest).values(sent=now()))
    return data
