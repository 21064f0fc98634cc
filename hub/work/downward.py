"""What goes down to a unit: a sealed envelope in the row of its addressee and kind, encrypted where the unit has pinned a key for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.registry import keys
from hub.registry.own import Own
from hub.registry.reached import latest
from hub.registry.units import Unit
from hub.store.database import alone
from hub.store.tables import outgoing
from scanner.ledger import sealzip
from scanner.ledger.envelope import START, encrypted, make
from scanner.ledger.keys import PublicKey
from scanner.ledger.statement import MANIFEST
from scanner.model.canonical import digest as digest_of
from scanner.model.dispatch import FULL, MASKED


@dataclass(frozen=True, slots=True)
class Sent:
    """An envelope that stands ready to be fetched or carried."""

    sequence: int
    digest: str
    data: bytes


def recipient(connection: Connection, to: Unit, day: str) -> PublicKey | None:
    """The key that may be encrypted to on this day: one that is pinned for it, else an SM2 key that signs, which opens as well; None without either."""
    day = latest(connection, day)
    for key in (*keys.of_unit(connection, to.id, "encrypt"), *keys.of_unit(connection, to.id, "sign")):
        # A hub keeps its two keys apart.
        fits = key.purpose == "encrypt" or (key.role == "unit" and key.public.algorithm == "sm2")
        if fits and keys.begun(key.since, day) and (not key.until or day <= key.until) and (not key.revoked or day < key.revoked):
            return key.public
    return None


def send(
    connection: Connection,
    own: Own,
    to: Unit,
    kind: str,
    members: Mapping[str, bytes],
    secret: PublicKey | None = None,
    about: str = "",
) -> Sent:
    """Seal and keep it; the number follows the last one of the row, and both stand or neither. Raises UseError when it is too large."""
    alone(connection, f"outgoing {to.id} {kind}")
    row = sa.select(outgoing.c.sequence, outgoing.c.digest).where(outgoing.c.to_id == to.id, outgoing.c.kind == kind)
    last = connection.execute(row.order_by(outgoing.c.sequence.desc()).limit(1)).first()
    sequence, previous = (last.sequence + 1, last.digest) if last is not None else (1, START)
    at = now()
    sealed = make(
        kind,
        own.code,
        to.code,
        members,
        sequence=sequence,
        previous=previous,
        created=at,
        disclosure=FULL if secret else MASKED,
        marking="",
        key=own.sign,
    )
    start, size = sealzip.places(sealed, len(sealed))[MANIFEST]
    digest = digest_of(sealed[start : start + size])
    data = encrypted(sealed, [secret] if secret else [])
    row_values = {"to_id": to.id, "kind": kind, "sequence": sequence, "digest": digest, "created": at, "data": data, "about": about}
    connection.execute(outgoing.insert().values(row_values))
    return Sent(sequence, digest, data)
