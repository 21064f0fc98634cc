"""One unit, and the verdicts of one of its envelopes."""

from __future__ import annotations

from hub.clock import today
from hub.people.sight import Hidden
from hub.views.scope import find, trail
from hub.views.unit_page import lines, unit_page
from hub.web.ask import Ask, Page
from hub.web.router import page


@page("/u/{code}", act="see-results")
def one_unit(ask: Ask) -> Page:
    """Everything of one unit."""
    with ask.reading() as connection:
        found = unit_page(connection, ask.sight, ask.path["code"], today())
    return Page("unit.html", {"found": found, "day": today()})


@page("/u/{code}/envelopes/{number}", act="see-results")
def one_envelope(ask: Ask) -> Page:
    """Its verdicts and findings."""
    with ask.reading() as connection:
        where = find(connection, ask.sight, ask.path["code"])
        found = unit_page(connection, ask.sight, where.code, today())
        held = next((one for one in found.history if str(one.id) == ask.path["number"]), None)
        if held is None:
            raise Hidden
        rows = lines(connection, ask.sight, where.code, held.id)
        way = trail(connection, ask.sight, where)
    return Page("envelope.html", {"where": where, "trail": way, "held": held, "rows": rows})
