"""The board of hazards."""

from __future__ import annotations

from hub.clock import today
from hub.views.board import Filter, board
from hub.views.scope import find, trail
from hub.web.ask import Ask, Page
from hub.web.router import Menu, page
from scanner.model.hazard import CLASSES, LEVELS, STATES


def wanted(ask: Ask) -> Filter:
    """What the query looks for."""
    fields = {name: ask.query.get(name, "") for name in ("unit", "level", "state", "risk", "check", "escalated")}
    after = ask.query.get("after", "0")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    return Filter(**fields, late=ask.query.get("late") == "1", repeated=ask.query.get("repeated") == "1", after=number)


@page("/hazards", act="see-results", menu=Menu("hazards", 20))
def hazards(ask: Ask) -> Page:
    """A page of them."""
    asked = wanted(ask)
    with ask.reading() as connection:
        found = board(connection, ask.sight, asked, today())
        way = trail(connection, ask.sight, find(connection, ask.sight, asked.unit))
    words = {"levels": LEVELS, "states": ("open", *STATES), "classes": CLASSES, "ranks": ("county", "city", "province", "nation")}
    return Page("hazards.html", {"found": found, "asked": asked, "trail": way, "day": today(), **words})
