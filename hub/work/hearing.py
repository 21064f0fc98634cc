"""What units under hubs below did with a notice of ours: that they have got it, that they replied. Their hub says so in its summaries.

It goes forward only: neither an older summary nor a silent one takes a receipt back. Of what a unit replied the digest comes up, under which it can be
called for; the text itself where all hubs between tell in full, and then it stays, whatever a later summary leaves out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people import log
from hub.people.sight import Sight
from hub.store.tables import notice
from hub.work.notices import CIRCULAR, ISSUED, RECEIVED, REPLIED, STANDING
from hub.work.vouching import Voucher, spoken, voucher
from scanner.model.canonical import canonical

BEFORE = {RECEIVED: (ISSUED,), REPLIED: STANDING}
"""State that is told to those that it follows on."""


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
    columns = (notice.c.id, notice.c.number, notice.c.unit_id, notice.c.state, notice.c.body, notice.c.order_text)
    given = sa.select(*columns).where(notice.c.state.in_(STANDING), notice.c.order_text > "", notice.c.kind != CIRCULAR)
    found = []
    for row in connection.execute(sight.narrow(given, notice.c.unit_id)).all() if said else ():
        told = voucher(said, row.order_text, sight.unit_by_id(connection, row.unit_id))
        if told is not None and row.state in BEFORE.get(told.state, ()) and not _known(row, told):
            found.append(Heard(row.id, row.number, row.unit_id, row.state, row.body, told))
    return found


def apply(connection: Connection, sight: Sight, found: Sequence[Heard]) -> int:
    """Write it down; a notice that went on meanwhile is left to the next round. Returns how many were written."""
    sight.must("notice")
    written = 0
    for one in found:
        told = one.told
        relayed = {"hub": told.hub, "envelope": told.envelope_id, "digest": told.digest} | ({"reply": told.reply} if told.reply else {})
        kept = json.loads(one.body) | {"relayed": relayed}
        # Their clock may be set to anything: nothing was received later than now.
        values = {"state": told.state, "received": min(told.finished, now()), "body": canonical(kept).decode()}
        condition = sa.and_(notice.c.id == one.id, notice.c.state == one.state, notice.c.body == one.body)
        if connection.execute(notice.update().where(condition).values(values)).rowcount == 1:
            action = "notice.receive" if told.state == RECEIVED else "notice.reply"
            log.write(connection, f"hub:{told.hub}", action, one.unit_id, {"notice": one.number, "envelope": told.envelope_id})
            written += 1
    return written


def _known(row: Any, told: Voucher) -> bool:
    """The same reply in a newer summary is the same, but for its text that comes later; who replied to us does not speak through others as well."""
    if row.state != REPLIED:
        return False
    relayed = json.loads(row.body).get("relayed")
    return relayed is None or (relayed["digest"] == told.digest and told.reply in ("", relayed.get("reply", "")))
