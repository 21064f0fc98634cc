"""The hub's own envelope to the hub above: the figures of its tree, numbered, kept until a receipt answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.courier.answers import answers
from hub.courier.masked import rows
from hub.courier.replies import replies
from hub.intake.fold import fold_all
from hub.intake.summary import MAX_BYTES, MAX_MARKS, MAX_PERIODS, NOW, REGISTERED, SCHEMA, Summary, check_summary
from hub.intake.told import again, mark, told
from hub.people import log
from hub.registry.own import Own
from hub.registry.units import below, find
from hub.store.database import Database, alone
from hub.store.tables import outgoing, tier, unit
from scanner.errors import KeepError
from scanner.ledger.envelope import START, make, open_envelope
from scanner.ledger.reply import acknowledged
from scanner.ledger.trust import Trust
from scanner.model.canonical import canonical
from scanner.model.dispatch import FIGURES, FULL, MASKED

KIND, MEMBER = "summary", "summary.json"
DISCLOSURE = (FIGURES, MASKED, FULL)
"""Sums; also each unit under an alias; also what units wrote in answer to notices of the hub above."""
_KEY = len(',"replies":')


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One envelope of the row to the hub above."""

    sequence: int
    digest: str
    data: bytes
    anew: bool
    """False when it had been made before and waits for its receipt."""


def prepare(own: Own, database: Database, to: str = "", disclosure: str = FIGURES) -> Outgoing:
    """The envelope that is to go up now. What was not answered yet and still says the same is sent again as it is. Raises UseError, KeepError."""
    fold_all(database)
    with database.writing() as connection:
        alone(connection, "outgoing up")
        content = canonical(summary(connection, own.code, disclosure))
        check_summary(content, own.code, disclosure)
        last = connection.execute(_row().order_by(outgoing.c.sequence.desc()).limit(1)).first()
        if last is not None and not last.answered and _says(bytes(last.data), content, to):
            return Outgoing(last.sequence, last.digest, bytes(last.data), anew=False)
        sequence, previous = (last.sequence + 1, last.digest) if last is not None else (1, START)
        return _number(connection, own, content, disclosure, (to, sequence, previous))


def _row() -> sa.Select[tuple[int, str, bytes, str]]:
    c = outgoing.c
    return sa.select(c.sequence, c.digest, c.data, c.answered).where(c.to_id.is_(None), c.kind == KIND)


def _says(data: bytes, content: bytes, to: str) -> bool:
    held = open_envelope(data)
    return held.members[MEMBER] == content and held.manifest["to"] == to


def _number(connection: Connection, own: Own, content: bytes, disclosure: str, row: tuple[str, int, str]) -> Outgoing:
    to, sequence, previous = row
    at = now()
    data = make(
        KIND,
        own.code,
        to,
        {MEMBER: content},
        sequence=sequence,
        previous=previous,
        created=at,
        disclosure=disclosure,
        marking="",
        key=own.sign,
    )
    digest = open_envelope(data).digest
    values = {"to_id": None, "kind": KIND, "sequence": sequence, "digest": digest, "created": at, "data": data}
    connection.execute(sa.insert(outgoing).values(values))
    log.write(connection, "system", "upward.make", None, {"sequence": sequence, "digest": digest, "disclosure": disclosure})
    return Outgoing(sequence, digest, data, anew=True)


def summary(connection: Connection, code: str, disclosure: str = FIGURES) -> Summary:
    """The roll-up of the whole tree: no unit is named, no hazard told apart; masked, each unit under an alias; and what became of the orders of the hub above.

    A full one also tells what units replied to it, in their own words. Marks let the hub above find units that two hubs count. Raises UseError.
    """
    root = find(connection, code)
    counted = connection.execute(
        sa.select(tier.c.period, tier.c.part, tier.c.count).where(tier.c.region_id == root.id, tier.c.count > 0, tier.c.part != REGISTERED)
    )
    periods: dict[str, dict[str, int]] = {NOW: {}}
    for period, part, count in counted:
        periods.setdefault(period, {})[part] = count
    registered, marks = _registered(connection, root.path)
    made: Summary = {"schema": SCHEMA, "unit": code, "registered": registered, "periods": _latest(periods), "marks": marks}
    if disclosure in (MASKED, FULL):
        made["units"] = rows(connection, root.path)
    orders = answers(connection, root.path)
    if orders:
        made["orders"] = orders
    if disclosure == FULL:
        made["replies"] = replies(connection, root.path, orders, MAX_BYTES - len(canonical(made)) - _KEY)
    return made


def _registered(connection: Connection, path: str) -> tuple[int, list[str]]:
    """Units that have to report: our own, and as many as the hubs below said of theirs, each once; and their marks."""
    reports = sa.select(unit.c.path, unit.c.code).where(below(path), unit.c.rank == "unit", unit.c.retired == "")
    units = [(row.path, row.code) for row in connection.execute(reports)]
    hubs = told(connection, path)
    own = sum(not any(one.startswith(hub.path) for hub in hubs) for one, _ in units)
    twice = again(hubs, units)
    theirs = sum(
        max(hub.registered - more, sum(one.startswith(hub.path) for one, _ in units)) for hub, more in zip(hubs, twice, strict=True)
    )
    marks = {mark(code) for _, code in units}.union(*(hub.marks for hub in hubs))
    return own + theirs, sorted(marks)[:MAX_MARKS]


def _latest(periods: Mapping[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    months = sorted(period for period in periods if period != NOW)[1 - MAX_PERIODS :]
    return {period: periods[period] for period in (NOW, *months)}


def sent(database: Database, digest: str) -> None:
    """Note that it went out, by wire or on a disc."""
    with database.writing() as connection:
        connection.execute(sa.update(outgoing).where(outgoing.c.digest == digest).values(sent=now()))


def answer(database: Database, data: bytes, trust: Trust) -> int:
    """Take a receipt of the hub above; returns the number that it answers. Raises KeepError: not trusted, of nothing that was sent, no receipt."""
    found = acknowledged(data, trust)
    if found.not_trusted is not None:
        raise KeepError("hub-upper-unknown", fingerprint=found.envelope.key.fingerprint)
    receipt = found.receipt
    with database.writing() as connection:
        held = sa.and_(outgoing.c.digest == receipt["envelope"], outgoing.c.to_id.is_(None))
        row = connection.execute(sa.select(outgoing.c.sequence, outgoing.c.answered).where(held)).first()
        if row is None or row.sequence != receipt["sequence"]:
            raise KeepError("hub-receipt-foreign", unit=receipt["unit"], sequence=receipt["sequence"])
        if not row.answered:
            connection.execute(sa.update(outgoing).where(held).values(answered=receipt["received"]))
            told = {"sequence": row.sequence, "log": receipt["log"], "root": receipt["root"]}
            log.write(connection, "system", "upward.answered", None, told)
    return int(receipt["sequence"])
