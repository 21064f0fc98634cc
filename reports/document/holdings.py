"""Chapter 4.2: what the catalogues hold, where classified and open stand together, how it is kept and in whose custody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.document import pictures
from reports.document.model import Block, Cell, Column, Figure, Heading, Para, Row, Table
from reports.document.study import Study
from reports.grouping import title_of

CHECKS = ("holdings.segregated", "holdings.classified-storage", "holdings.custody", "holdings.opening")
COUNTS = ("rows", "classified", "suspected", "declassified", "open", "undecided")
HEADS = {"suspected": "core.suspected-rows"}
ROWS = {"liaison": 40, "annex": 1000}
"""Stores and places of mixing that one table lists, by reader."""

Held = Mapping[str, Any]


def holdings(study: Study) -> list[Block]:
    """All verdicts about catalogues, then every target by itself."""
    say = study.say
    verdicts = [verdict for check in CHECKS for verdict in study.verdicts(check)]
    if not verdicts:
        return [Para(say("doc.holdings-none"), "warn")]
    heads = (("col.check", 2.4), ("col.target", 1.4), ("col.status", 1), ("core.mixing", 3.4))
    rows: list[Row] = []
    for verdict in verdicts:
        status = Cell(say.code("status", verdict["status"]), verdict["status"])
        rows.append([say.of(title_of(verdict["check"], study.result["texts"])), verdict["target"], status, _degrees(verdict, study)])
    blocks: list[Block] = [Table([Column(say(key), width) for key, width in heads], rows, say("doc.table-holdings"))]
    for held in _all_held(study):
        if held["stores"] or held["mixing"] or held["unread"]:
            blocks += [Heading(3, held["target"], f"4.holdings.{held['target']}"), *_target(held, study)]
    return blocks


def _all_held(study: Study) -> list[Held]:
    """Every block of ``views.holdings``; of a result without that view, what its verdicts observed."""
    view = study.result["views"].get("holdings")
    if view is None:
        return [_observed(verdict) for verdict in study.verdicts("holdings.segregated")]
    return [{**held, "unread": held["reading"]["unread"]} for held in view]


def _observed(verdict: Held) -> Held:
    lists = {key: _rows(verdict, key) for key in ("stores", "mixing", "unread")}
    return {"target": verdict["target"], "more_stores": 0, "more_mixing": 0, "storage": None, "custody": None, "opening": None, **lists}


def _rows(verdict: Held, key: str) -> list[Held]:
    observed = verdict["observed"]
    rows = observed.get(key) if isinstance(observed, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _degrees(verdict: Held, study: Study) -> str:
    say = study.say
    counts: dict[str, int] = {}
    for item in _rows(verdict, "mixing"):
        counts[str(item.get("degree"))] = counts.get(str(item.get("degree")), 0) + 1
    texts = [f"{degree} {say.code('degree', degree)} × {n}" for degree, n in sorted(counts.items())]
    why = [say.code("why", verdict["why"])] if verdict["why"] else []
    return "; ".join([*why, *texts]) or say.remark(verdict["detail"]) or "—"


def _target(held: Held, study: Study) -> list[Block]:
    say = study.say
    blocks: list[Block] = []
    if held["stores"]:
        drawing, left = pictures.stores(held["stores"], held["mixing"], say)
        left += held["more_stores"]
        blocks.append(Figure(drawing, say("doc.figure-stores") + (say("doc.figure-stores-more", n=f"{left:,}") if left else "")))
    blocks += _mixing(held, study)
    blocks += _stores(held, study)
    blocks += _kept(held, study)
    if held["unread"]:
        columns = [Column(say("core.unread"), 3), Column(say("scope.reason"), 1.2), Column(say("col.detail"), 2)]
        rows = [
            [str(one.get("path") or "—"), say.code("why", one.get("why")), say.remark(one.get("detail"))]
            for one in held["unread"][: ROWS[study.reader]]
        ]
        blocks.append(Table(columns, rows))
    return blocks


def _mixing(held: Held, study: Study) -> list[Block]:
    say, room, mixing = study.say, ROWS[study.reader], held["mixing"]
    if not mixing:
        return []
    heads = (("core.degree", 2.4), ("core.where", 3.4), ("core.certainty", 1.2))
    rows: list[Row] = [
        [
            f"{item.get('degree')} {say.code('degree', str(item.get('degree')))}",
            say("core.whole") if item.get("where") == "." else str(item.get("where") or "—"),
            say.code("certainty", item.get("certainty")),
        ]
        for item in mixing[:room]
    ]
    table = Table([Column(say(key), width) for key, width in heads], rows, say("core.mixing"))
    return [table, *_left(len(mixing) + held["more_mixing"] - len(rows), study)]


def _stores(held: Held, study: Study) -> list[Block]:
    say, room, stores = study.say, ROWS[study.reader], held["stores"]
    if not stores:
        return []
    heads = [
        Column(say("core.store"), 2.4),
        Column(say("core.role"), 1.1),
        *(Column(say(HEADS.get(key, f"core.{key}")), 0.9, True) for key in COUNTS),
    ]
    rows: list[Row] = [
        [str(one.get("path") or "—"), say.code("store-role", one.get("role")), *(f"{_count(one, key):,}" for key in COUNTS)]
        for one in pictures.worst(stores)[:room]
    ]
    sums = held.get("sums") or {key: sum(_count(one, key) for one in stores) for key in COUNTS}
    rows.append([Cell(say("col.total"), strong=True), "", *(Cell(f"{sums[key]:,}", strong=True) for key in COUNTS)])
    return [Table(heads, rows, say("core.store")), *_left(len(stores) + held["more_stores"] - len(rows) + 1, study)]


def _count(one: Held, key: str) -> int:
    value = one.get(key)
    return value if isinstance(value, int) else 0


def _left(n: int, study: Study) -> list[Block]:
    return [Para(study.say("doc.rows-left", n=f"{n:,}"), "note")] if n > 0 else []


def _kept(held: Held, study: Study) -> list[Block]:
    """How classified records are stored, in whose custody, and what waits for the opening review."""
    say, blocks = study.say, list[Block]()
    storage, custody, opening = held["storage"], held["custody"], held["opening"]
    if storage and (storage["lacks"] or storage["unseen"]):
        rows: list[Row] = [
            [say.code("held-lack", one["what"]), one["where"] or "—", say.coded("state", one["state"])] for one in storage["lacks"]
        ]
        rows += [[say.code("held-unseen", what), "—", say("held.unseen")] for what in storage["unseen"]]
        blocks.append(_table((("held.lacks", 2), ("core.where", 3), ("col.observed", 1.4)), rows, say("held.storage"), study))
    if custody and (custody["places"] or custody["away"] or custody["unseen"]):
        rows = [[say.code("held-kind", "store"), path, say.code("held-place", "outside")] for path in custody["away"]]
        rows += [
            [say.code("held-kind", one["kind"]), one["where"] or "—", say.code("held-place", one["place"])] for one in custody["places"]
        ]
        rows += [[say.code("held-unseen", what), "—", say("held.unseen")] for what in custody["unseen"]]
        blocks.append(_table((("held.way", 2), ("core.where", 3), ("held.standing", 1.4)), rows, say("held.custody"), study))
    if opening and opening["lists"]:
        rows = [[say.code("held-list", one["list"]), one["path"], f"{one['rows']:,}"] for one in opening["lists"]]
        blocks.append(_table((("held.list", 2), ("core.store", 3), ("core.rows", 1)), rows, say("held.opening"), study))
    return blocks


def _table(heads: Sequence[tuple[str, float]], rows: Sequence[Row], caption: str, study: Study) -> Table:
    return Table([Column(study.say(key), width) for key, width in heads], rows[: ROWS[study.reader]], caption)
