"""What units under hubs below did with a notice of ours: that they have got it, that they replied. Their hub says so in its summaries.

It goes forward only: neither an older summary nor a silent one takes a receipt back. Of what a unit replied the digest comes up, under which it can be
called for; the text itself where all hubs between tell in full, and then it stays, whatever a later summary leaves out. A reply may come with the proof that
closes the notice, see :mod:`hub.work.closing`, and its text after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people import log
from hub.people.sight import Sight
from hub.store.tables import notice
from hub.work.notices import CIRCULAR, CLOSED, ISSUED, RECEIVED, REPLIED, STANDING
from hub.work.vouching import Spoken, Voucher, spoken, voucher
from scanner.model.canonical import canonical, digest

BEFORE = {RECEIVED: (ISSUED,), REPLIED: (*STANDING, CLOSED), CLOSED: (CLOSED,)}
"""State that is told to those that it follows on; what is closed stays so, beside a reply that is told late."""
LATE = 1000
"""Closed notices that are held against such replies, those that closed last."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice with which its unit went on."""

    id: int
    number: str
    unit_id: int
    state: str
    body: str
    """As it is kept: what was written meanwhile shows by it."""
    told: Voucher


def heard(connection: Connection, sight: Sight) -> list[Heard]:
    """Notices of which a hub below tells more than stands here; writes nothing."""
    sight.must("notice")
    said = spoken(connection, sight)
    found = []
    for row in _given(connection, sight, said):
        told = voucher(said, row.order_text, sight.unit_by_id(connection, row.unit_id))
        if told is not None and row.state in BEFORE.get(told.state, ()) and not _known(row, told):
            found.append(Heard(row.id, row.number, row.unit_id, row.state, row.body, told))
    return found


def _given(connection: Connection, sight: Sight, said: Sequence[Spoken]) -> Iterator[Any]:
    """Notices that hubs below may tell something of: those that stand, and closed ones to which a reply is told."""
    if not said:
        return
    columns = (notice.c.id, notice.c.number, notice.c.unit_id, notice.c.state, notice.c.body, notice.c.order_text, notice.c.reply)
    given = sight.narrow(sa.select(*columns).where(notice.c.order_text > "", notice.c.kind != CIRCULAR), notice.c.unit_id)
    yield from connection.execute(given.where(notice.c.state.in_(STANDING))).all()
    answers = [(about, answer) for one in said for about, answer in one.said.answers.items()]
    replied = {about for about, answer in answers if any(line[1] == REPLIED for line in answer["proofs"])}
    if replied:
        last = given.where(notice.c.state == CLOSED).order_by(notice.c.closed.desc(), notice.c.id.desc()).limit(LATE)
        yield from (row for row in connection.execute(last).all() if digest(row.order_text.encode()) in replied)


def apply(connection: Connection, sight: Sight, found: Sequence[Heard]) -> int:
    """Write it down; a notice that went on meanwhile is left to the next round. Returns how many were written."""
    sight.must("notice")
    written = 0
    for one in found:
        told = one.told
        kept = json.loads(one.body) | {"relayed": told.relayed}
        # Their clock may be set to anything: nothing was received later than now.
        state = CLOSED if one.state == CLOSED else told.state
        values = {"state": state, "received": min(told.got or told.finished, now()), "body": canonical(kept).decode()}
        condition = sa.and_(notice.c.id == one.id, notice.c.state == one.state, notice.c.body == one.body)
        if connection.execute(notice.update().where(condition).values(values)).rowcount == 1:
            action = "notice.receive" if told.state == RECEIVED else "notice.reply"
            log.write(connection, f"hub:{told.hub}", action, one.unit_id, {"notice": one.number, "envelope": told.envelope_id})
            written += 1
    return written


def _known(row: Any, told: Voucher) -> bool:
    """Whether nothing of it is new."""
    return row.state in (REPLIED, CLOSED) and not told.adds(row.reply, json.loads(row.body).get("relayed"))
