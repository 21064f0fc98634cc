"""Notices that are written by rule: to the units of a campaign, and a circular with the figures of its subtree."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import Sight
from hub.registry.own import Own
from hub.store.tables import notice
from hub.words import say
from hub.work import campaigns
from hub.work.notices import CAMPAIGN, Draft, draft, issue
from scanner.errors import UseError


def campaign_notices(connection: Connection, own: Own, sight: Sight, code: str) -> list[str]:
    """One to every unit that takes part and has none; returns the numbers. Raises UseError, Hidden, Forbidden."""
    sight.must("notice")
    one = campaigns.find(connection, sight, code)
    if one.state != campaigns.OPEN:
        raise UseError("campaign-closed", campaign=code)
    known = sight.narrow(sa.select(notice.c.unit_id).where(notice.c.campaign_id == one.id), notice.c.unit_id)
    has = set(connection.execute(known).scalars())
    text = [say("letter.campaign.text", "zh", name=one.name, code=one.code, opens=one.opens)]
    if one.seed:
        text.append(say("letter.campaign.drawn", "zh", seed=one.seed, list=one.conditions["list"]))
    numbers = []
    for part in campaigns.parts(connection, sight, one):
        if part.where.id in has:
            continue
        wanted = Draft(
            kind=CAMPAIGN,
            unit=part.where.code,
            title=say("letter.campaign.title", "zh", name=one.name)[:100],
            text="\n".join(text),
            deadline=one.deadline,
            report={"profile": one.profile, "after": one.opens},
            campaign_id=one.id,
        )
        numbers.append(issue(connection, own, sight, draft(connection, sight, wanted)))
    return numbers
