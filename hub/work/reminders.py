"""Reminders (催报): what is about to be due, and notices to those who let a report go past its deadline, once a duty and period."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.days import after, late_by
from hub.days import day as day_of
from hub.people.sight import Sight
from hub.registry import duties
from hub.registry.own import Own
from hub.registry.units import Unit, made
from hub.store.tables import notice, unit
from hub.words import say
from hub.work import campaigns
from hub.work.drafting import Draft, draft
from hub.work.issuing import issue
from hub.work.notices import REMIND, STANDING

SOON = 7
"""Days before a deadline from which it is shown."""
GRACE = 10
"""Days that a reminder gives."""
MOST = 500
"""Rows of one page."""
DUTY, CAMPAIGN, NOTICE = "duty", "campaign", "notice"


class _Owed(NamedTuple):
    """In the order in which it is shown."""

    earlier: int
    """Days past the deadline, negative."""
    deadline: str
    unit_id: int
    kind: str
    what: str
    reference: str


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a unit owes soon, or owes already."""

    kind: str
    """``duty``, ``campaign`` or ``notice``."""
    where: Unit
    what: str
    """Profile, name of the campaign, or number of the notice."""
    deadline: str
    late: int
    reference: str
    """Code of the campaign, id of the notice, or empty."""


def due(connection: Connection, sight: Sight, day: str, most: int = MOST) -> tuple[int, list[Due]]:
    """How much is due within a week or past its deadline, and the first of it, the longest overdue first. Raises Forbidden."""
    sight.must("see-figures")
    horizon = after(day, SOON)
    found = [
        _Owed(-one.overdue, one.deadline, one.unit_id, DUTY, one.profile, "")
        for one in duties.missing(connection, day, sight.root_path)
        if one.deadline <= horizon
    ]
    for campaign in campaigns.listed(connection, sight):
        if campaign.state == campaigns.OPEN and campaign.deadline <= horizon:
            late = late_by(campaign.deadline, day)
            found += [
                _Owed(-late, campaign.deadline, part.where.id, CAMPAIGN, campaign.name, campaign.code)
                for part in campaigns.parts(connection, sight, campaign)
                if part.state in (campaigns.ASKED, campaigns.RECEIVED, campaigns.OVERDUE)
            ]
    c = notice.c
    open_ = sa.select(c.id, c.unit_id, c.number, c.deadline).where(c.state.in_(STANDING), c.deadline > "", c.deadline <= horizon)
    found += [
        _Owed(-late_by(row.deadline, day), row.deadline, row.unit_id, NOTICE, row.number, str(row.id))
        for row in connection.execute(sight.narrow(open_, c.unit_id))
    ]
    first = sorted(found)[:most]
    wanted = sa.select(unit).where(unit.c.id.in_({one.unit_id for one in first}))
    units = {row.id: made(row) for row in connection.execute(sight.narrow(wanted, unit.c.id))}
    rows = [Due(one.kind, units[one.unit_id], one.what, one.deadline, -one.earlier, one.reference) for one in first if one.unit_id in units]
    return len(found), rows


def remind(connection: Connection, own: Own, sight: Sight, day: str, at_once: int | None = None) -> list[str]:
    """Write and issue a reminder to every unit with a report past its deadline; a period is asked for once. Returns the numbers. Raises Forbidden."""
    sight.must("notice")
    known = _reminded(connection, sight)
    units = {row.id: made(row) for row in connection.execute(sight.narrow(sa.select(unit), unit.c.id))}
    numbers: list[str] = []
    for one in duties.missing(connection, day, sight.root_path):
        if at_once is not None and len(numbers) >= at_once:
            break
        if not one.overdue or one.unit_id not in units or (one.unit_id, one.profile, one.period.first) in known:
            continue
        fields = {"profile": one.profile, "first": one.period.first, "last": one.period.last, "days": one.overdue}
        wanted = Draft(
            kind=REMIND,
            unit=units[one.unit_id].code,
            title=say("letter.remind.title", "zh", **fields),
            text=say("letter.remind.text", "zh", **fields),
            deadline=after(day, GRACE),
            report={"profile": one.profile, "after": one.period.first},
        )
        known.add((one.unit_id, one.profile, one.period.first))
        numbers.append(issue(connection, own, sight, draft(connection, sight, wanted), day))
    return numbers


def _reminded(connection: Connection, sight: Sight) -> set[tuple[int, str, str]]:
    statement = sa.select(notice.c.unit_id, notice.c.body).where(notice.c.kind == REMIND)
    found = set()
    for unit_id, text in connection.execute(sight.narrow(statement, notice.c.unit_id)):
        report = json.loads(text)["demand"].get("report")
        if report:
            # The demand keeps the moment at which that day began in China.
            found.add((unit_id, report["profile"], day_of(report["after"])))
    return found
