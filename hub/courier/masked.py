"""Rows of units for a masked summary: how each stands, under an alias that only this hub can tell from its code. No name, no code, no place."""

from __future__ import annotations

import secrets
from collections import defaultdict

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.intake.summary import NOW, Row, row_part
from hub.intake.told import newest
from hub.registry.lower import lower, serving
from hub.registry.units import below
from hub.store.database import alone
from hub.store.tables import meta, share, standing, unit
from scanner.ledger.bulletin import alias_with

ALIASES = "upward-aliases"
"""In ``meta``: the secret behind the aliases. It rests where the codes rest, and goes with them into a backup."""


def rows(connection: Connection, path: str) -> list[Row]:
    """Of every unit that reports in a subtree; of those under a hub below, what that one told masked."""
    hubs = lower(connection, path, today())
    alias = alias_with(_secret(connection))
    reports = sa.select(unit.c.id, unit.c.code, unit.c.path).where(below(path), unit.c.rank == "unit", unit.c.retired == "")
    parts, counted = _shares(connection, path), _standing(connection, path)
    found: dict[str, Row] = {}
    for row in connection.execute(reports):
        if serving(hubs, row) is None:
            name, held = f"U-{alias(row.code)}", counted.get(row.id, {})
            finished = max(held.values(), default="")[:10]
            found[name] = {"unit": name, "finished": finished, "profiles": sorted(held), "parts": parts.get(row.id, {})}
    for hub in hubs:
        found |= {row["unit"]: row for row in told(connection, hub.id)}
    return [found[name] for name in sorted(found)]


def told(connection: Connection, unit_id: int) -> list[Row]:
    """What the newest summary of a hub below told masked; nothing where it told figures only."""
    row = connection.execute(newest(unit_id)).first()
    return _ROWS.decode(row.data).units if row is not None else []


class _Rows(msgspec.Struct):
    units: list[Row] = []


_ROWS, _PARTS = msgspec.json.Decoder(_Rows), msgspec.json.Decoder(dict[str, int])
"""Made while only one thread runs: see :mod:`scanner.ledger.envelope`."""


def _shares(connection: Connection, path: str) -> dict[int, dict[str, int]]:
    statement = sa.select(share.c.unit_id, share.c.parts).join(unit, unit.c.id == share.c.unit_id).where(share.c.period == NOW, below(path))
    held = {number: _PARTS.decode(text) for number, text in connection.execute(statement)}
    return {number: {part: count for part, count in parts.items() if row_part(part)} for number, parts in held.items()}


def _standing(connection: Connection, path: str) -> dict[int, dict[str, str]]:
    """Unit to profile to the finish time of the run that counts."""
    statement = sa.select(standing.c.unit_id, standing.c.profile, standing.c.finished).join(unit, unit.c.id == standing.c.unit_id)
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for number, profile, finished in connection.execute(statement.where(below(path))):
        found[number][profile] = finished
    return found


def _secret(connection: Connection) -> bytes:
    alone(connection, ALIASES)
    held = connection.execute(sa.select(meta.c.value).where(meta.c.name == ALIASES)).scalar()
    if held is None:
        held = secrets.token_hex(32)
        connection.execute(meta.insert().values(name=ALIASES, value=held))
    return bytes.fromhex(held)
