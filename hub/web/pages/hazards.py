"""The board of hazards."""

from __future__ import annotations

from hub.clock import today
from hub.views.board import Filter, asked, board
from hub.views.scope import find, trail
from hub.web.ask import Ask, Page
from hub.web.router import Menu, page
from scanner.model.hazard import CLASSES, LEVELS, STATES


def wanted(ask: Ask) -> Filter:
    """What the query looks for."""
    after = ask.query.get("after", "0")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    return asked(ask.query, number)


@page("/hazards", act="see-results", menu=Menu("hazards", 20))
def hazards(ask: Ask) -> Page:
    """A page of them."""
    found_by = wanted(ask)
    with ask.reading() as connection:
        found = board(connection, ask.sight, found_by, today())
        way = trail(connection, ask.sight, find(connection, ask.sight, found_by.unit))
    words = {"levels": LEVELS, "states": ("open", *STATES), "classes": CLASSES, "ranks": ("county", "city", "province", "nation")}
    return Page("hazards.html", {"found": found, "asked": found_by, "trail": way, "day": today(), **words})
