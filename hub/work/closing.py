"""Closing notices: the unit's own envelopes are held against what each notice demands, the newest first. Nothing else closes one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people import log
from hub.people.sight import Sight
from hub.store.tables import body, envelope, meta, notice, unit
from hub.work.notices import CLOSED, STANDING, Notice
from hub.work.proof import Demand, Proof, Reason, proves
from hub.work.vouching import Spoken, Voucher, spoken, voucher
from scanner.errors import KeepError, UseError
from scanner.ledger.bulletin import check_bulletin
from scanner.ledger.envelope import open_envelope
from scanner.model.canonical import canonical

RULEBOOKS = "rulebooks"
"""In ``meta``: digests in their order, as the keeper of the hub declares them."""
LOOKED_AT = 10
"""Envelopes of a unit that are held against a notice, the newest ones."""
STANDS = frozenset({"hazard-stands", "check-not-met", "hazard-other", "hazard-not-by-run", "hazard-not-reviewed"})
"""Reasons after which no older envelope can prove anything: the hazard is there again."""
BULLETIN = "bulletin.json"


@dataclass(frozen=True, slots=True)
class Open:
    """A notice that stands."""

    id: int
    number: str
    unit_id: int
    body: str
    """As it is kept: what was written meanwhile shows by it."""
    reply: str
    """What the unit replied here."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of holding an envelope against a notice."""

    envelope_id: int
    proof: Proof | None
    reasons: Sequence[Reason]
    """Of the newest envelope, when none proves it."""
    voucher: Voucher | None = None
    """What a hub below vouches for, where the unit's envelopes stand there."""


def follow(connection: Connection, sight: Sight) -> list[str]:
    """Close every notice that is proven and note the reasons of the others; returns the numbers closed. The same twice changes nothing."""
    return apply(connection, sight, looks(connection, sight))


def looks(connection: Connection, sight: Sight) -> list[tuple[Open, Looked]]:
    """Every notice that stands beside what its unit's newest envelopes say of it; writes nothing."""
    sight.must("notice")
    order = rulebooks(connection)
    said = spoken(connection, sight)
    columns = (notice.c.id, notice.c.number, notice.c.unit_id, notice.c.body, notice.c.reply, notice.c.order_text, unit.c.code)
    statement = sa.select(*columns).join(unit, unit.c.id == notice.c.unit_id).where(notice.c.state.in_(STANDING))
    found = []
    for row in connection.execute(sight.narrow(statement, notice.c.unit_id)).all():
        one = Open(row.id, row.number, row.unit_id, row.body, row.reply)
        kept = json.loads(row.body)
        # Whoever was moved or renamed still owes what the notice says.
        demand: Demand = kept["demand"]
        demand["unit"] = row.code
        looked = _vouched(connection, sight, said, row, demand)
        looked = looked or _looked(connection, sight, row.unit_id, demand, kept.get("checked"), order)
        if looked is not None:
            found.append((one, looked))
    return found


def apply(connection: Connection, sight: Sight, found: Sequence[tuple[Open, Looked]]) -> list[str]:
    """Write it down; a notice that went on meanwhile is left to the next round. Returns the numbers closed."""
    sight.must("notice")
    closed = []
    for one, looked in found:
        kept, told, values = json.loads(one.body), looked.voucher, {"state": CLOSED, "closed": now(), "closed_by": looked.envelope_id}
        if told is not None:
            kept["proof"] = {"run": "", "finished": told.finished, "result": "", "hub": told.hub, "envelope": told.digest}
        elif looked.proof is None:
            reasons = [[reason.code, reason.hazard] for reason in looked.reasons]
            _keep(connection, one, {**kept, "checked": {"envelope": looked.envelope_id, "reasons": reasons}})
            continue
        else:
            kept["proof"] = {"run": looked.proof.run, "finished": looked.proof.finished, "result": looked.proof.result}
        # What the unit replied comes with the proof where nothing was told in between.
        replied = told if told is not None and told.adds(one.reply, kept.get("relayed")) else None
        if replied is not None:
            kept["relayed"], values["received"] = replied.relayed, min(replied.got, now())
        if _keep(connection, one, kept, **values):
            about = {"notice": one.number, "envelope": looked.envelope_id}
            if replied is not None:
                log.write(connection, f"hub:{replied.hub}", "notice.reply", one.unit_id, about)
            log.write(connection, sight.person, "notice.close", one.unit_id, about)
            closed.append(one.number)
    return closed


def reasons(one: Notice) -> list[Reason]:
    """Why the newest envelope did not close it; empty when none has been looked at."""
    checked: Mapping[str, Any] = one.body.get("checked") or {}
    return [Reason(code, hazard) for code, hazard in checked.get("reasons", ())]


def rulebooks(connection: Connection) -> list[str]:
    """Digests of rulebooks, the oldest first, as declared."""
    text = connection.execute(sa.select(meta.c.value).where(meta.c.name == RULEBOOKS)).scalar()
    return list(json.loads(text)) if text else []


def declare_rulebook(connection: Connection, sight: Sight, digest: str) -> None:
    """This one is newer than all that were declared before, for every notice of the hub. Raises UseError, Forbidden."""
    sight.must_for_all("rulebook")
    known = rulebooks(connection)
    if not digest.startswith("sha256:") or len(digest) != 71 or digest in known:
        raise UseError("notice-rulebook", digest=digest[:80])
    connection.execute(meta.delete().where(meta.c.name == RULEBOOKS))
    connection.execute(meta.insert().values(name=RULEBOOKS, value=canonical([*known, digest]).decode()))
    log.write(connection, sight.person, "notice.rulebook", None, {"rulebook": digest})


def _vouched(connection: Connection, sight: Sight, said: Sequence[Spoken], row: Any, demand: Demand) -> Looked | None:
    """By the hub below that holds the unit's envelopes, and closed the notice there by one of them."""
    if not row.order_text:
        return None
    told = voucher(said, row.order_text, sight.unit_by_id(connection, row.unit_id))
    if told is None or told.state != CLOSED or not told.finished > demand["finished"]:
        return None
    return Looked(told.envelope_id, None, (), told)


def _looked(
    connection: Connection, sight: Sight, unit_id: int, demand: Demand, checked: Mapping[str, Any] | None, order: Sequence[str]
) -> Looked | None:
    """None when there is nothing that was not looked at before."""
    statement = sa.select(envelope.c.id).where(
        envelope.c.unit_id == unit_id, envelope.c.kind == "report", envelope.c.finished > demand["finished"]
    )
    newest = list(
        connection.execute(sight.narrow(statement, envelope.c.unit_id).order_by(envelope.c.sequence.desc()).limit(LOOKED_AT)).scalars()
    )
    if not newest or (checked is not None and checked["envelope"] == newest[0]):
        return None
    first: list[Reason] = []
    for number in newest:
        found = _held_against(connection, sight, number, demand, order)
        if isinstance(found, Proof):
            return Looked(number, found, ())
        first = first or found
        if any(reason.code in STANDS for reason in found):
            break
    return Looked(newest[0], None, first)


def _held_against(connection: Connection, sight: Sight, number: int, demand: Demand, order: Sequence[str]) -> Proof | list[Reason]:
    """The envelope is opened again as it came: what closes a notice is what the unit signed, not what a table says of it."""
    statement = sa.select(body.c.data).join(envelope, envelope.c.id == body.c.envelope_id).where(envelope.c.id == number)
    data = connection.execute(sight.narrow(statement, envelope.c.unit_id)).scalar()
    if data is None:
        return [Reason("body-gone")]
    try:
        bulletin = check_bulletin(open_envelope(bytes(data)).members[BULLETIN])
    except (KeepError, KeyError):
        return [Reason("body-broken")]
    return proves(demand, bulletin, order)


def _keep(connection: Connection, one: Open, kept: Mapping[str, Any], **values: Any) -> bool:
    condition = sa.and_(notice.c.id == one.id, notice.c.body == one.body, notice.c.state.in_(STANDING))
    return connection.execute(notice.update().where(condition).values(body=canonical(kept).decode(), **values)).rowcount == 1
