"""Campaigns: list, start, draw, follow, send out."""

from __future__ import annotations

from hub.clock import shown, today
from hub.days import after
from hub.people.sight import Hidden
from hub.views import sheets
from hub.views.alike import sorts
from hub.web.ask import Ask, File, Go, Page
from hub.web.router import Menu, page, post
from hub.work import campaigns, ending, sending
from hub.work.vouching import hubs, recalled

MOST = 500
"""Rows of one page."""


@page("/campaigns", act="see-figures", menu=Menu("campaigns", 50))
def listed(ask: Ask) -> Page:
    """All that touch what is seen, and the form for a new one."""
    with ask.reading() as connection:
        found = campaigns.listed(connection, ask.sight)
        known = sorts(connection, ask.sight)
        root = ask.sight.root(connection)
    values = {"found": found, "sorts": known, "root": root, "opens": today(), "deadline": after(today(), 30), "states": campaigns.STATES}
    return Page("campaigns.html", values)


@post("/campaigns", act="campaign", again=listed)
def start(ask: Ask) -> Go:
    """Start one."""
    form = ask.form
    count = form.get("draw", "0").strip() or "0"
    plan = campaigns.Plan(
        name=form.get("name", ""),
        profile=form.get("profile", ""),
        unit=form.get("unit", ""),
        opens=form.get("opens", ""),
        deadline=form.get("deadline", ""),
        draw=int(count) if count.isascii() and count.isdigit() and len(count) < 8 else -1,
        sort=form.get("sort", ""),
        source=form.get("source", ""),
    )
    with ask.writing() as connection:
        code = campaigns.create(connection, ask.sight, plan)
    return Go(f"/campaigns/{code}", "campaign")


@page("/campaigns/{code}", act="see-figures")
def one(ask: Ask) -> Page:
    """One campaign with its units."""
    with ask.reading() as connection:
        found = campaigns.find(connection, ask.sight, ask.path["code"])
        parts = campaigns.parts(connection, ask.sight, found)
        owned = campaigns.directs(connection, ask.sight, found)
        below = hubs(connection, ask.sight, found.order_text)
        back = recalled(connection, ask.sight, found.conditions.get("recall", ""))
    values = {"found": found, "parts": parts[:MOST], "total": len(parts), "owned": owned, "states": campaigns.STATES}
    return Page("campaign.html", {**values, "below": below, "back": back})


@page("/campaigns/{code}/units.{form}", act="export")
def table(ask: Ask) -> File:
    """How all its units stand, to carry away."""
    form = ask.path["form"]
    if form not in sheets.FORMATS:
        raise Hidden
    with ask.reading() as connection:
        found = campaigns.find(connection, ask.sight, ask.path["code"])
        parts = campaigns.parts(connection, ask.sight, found)
    heads = ["cell.code", "cell.name", "notice.state", "campaign.changed", "campaign.vouched"]
    rows = [[one.where.code, one.where.name, ask.say(f"part.state.{one.state}"), shown(one.changed), one.proof] for one in parts]
    data = sheets.written(sheets.Table("campaign", heads, rows), form, today(), ask.lang, ask.sight.person)
    return File(data, sheets.FORMATS[form], f"{found.code}.{form}")


@page("/campaigns/{code}/list.txt", act="campaign")
def frozen_list(ask: Ask) -> File:
    """The list that is drawn from, as its digest was made."""
    with ask.reading() as connection:
        found = campaigns.find(connection, ask.sight, ask.path["code"])
    if "codes" not in found.conditions:
        raise Hidden
    return File("".join(f"{code}\n" for code in found.conditions["codes"]).encode(), "text/plain; charset=utf-8", f"{found.code}.txt")


@post("/campaigns/{code}/draw", act="campaign", again=one)
def draw(ask: Ask) -> Go:
    """Draw, now that the seed is known."""
    with ask.writing() as connection:
        campaigns.draw_now(connection, ask.sight, ask.path["code"], ask.form.get("seed", ""))
    return Go(f"/campaigns/{ask.path['code']}", "campaign-drawn")


@post("/campaigns/{code}/close", act="campaign", again=one)
def close(ask: Ask) -> Go:
    """End it."""
    with ask.writing() as connection:
        ending.close(connection, ask.state.own, ask.sight, ask.path["code"])
    return Go(f"/campaigns/{ask.path['code']}", "campaign-closed")


@post("/campaigns/{code}/withdraw", act="campaign", again=one)
def withdraw(ask: Ask) -> Go:
    """Take it back; the letters to its units follow within a minute."""
    with ask.writing() as connection:
        ending.withdraw(connection, ask.state.own, ask.sight, ask.path["code"], ask.form.get("why", ""))
    return Go(f"/campaigns/{ask.path['code']}", "campaign-withdrawn")


@post("/campaigns/{code}/send", act="notice", again=one)
def send(ask: Ask) -> Go:
    """Notices to units that have none yet."""
    own, code = ask.state.own, ask.path["code"]
    sending.in_steps(ask.database, lambda connection, most: sending.campaign_notices(connection, own, ask.sight, code, most))
    return Go(f"/campaigns/{ask.path['code']}", "campaign-sent")
