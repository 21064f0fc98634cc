"""The tree, who has reported, and like beside like."""

from __future__ import annotations

from hub.clock import today
from hub.views.alike import comparison, sorts
from hub.views.coverage import debts, of_region
from hub.views.dashboard import dashboard
from hub.views.masked import is_masked, masked
from hub.views.scope import find, trail
from hub.views.tiers import CORE_STATES
from hub.web.ask import Ask, Page
from hub.web.router import Menu, page
from scanner.model.hazard import LEVELS
from scanner.model.result import CORE_HAZARDS

MOST = 500
"""Rows of one list."""


@page("/dashboard", act="see-figures", menu=Menu("dashboard", 10))
def overview(ask: Ask) -> Page:
    """One region and what is below it."""
    with ask.reading() as connection:
        found = dashboard(connection, ask.sight, ask.query.get("unit", ""), today())
        told = ask.sight.may("see-results") and is_masked(connection, ask.sight, found.whole.where)
    values = {"found": found, "day": today(), "levels": LEVELS, "cores": CORE_HAZARDS, "states": CORE_STATES, "masked": told}
    return Page("dashboard.html", values)


@page("/below/{code}", act="see-results")
def below(ask: Ask) -> Page:
    """Units of a hub below, under aliases."""
    with ask.reading() as connection:
        where, lines = masked(connection, ask.sight, ask.path["code"])
        way = trail(connection, ask.sight, where)
    return Page(
        "below.html", {"where": where, "trail": way, "lines": lines[:MOST], "total": len(lines), "levels": LEVELS, "cores": CORE_HAZARDS}
    )


@page("/coverage", act="see-figures", menu=Menu("coverage", 40))
def coverage(ask: Ask) -> Page:
    """Who owes a report."""
    late = ask.query.get("late") == "1"
    with ask.reading() as connection:
        where = find(connection, ask.sight, ask.query.get("unit", ""))
        way = trail(connection, ask.sight, where)
        counts = of_region(connection, ask.sight, where, today())
        rows = debts(connection, ask.sight, where, today(), late, MOST) if ask.sight.may("see-results") else []
    return Page("coverage.html", {"rows": rows, "trail": way, "counts": counts, "late": late, "day": today()})


@page("/alike", act="see-results")
def alike(ask: Ask) -> Page:
    """Units of one sort in a region."""
    sort = ask.query.get("sort", "")
    with ask.reading() as connection:
        where = find(connection, ask.sight, ask.query.get("unit", ""))
        way = trail(connection, ask.sight, where)
        rows = comparison(connection, ask.sight, where.code, sort, today())
        known = sorts(connection, ask.sight)
    return Page("alike.html", {"rows": rows[:300], "total": len(rows), "trail": way, "sort": sort, "sorts": known, "day": today()})
