"""Checks and controls across units."""

from __future__ import annotations

from hub.people.sight import Hidden
from hub.views import items
from hub.views.scope import find, trail
from hub.web.ask import Ask, Page
from hub.web.router import Menu, page

KINDS = (items.CHECK, items.CONTROL)


@page("/items", act="see-figures", menu=Menu("items", 30))
def all_items(ask: Ask) -> Page:
    """All of them in a region, those that fail most first."""
    kind, words = ask.query.get("kind", items.CHECK), ask.query.get("q", "")
    if kind not in KINDS:
        raise Hidden
    with ask.reading() as connection:
        where = find(connection, ask.sight, ask.query.get("unit", ""))
        rows = items.listed(connection, ask.sight, where.code, kind, words)
        way = trail(connection, ask.sight, where)
    return Page("items.html", {"rows": rows, "trail": way, "kind": kind, "q": words, "where": where, "failed": items.FAILED})


@page("/items/{kind}/{name}", act="see-figures")
def one_item(ask: Ask) -> Page:
    """One of them: how many, and where."""
    if ask.path["kind"] not in KINDS:
        raise Hidden
    with ask.reading() as connection:
        found = items.page(connection, ask.sight, ask.query.get("unit", ""), ask.path["kind"], ask.path["name"])
    return Page("item.html", {"found": found, "failed": items.FAILED})
