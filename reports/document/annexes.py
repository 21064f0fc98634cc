"""The annexes: former problems, records per object, triggers, the register of hazards, decisions, evidence and how to verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.document import front, pictures
from reports.document.items import decisions
from reports.document.model import Blank, Block, Cell, Column, Facts, Figure, Heading, Lines, Para, Row, Table
from reports.document.others import others
from reports.document.say import Say
from reports.document.study import Study
from reports.grouping import is_person, title_of
from reports.plain import short
from scanner.model.result import SEVERITIES

UNPACK = "unzip -p result.json.seal manifest.json > manifest.json; unzip -p result.json.seal 'manifest.*.sig' > manifest.sig"
"""Takes the signed bytes and their signature out of a seal."""
RECORDS = {False: 4000, True: 600}
"""Verdicts that the records per object list, by whether there is too much to print it all; of more the gravest that somebody must act on."""
OPEN = ("unmet", "unknown", "awaits-person")
EVIDENCE = {False: 2000, True: 200}
EXCERPTS = 60
"""Pieces of evidence shown in words; all stand on the shelf."""
REGISTER = {"liaison": 300, "annex": 5000}


def former(study: Study) -> list[Block]:
    """Annex B: what became of former problems, from the register of hazards; and how it went over time."""
    say, rows = study.say, study.result.get("hazards") or []
    blocks: list[Block] = [Heading(1, say("doc.annex-b"), "B")]
    runs = [run for run in study.result.get("trend") or () if isinstance(run, Mapping)]
    if runs:
        blocks.append(Figure(pictures.trend(runs, say), say("doc.figure-trend", n=len(runs))))
    if rows:
        counts: dict[str, int] = {}
        for row in rows:
            counts[str(row.get("state"))] = counts.get(str(row.get("state")), 0) + 1
        text = " · ".join(f"{say.code('hazard.state', state)} {n}" for state, n in sorted(counts.items()))
        blocks.append(Para(say("doc.former-counts", n=len(rows), text=text)))
    else:
        blocks.append(Para(say("doc.former-none")))
    return [*blocks, Blank(say("doc.former-blank"), 2)]


def by_hand(study: Study, letters: str) -> list[Block]:
    """Annexes E, F, H and I: what other tools and people must add."""
    say = study.say
    blocks: list[Block] = []
    for letter in letters:
        blocks += [
            Heading(1, say(f"doc.annex-{letter}"), letter.upper()),
            Para(say(f"doc.annex-{letter}-note")),
            *(others(study) if letter == "e" else ()),
            Blank(say(f"doc.annex-{letter}-blank"), 2),
        ]
    return blocks


def triggers(study: Study) -> list[Block]:
    """Annex G: every trigger of major risk, hit or not, or for a person to look at."""
    say, texts = study.say, study.result["texts"]["triggers"]
    blocks: list[Block] = [Heading(1, say("doc.annex-g"), "G"), Para(say("doc.triggers-note"), "note")]
    if not texts:
        return [*blocks, Blank(say("doc.triggers-blank"), 2)]
    hits = {one for view in study.systems if view["system"]["conclusion"] for one in view["system"]["conclusion"]["triggers"]}
    statuses: dict[str, set[str]] = {}
    for verdict in study.result["verdicts"]:
        statuses.setdefault(verdict["check"], set()).add(verdict["status"])
    shown: dict[str, list[str]] = {}
    for hazard in study.hazards:
        for one in hazard.triggers:
            shown.setdefault(one, []).append(study.number(hazard))
    heads = (("col.trigger", 0.7), ("col.content", 3.4), ("doc.trigger-state", 1.6), ("doc.trigger-findings", 2.2))
    rows: list[Row] = []
    for name in sorted(texts):
        checks = texts[name].get("checks") or ()
        state = "hit" if name in hits or name in shown else _trigger_state(checks, statuses)
        tone = {"hit": "unmet", "clear": "", "open": "unknown", "unasked": "unknown", "person": "awaits-person"}[state]
        rows.append(
            [
                name,
                say.of(texts[name]),
                Cell(say(f"doc.trigger-{state}"), tone),
                say.names(shown.get(name, []), 10) or (say.blank if state == "person" else "—"),
            ]
        )
    return [*blocks, Table([Column(say(key), width) for key, width in heads], rows)]


def _trigger_state(checks: Sequence[str], statuses: Mapping[str, set[str]]) -> str:
    """Not seen only where every one of its checks was asked and answered; an open answer is never a clear one."""
    if not checks:
        return "person"
    found = [statuses.get(check, set()) for check in checks]
    if not any(found):
        return "unasked"
    return "clear" if all(found) and set.union(*found) <= {"met", "not-applicable"} else "open"


def register(study: Study) -> list[Block]:
    """Annex J: the register of hazards as the ledger keeps it."""
    say, rows = study.say, study.result.get("hazards") or []
    blocks: list[Block] = [Heading(1, say("doc.annex-j"), "J")]
    if not rows:
        return [*blocks, Para(say("doc.register-none")), Blank(say("doc.register-blank"), 2)]
    heads = (
        ("field.id", 1.8),
        ("col.target", 1.3),
        ("col.check", 2.5),
        ("doc.hazard-level", 0.75),
        ("doc.class", 0.75),
        ("doc.recheck", 0.8),
        ("doc.owner", 0.95),
        ("doc.deadline", 1.15),
        ("doc.closed-by", 1.3),
    )
    room = REGISTER[study.reader]
    table = [_registered(row, study) for row in rows[:room]]
    classes = sorted({str(row["risk"]) for row in rows if row.get("risk")})
    blocks.append(Para(say("doc.classes", names=say.join(f"{name} {say.code('hazard.risk', name)}" for name in classes)), "note"))
    blocks.append(Table([Column(say(key), width) for key, width in heads], table))
    if len(rows) > room:
        blocks.append(Para(say("doc.rows-left", n=len(rows) - room), "note"))
    return blocks


def _registered(row: Mapping[str, Any], study: Study) -> Row:
    say, closed = study.say, row.get("closed")
    how = "—"
    if isinstance(closed, Mapping):
        how = " ".join((say.join(closed.get("by") or ()) or say.code("hazard.how", closed.get("how")), str(closed.get("time", ""))[:10]))
    state = Cell(say.code("hazard.state", row.get("state")), "" if row.get("state") == "closed" else "unmet")
    return [
        Cell(str(row.get("id")), mono=True),
        str(row.get("target")),
        say.of(title_of(str(row.get("check")), study.result["texts"])),
        say.code("hazard.level", row.get("level")),
        str(row.get("risk") or "—"),
        state,
        row.get("owner") or say("doc.blank-short"),
        row.get("deadline") or say("doc.blank-short"),
        how,
    ]


def waived(study: Study) -> list[Block]:
    """Annex K: attestations and waivers, each with who, until when and what instead."""
    say, found = study.say, decisions(study)
    blocks: list[Block] = [Heading(1, say("doc.annex-k"), "K"), Para(say("doc.decisions-note"), "note")]
    if not found:
        return [*blocks, Para(say("doc.decisions-none"))]
    controls = study.result["texts"]["controls"]
    rows: list[Row] = [[controls[control]["clause"], say("col." + key), _fields(record, say)] for control, key, record in found]
    return [*blocks, Table([Column(say("col.clause"), 0.8), Column(say("doc.decision-kind"), 0.8), Column(say("col.content"), 5)], rows)]


def _fields(record: Mapping[str, Any], say: Say) -> str:
    return "; ".join(f"{say.code('field', name)} {short(value, 200)}" for name, value in sorted(record.items()) if value is not None)


def objects(study: Study) -> list[Block]:
    """Annex D, second half: a record for every object with what was asked, seen and decided."""
    say = study.say
    blocks: list[Block] = [
        Heading(2, say("doc.object-records"), "D.objects"),
        Para(say("doc.object-records-note", rulebook=study.run["rulebook"]), "note"),
    ]
    chosen, dropped = _chosen(study)
    by_target: dict[str, list[Mapping[str, Any]]] = {}
    for verdict in chosen:
        by_target.setdefault(verdict["target"], []).append(verdict)
    if dropped:
        blocks.append(Para(say("doc.records-left", shown=f"{len(chosen):,}", n=f"{dropped:,}"), "warn"))
    for target in study.result["targets"]:
        verdicts = by_target.pop(target["id"], [])
        if verdicts:
            blocks += _object(target, verdicts, study)
    for name, verdicts in by_target.items():
        blocks += _verdicts(name, verdicts, study)
    return blocks


def _chosen(study: Study) -> tuple[list[Mapping[str, Any]], int]:
    """The verdicts that are printed one by one, in the result's order, and how many are not: of too many, the gravest that somebody must act on."""
    room = RECORDS[study.much]
    found = [(at, one) for at, one in enumerate(study.result["verdicts"]) if not is_person(one)]
    if len(found) <= room:
        return [one for _, one in found], 0
    waiting = [(SEVERITIES.index(one["severity"]), OPEN.index(one["status"]), at) for at, one in found if one["status"] in OPEN]
    kept = {at for _, _, at in sorted(waiting)[:room]}
    return [one for at, one in found if at in kept], len(found) - len(kept)


def _object(target: Mapping[str, Any], verdicts: list[Mapping[str, Any]], study: Study) -> list[Block]:
    say, run = study.say, study.run
    how = f"{target['operator'] or '—'} {say.code('privilege', target['privilege']) if target['privilege'] else ''}".strip()
    reached = (
        say("word.yes") if target["reached"] else f"{say('word.no')}: {say.code('why', target['why'])} {say.remark(target['detail'], 160)}"
    )
    facts: list[tuple[str, Cell | str]] = [
        (say("col.address"), target["address"] or "—"),
        (say("col.kind"), say.code("kind", target["kind"])),
        (say("doc.object-version"), say.blank),
        (say("label.time"), run["finished"]),
        (say("label.operator"), f"{run['operator'] or '—'} ({how})"),
        (say("doc.tool"), f"shiqu {run['version']}"),
        (say("col.reached"), reached),
        (say("col.seconds"), f"{target['seconds']:.1f}"),
    ]
    table = _verdicts(target["id"], verdicts, study)
    return [table[0], Facts(facts, narrow=True, together=True), *table[1:]]


def _verdicts(name: str, verdicts: list[Mapping[str, Any]], study: Study) -> list[Block]:
    say = study.say
    evidence, texts = study.result["evidence"], study.result["texts"]
    heads = (
        ("col.check", 2.2),
        ("col.status", 0.8),
        ("col.observed", 2.6),
        ("col.wanted", 1.1),
        ("doc.how-asked", 1.5),
        ("doc.raw-file", 1.5),
    )
    rows: list[Row] = []
    for verdict in verdicts:
        status = Cell(say.code("status", verdict["status"]), verdict["status"])
        why = f"{say.code('why', verdict['why'])} " if verdict["why"] else ""
        detail = f" {say.remark(verdict['detail'], 120)}" if verdict["detail"] else ""
        probes = dict.fromkeys(evidence[one]["probe"] for one in verdict["evidence"] if one in evidence)
        digest = f"objects/{verdict['evidence'][0].removeprefix('sha256:')[:12]}…" if verdict["evidence"] else "—"
        observed = f"{why}{say.seen(verdict['check'], verdict['observed'], 200)}{detail}".strip() or "—"
        title = say.of(title_of(verdict["check"], texts))
        rows.append(
            [title, status, observed, say.wanted(verdict["wanted"], 80) or "—", say.names(probes, 3) or "—", Cell(digest, mono=True)]
        )
    return [Heading(3, name, f"D.objects.{name}"), Table([Column(say(key), width) for key, width in heads], rows)]


def evidence(study: Study) -> list[Block]:
    """Annex M: the evidence by digest, some of it in words, and how anybody can check this report."""
    say, run, index = study.say, study.run, study.result["evidence"]
    sample = min(index) if index else run["shelf"]
    code = study.short_code
    blocks: list[Block] = [
        Heading(1, say("doc.annex-m"), "M"),
        Heading(2, say("part.verify"), "M.verify"),
        Para(say("verify.intro")),
        Lines(f"unzip -p shelf.zip manifest.json | sha256sum\n{run['shelf'].removeprefix('sha256:')}  -", say("verify.step1")),
        Lines(
            f"unzip -p shelf.zip objects/{sample.removeprefix('sha256:')} | sha256sum\n{sample.removeprefix('sha256:')}  -",
            say("verify.step2"),
        ),
        Lines("shiqu judge shelf.zip -o again\ncmp again/result.json result.json", say("verify.step3")),
        Lines(f"openssl dgst -sha256 -binary result.json | base32 | cut -c1-12\n{code.replace('-', '')}", say("doc.verify-code")),
        Lines(f"{UNPACK}\n{front.OPENSSL}\n{front.OPENSSL} -digest sm3 -pkeyopt distid:1234567812345678", say("doc.verify-seal")),
        Para(say("verify.step4"), "note"),
        Heading(2, say("part.evidence"), "M.index"),
        Para(say("doc.evidence-intro", n=f"{len(index):,}")),
    ]
    if study.reader == "annex":
        blocks += _index(study)
    return blocks


def _index(study: Study) -> list[Block]:
    say, index = study.say, study.result["evidence"]
    rows: list[Row] = []
    room = EVIDENCE[study.much]
    for digest in sorted(index)[:room]:
        item = index[digest]
        why = f"{say.code('why', item['why'])} " if item["why"] else ""
        code = "—" if item["exit"] is None else str(item["exit"])
        rows.append(
            [
                Cell(digest.removeprefix("sha256:"), mono=True),
                item["probe"],
                say.code("evidence-kind", item["kind"]),
                code,
                f"{item['bytes']:,}",
                f"{why}{say.remark(item['detail'], 120)}".strip() or "—",
            ]
        )
    heads = (("col.digest", 3.2), ("col.probe", 2), ("col.kind", 0.8), ("col.exit", 0.6), ("col.bytes", 0.8), ("col.detail", 1.4))
    blocks: list[Block] = [Table([Column(say(key), width, key in ("col.exit", "col.bytes")) for key, width in heads], rows)]
    if len(index) > room:
        blocks.append(Para(say("doc.rows-left", n=f"{len(index) - room:,}"), "note"))
    blocks.append(Heading(2, say("doc.excerpts"), "M.excerpts"))
    wanted = dict.fromkeys(group.evidence[0] for hazard in study.hazards for group in hazard.groups[:1] if group.evidence)
    shown = [one for one in wanted if one in study.result["excerpts"]][:EXCERPTS]
    blocks += [Lines(study.result["excerpts"][one], one) for one in shown] or [Para(say("ui.no-excerpt"))]
    return blocks
