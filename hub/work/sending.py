"""Notices that are written by rule: to the units of a campaign, and to every unit with hazards of a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.people.sight import Sight
from hub.registry.lower import concerned, serving
from hub.registry.own import Own
from hub.registry.units import Unit
from hub.store.database import Database
from hub.store.tables import campaign, notice
from hub.words import say
from hub.work import campaigns
from hub.work.drafting import Draft, draft
from hub.work.issuing import issue
from hub.work.notices import CAMPAIGN, DRAFT, MAX_HAZARDS, RECTIFY, STANDING, listed
from hub.work.ordering import hand_down, order_text
from hub.work.ordering import handed as orders_handed
from scanner.errors import UseError

AT_ONCE = 300
"""Drafts that are issued with one press of a button."""
STEP = 100
"""Notices of one transaction, where there may be thousands: nobody else who writes is kept waiting for all of them."""


def campaign_notices(connection: Connection, own: Own, sight: Sight, code: str, most: int | None = None) -> list[str]:
    """One to every unit that takes part and has none, an order to every hub below; returns the notices' numbers. Raises UseError, Hidden, Forbidden.

    What stands under a hub below gets its notice from that one.
    """
    sight.must("notice")
    # The hub does this by itself, too: nobody is to be told twice.
    campaigns.hold(connection, code)
    one = campaigns.find(connection, sight, code)
    if one.state != campaigns.OPEN:
        raise UseError("campaign-closed", campaign=code)
    parts, hubs = untold(connection, sight, one)
    if hubs:
        hand_down(connection, own, hubs, order_of(connection, sight, one))
    text = [say("letter.campaign.text", "zh", name=one.name, code=one.code, opens=one.opens)]
    if one.seed:
        text.append(say("letter.campaign.drawn", "zh", seed=one.seed, list=one.conditions["list"]))
    if (order := one.ordered) is not None:
        text.append(say("letter.campaign.upper", "zh", name=order["name"], number=order["number"]))
    numbers = []
    for part in parts[:most]:
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


def in_steps(database: Database, step: Callable[[Connection, int], list[str]]) -> list[str]:
    """What a step does with at most so many, again and again until nothing is left; returns the numbers of all."""
    numbers: list[str] = []
    while True:
        with database.writing() as connection:
            told = step(connection, STEP)
        numbers += told
        if len(told) < STEP:
            return numbers


def untold(connection: Connection, sight: Sight, one: campaigns.Campaign) -> tuple[list[campaigns.Part], list[Unit]]:
    """Units of our own that have no notice yet, and hubs below that have no order."""
    known = sight.narrow(sa.select(notice.c.unit_id).where(notice.c.campaign_id == one.id), notice.c.unit_id)
    has, hubs = set(connection.execute(known).scalars()), concerned(connection, one.where, today())
    parts = [part for part in campaigns.parts(connection, sight, one) if part.where.id not in has and serving(hubs, part.where) is None]
    told = {handed.hub.id for handed in orders_handed(connection, sight, one.order_text)}
    return parts, [hub for hub in hubs if hub.id not in told]


def order_of(connection: Connection, sight: Sight, one: campaigns.Campaign) -> str:
    """What goes to the hubs below: made once; one that came from above goes on as it came."""
    sight.must("notice")
    if one.order_text:
        return one.order_text
    said = {"name": one.name, "profile": one.profile, "opens": one.opens, "sort": one.conditions.get("sort", ""), "drawn": one.drawn}
    said |= {"seed": one.seed, "source": one.conditions.get("source", ""), "frozen": one.conditions["list"], "of": one.conditions["of"]}
    said |= {"codes": one.conditions["codes"] if one.drawn else []}
    text = order_text(connection, one.where, number=one.code, deadline=one.deadline, campaign=said)
    connection.execute(campaign.update().where(campaign.c.id == one.id).values(order_text=text))
    return text


def rectify_drafts(connection: Connection, sight: Sight, found: Iterable[tuple[str, str]], title: str, text: str, deadline: str) -> int:
    """A draft to every unit that names its hazards; what a notice names already is not named twice. Returns how many. Raises UseError, Forbidden.

    ``found``: codes of unit and hazard.
    """
    sight.must("notice")
    written = listed(connection, sight, kind=RECTIFY)
    named = {(one.where.code, line["code"]) for one in written if one.state in (*STANDING, DRAFT) for line in one.body["demand"]["hazards"]}
    by_unit: dict[str, list[str]] = {}
    for unit, code in found:
        if (unit, code) not in named:
            by_unit.setdefault(unit, []).append(code)
    for unit, codes in sorted(by_unit.items()):
        draft(connection, sight, Draft(RECTIFY, unit, title, text, deadline, codes[:MAX_HAZARDS]))
    return len(by_unit)


def issue_all(connection: Connection, own: Own, sight: Sight) -> list[str]:
    """Number and send every draft of the person's own unit, the oldest first, a few hundred at once; returns the numbers. Raises UseError, Forbidden."""
    sight.must("notice")
    drafts = [one for one in listed(connection, sight, state=DRAFT) if one.issuer.path == sight.root_path]
    return [issue(connection, own, sight, one.id) for one in drafts[::-1][:AT_ONCE]]
