"""Files of other tools, handed in for a unit, and what they say."""

from __future__ import annotations

from hub.intake import foreign
from hub.people.sight import Hidden
from hub.views.scope import find
from hub.views.unit_page import foreign_file
from hub.web.ask import Ask, Go, Page
from hub.web.pages.unit import one_unit
from hub.web.router import page, post
from scanner.errors import UseError

LIMIT = foreign.MAX_FILE + 1024 * 1024


@post("/u/{code}/foreign", act="upload", again=one_unit, limit=LIMIT)
def take(ask: Ask) -> Go:
    """Keep what a tool's file says beside the unit's own reports."""
    with ask.reading() as connection:
        where = ask.sight.unit(connection, ask.path["code"])
    held = ask.files.get("file")
    if held is None or not held.data:
        raise UseError("hub-upload-missing")
    found = foreign.read(ask.form.get("origin", ""), held.name, held.data)
    with ask.writing() as connection:
        new = foreign.keep(connection, where.id, found, foreign.WEB, ask.sight.person)
    return Go(f"/u/{where.code}", "foreign-kept" if new else "foreign-known")


@page("/u/{code}/foreign/{number}", act="see-results")
def one(ask: Ask) -> Page:
    """Its lines, what failed first."""
    number = ask.path["number"]
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Hidden
    with ask.reading() as connection:
        where = find(connection, ask.sight, ask.path["code"])
        found = foreign_file(connection, ask.sight, where, int(number))
    return Page("foreign.html", {"where": where, "found": found})
