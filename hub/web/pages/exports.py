"""Views as files for people and as data for programs."""

from __future__ import annotations

from hub.clock import today
from hub.people.sight import Hidden
from hub.views import findings, items, sheets
from hub.views.board import board
from hub.views.coverage import debts
from hub.views.dashboard import dashboard
from hub.views.plain import plain
from hub.views.scope import find
from hub.views.unit_page import unit_page
from hub.web.ask import Ask, File, Json
from hub.web.pages.hazards import wanted
from hub.web.router import api, page
from hub.work import advisories, campaigns, delivery, notices, packs
from scanner.model.canonical import canonical

UNIT = {"unit": "api.field.unit"}
BOARD = {name: f"api.field.{name}" for name in ("unit", "level", "state", "risk", "check", "escalated", "late", "repeated", "after")}


@page("/export/{name}.{form}", act="export")
def export(ask: Ask) -> File:
    """A view as XLSX, CSV or JSON, with the filters of its page."""
    name, form = ask.path["name"], ask.path["form"]
    if form not in sheets.FORMATS:
        raise Hidden
    with ask.reading() as connection:
        made = sheets.table(connection, ask.sight, name, ask.query, today(), ask.lang)
    data = sheets.written(made, form, today(), ask.lang, ask.sight.person)
    return File(data, sheets.FORMATS[form], f"{ask.say(f'sheet-of.{name}')}-{today()}.{form}")


@page("/export/u/{code}/findings.json", act="export")
def generic(ask: Ask) -> File:
    """Hazards of a unit for DefectDojo."""
    return File(canonical(_generic(ask)), "application/json", f"{ask.path['code']}-findings.json")


@page("/export/u/{code}/{profile}.oscal.json", act="export")
def oscal(ask: Ask) -> File:
    """The standing result of a unit as OSCAL."""
    with ask.reading() as connection:
        data = findings.oscal(connection, ask.sight, ask.path["code"], ask.path["profile"], ask.lang)
    return File(data, "application/json", f"{ask.path['code']}-{ask.path['profile']}.oscal.json")


@api("/api/v1/dashboard", act="see-figures", about="api.dashboard", asks=UNIT)
def api_dashboard(ask: Ask) -> Json:
    """The tree."""
    with ask.reading() as connection:
        return Json(plain(dashboard(connection, ask.sight, ask.query.get("unit", ""), today())))


@api("/api/v1/coverage", act="see-results", about="api.coverage", asks={**UNIT, "late": "api.field.late"})
def api_coverage(ask: Ask) -> Json:
    """Who owes a report."""
    with ask.reading() as connection:
        where = find(connection, ask.sight, ask.query.get("unit", ""))
        return Json(plain(debts(connection, ask.sight, where, today(), ask.query.get("late") == "1")))


@api("/api/v1/hazards", act="see-results", about="api.hazards", asks=BOARD)
def api_hazards(ask: Ask) -> Json:
    """A page of hazards."""
    with ask.reading() as connection:
        return Json(plain(board(connection, ask.sight, wanted(ask), today())))


@api("/api/v1/items/{kind}", act="see-figures", about="api.items", asks={**UNIT, "q": "api.field.q"})
def api_items(ask: Ask) -> Json:
    """Checks or controls."""
    if ask.path["kind"] not in items.OUTCOMES:
        raise Hidden
    with ask.reading() as connection:
        return Json(plain(items.listed(connection, ask.sight, ask.query.get("unit", ""), ask.path["kind"], ask.query.get("q", ""))))


@api("/api/v1/items/{kind}/{name}", act="see-figures", about="api.item", asks=UNIT)
def api_item(ask: Ask) -> Json:
    """One of them."""
    if ask.path["kind"] not in items.OUTCOMES:
        raise Hidden
    with ask.reading() as connection:
        return Json(plain(items.page(connection, ask.sight, ask.query.get("unit", ""), ask.path["kind"], ask.path["name"])))


@api("/api/v1/units/{code}", act="see-results", about="api.unit")
def api_unit(ask: Ask) -> Json:
    """Everything of a unit."""
    with ask.reading() as connection:
        return Json(plain(unit_page(connection, ask.sight, ask.path["code"], today())))


@api("/api/v1/units/{code}/findings", act="export", about="api.findings")
def api_findings(ask: Ask) -> Json:
    """For DefectDojo."""
    return Json(_generic(ask))


@api("/api/v1/campaigns", act="see-figures", about="api.campaigns")
def api_campaigns(ask: Ask) -> Json:
    """Campaigns that touch what is seen."""
    with ask.reading() as connection:
        return Json([_campaign(one) for one in campaigns.listed(connection, ask.sight)])


@api("/api/v1/campaigns/{code}", act="see-figures", about="api.campaign")
def api_campaign(ask: Ask) -> Json:
    """One, with its units."""
    with ask.reading() as connection:
        one = campaigns.find(connection, ask.sight, ask.path["code"])
        parts = campaigns.parts(connection, ask.sight, one)
    return Json({**_campaign(one), "parts": [{"unit": part.where.code, "state": part.state, "changed": part.changed} for part in parts]})


@api("/api/v1/notices", act="see-figures", about="api.notices", asks={**UNIT, "state": "api.field.notice-state"})
def api_notices(ask: Ask) -> Json:
    """Notices to what is seen."""
    with ask.reading() as connection:
        found = notices.listed(connection, ask.sight, state=ask.query.get("state", ""), unit_code=ask.query.get("unit", ""), most=1000)
    return Json([_notice(one) for one in found])


@api("/api/v1/advisories", act="see-figures", about="api.advisories")
def api_advisories(ask: Ask) -> Json:
    """Advisories."""
    with ask.reading() as connection:
        found = advisories.listed(connection, ask.sight)
    names = ("code", "title", "level", "text", "checks", "issued")
    return Json([{**{name: plain(getattr(one, name)) for name in names}, "unit": one.where.code} for one in found])


@api("/api/v1/packs", act="see-figures", about="api.packs")
def api_packs(ask: Ask) -> Json:
    """Rule packs."""
    with ask.reading() as connection:
        return Json(plain(packs.listed(connection, ask.sight)))


@api("/api/v1/down", act="see-figures", about="api.down", asks={"all": "api.field.all"})
def api_down(ask: Ask) -> Json:
    """Envelopes that wait for units, the oldest first."""
    with ask.reading() as connection:
        found = delivery.waiting(connection, ask.sight, unfetched=ask.query.get("all") != "1")
    return Json(plain(found[::-1]))


@api("/api/v1/down/{digest}", act="upload", about="api.down-file", method="POST")
def api_down_file(ask: Ask) -> File:
    """Fetch one; that is noted."""
    with ask.writing() as connection:
        return File(delivery.fetched(connection, ask.sight, ask.path["digest"]), "application/octet-stream")


def _generic(ask: Ask) -> dict[str, object]:
    with ask.reading() as connection:
        return findings.generic(connection, ask.sight, ask.path["code"], today(), ask.lang)


def _campaign(one: campaigns.Campaign) -> dict[str, object]:
    names = ("code", "name", "profile", "opens", "deadline", "seed", "drawn", "state", "created")
    kept = {key: one.conditions[key] for key in ("list", "of", "source", "sort") if key in one.conditions}
    return {**{name: getattr(one, name) for name in names}, "unit": one.where.code, "draw": kept, "counts": dict(one.counts)}


def _notice(one: notices.Notice) -> dict[str, object]:
    names = ("number", "kind", "title", "issued", "deadline", "state", "late", "received", "closed")
    hazards = [line["code"] for line in one.body["demand"]["hazards"]]
    return {
        **{name: getattr(one, name) for name in names},
        "reply": one.answer,
        "unit": one.where.code,
        "issuer": one.issuer.code,
        "hazards": hazards,
    }
