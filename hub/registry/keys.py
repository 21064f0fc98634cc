"""Whose key counts, for which unit, on which days. A key belongs to one unit only, and a revocation stays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.days import after
from hub.registry import reached
from hub.registry.units import find
from hub.store.tables import key as table
from scanner.errors import UseError
from scanner.ledger.keys import SIGNING, PublicKey
from scanner.ledger.pkcs8 import unpem

ROLES, PURPOSES = ("unit", "hub"), ("sign", "encrypt")
GRACE = 2
"""Days that a key counts before its first one: a clock may be a day behind, and a day begins in China while UTC has the one before.

Revocations know no grace.
"""
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Key:
    """A pinned key."""

    id: int
    unit_id: int
    role: str
    """``unit`` sends reports, ``hub`` sends summaries, notices and receipts."""
    purpose: str
    """``sign`` or ``encrypt``."""
    fingerprint: str
    pem: str
    since: str
    """First day, or empty."""
    until: str
    """Last day, or empty."""
    revoked: str
    """Day from which nothing that it signed counts; empty while it does."""

    @property
    def public(self) -> PublicKey:
        """The key itself."""
        return PublicKey(unpem("PUBLIC KEY", self.pem.encode()))


def pin(
    connection: Connection, code: str, pem: bytes, *, since: str, until: str = "", role: str = "unit", purpose: str | None = None
) -> Key:
    """This key speaks for this unit. Raises UseError: no key, key of another unit, revoked before."""
    held = find(connection, code)
    try:
        public = PublicKey(unpem("PUBLIC KEY", pem))
    except ValueError:
        raise UseError("hub-key-unreadable", unit=code) from None
    wanted = "sign" if public.algorithm in SIGNING else "encrypt"
    if public.algorithm == "sm2" and purpose in PURPOSES:
        # Domestic rules give a unit two keys of this one kind: it is said which one this is.
        wanted = purpose
    if role not in ROLES or purpose not in (None, wanted):
        raise UseError("hub-key-purpose", unit=code, algorithm=public.algorithm)
    _days(since, until)
    for other in of(connection, public.fingerprint):
        if other.unit_id != held.id:
            raise UseError("hub-key-other-unit", unit=code, fingerprint=public.fingerprint)
        raise UseError("hub-key-revoked" if other.revoked else "hub-key-pinned", unit=code, fingerprint=public.fingerprint)
    values = {"unit_id": held.id, "role": role, "purpose": wanted, "fingerprint": public.fingerprint, "pem": public.pem.decode()}
    connection.execute(table.insert().values(**values, since=since, until=until))
    return of(connection, public.fingerprint)[0]


def revoke(connection: Connection, fingerprint: str, day: str, today: str = "") -> Key:
    """From this day nothing that it signed counts; a revocation may move to an earlier day, never to a later one. Raises UseError.

    Where the day has begun by ``today``, the one that the hub goes by, no clock that is set back later undoes it.
    """
    _days(day)
    held = of(connection, fingerprint)
    if not held:
        raise UseError("hub-key-unknown", fingerprint=fingerprint)
    first = min(day, held[0].revoked or day)
    if first <= today:
        reached.reached(connection, first)
    connection.execute(table.update().where(table.c.fingerprint == fingerprint).values(revoked=first))
    return of(connection, fingerprint)[0]


def of(connection: Connection, fingerprint: str) -> list[Key]:
    """The pins of a key: one at most."""
    return [Key(**row._mapping) for row in connection.execute(sa.select(table).where(table.c.fingerprint == fingerprint))]


def of_unit(connection: Connection, unit_id: int, purpose: str | None = None) -> list[Key]:
    """All that a unit has or had, the newest first."""
    statement = sa.select(table).where(table.c.unit_id == unit_id).order_by(table.c.since.desc(), table.c.id.desc())
    if purpose is not None:
        statement = statement.where(table.c.purpose == purpose)
    return [Key(**row._mapping) for row in connection.execute(statement)]


_PINS = (
    sa.select(*(table.c[name.name] for name in fields(Key)))
    .where(table.c.fingerprint.in_(sa.bindparam("fingerprints", expanding=True)))
    .order_by(table.c.id.desc())
)


def pins(connection: Connection, fingerprints: Iterable[str]) -> dict[str, Key]:
    """The pins of several keys by fingerprint."""
    rows = connection.execute(_PINS, {"fingerprints": sorted(set(fingerprints))})
    return {row.fingerprint: Key(*row) for row in rows}


def why_not(connection: Connection, unit_id: int, fingerprint: str, day: str, role: str = "unit") -> str | None:
    """None when the key may sign for the unit on this day, else ``unknown``, ``other-unit``, ``role``, ``revoked``, ``too-early`` or ``too-late``."""
    return against(pins(connection, [fingerprint]).get(fingerprint), unit_id, reached.latest(connection, day), role)


def against(one: Key | None, unit_id: int, day: str, role: str) -> str | None:
    """The same of a pin that is at hand, and of a day that does not go back: see :mod:`hub.registry.reached`."""
    if one is None:
        return "unknown"
    if one.unit_id != unit_id:
        return "other-unit"
    if one.purpose != "sign" or one.role != role:
        return "role"
    # The day of a revocation is what counts, not the day that the signer writes: whoever stole a key also chooses the time.
    if one.revoked and day >= one.revoked:
        return "revoked"
    if not begun(one.since, day):
        return "too-early"
    return "too-late" if one.until and day > one.until else None


def begun(since: str, day: str) -> bool:
    """Whether a key that is pinned from a day on counts on this one."""
    return not since or since <= after(day, GRACE)


def _days(*days: str) -> None:
    for day in days:
        if day and not _DAY.fullmatch(day):
            raise UseError("hub-day", day=day)
