"""What goes up of the orders of the hub above: how far each is met here and below, and the proofs, under tickets.

A unit is told of by whoever holds its envelopes: one that stands under a hub below is told of in that hub's words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.intake.order_shape import check_order, reply_mark, reply_ticket, ticket
from hub.intake.summary import REPLIED, Answer, Said, said_in
from hub.intake.told import newest
from hub.registry.lower import concerned, lower, serving
from hub.registry.units import Unit, by_id
from hub.store.tables import campaign, envelope, notice, part, unit
from scanner.model.canonical import digest

MOST = 300
"""Orders of each sort, the newest."""
MAX_PROOFS = 15_000
"""Of one summary; the newest orders first."""
TOLD = ("reported", "proven")
"""States of a part that an envelope bears out."""
GOT = "received"
"""What a unit did that no envelope of its own bears out, as a reply: its hub says so."""


@dataclass(frozen=True, slots=True)
class _Held:
    """An order as it stands here."""

    text: str
    where: Unit
    states: Mapping[str, int]
    proofs: Sequence[tuple[str, str, str, str]]
    """(ticket, state, digest, finish time)."""


def answers(connection: Connection, path: str) -> list[Answer]:
    """Of every order that came from above, the newest first as far as there is room."""
    hubs = lower(connection, path, today())
    said = {hub.id: said_by(connection, hub).answers for hub in hubs}
    out, room = [], MAX_PROOFS
    for held in (*_campaigns(connection, hubs), *_notices(connection, hubs)):
        one = _answer(connection, held, said)
        room -= len(one["proofs"])
        if room < 0:
            break
        out.append(one)
    return sorted(out, key=lambda one: one["order"])


def _answer(connection: Connection, held: _Held, said: Mapping[int, Mapping[str, Answer]]) -> Answer:
    about = digest(held.text.encode())
    of, silent, states = sum(held.states.values()), 0, Counter(held.states)
    proofs = {line[0]: line[1:] for line in held.proofs}
    for hub in concerned(connection, held.where, today()):
        told = said.get(hub.id, {}).get(about)
        if told is None:
            silent += 1
            continue
        of, silent = of + told["of"], silent + told["silent"]
        states.update(told["states"])
        proofs |= {line[0]: line[1:] for line in told["proofs"]}
    lines = sorted((name, *line) for name, line in proofs.items())
    return {"order": about, "of": of, "states": dict(states), "silent": silent, "proofs": lines}


def said_by(connection: Connection, hub: Unit) -> Said:
    """In its newest summary."""
    row = connection.execute(newest(hub.id)).first()
    return said_in(row.data) if row is not None else Said({}, {})


def _campaigns(connection: Connection, hubs: Sequence[Unit]) -> Iterator[_Held]:
    given = sa.select(campaign.c.id, campaign.c.order_text, campaign.c.unit_id).where(campaign.c.sender != "")
    for row in connection.execute(given.order_by(campaign.c.id.desc()).limit(MOST)).all():
        columns = (unit.c.code, unit.c.path, part.c.state, part.c.changed, envelope.c.digest, envelope.c.finished)
        joined = sa.select(*columns).join(unit, unit.c.id == part.c.unit_id).outerjoin(envelope, envelope.c.id == part.c.envelope_id)
        ours = [one for one in connection.execute(joined.where(part.c.campaign_id == row.id)) if serving(hubs, one) is None]
        nonce = check_order(row.order_text.encode())["nonce"]
        proofs = [(ticket(nonce, one.code), one.state, one.digest, one.finished) for one in ours if one.state in TOLD and one.digest]
        proofs += [(ticket(nonce, one.code), GOT, digest(row.order_text.encode()), one.changed) for one in ours if one.state == GOT]
        yield _Held(row.order_text, by_id(connection, row.unit_id), Counter(one.state for one in ours), proofs)


def _notices(connection: Connection, hubs: Sequence[Unit]) -> Iterator[_Held]:
    """A circular asks for nothing, so that nothing is told of it."""
    kept = (notice.c.order_text, notice.c.unit_id, notice.c.state, notice.c.received, notice.c.reply)
    columns = (*kept, envelope.c.digest, envelope.c.finished)
    given = sa.select(*columns).outerjoin(envelope, envelope.c.id == notice.c.closed_by)
    given = given.where(notice.c.sender != "", notice.c.kind != "circular").order_by(notice.c.id.desc()).limit(MOST)
    for row in connection.execute(given).all():
        where = by_id(connection, row.unit_id)
        ours = serving(hubs, where) is None
        yield _Held(row.order_text, where, {row.state: 1} if ours else {}, list(_told(row)) if ours else [])


def _told(row: Any) -> Iterator[tuple[str, str, str, str]]:
    """Under the code that the order gives the unit: by that one the notice is followed above, whatever it is called here."""
    order = check_order(row.order_text.encode())
    nonce, code = order["nonce"], order["path"][-1]
    if row.digest:
        yield ticket(nonce, code), row.state, row.digest, row.finished
        if row.reply:
            yield reply_ticket(nonce, code), REPLIED, reply_mark(nonce, row.reply), row.received
    elif row.state == REPLIED and row.reply:
        yield ticket(nonce, code), REPLIED, reply_mark(nonce, row.reply), row.received
    elif row.received and row.state in (GOT, REPLIED):
        yield ticket(nonce, code), GOT, digest(row.order_text.encode()), row.received
