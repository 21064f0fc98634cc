"""From a group of arrivals to rows, in one transaction: who is taken in, what stands, the log, and the receipts over its head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake import foreign, judging, quarantine
from hub.intake.judging import ACCEPTED, DUPLICATE, FORK, GAP, LATE, History, New, Ruling
from hub.intake.reading import Arrival
from hub.intake.receipts import receipt
from hub.intake.rows import body_rows, hazards, results
from hub.intake.stands import stand
from hub.intake.terms import Words
from hub.people import log
from hub.registry import keys, reached
from hub.registry.own import Own
from hub.store import tables as t
from hub.store.database import alone, bulk
from scanner.model.canonical import canonical

LOCK = "intake"
RESULT = "result.json"
_LAST = sa.select(sa.func.coalesce(sa.func.max(t.envelope.c.id), 0))


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of an arrival."""

    ruling: Ruling
    envelope_id: int | None
    receipt: bytes | None


def keep(connection: Connection, own: Own, arrivals: Sequence[Arrival], words: Words | None = None) -> list[Kept]:
    """Write what is to be written and answer each arrival, in their order. The answers hold once the transaction is on the disk."""
    alone(connection, LOCK)
    manifests = [one.envelope.manifest for one in arrivals if one.envelope is not None]
    pins = keys.pins(connection, [manifest["key"] for manifest in manifests])
    known = judging.histories(connection, [manifest["unit"] for manifest in manifests], pins)
    rulings, new = _ruled(connection, arrivals, known, pins)
    if new:
        _write(connection, new, known, words or Words())
    _put_aside(connection, arrivals, rulings, known)
    _log(connection, arrivals, rulings, known)
    made = _receipts(connection, own, new)
    return [_answer(connection, arrival, ruling, made) for arrival, ruling in zip(arrivals, rulings, strict=True)]


def _ruled(
    connection: Connection, arrivals: Sequence[Arrival], known: dict[str, History], pins: Mapping[str, keys.Key]
) -> tuple[list[Ruling], list[New]]:
    """A ruling each; the later arrivals of a group see the earlier ones."""
    rulings, new = [], []
    begun = reached.kept(connection)
    numbers = iter(_numbers(connection, len(arrivals)))
    for arrival in arrivals:
        ruling = judging.rule(arrival, known, pins, begun)
        rulings.append(ruling)
        if ruling.code == ACCEPTED and arrival.envelope is not None:
            history = known[arrival.envelope.manifest["unit"]]
            one = judging.taken(next(numbers), history.unit_id, arrival, arrival.envelope, ruling.note)
            history.rows[one.row.kind, one.row.line.sequence] = one.row
            new.append(one)
    return rulings, new


def _numbers(connection: Connection, count: int) -> Sequence[int]:
    """Ids for new rows. Nobody else makes any meanwhile."""
    last = connection.execute(_LAST).scalar_one()
    return range(last + 1, last + 1 + count)


def _write(connection: Connection, new: Sequence[New], known: dict[str, History], words: Words) -> None:
    rows = [_envelope(one) for one in new]
    bulk(connection, t.envelope, tuple(rows[0]), (tuple(row.values()) for row in rows))
    bulk(connection, t.body, ("envelope_id", "data"), ((one.id, one.arrival.plain) for one in new))
    bulk(connection, t.bulletin, ("envelope_id", "data"), body_rows(new))
    bulk(connection, t.result, ("envelope_id", "unit_id", "sort", "term_id", "where_id", "outcome"), results(connection, new, words))
    bulk(connection, t.queue, ("envelope_id",), ((one.id,) for one in new))
    units = {one.unit_id for one in new}
    touched = {history.unit_id: history for history in known.values() if history.unit_id in units}
    stand(connection, touched.values())
    hazards(connection, new, touched)
    _mend_notes(connection, touched.values())
    _foreign(connection, new)
    quarantine.settle(connection, [one.arrival.file for one in new], new[0].arrival.received)


def _foreign(connection: Connection, new: Sequence[New]) -> None:
    """What other tools found rests in the whole result of a unit: shown under its origin, and nothing else."""
    for one in new:
        for found in foreign.in_result(one.envelope.members[RESULT]) if RESULT in one.envelope.members else ():
            foreign.keep(connection, one.unit_id, found, foreign.ENVELOPE, one.arrival.actor, one.id)


def _envelope(one: New) -> dict[str, object]:
    row, arrival, manifest = one.row, one.arrival, one.envelope.manifest
    return {
        **{name: manifest[name] for name in ("kind", "sequence", "previous", "created", "disclosure", "marking")},
        "id": one.id,
        "digest": one.envelope.digest,
        "file": arrival.file,
        "unit_id": one.unit_id,
        "received": arrival.received,
        "source": arrival.source,
        "fingerprint": manifest["key"],
        "size": len(arrival.data),
        "run": str(arrival.content.get("run", {}).get("id", "")),
        "told": row.line.told,
        "finished": row.line.finished,
        "profiles": canonical(list(row.line.profiles)).decode(),
        "period": row.line.period,
        "gate": row.line.gate,
        "core": canonical(dict(row.line.core)).decode(),
        "note": row.note,
    }


def _mend_notes(connection: Connection, touched: Iterable[History]) -> None:
    """A gap that was filled is none any more; one that proves a fork only now is told now."""
    for history in touched:
        for (kind, sequence), row in history.rows.items():
            before = history.rows.get((kind, sequence - 1))
            words = row.note.split()
            if GAP in words and before is not None:
                rest = [word for word in words if word != GAP] + ([FORK] if before.digest != row.previous and FORK not in words else [])
                connection.execute(sa.update(t.envelope).where(t.envelope.c.id == row.line.id).values(note=" ".join(rest)))


def _put_aside(connection: Connection, arrivals: Sequence[Arrival], rulings: Sequence[Ruling], known: dict[str, History]) -> None:
    refused = []
    for arrival, ruling in zip(arrivals, rulings, strict=True):
        if ruling.error is not None:
            refused.append(quarantine.Refused(arrival, ruling.error, _unit(arrival, known)))
    quarantine.put(connection, refused)


def _unit(arrival: Arrival, known: dict[str, History]) -> int | None:
    history = known.get(arrival.envelope.manifest["unit"]) if arrival.envelope is not None else None
    return history.unit_id if history is not None else None


def _log(connection: Connection, arrivals: Sequence[Arrival], rulings: Sequence[Ruling], known: dict[str, History]) -> None:
    entries = []
    for arrival, ruling in zip(arrivals, rulings, strict=True):
        if ruling.code == DUPLICATE:
            continue
        detail: dict[str, object] = {"file": arrival.file, "source": arrival.source}
        if arrival.envelope is not None:
            manifest = arrival.envelope.manifest
            detail |= {"envelope": arrival.envelope.digest, "kind": manifest["kind"], "sequence": manifest["sequence"]}
        if ruling.error is not None:
            detail["code"] = ruling.error.code
        told = [word for word in ruling.note.split() if word != LATE]
        entries.append(
            log.Entry(arrival.actor, f"envelope.{ruling.code}", _unit(arrival, known), detail | ({"note": told} if told else {}))
        )
    if entries:
        log.write_many(connection, entries)


def _receipts(connection: Connection, own: Own, new: Sequence[New]) -> dict[str, tuple[int, bytes]]:
    """Digest of an accepted manifest to (its row, its receipt)."""
    if not new:
        return {}
    head = log.sign_head(connection, own.code, own.sign)
    made = {one.envelope.digest: (one.id, receipt(own, one, head)) for one in new}
    bulk(connection, t.receipt, ("envelope_id", "data"), made.values())
    return made


def _answer(connection: Connection, arrival: Arrival, ruling: Ruling, made: dict[str, tuple[int, bytes]]) -> Kept:
    if ruling.code not in (ACCEPTED, DUPLICATE) or arrival.envelope is None:
        return Kept(ruling, None, None)
    held = made.get(arrival.envelope.digest)
    if held is None:
        statement = sa.select(t.envelope.c.id, t.receipt.c.data).join(t.receipt, t.receipt.c.envelope_id == t.envelope.c.id)
        row = connection.execute(statement.where(t.envelope.c.digest == arrival.envelope.digest)).one()
        held = (row.id, bytes(row.data))
    return Kept(ruling, *held)
