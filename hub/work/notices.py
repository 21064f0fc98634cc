"""Notices: 通报 (circular), 整改通知 (rectify), 提醒 (remind), 督查通知 (campaign). Drafted, issued with a number and as envelopes, received, replied to.

Nobody closes one by hand: see :mod:`hub.work.closing`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.days import late_by
from hub.people.sight import Hidden, Sight
from hub.registry.units import Unit, above, made
from hub.store.tables import notice, unit

CIRCULAR, RECTIFY, REMIND, CAMPAIGN = "circular", "rectify", "remind", "campaign"
KINDS = (RECTIFY, CIRCULAR, REMIND, CAMPAIGN)
DRAFT, ISSUED, RECEIVED, REPLIED, CLOSED, WITHDRAWN = "draft", "issued", "received", "replied", "closed", "withdrawn"
STANDING = (ISSUED, RECEIVED, REPLIED)
SCHEMA = "shiqu/notice/1"
MAX_TITLE, MAX_TEXT, MAX_HAZARDS = 100, 20_000, 500


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as it stands."""

    id: int
    number: str
    """Empty for a draft."""
    kind: str
    title: str
    where: Unit
    issuer: Unit
    campaign_id: int | None
    body: Mapping[str, Any]
    """``text``, ``demand``, ``figures``, ``checked`` (envelope that was last held against it, and the reasons)."""
    issued: str
    deadline: str
    state: str
    late: int
    """Days past the deadline while it stands."""
    received: str
    reply: str
    closed: str
    closed_by: int | None
    """The envelope that proved it."""
    order_text: str
    """As it goes to the hubs below; empty while it went to none."""
    sender: str
    """Code of the hub above that it came from; empty for one of our own."""

    @property
    def answer(self) -> str:
        """What the unit replied, here or as the hub below told it in full; empty where only its digest is known."""
        return self.reply or str(self.body.get("relayed", {}).get("reply", ""))


def listed(
    connection: Connection, sight: Sight, *, kind: str = "", state: str = "", unit_code: str = "", day: str = "", most: int | None = None
) -> list[Notice]:
    """Notices to units that are seen, drafts only of one's own unit; ``late`` is a state, too. Newest first. Raises Hidden, Forbidden."""
    sight.must("see-figures")
    day = day or today()
    conditions: list[sa.ColumnElement[bool]] = [notice.c.kind == kind] if kind else []
    if unit_code:
        conditions.append(notice.c.unit_id == sight.unit(connection, unit_code).id)
    if state == "late":
        conditions += [notice.c.state.in_(STANDING), notice.c.deadline > "", notice.c.deadline < day]
    elif state:
        conditions.append(notice.c.state == state)
    return _made(connection, sight, conditions, day, most)


def find(connection: Connection, sight: Sight, number: int) -> Notice:
    """One of them. Raises Hidden."""
    sight.must("see-figures")
    found = _made(connection, sight, [notice.c.id == number], today())
    if not found:
        raise Hidden
    return found[0]


def mine(connection: Connection, sight: Sight, number: int) -> Notice:
    """One that the person's own unit issues. Raises Hidden, Forbidden."""
    sight.must("notice")
    one = find(connection, sight, number)
    if one.issuer.path != sight.root_path:
        raise Hidden
    return one


def sealed(connection: Connection, sight: Sight, number: int) -> bytes:
    """The envelope as it travels. Raises Hidden."""
    one = find(connection, sight, number)
    data = connection.execute(sight.narrow(sa.select(notice.c.envelope).where(notice.c.id == one.id), notice.c.unit_id)).scalar()
    if data is None:
        raise Hidden
    return bytes(data)


def _made(
    connection: Connection, sight: Sight, conditions: Sequence[sa.ColumnElement[bool]], day: str, most: int | None = None
) -> list[Notice]:
    """Notices to what is seen, and circulars to a region that it stands in."""
    newest = sight.narrow(sa.select(*_columns()).where(*conditions), notice.c.unit_id).order_by(notice.c.id.desc()).limit(most)
    rows = {row.id: row for row in connection.execute(newest)}
    over = above(sight.root_path)[:-1]
    if over:
        # What is told to a whole region is told to every unit of it.
        wide = Sight(sight.account_id, sight.role, f"/{over[0]}/", sight.acts, sight.person)
        circulars = sa.select(*_columns()).where(notice.c.kind == CIRCULAR, notice.c.unit_id.in_(over), *conditions)
        rows |= {row.id: row for row in connection.execute(wide.narrow(circulars, notice.c.unit_id)) if row.state != DRAFT}
    named = {number for row in rows.values() for number in (row.unit_id, row.issuer_id)}
    units = {row.id: made(row) for row in connection.execute(sa.select(unit).where(unit.c.id.in_(named)))}
    shown = [row for row in rows.values() if row.state != DRAFT or units[row.issuer_id].path == sight.root_path]
    return [_one(row, units, day) for row in sorted(shown, key=lambda row: -row.id)]


def _columns() -> list[sa.Column[Any]]:
    """All but the envelope's bytes."""
    return [column for column in notice.c if column.name != "envelope"]


def _one(row: Any, units: Mapping[int, Unit], day: str) -> Notice:
    return Notice(
        id=row.id,
        number="" if row.state == DRAFT else row.number,
        kind=row.kind,
        title=row.title,
        where=units[row.unit_id],
        issuer=units[row.issuer_id],
        campaign_id=row.campaign_id,
        body=json.loads(row.body),
        issued=row.issued,
        deadline=row.deadline,
        state=row.state,
        late=late_by(row.deadline, day) if row.state in STANDING else 0,
        received=row.received,
        reply=row.reply,
        closed=row.closed,
        closed_by=row.closed_by,
        order_text=row.order_text,
        sender=row.sender,
    )
