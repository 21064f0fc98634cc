"""Chapter 4: tests and what they showed (isolation, catalogues), what was not tested, what was not answered, all findings in one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.document import pictures
from reports.document.holdings import holdings
from reports.document.model import Blank, Block, Bullets, Cell, Column, Figure, Heading, Para, Row, Table
from reports.document.study import Study
from reports.plain import short

REASONS = 60
"""Rows of what was not answered."""


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
    """What is missing for silence to count, and at which end and step."""
    say = study.say
    if not isinstance(lack, Mapping):
        return say.code("lack", str(lack))
    said = say.code("lack", str(lack.get("why") or lack.get("code") or ""))
    more = say.aside(say.code("cover-why", short(lack["detail"], 160))) if lack.get("detail") else ""
    return (say.named(_end(str(lack["where"]), study), said) if lack.get("where") else said) + more


def _end(where: str, study: Study) -> str:
    """``in``, ``out:NAME``, ``out:NAME: STEP`` or the code of a step, in words."""
    say = study.say
    if where == "in":
        return say.code("end", "inner")
    if not where.startswith("out:"):
        return say.code("trial-step", where)
    name, _, step = where.removeprefix("out:").partition(": ")
    return " ".join(filter(None, (say.code("end", "outer"), name, say.code("trial-step", step) if step else "")))


def _lanes(lanes: Sequence[Any], study: Study, caption: str) -> Table:
    say = study.say
    heads = (
        ("pair.no", 0.6),
        ("pair.how", 3),
        ("pair.direction", 1),
        ("pair.device", 1.7),
        ("pair.exit", 1.7),
        ("pair.strength-short", 0.75),
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
        ("doc.problem", 3.4),
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
    return [
        Para(intro),
        Table([Column(say(key), width, key == "scope.target-count") for key, width in heads], rows, say("doc.table-findings")),
    ]
