"""What was refused and why, for whoever registers units and keys: whoever brought it may not be told what stands in the registry."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from hub.registry.units import above
from hub.store.tables import quarantine as table
from hub.store.tables import unit
from hub.web.ask import Ask, Page
from hub.web.router import Menu, page
from hub.words import told
from scanner.errors import KeepError

MOST = 500


@page("/quarantine", act="keys", menu=Menu("quarantine", 25))
def show(ask: Ask) -> Page:
    """The newest first."""
    with ask.reading() as connection:
        found = connection.execute(_asked(ask)).all()
    rows = [(row, told(KeepError(row.code, **msgspec.json.decode(row.fields, type=dict[str, str])), ask.lang)) for row in found]
    return Page("quarantine.html", {"rows": rows, "most": MOST})


def _asked(ask: Ask) -> sa.Select[tuple[object, ...]]:
    c = table.c
    columns = (c.id, c.file, c.received, c.source, c.actor, c.code, c.fields, c.size, c.tries, c.settled, unit.c.code.label("unit"))
    statement = sa.select(*columns).outerjoin(unit, unit.c.id == c.unit_id).order_by(c.id.desc()).limit(MOST)
    if len(above(ask.sight.root_path)) > 1:
        # Who does not see the whole tree sees what names units of theirs, and nothing that names none.
        statement = ask.sight.narrow(statement, c.unit_id)
    return statement
