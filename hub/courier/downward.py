"""What waits for the units below, for a disc: receipts, notices, advisories, packs. Each is handed out once; on request again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.registry.units import below
from hub.store.tables import envelope, outgoing, receipt, unit
from scanner.ledger.envelope import open_envelope

MOST = 5000
"""Files of one disc."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One envelope that goes down."""

    code: str
    """Of the addressee."""
    kind: str
    sequence: int
    digest: str
    data: bytes
    table: str
    """Where it is kept, and under which number."""
    id: int


def waiting(connection: Connection, path: str, *, again: bool = False) -> list[Letter]:
    """For the subtree of a unit, the oldest first; ``again`` also what was handed out before."""
    return [*_receipts(connection, path, again), *_sealed(connection, path, again)][:MOST]


def _sealed(connection: Connection, path: str, again: bool) -> list[Letter]:
    c = outgoing.c
    statement = sa.select(unit.c.code, c.kind, c.sequence, c.digest, c.data, c.id).join(unit, unit.c.id == c.to_id).where(below(path))
    if not again:
        statement = statement.where(c.sent == "")
    rows = connection.execute(statement.order_by(c.id).limit(MOST))
    return [Letter(row.code, row.kind, row.sequence, row.digest, bytes(row.data), "outgoing", row.id) for row in rows]


def _receipts(connection: Connection, path: str, again: bool) -> list[Letter]:
    statement = (
        sa.select(unit.c.code, envelope.c.sequence, receipt.c.data, receipt.c.envelope_id)
        .select_from(receipt.join(envelope, envelope.c.id == receipt.c.envelope_id).join(unit, unit.c.id == envelope.c.unit_id))
        .where(below(path))
    )
    if not again:
        statement = statement.where(receipt.c.fetched == "")
    rows = connection.execute(statement.order_by(receipt.c.envelope_id).limit(MOST)).all()
    return [
        Letter(row.code, "receipt", row.sequence, open_envelope(bytes(row.data)).digest, bytes(row.data), "receipt", row.envelope_id)
        for row in rows
    ]


def handed(connection: Connection, letters: Sequence[Letter]) -> None:
    """Note that they lie on a disc."""
    at = now()
    for one in letters:
        if one.table == "receipt":
            connection.execute(sa.update(receipt).where(receipt.c.envelope_id == one.id).values(fetched=at))
        else:
            connection.execute(sa.update(outgoing).where(outgoing.c.id == one.id).values(sent=at))
