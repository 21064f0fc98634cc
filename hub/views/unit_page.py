"""One unit: what stands, its systems, core hazards, hazards, history and what other tools found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Hidden, Sight
from hub.store import tables as t
from hub.titles import title
from hub.views.alike import Like, alike
from hub.views.board import Hazard, of_unit, unnamed
from hub.views.items import CHECK, CONTROL, OUTCOMES
from hub.views.scope import Place, at, find, trail

HISTORY = 24
"""Envelopes that the page shows."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One envelope as the page shows it."""

    id: int
    kind: str
    sequence: int
    created: str
    received: str
    source: str
    disclosure: str
    marking: str
    run: str
    finished: str
    gate: str
    core: Mapping[str, str]
    note: str
    """``gap``, ``clock`` …, or empty."""
    digest: str
    profiles: Sequence[str]
    """For which it counts now."""


@dataclass(frozen=True, slots=True)
class CoreState:
    """One core hazard of the unit."""

    code: str
    state: str
    since: str


@dataclass(frozen=True, slots=True)
class System:
    """One system: as registered, and as the standing envelope concludes on it (under its alias)."""

    code: str
    name: str
    grade: int | None
    holds: str
    filing: str
    filed: str
    evaluated: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """What another tool found: evidence of a named foreign origin, never part of a verdict."""

    id: int
    origin: str
    tool: str
    received: str
    digest: str
    source: str
    """``web``, ``cli``, or ``envelope``: in the unit's own sealed result."""
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnitPage:
    """Everything of one unit."""

    where: Place
    trail: Sequence[Place]
    division: str
    contacts: Sequence[Mapping[str, str]]
    standing: Sequence[Envelope]
    bulletins: Mapping[int, Mapping[str, Any]]
    """Envelope to its bulletin, for those that stand."""
    core: Sequence[CoreState]
    systems: Sequence[System]
    hazards: Sequence[Hazard]
    unnamed: int
    """Hazards that stand and were reported in figures only."""
    history: Sequence[Envelope]
    foreign: Sequence[Foreign]
    like: Like | None
    """Beside units of the same rank and sort, where some are seen."""


@dataclass(frozen=True, slots=True)
class Line:
    """One verdict or finding of an envelope."""

    kind: str
    code: str
    title: Mapping[str, str]
    where: str
    """Target or system."""
    outcome: str


def unit_page(connection: Connection, sight: Sight, code: str, today: str) -> UnitPage:
    """Of one unit. Raises Hidden, Forbidden."""
    sight.must("see-results")
    where = find(connection, sight, code)
    here = at(sight, where)
    row = connection.execute(here.narrow(sa.select(t.unit.c.division, t.unit.c.contacts).where(t.unit.c.id == where.id), t.unit.c.id)).one()
    counting = _standing(connection, here, where)
    history = _envelopes(connection, here, where, counting)
    standing = [one for one in history if one.profiles]
    return UnitPage(
        where=where,
        trail=trail(connection, sight, where),
        division=row.division,
        contacts=json.loads(row.contacts),
        standing=standing,
        bulletins=_bulletins(connection, here, [one.id for one in standing]),
        core=_core(connection, here, where),
        systems=_systems(connection, here, where),
        hazards=of_unit(connection, sight, where, today),
        unnamed=unnamed(connection, sight, where),
        history=history,
        foreign=_foreign(connection, here, where),
        like=alike(connection, sight, where, today),
    )


def lines(connection: Connection, sight: Sight, code: str, envelope_id: int) -> list[Line]:
    """Verdicts and findings of one envelope of the unit, those that need somebody first. Raises Hidden, Forbidden."""
    sight.must("see-results")
    where = find(connection, sight, code)
    here = at(sight, where)
    check, place = t.term.alias("what"), t.term.alias("place")
    statement = (
        here.narrow(
            sa.select(t.result.c.sort, check.c.text, check.c.words, place.c.text, t.result.c.outcome)
            .join(check, check.c.id == t.result.c.term_id)
            .join(place, place.c.id == t.result.c.where_id)
            .where(t.result.c.envelope_id == envelope_id, t.result.c.unit_id == where.id),
            t.result.c.unit_id,
        )
    ).order_by(t.result.c.sort, t.result.c.outcome, check.c.text, place.c.text)
    out = []
    for sort, text, words, target, outcome in connection.execute(statement):
        kind = CONTROL if sort else CHECK
        out.append(Line(kind, text, title(words, text), target, OUTCOMES[kind][outcome]))
    return out


def _standing(connection: Connection, here: Sight, where: Place) -> dict[int, list[str]]:
    statement = sa.select(t.standing.c.envelope_id, t.standing.c.profile).where(t.standing.c.unit_id == where.id)
    out: dict[int, list[str]] = {}
    for number, profile in connection.execute(here.narrow(statement, t.standing.c.unit_id).order_by(t.standing.c.profile)):
        out.setdefault(number, []).append(profile)
    return out


def _envelopes(connection: Connection, here: Sight, where: Place, counting: Mapping[int, Sequence[str]]) -> list[Envelope]:
    newest = here.narrow(sa.select(t.envelope).where(t.envelope.c.unit_id == where.id), t.envelope.c.unit_id)
    rows = list(connection.execute(newest.order_by(t.envelope.c.sequence.desc(), t.envelope.c.id.desc()).limit(HISTORY)))
    old = [number for number in counting if number not in {row.id for row in rows}]
    if old:
        rows += connection.execute(here.narrow(sa.select(t.envelope).where(t.envelope.c.id.in_(old)), t.envelope.c.unit_id)).all()
    return [
        Envelope(
            **{name: getattr(row, name) for name in ("id", "kind", "sequence", "created", "received", "source", "disclosure", "marking")},
            **{name: getattr(row, name) for name in ("run", "finished", "gate", "note", "digest")},
            core=json.loads(row.core or "{}"),
            profiles=counting.get(row.id, ()),
        )
        for row in rows
    ]


def _bulletins(connection: Connection, here: Sight, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    statement = (
        sa.select(t.bulletin.c.envelope_id, t.bulletin.c.data)
        .join(t.envelope, t.envelope.c.id == t.bulletin.c.envelope_id)
        .where(t.bulletin.c.envelope_id.in_(numbers))
    )
    return {number: json.loads(data) for number, data in connection.execute(here.narrow(statement, t.envelope.c.unit_id))}


def _core(connection: Connection, here: Sight, where: Place) -> list[CoreState]:
    statement = sa.select(t.core.c.code, t.core.c.state, t.core.c.since).where(t.core.c.unit_id == where.id)
    return [CoreState(*row) for row in connection.execute(here.narrow(statement, t.core.c.unit_id).order_by(t.core.c.code))]


def _systems(connection: Connection, here: Sight, where: Place) -> list[System]:
    c = t.system.c
    statement = sa.select(c.code, c.name, c.grade, c.holds, c.filing, c.filed, c.evaluated).where(c.unit_id == where.id)
    return [System(*row) for row in connection.execute(here.narrow(statement, c.unit_id).order_by(c.code))]


def foreign_file(connection: Connection, sight: Sight, where: Place, number: int) -> Foreign:
    """One of them. Raises Hidden, Forbidden."""
    sight.must("see-results")
    for one in _foreign(connection, at(sight, where), where, number):
        return one
    raise Hidden


def _foreign(connection: Connection, here: Sight, where: Place, number: int | None = None) -> list[Foreign]:
    c = t.foreign.c
    statement = sa.select(c.id, c.origin, c.tool, c.received, c.digest, c.source, c.data).where(c.unit_id == where.id)
    if number is not None:
        statement = statement.where(c.id == number)
    rows = connection.execute(here.narrow(statement, c.unit_id).order_by(c.id.desc()).limit(HISTORY))
    return [Foreign(row.id, row.origin, row.tool, row.received, row.digest, row.source, json.loads(row.data)) for row in rows]
