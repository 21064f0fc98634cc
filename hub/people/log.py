"""The log of what people and machines did: append-only, a leaf of a Merkle tree each, written in the transaction of what it tells.

Never a finding, never a secret. The signed heads of the tree travel in receipts, so that whoever holds one finds a rewritten history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import later, now
from hub.people import merkle
from hub.store.database import alone, bulk
from hub.store.tables import head as heads
from hub.store.tables import log, meta
from scanner.errors import KeepError
from scanner.ledger.keys import PrivateKey, PublicKey
from scanner.model.canonical import canonical

SCHEMA = "shiqu/hub-head/1"
FRONTIER = "log-frontier"
BACK = "clock.back"
SLACK = 5
"""Seconds that a time service may take back without a word."""
_GROWN = sa.select(meta.c.value).where(meta.c.name == FRONTIER)
_GROW = meta.update().where(meta.c.name == FRONTIER).values(value=sa.bindparam("grown"))
_HEAD = sa.select(heads).where(heads.c.n == sa.bindparam("size"))
_SIGNED = heads.insert()
_AT = sa.select(log.c.at).where(log.c.n == sa.bindparam("last"))
"""Built once: every upload passes here."""
_SUBTREES = msgspec.json.Decoder(list[tuple[int, str]])


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done."""

    actor: str
    """Name of an account, ``unit:CODE``, or ``system``."""
    action: str
    """``account.add``, ``envelope.accepted`` …"""
    unit_id: int | None
    """The unit that it was about."""
    detail: Mapping[str, Any]
    """What an auditor needs; never a finding, never a secret."""


@dataclass(frozen=True, slots=True)
class Head:
    """The tree after row ``n``."""

    n: int
    root: str
    """64 hex digits."""
    at: str
    signature: bytes | None
    """The hub's, over :func:`signed_bytes`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is not as it was written."""

    code: str
    """``row``, ``missing``, ``tree``, ``head``, ``signature`` or ``witness``."""
    n: int
    """Row, or the size of the tree, that it shows at."""


def write(connection: Connection, actor: str, action: str, unit_id: int | None = None, detail: Mapping[str, Any] | None = None) -> int:
    """One row; returns its number."""
    return write_many(connection, [Entry(actor, action, unit_id, detail or {})])


def write_many(connection: Connection, entries: Iterable[Entry]) -> int:
    """Rows in their order; returns the number of the last one."""
    frontier = _frontier(connection, lock=True)
    number, at, rows = merkle.size_of(frontier), now(), []
    entries = list(entries)
    if entries:
        entries = [*_went_back(connection, number, at), *entries]
    for entry in entries:
        number += 1
        detail = canonical(dict(entry.detail)).decode()
        one = merkle.leaf(_content(number, at, entry.actor, entry.action, entry.unit_id, detail))
        frontier = merkle.grown(frontier, one)
        rows.append((number, at, entry.actor, entry.action, entry.unit_id, detail, one.hex()))
    if rows:
        bulk(connection, log, ("n", "at", "actor", "action", "unit_id", "detail", "leaf"), rows)
        _keep(connection, frontier)
    return number


def _went_back(connection: Connection, last: int, at: str) -> list[Entry]:
    """A row of its own where the times of the others go back: what they are ordered by is their number."""
    before = connection.execute(_AT, {"last": last}).scalar()
    return [Entry("system", BACK, None, {"before": before})] if before and at < later(before, -SLACK) else []


def head(connection: Connection) -> Head:
    """The tree as it stands, unsigned."""
    frontier = _frontier(connection, lock=False)
    return Head(merkle.size_of(frontier), merkle.root_of(frontier).hex(), now(), None)


def sign_head(connection: Connection, hub: str, key: PrivateKey) -> Head:
    """Sign the tree as it stands and keep that; the same size is signed once."""
    present = head(connection)
    row = connection.execute(_HEAD, {"size": present.n}).first()
    if row is not None:
        return Head(**row._mapping)
    signed = Head(present.n, present.root, present.at, key.sign(signed_bytes(hub, present)))
    connection.execute(_SIGNED, {"n": signed.n, "root": signed.root, "at": signed.at, "signature": signed.signature})
    return signed


def signed_bytes(hub: str, one: Head) -> bytes:
    """What is signed of a head."""
    return canonical({"schema": SCHEMA, "hub": hub, "n": one.n, "root": one.root, "at": one.at})


def leaves(connection: Connection) -> list[bytes]:
    """All leaves in their order."""
    return [bytes.fromhex(text) for text in connection.execute(sa.select(log.c.leaf).order_by(log.c.n)).scalars()]


def verify(connection: Connection, hub: str, keys: Iterable[PublicKey], witnesses: Iterable[tuple[int, str]] = ()) -> list[Fault]:
    """Everything that is not as it was written: rows, their numbers, the tree, signed heads, and heads that others hold (size, root)."""
    found: list[Fault] = []
    signed = {row.n: Head(**row._mapping) for row in connection.execute(sa.select(heads))}
    held: dict[int, list[str]] = {}
    for size, top in witnesses:
        held.setdefault(size, []).append(top)
    trusted, number = tuple(keys), 0
    frontier: merkle.Frontier = ()
    _at_size(found, 0, frontier, signed, held, hub, trusted)
    for row in connection.execute(sa.select(log).order_by(log.c.n)):
        number += 1
        if row.n != number:
            found.append(Fault("missing", number))
            number = row.n
        one = merkle.leaf(_content(row.n, row.at, row.actor, row.action, row.unit_id, row.detail))
        if one.hex() != row.leaf:
            found.append(Fault("row", row.n))
        frontier = merkle.grown(frontier, one)
        _at_size(found, row.n, frontier, signed, held, hub, trusted)
    for size in sorted({*signed, *held}):
        if size > number:
            found.append(Fault("missing", size))
    if _frontier(connection, lock=False) != frontier:
        found.append(Fault("tree", number))
    return found


def _at_size(
    found: list[Fault],
    size: int,
    frontier: merkle.Frontier,
    signed: Mapping[int, Head],
    held: Mapping[int, list[str]],
    hub: str,
    keys: tuple[PublicKey, ...],
) -> None:
    if size not in signed and size not in held:
        return
    top = merkle.root_of(frontier).hex()
    one = signed.get(size)
    if one is not None and one.root != top:
        found.append(Fault("head", size))
    if one is not None and not any(key.verifies(one.signature or b"", signed_bytes(hub, one)) for key in keys):
        found.append(Fault("signature", size))
    if any(told != top for told in held.get(size, ())):
        found.append(Fault("witness", size))


def _content(n: int, at: str, actor: str, action: str, unit_id: int | None, detail: str) -> bytes:
    return canonical([n, at, actor, action, unit_id, detail])


def _frontier(connection: Connection, *, lock: bool) -> merkle.Frontier:
    if lock:
        # Rows are numbered one after the other.
        alone(connection, "log")
    text = connection.execute(_GROWN).scalar()
    if text is None:
        return ()
    try:
        return tuple((size, bytes.fromhex(one)) for size, one in _SUBTREES.decode(text))
    except (msgspec.MsgspecError, ValueError):
        raise KeepError("hub-log-frontier") from None


def _keep(connection: Connection, frontier: merkle.Frontier) -> None:
    value = canonical([[size, one.hex()] for size, one in frontier]).decode()
    if connection.execute(_GROW, {"grown": value}).rowcount == 0:
        connection.execute(meta.insert().values(name=FRONTIER, value=value))
