"""The log: the audit administrator's, who reads it, has it verified, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.days import after, start_of
from hub.people import log
from hub.registry.units import above
from hub.store.tables import head, receipt, unit
from hub.store.tables import log as table
from hub.views.sheets import rendered
from hub.web.ask import Ask, File, Page
from hub.web.router import Menu, page, post
from hub.words import catalogue, has
from scanner.ledger.envelope import open_envelope

ROWS, MOST = 100, 200_000
VALUES = {
    "act": ("act",),
    "kind": ("notice.kind",),
    "role": ("role",),
    "rank": ("tree.rank",),
    "source": ("envelope.source",),
    "disclosure": ("envelope.disclosure",),
    "note": ("envelope.note",),
    "cycle": ("cycle",),
    "origin": ("origin", "tool.origin"),
}
"""Where the words for what a detail says stand."""


@page("/log", act="log", menu=Menu("log", 30))
def show(ask: Ask) -> Page:
    """The newest rows first."""
    return _shown(ask, None)


@post("/log/verify", act="log")
def verify(ask: Ask) -> Page:
    """Compute the whole tree anew and hold it against the signed heads."""
    with ask.reading() as connection:
        faults = log.verify(connection, ask.state.own.code, [ask.state.own.sign.public], _told(connection))
    return _shown(ask, faults)


@page("/log.csv", act="log")
def export(ask: Ask) -> File:
    """All rows that the question finds, oldest first."""
    with ask.reading() as connection:
        found = connection.execute(_asked(ask).order_by(table.c.n).limit(MOST))
        rows = [[row.n, row.at, row.actor, row.action, row.code or "", row.detail, row.leaf] for row in found]
    head = ["n", "at", "actor", "action", "unit", "detail", "leaf"]
    data = rendered("csv", {"title": "log", "head": head, "rows": rows, "foot": "", "day": today()}, ask.lang)
    return File(data, "text/csv; charset=utf-8", "shiqu-log.csv")


def _asked(ask: Ask) -> sa.Select[tuple[object, ...]]:
    statement = sa.select(table, unit.c.code).outerjoin(unit, unit.c.id == table.c.unit_id)
    if len(above(ask.sight.root_path)) > 1:
        # Who does not see the whole tree sees what was done about units of theirs, and no row that names none.
        statement = ask.sight.narrow(statement, table.c.unit_id)
    if actor := ask.query.get("actor", "").strip():
        statement = statement.where(table.c.actor.startswith(actor, autoescape=True))
    if action := ask.query.get("action", "").strip():
        statement = statement.where(table.c.action == action)
    if day := ask.query.get("day", "").strip():
        statement = statement.where(_on(day))
    return statement


def _on(day: str) -> sa.ColumnElement[bool]:
    """Days as people here count them: the times on the page are theirs, too."""
    try:
        return sa.and_(table.c.at >= start_of(day), table.c.at < start_of(after(day, 1)))
    except (ValueError, OverflowError):
        # No day, or one at which calendars end.
        return sa.false()


def _words(ask: Ask, key: str, held: object) -> tuple[str, str]:
    """What a detail is called, and what it says: words where there are any, else as it was written."""
    return _word(ask, (f"detail.{key}",), key), "、".join(_value(ask, key, one) for one in (held if isinstance(held, list) else [held]))


def _value(ask: Ask, key: str, one: object) -> str:
    return _word(ask, [f"{prefix}.{one}" for prefix in (*VALUES.get(key, ()), "detail.value")], str(one))


def _word(ask: Ask, keys: Sequence[str], otherwise: str) -> str:
    return next((ask.say(key) for key in keys if has(key)), otherwise)


def _shown(ask: Ask, faults: list[log.Fault] | None) -> Page:
    with ask.reading() as connection:
        number, count = _number(ask), connection.execute(sa.select(sa.func.count()).select_from(_asked(ask).subquery())).scalar_one()
        found = connection.execute(_asked(ask).order_by(table.c.n.desc()).limit(ROWS).offset((number - 1) * ROWS)).fetchall()
        top, signed = log.head(connection), _signed(connection)
    details = [msgspec.json.decode(row.detail, type=dict[str, object]) for row in found]
    rows = [(row, [_words(ask, key, held) for key, held in detail.items()]) for row, detail in zip(found, details, strict=True)]
    deeds = sorted((key.removeprefix("did."), ask.say(key)) for key in catalogue() if key.startswith("did."))
    values = {"rows": rows, "count": count, "page": number, "pages": max(1, -(-count // ROWS)), "faults": faults}
    return Page(
        "log.html",
        {
            **values,
            "deeds": [("", ask.say("log.any")), *deeds],
            "head": top,
            "signed": signed,
            "asked": {name: ask.query.get(name, "") for name in ("actor", "action", "day")},
        },
    )


def _told(connection: Connection) -> Iterator[tuple[int, str]]:
    """Heads that stand in receipts: whoever rewrites the log and drops its heads has these against them. Raises KeepError for one that was changed."""
    for data in connection.execute(sa.select(receipt.c.data)).scalars():
        said = msgspec.json.decode(open_envelope(bytes(data)).members["receipt.json"], type=dict[str, object])
        yield int(str(said["log"])), str(said["root"])


def _signed(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.max(head.c.n))).scalar() or 0


def _number(ask: Ask) -> int:
    text = ask.query.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else 1
