"""The board of hazards."""

from __future__ import annotations

from hub.clock import today
from hub.days import after
from hub.views.board import Filter, asked, board
from hub.views.scope import find, trail
from hub.web.ask import Ask, Go, Page
from hub.web.router import Menu, page, post
from hub.work.sending import rectify_drafts
from scanner.model.hazard import CLASSES, CLOSED, LEVELS, STATES

MOST = 5000
"""Hazards of one round of drafts."""


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
    return Page("hazards.html", {"found": found, "asked": found_by, "trail": way, "day": today(), "deadline": after(today(), 30), **words})


@post("/hazards/notices", act="notice")
def drafts(ask: Ask) -> Go:
    """A draft to every unit with hazards that the filter finds."""
    with ask.writing() as connection:
        found = board(connection, ask.sight, asked(ask.form), today(), MOST)
        rows = [(one.where.code, one.code) for one in found.rows if one.state != CLOSED]
        rectify_drafts(connection, ask.sight, rows, ask.form.get("title", ""), ask.form.get("text", ""), ask.form.get("deadline", ""))
    return Go("/notices?state=draft", "drafts-made")
