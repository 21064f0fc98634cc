"""Chapter 4: tests and what they showed (isolation, catalogues), what was not tested, what was not answered, all findings in one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.document import pictures
from reports.document.model import Blank, Block, Bullets, Cell, Column, Figure, Heading, Para, Row, Table
from reports.document.study import Study
from reports.grouping import title_of
from reports.plain import short

STORES = {"liaison": 40, "annex": 1000}
"""Stores and places of mixing that one table lists, by reader."""
REASONS = 60
"""Rows of what was not answered."""
HOLDINGS = ("holdings.segregated", "holdings.classified-storage", "holdings.custody")
COUNTS = ("rows", "classified", "suspected", "declassified", "open", "undecided")


def tests(study: Study) -> list[Block]:
    """Chapter 4."""
    say = study.say
    return [
        Heading(1, f"4 {say('doc.tests')}", "4"),
        Heading(2, f"4.1 {say('core.isolation')}", "4.isolation"),
        *isolation(study),
        Heading(2, f"4.2 {say('core.holdings')}", "4.holdings"),
        *holdings(study),
        Heading(2, f"4.3 {say('doc.intrusion')}", "4.intrusion"),
        Para(say("doc.intrusion-none")),
        Blank(say("doc.intrusion-blank")),
        Heading(2, f"4.4 {say('doc.unanswered')}", "4.unanswered"),
        *unanswered(study),
        Heading(2, f"4.5 {say('doc.all-findings')}", "4.findings"),
        *listing(study),
    ]


def isolation(study: Study) -> list[Block]:
    """Every zone pair: conclusion in words, picture, paths, leads, what silence is worth."""
    say = study.say
    if not study.pairs:
        return [Para(say("doc.isolation-none"), "warn")]
    blocks: list[Block] = [Para(f"{say('pair.caution')} {say('pair.caution-more')}", "warn")]
    for entry in study.pairs:
        pair = entry["pair"]
        ends = [str(pair["zones"][end]["name"] or pair["zones"][end]["id"]) for end in ("inner", "outer")]
        blocks.append(Heading(3, " ↔ ".join(ends), f"4.isolation.{pair['pair']}"))
        strength = f" · {say('col.strength')} {pair['strength']}" if pair["strength"] else ""
        blocks.append(Para(f"{say.code('isolation', entry['conclusion'])} · {say.code('status', pair['status'])}{strength}", "strong"))
        blocks.append(Para(say.code("pair-says", entry["conclusion"])))
        blocks += [
            Figure(pictures.zones(pic, entry["conclusion"], entry["silent"], say), say.named(say("doc.figure-zones"), " ↔ ".join(ends)))
            for pic in entry["pictures"]
        ]
        if entry["lanes"]:
            legend = [say.code("legend", style) for style in entry["styles"]]
            blocks += [Para("; ".join([*legend, say("legend.strength")]), "note"), _lanes(entry["lanes"], study, say("pair.paths"))]
        if entry["left_out"]:
            blocks.append(Para(say("pair.left-out", n=entry["left_out"]), "note"))
        if entry["leads"]:
            blocks += [Para(say("pair.leads-note"), "note"), _lanes(entry["leads"][:REASONS], study, say("pair.leads"))]
        if pair["lacks"]:
            blocks += [Para(say("pair.lacks"), "strong"), Bullets([_lack(one, study) for one in pair["lacks"]])]
    return blocks


def _lack(lack: Any, study: Study) -> str:
    if isinstance(lack, Mapping):
        code, rest = str(lack.get("why") or lack.get("code") or ""), short({k: v for k, v in lack.items() if k not in ("why", "code")}, 200)
        return f"{study.say.code('lack', code)} {rest}".strip()
    return study.say.code("lack", str(lack))


def _lanes(lanes: Sequence[Any], study: Study, caption: str) -> Table:
    say = study.say
    heads = (
        ("pair.no", 0.6),
        ("pair.how", 3),
        ("pair.direction", 1),
        ("pair.device", 1.7),
        ("pair.exit", 1.7),
        ("pair.strength-short", 0.6),
    )
    rows: list[Row] = []
    for lane in lanes:
        kinds = say.join(say.code("path-kind", kind) for kind in lane.kinds[:6])
        count = f" ({say('pair.together', n=lane.count)})" if lane.count > 1 else ""
        device = " ".join(filter(None, (lane.device, lane.mac if lane.mac != lane.device else None))) or say("pair.no-device")
        how = f"{kinds} {'; '.join(lane.protocols)}{count}"
        rows.append(
            [lane.number, how, say.code("direction", lane.direction), device, say.names(lane.exits, 3) or "—", lane.strength or "—"]
        )
    return Table([Column(say(key), width) for key, width in heads], rows, caption)


def holdings(study: Study) -> list[Block]:
    """What the catalogues hold, where classified and open stand together and how closely."""
    say = study.say
    verdicts = [verdict for check in HOLDINGS for verdict in study.verdicts(check)]
    if not verdicts:
        return [Para(say("doc.holdings-none"), "warn")]
    heads = (("col.check", 2.4), ("col.target", 1.4), ("col.status", 1), ("core.mixing", 3.4))
    rows: list[Row] = []
    for verdict in verdicts:
        status = Cell(say.code("status", verdict["status"]), verdict["status"])
        rows.append([say.of(title_of(verdict["check"], study.result["texts"])), verdict["target"], status, _degrees(verdict, study)])
    blocks: list[Block] = [Table([Column(say(key), width) for key, width in heads], rows, say("doc.table-holdings"))]
    for verdict in study.verdicts("holdings.segregated"):
        blocks += _stores(verdict, study)
    return blocks


def _seen(verdict: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    observed = verdict["observed"]
    rows = observed.get(key) if isinstance(observed, Mapping) else None
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _degrees(verdict: Mapping[str, Any], study: Study) -> str:
    say = study.say
    counts: dict[str, int] = {}
    for item in _seen(verdict, "mixing"):
        counts[str(item.get("degree"))] = counts.get(str(item.get("degree")), 0) + 1
    texts = [f"{degree} {say.code('degree', degree)} × {n}" for degree, n in sorted(counts.items())]
    why = [say.code("why", verdict["why"])] if verdict["why"] else []
    return "; ".join([*why, *texts]) or say.remark(verdict["detail"]) or "—"


def _stores(verdict: Mapping[str, Any], study: Study) -> list[Block]:
    say, room = study.say, STORES[study.reader]
    blocks: list[Block] = []
    mixing, rows = _seen(verdict, "mixing"), _seen(verdict, "stores")
    if rows:
        drawing, left = pictures.stores(rows, say)
        more = say("doc.figure-stores-more", n=left) if left else ""
        blocks.append(Figure(drawing, say.named(say("doc.figure-stores"), verdict["target"]) + more))
    if mixing:
        heads = (("core.degree", 2.4), ("core.where", 3.4), ("core.certainty", 1.2))
        table: list[Row] = [
            [
                f"{item.get('degree')} {say.code('degree', str(item.get('degree')))}",
                str(item.get("where") or "—"),
                say.code("certainty", item.get("certainty")),
            ]
            for item in mixing[:room]
        ]
        blocks.append(Table([Column(say(key), width) for key, width in heads], table, say.named(say("core.mixing"), verdict["target"])))
        if len(mixing) > room:
            blocks.append(Para(say("doc.rows-left", n=len(mixing) - room), "note"))
    if rows:
        heads2 = (
            ("core.store", 3),
            ("core.role", 0.8),
            ("core.rows", 0.8),
            ("core.classified", 0.7),
            ("core.suspected-rows", 0.7),
            ("core.declassified", 0.8),
            ("core.open", 0.8),
            ("core.undecided", 0.7),
        )
        worst = sorted(rows, key=lambda one: (-int(one.get("classified") or 0), -int(one.get("suspected") or 0), str(one.get("path"))))
        lines: list[Row] = [
            [str(one.get("path") or "—"), say.code("store-role", one.get("role")), *(f"{int(one.get(key) or 0):,}" for key in COUNTS)]
            for one in worst[:room]
        ]
        lines.append(
            [
                Cell(say("col.total"), strong=True),
                "",
                *(Cell(f"{sum(int(one.get(key) or 0) for one in rows):,}", strong=True) for key in COUNTS),
            ]
        )
        blocks.append(
            Table(
                [Column(say(key), width, at > 1) for at, (key, width) in enumerate(heads2)],
                lines,
                say.named(say("core.store"), verdict["target"]),
            )
        )
        if len(rows) > room:
            blocks.append(Para(say("doc.rows-left", n=len(rows) - room), "note"))
    unread = _seen(verdict, "unread")
    if unread:
        columns = [Column(say("core.unread"), 3), Column(say("scope.reason"), 1.2), Column(say("col.detail"), 2)]
        blocks.append(
            Table(
                columns,
                [[str(one.get("path") or "—"), say.code("why", one.get("why")), say.remark(one.get("detail"))] for one in unread[:room]],
            )
        )
    return blocks


def unanswered(study: Study) -> list[Block]:
    """Everything that was asked and not answered, by reason, by target and by question."""
    say, scope = study.say, study.scope
    blocks: list[Block] = [Para(say("scope.note"))]
    if scope["reasons"]:
        rows: list[Row] = [
            [say.code("why", why), f"{n:,}", f"{hosts:,}", say.code("doc.remedy", why)] for why, n, hosts in scope["reasons"]
        ]
        heads = [
            Column(say("scope.reason"), 1.6),
            Column(say("scope.questions"), 0.8, True),
            Column(say("scope.target-count"), 0.8, True),
            Column(say("doc.how-to-answer"), 4),
        ]
        blocks.append(Table(heads, rows, say("scope.reasons-title")))
    lost = scope["lost"]
    if lost:
        rows = [
            [t["id"], say.code("kind", t["kind"]), t["address"] or "—", say.code("why", t["why"]), say.remark(t["detail"], 160), f"{n:,}"]
            for t, n in lost[:REASONS]
        ]
        heads = [
            Column(say(key), width, key == "scope.questions")
            for key, width in (
                ("col.target", 1.5),
                ("col.kind", 1),
                ("col.address", 1.5),
                ("scope.reason", 1),
                ("col.detail", 2),
                ("scope.questions", 0.8),
            )
        ]
        blocks.append(Table(heads, rows, say("scope.unreached-title")))
        if len(lost) > REASONS:
            blocks.append(Para(say("doc.rows-left", n=len(lost) - REASONS), "note"))
    else:
        blocks.append(Para(say("scope.none-unreached")))
    if study.unknowns:
        rows = []
        for hazard in study.unknowns[:REASONS]:
            for group in hazard.groups[:3]:
                severity = Cell(say.code("severity", hazard.severity), hazard.severity)
                rows.append(
                    [
                        severity,
                        say.of(hazard.title),
                        say.code("why", group.why),
                        short(say.of(group.said["detail"]), 160) or "—",
                        say.names(group.targets, 6),
                    ]
                )
        heads = [
            Column(say(key), width)
            for key, width in (("doc.severity", 0.7), ("col.check", 2.6), ("col.why", 1.2), ("col.detail", 2), ("col.targets", 1.8))
        ]
        blocks.append(Table(heads, rows, say("doc.table-unknown")))
        if len(study.unknowns) > REASONS:
            blocks.append(Para(say("doc.rows-left", n=len(study.unknowns) - REASONS), "note"))
    if scope["person_items"]:
        blocks.append(Para(say("doc.person-items", n=scope["person_items"])))
    if study.persons:
        rows = [
            [say.of(one.title), say.names(one.groups[0].targets, 8), short(say.of(one.groups[0].said["observed"]), 240) or "—"]
            for one in study.persons[:REASONS]
        ]
        columns = [Column(say("col.check"), 2.4), Column(say("col.targets"), 1.4), Column(say("col.observed"), 3)]
        blocks.append(Table(columns, rows, say("unknown.persons-title")))
    return blocks


def listing(study: Study) -> list[Block]:
    """All findings by number."""
    say = study.say
    if not study.hazards:
        return [Para(say("hazard.none"))]
    heads = (
        ("field.id", 0.65),
        ("col.check", 3.4),
        ("doc.severity", 0.7),
        ("scope.target-count", 0.75),
        ("doc.clauses", 1.9),
        ("col.trigger", 1),
    )
    controls = study.result["texts"]["controls"]
    rows: list[Row] = []
    for hazard in study.hazards:
        severity = Cell(say.code("severity", hazard.severity), hazard.severity)
        clauses = say.names((controls[one]["clause"] for one in hazard.clauses), 4)
        rows.append(
            [study.number(hazard), say.of(hazard.title), severity, str(hazard.targets), clauses or "—", say.join(hazard.triggers) or "—"]
        )
    intro = say("hazard.intro", verdicts=sum(one.verdicts for one in study.hazards), checks=len(study.hazards))
    return [Para(intro), Table([Column(say(key), width) for key, width in heads], rows, say("doc.table-findings"))]
