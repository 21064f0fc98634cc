"""Chapters 1 and 2: why and how it was checked, and what was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.document.front import systems
from reports.document.model import Blank, Block, Bullets, Cell, Column, Facts, Heading, Para, Row, Table
from reports.document.say import percent
from reports.document.study import Study
from scanner.model.result import RESULTS

CLASSES: Mapping[str, tuple[str, ...]] = {
    "room": (),
    "network": ("netdev",),
    "security": (),
    "server": ("linux", "windows"),
    "terminal": (),
    "platform": ("database", "middleware"),
    "business": ("web", "application"),
    "data": ("catalogue",),
    "staff": (),
    "papers": ("site", "unit"),
    "crypto": (),
    "other": ("pair", "segment"),
}
"""The twelve classes of objects and the kinds of targets that fall under them; a class without kinds is a person's to list."""

OBJECTS = 200
"""Targets listed by name in one class; annex A lists all that the result holds room for."""


def overview(study: Study) -> list[Block]:
    """Chapter 1."""
    say, run, scope = study.say, study.run, study.scope
    basis = [say(f"doc.basis-{n}") for n in range(1, 6)]
    profiles = {view["system"]["profile"]["id"]: view["profile"] for view in study.systems}
    basis += [f"{say.of(profile['title'])} ({name})" for name, profile in sorted(profiles.items()) if profile]
    process = say(
        "doc.process",
        started=run["started"], finished=run["finished"], jobs=run["jobs"], targets=f"{scope['targets']:,}", reached=f"{scope['reached']:,}",
        asked=f"{scope['asked']:,}", evidence=f"{len(study.result['evidence']):,}",
    )  # fmt: skip
    return [
        Heading(1, f"1 {say('doc.overview')}", "1"),
        Heading(2, f"1.1 {say('doc.purpose')}", "1.purpose"),
        Para(say("doc.purpose-text", whose=study.whose)),
        Heading(2, f"1.2 {say('doc.basis')}", "1.basis"),
        Bullets(basis),
        Heading(2, f"1.3 {say('doc.process-title')}", "1.process"),
        Para(process),
        Para(say("doc.process-rule")),
        Heading(2, f"1.4 {say('doc.distribution')}", "1.distribution"),
        Blank(say("doc.distribution-blank"), 2),
    ]


def subject(study: Study) -> list[Block]:
    """Chapter 2."""
    say = study.say
    return [
        Heading(1, f"2 {say('doc.subject')}", "2"),
        Heading(2, f"2.1 {say('doc.grading')}", "2.grading"),
        systems(study),
        Para(say("doc.grading-note"), "note"),
        Heading(2, f"2.2 {say('doc.structure')}", "2.structure"),
        *_zones(study),
        Blank(say("doc.business-blank"), 2),
        Heading(2, f"2.3 {say('doc.criteria')}", "2.criteria"),
        *_criteria(study),
        Heading(2, f"2.4 {say('doc.objects')}", "2.objects"),
        *_objects(study),
    ]


def _zones(study: Study) -> list[Block]:
    say, zones = study.say, study.result["views"].get("zones") or {}
    if not zones:
        return [Para(say("doc.zones-none"))]
    heads = (("col.zone", 1.2), ("col.kind", 1), ("doc.level", 0.8), ("doc.networks", 3), ("label.systems", 2))
    rows: list[Row] = []
    for name, zone in sorted(zones.items()):
        here = dict.fromkeys(target["system"] for target in study.result["targets"] if target["zone"] == name)
        named = {view["system"]["id"]: say.system(view["system"]) for view in study.systems}
        title = zone.get("name") or name
        networks = say.names(map(str, zone.get("networks") or ()), 12) or "—"
        rows.append(
            [
                title,
                say.code("zone-kind", zone.get("kind")),
                str(zone.get("level") or "—"),
                networks,
                say.join(named.get(one, one) for one in here) or "—",
            ]
        )
    return [Table([Column(say(key), width) for key, width in heads], rows, say("doc.table-zones"))]


def _criteria(study: Study) -> list[Block]:
    """What each system was measured by, and what does not apply with its reason."""
    say = study.say
    heads = (
        ("label.system", 2),
        ("label.profile", 2.4),
        ("doc.clauses", 0.8),
        ("result.not_applicable", 0.9),
        ("doc.machine-clauses", 1.1),
        ("doc.person-clauses", 1.1),
    )
    rows: list[Row] = []
    gone: list[Row] = []
    for view in study.systems:
        system, texts = view["system"], study.result["texts"]["controls"]
        profile = say.of(view["profile"]["title"]) if view["profile"] else system["profile"]["id"]
        machine = sum(bool(texts[finding["control"]]["checks"]) for finding in system["findings"])
        total = len(system["findings"])
        rows.append([say.system(system), profile, str(total), str(view["counts"]["not_applicable"]), str(machine), str(total - machine)])
        for finding in system["findings"]:
            if finding["result"] == "not_applicable":
                control = texts[finding["control"]]
                gone.append([say.system(system), control["clause"], say.of(control), _why(finding, study) or say.blank])
    blocks: list[Block] = [Table([Column(say(key), width, width < 1.2) for key, width in heads], rows, say("doc.table-criteria"))]
    if gone:
        columns = [
            Column(say(key), width)
            for key, width in (("label.system", 1.4), ("col.clause", 0.9), ("col.requirement", 3), ("scope.reason", 2))
        ]
        blocks.append(Table(columns, gone, say("doc.table-not-applicable")))
    blocks.append(Para(say("doc.criteria-note"), "note"))
    return blocks


def _why(finding: Mapping[str, Any], study: Study) -> str:
    whys = dict.fromkeys(study.result["verdicts"][number]["why"] for number in finding["verdicts"])
    return study.say.join(study.say.code("why", why) for why in whys if why)


def _objects(study: Study) -> list[Block]:
    say, targets = study.say, study.result["targets"]
    heads = (("doc.object-class", 1.3), ("scope.target-count", 0.6), ("doc.object-names", 4.2))
    rows: list[Row] = []
    for name, kinds in CLASSES.items():
        mine = [target["id"] for target in targets if target["kind"] in kinds]
        known = say.names(mine, 24) if mine else (say("doc.object-unasked") if kinds else "")
        rows.append([say(f"doc.class-{name}"), str(len(mine)), known or say("doc.object-blank", blank=say.blank)])
    return [
        Para(say("doc.objects-how")),
        Table([Column(say(key), width, width < 1) for key, width in heads], rows, say("doc.table-objects")),
    ]


def assets(study: Study) -> list[Block]:
    """Annex A: every target with its class, address and how it was reached."""
    say, targets = study.say, study.result["targets"]
    classes = {kind: name for name, kinds in CLASSES.items() for kind in kinds}
    heads = (
        ("col.target", 1.7),
        ("doc.object-class", 1.2),
        ("label.system", 1.1),
        ("col.zone", 0.9),
        ("col.address", 2),
        ("col.reached", 1.2),
        ("col.operator", 1.1),
    )
    room = 100 * OBJECTS if study.reader == "annex" and not study.much else OBJECTS
    rows: list[Row] = []
    for target in sorted(targets, key=lambda one: (one["reached"], one["system"], one["id"]))[:room]:
        reached = Cell(say("word.yes")) if target["reached"] else Cell(f"{say('word.no')}: {say.code('why', target['why'])}", "unknown")
        login = f"{target['operator'] or '—'} {say.code('privilege', target['privilege']) if target['privilege'] else ''}".strip()
        kind = f"{say('doc.class-' + classes.get(target['kind'], 'other'))} ({say.code('kind', target['kind'])})"
        rows.append([target["id"], kind, target["system"], target["zone"] or "—", target["address"] or "—", reached, login])
    blocks: list[Block] = [Heading(1, say("doc.annex-a"), "A"), Table([Column(say(key), width) for key, width in heads], rows)]
    if len(targets) > room:
        blocks.append(Para(say("doc.rows-left", n=f"{len(targets) - room:,}"), "note"))
    return blocks


def tally(study: Study) -> Facts:
    """How many clauses of a system came to what, in one line each."""
    say = study.say
    rows: list[tuple[str, Cell | str]] = []
    for view in study.systems:
        text = " · ".join(f"{say.code('result', name)} {view['counts'][name]}" for name in RESULTS)
        given = view["system"]["conclusion"]
        rows.append((say.system(view["system"]), f"{text} · {say('conclusion.rate')} {percent(given['rate'] if given else None)}"))
    return Facts(rows)
