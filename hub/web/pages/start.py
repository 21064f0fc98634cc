"""The first page, and what every page needs."""

from __future__ import annotations

from hub.people.sight import Hidden
from hub.web import look, router
from hub.web.ask import Ask, File, Go
from hub.web.router import OPEN, page


@page("/", act="self")
def start(ask: Ask) -> Go:
    """The first entry of the person's menu."""
    mine = [route for route in router.TABLE if route.menu is not None and ask.sight.may(route.act)]
    first = min(mine, key=lambda route: (route.menu.order if route.menu else 0, route.path), default=None)
    return Go(first.path if first is not None else "/account", ask.query.get("done", ""))


@page("/static/{name}", act=OPEN)
def static(ask: Ask) -> File:
    """Style, script and mark."""
    found = look.static(ask.path["name"])
    if found is None:
        raise Hidden
    return File(found[0], found[1], kept="v" in ask.query)
