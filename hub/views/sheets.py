"""Views as tables to carry away: XLSX, CSV and JSON. A cell is text or a number, never a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from sqlalchemy.engine import Connection

from hub.clock import shown
from hub.people.sight import Hidden, Sight
from hub.views.alike import comparison
from hub.views.board import asked, board
from hub.views.coverage import debts
from hub.views.dashboard import dashboard
from hub.views.items import CHECK, CONTROL, listed
from hub.views.plain import plain
from hub.views.scope import Few, find
from hub.words import say
from scanner.model.canonical import canonical
from scanner.model.hazard import LEVELS
from scanner.model.result import CORE_HAZARDS

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
MOST = 100_000
"""Rows of one file."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads."""

    name: str
    heads: Sequence[str]
    """Keys of words."""
    rows: Sequence[Sequence[Any]]


Wanted = Mapping[str, str]
"""Fields of the view: ``unit``, ``level`` …"""


def table(connection: Connection, sight: Sight, name: str, wanted: Wanted, day: str, lang: str) -> Table:
    """One view as a table. Raises Hidden for a view that is none, Forbidden."""
    if name not in _TABLES:
        raise Hidden
    return _TABLES[name](connection, sight, wanted, day, lang)


def written(one: Table, form: str, day: str, lang: str, person: str) -> bytes:
    """The file. Raises Hidden for a form that is none."""
    heads = [say(key, lang) for key in one.heads]
    if form == "json":
        names = [key.partition(".")[2] for key in one.heads]
        return canonical({"view": one.name, "day": day, "rows": [dict(zip(names, plain(row), strict=True)) for row in one.rows]})
    if form not in FORMATS:
        raise Hidden
    rows = [[cell if isinstance(cell, int | float) and not isinstance(cell, Few) else str(cell) for cell in row] for row in one.rows]
    title, foot = say(f"sheet-of.{one.name}", lang), say("sheet-of.foot", lang, day=day, person=person, count=len(rows))
    return rendered(form, {"title": title, "head": heads, "rows": rows, "foot": foot, "day": day}, lang)


def rendered(form: str, table: Mapping[str, Any], lang: str) -> bytes:
    """Title, head, rows, foot and day as XLSX or CSV, by whatever renderer is installed: the one place where cells are made inert."""
    (found,) = entry_points(group="shiqu.tables", name=form)
    render: Callable[..., bytes] = found.load()
    return render(table, lang=lang)


def _tree(connection: Connection, sight: Sight, wanted: Wanted, day: str, lang: str) -> Table:
    found = dashboard(connection, sight, wanted.get("unit", ""), day)
    heads = ["cell.code", "cell.name", "cell.rank", "cell.units", "cell.reported", "cell.late-units"]
    heads += [*(f"hazard.level.{level}" for level in LEVELS), "cell.overdue", *(f"core.{code}" for code in CORE_HAZARDS)]
    rows = []
    for region in (found.whole, *found.rows):
        figures, cover = region.figures, region.coverage
        head = [region.where.code, region.where.name, say(f"tree.rank.{region.where.rank}", lang), cover.units, cover.reported, cover.late]
        core = [figures.core[code]["confirmed"] + figures.core[code]["suspected"] for code in CORE_HAZARDS]
        told = [*(figures.open[level] for level in LEVELS), region.overdue, *core]
        rows.append([*head, *([""] * len(told) if cover.silent and not any(told) else told)])
    return Table("tree", heads, rows)


def _hazards(connection: Connection, sight: Sight, wanted: Wanted, day: str, lang: str) -> Table:
    sight.must("export")
    found = board(connection, sight, asked(wanted), day, MOST)
    heads = ["cell.code", "cell.name", "cell.hazard", "cell.level", "cell.risk", "cell.state", "cell.title", "cell.check"]
    heads += ["cell.target", "cell.first", "cell.last", "cell.deadline", "cell.days-late", "cell.times", "cell.closed"]
    rows = [
        [
            *(one.where.code, one.where.name, one.code, say(f"hazard.level.{one.level}", lang), say(f"hazard.risk.{one.risk}", lang)),
            *(say(f"hazard.state.{one.state}", lang), one.title[lang], one.check, one.target, shown(one.first), shown(one.last)),
            *(one.deadline, one.late, one.times, shown(one.closed)),
        ]
        for one in found.rows
    ]
    return Table("hazards", heads, rows)


def _coverage(connection: Connection, sight: Sight, wanted: Wanted, day: str, lang: str) -> Table:
    owed = debts(connection, sight, find(connection, sight, wanted.get("unit", "")), day, wanted.get("late") == "1")
    heads = ["cell.code", "cell.name", "cell.profile", "cell.period", "cell.deadline", "cell.days-late", "cell.newest"]
    rows = [
        [one.where.code, one.where.name, one.profile, f"{one.first} – {one.last}", one.deadline, one.overdue, shown(one.newest)]
        for one in owed
    ]
    return Table("coverage", heads, rows)


def _items(connection: Connection, sight: Sight, wanted: Wanted, day: str, lang: str) -> Table:
    kind = wanted.get("kind") or CHECK
    if kind not in (CHECK, CONTROL):
        raise Hidden
    found = listed(connection, sight, wanted.get("unit", ""), kind, wanted.get("q", ""))
    prefix = "status" if kind == CHECK else "result"
    outcomes = list(found[0].counts) if found else []
    heads = ["cell.item", "cell.title", *(f"{prefix}.{name}" for name in outcomes)]
    return Table("items", heads, [[one.code, one.title[lang], *(one.counts[name] for name in outcomes)] for one in found])


def _alike(connection: Connection, sight: Sight, wanted: Wanted, day: str, lang: str) -> Table:
    found = comparison(connection, sight, wanted.get("unit", ""), wanted.get("sort", ""), day)
    heads = ["cell.code", "cell.name", "cell.sort", "cell.open", "hazard.level.major", "cell.overdue", "cell.back"]
    # A silent unit has no figures: a nought would read as if all were well there.
    told = [["", "", "", ""] if one.silent else [one.open, one.major, one.overdue, "" if one.back is None else one.back] for one in found]
    rows = [[one.where.code, one.where.name, one.where.sort, *line] for one, line in zip(found, told, strict=True)]
    return Table("alike", heads, rows)


_TABLES: Mapping[str, Callable[[Connection, Sight, Wanted, str, str], Table]] = {
    "tree": _tree,
    "hazards": _hazards,
    "coverage": _coverage,
    "items": _items,
    "alike": _alike,
}
NAMES = tuple(_TABLES)
