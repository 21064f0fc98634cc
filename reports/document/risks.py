"""Chapters 5, 7 and 8: risk of what was found, the conclusion, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.document import front
from reports.document.model import Blank, Block, Bullets, Cell, Column, Facts, Heading, Para, Row, Table
from reports.document.say import percent
from reports.document.study import ACTIONS, Study, action, by_cost, is_major
from reports.grouping import Hazard
from reports.plain import short

CARDS = {"liaison": 120, "annex": 2000}
"""Findings that have a card of their own, by reader; all stand in the list of findings."""
GRAVE = ("critical", "high")
GROUPS = {"liaison": 6, "annex": 24}
"""Observations on one card."""


def risk(study: Study) -> list[Block]:
    """Chapter 5: what people weigh as a whole, and the risk of every finding."""
    say = study.say
    blocks: list[Block] = [
        Heading(1, f"5 {say('doc.whole')}", "5"),
        Heading(2, f"5.1 {say('doc.whole-points')}", "5.points"),
        Para(say("doc.whole-note")),
        Blank(say("doc.whole-points-blank")),
        Heading(2, f"5.2 {say('doc.whole-layers')}", "5.layers"),
        Blank(say("doc.whole-layers-blank")),
        Heading(2, f"5.3 {say('doc.whole-summary')}", "5.summary"),
        Blank(say("doc.whole-summary-blank")),
        Heading(2, f"5.4 {say('doc.risks')}", "5.risks"),
        Para(say("doc.risks-note"), "note"),
    ]
    heads = (("field.id", 0.65), ("doc.problem", 2.4), ("doc.related", 1.7), ("doc.impact", 3.4), ("doc.risk", 0.7))
    rows: list[Row] = []
    for hazard in study.hazards[: CARDS["annex"]]:
        targets = say.names(dict.fromkeys(name for group in hazard.groups for name in group.targets), 6)
        rows.append(
            [
                study.number(hazard),
                say.of(hazard.title),
                targets,
                say.of(hazard.why),
                Cell(say.code("severity", hazard.severity), hazard.severity),
            ]
        )
    blocks.append(
        Table([Column(say(key), width) for key, width in heads], rows, say("doc.table-risks")) if rows else Para(say("hazard.none"))
    )
    return blocks


def conclusion(study: Study) -> list[Block]:
    """Chapter 7: the three things of the 2025 form, the score of 2021 beside them, core hazards and gate."""
    say = study.say
    blocks: list[Block] = [
        Heading(1, f"7 {say('part.conclusion')}", "7"),
        Para(say("report.not-an-evaluation"), "strong"),
        front.verdicts(study),
    ]
    rows: list[Row] = []
    for view in study.systems:
        given = view["system"]["conclusion"]
        if given is not None:
            grade = say.code("grade2021", given["grade_2021"])
            rows.append(
                [
                    say.system(view["system"]),
                    f"{given['score_2021']:.2f}",
                    grade,
                    percent(given["rate_half_credit"]),
                    say.join(given["vetoed_by"]) or "—",
                ]
            )
    if rows:
        heads = (("label.system", 2), ("conclusion.score", 1.2), ("doc.grade-2021", 1), ("conclusion.half", 1.4), ("doc.vetoed-by", 1.2))
        blocks.append(Table([Column(say(key), width) for key, width in heads], rows, say("doc.table-2021")))
    blocks.append(Bullets([say("conclusion.rate-formula"), say("conclusion.weights"), say("conclusion.doubt-template")]))
    return [*blocks, front.core(study), front.gate(study), Para(say("core.rule"), "note")]


def advice(study: Study) -> list[Block]:
    """Chapter 8: major risks, other problems, what to do next and a card for every finding."""
    say = study.say
    major, other = [one for one in study.hazards if is_major(one)], [one for one in study.hazards if not is_major(one)]
    blocks: list[Block] = [
        Heading(1, f"8 {say('doc.advice')}", "8"),
        Heading(2, f"8.1 {say('doc.major')}", "8.major"),
        *_remedies(major, study, say("doc.table-8-1")),
    ]
    blocks += [Heading(2, f"8.2 {say('doc.minor')}", "8.minor"), *_remedies(other, study, say("doc.table-8-2"))]
    blocks += [Heading(2, f"8.3 {say('doc.next')}", "8.next"), *_next(study)]
    blocks += [Heading(2, f"8.4 {say('doc.cards')}", "8.cards"), Para(say("doc.cards-note"), "note")]
    cards = carded(study)
    for hazard in cards:
        blocks += card(hazard, study)
    if len(study.hazards) > len(cards):
        blocks.append(Para(say("doc.cards-left", n=len(study.hazards) - len(cards)), "note"))
    return blocks


def _remedies(hazards: Sequence[Hazard], study: Study, caption: str) -> list[Block]:
    say = study.say
    if not hazards:
        return [Para(say("doc.none-here"))]
    heads = (("field.id", 0.65), ("doc.problem", 2.2), ("doc.severity", 0.7), ("col.trigger", 0.9), ("hazard.remedy", 4))
    rows: list[Row] = [
        [
            study.number(one),
            say.of(one.title),
            Cell(say.code("severity", one.severity), one.severity),
            say.join(one.triggers) or "—",
            _brief(one, study),
        ]
        for one in hazards
    ]
    return [Table([Column(say(key), width) for key, width in heads], rows, caption)]


def _brief(hazard: Hazard, study: Study) -> str:
    """The remedy: its first sentence where a card has all of it, else the whole."""
    text = study.say.of(hazard.remedy)
    return text.split("。")[0].split(". ")[0] if hazard in carded(study) else text


def carded(study: Study) -> Sequence[Hazard]:
    """Findings that have a card: for a liaison those that are critical or high, in the annex all."""
    wanted = [one for one in study.hazards if study.reader == "annex" or one.severity in GRAVE]
    return wanted[: CARDS[study.reader]]


def _next(study: Study) -> list[Block]:
    """What to do next: first what answers open questions, then remedies by kind, the cheapest first."""
    say = study.say
    blocks: list[Block] = [Para(say("doc.cost-note"))]
    reasons = study.scope["reasons"]
    if reasons:
        rows: list[Row] = [[say.code("why", why), say.code("doc.remedy", why), f"{hosts:,}", f"{n:,}"] for why, n, hosts in reasons]
        heads = [
            Column(say("scope.reason"), 1.4),
            Column(say("doc.what-to-do"), 4),
            Column(say("scope.target-count"), 0.8, True),
            Column(say("doc.answers"), 0.9, True),
        ]
        blocks += [Para(say("doc.step-evidence"), "strong"), Table(heads, rows)]
    cheap = by_cost(study.hazards)
    for kind in ACTIONS:
        mine = [one for one in cheap if action(one) == kind]
        if mine:
            blocks += [Para(say(f"doc.step-{kind}"), "strong"), front.steps(study, mine, full=False)]
    return blocks


def card(hazard: Hazard, study: Study) -> list[Block]:
    """Everything about one finding, with rooms for its owner, deadline and closing."""
    say, controls = study.say, study.result["texts"]["controls"]
    mine = [controls[one] for one in hazard.clauses]
    kept = _kept(hazard, study)
    triggers = [f"{one} {say.of(study.result['texts']['triggers'][one])}" for one in hazard.triggers]
    rows: list[tuple[str, Cell | str]] = [
        (say("col.severity"), Cell(say.code("severity", hazard.severity), hazard.severity)),
        (say("doc.is-major"), "; ".join(triggers) if triggers else say("word.yes") if is_major(hazard) else say("word.no")),
        (say("col.layer"), say.join(dict.fromkeys(say.code("layer", one["layer"]) for one in mine)) or "—"),
        (say("col.point"), say.join(dict.fromkeys(say.code("point", one["control_point"]) for one in mine)) or "—"),
        (say("hazard.clauses"), say.join(one["clause"] for one in mine) or "—"),
        (say("doc.risk-class"), kept("risk") or say.blank),
        (say("doc.owner"), kept("owner") or say.blank),
        (say("doc.deadline"), kept("deadline") or say.blank),
        (say("doc.recheck"), kept("state") or say.blank),
        (say("doc.closed-by"), kept("closed") or say.blank),
    ]
    heads = (("col.targets", 1.6), ("doc.state-and-evidence", 3.4), ("col.wanted", 1.5), ("col.evidence", 1.5))
    observed: list[Row] = []
    room = GROUPS["liaison" if study.much else study.reader]
    for group in hazard.groups[:room]:
        more = " · ".join(
            filter(
                None,
                (
                    say.of(group.said["detail"]),
                    f"{say('col.strength')} {group.strength}" if group.strength else "",
                    say.of(group.said["scope"]),
                ),
            )
        )
        digest = Cell(group.evidence[0].removeprefix("sha256:")[:16] + "…" if group.evidence else "—", mono=True)
        observed.append(
            [
                say.names(group.targets, 60 if study.reader == "annex" else 12),
                short(f"{say.of(group.said['observed']) or '—'} {more}".strip(), 420),
                short(say.of(group.said["wanted"]), 160) or "—",
                digest,
            ]
        )
    blocks: list[Block] = [
        Heading(3, f"{study.number(hazard)} {say('doc.not-met', title=say.of(hazard.title))}", f"8.cards.{study.number(hazard)}"),
        Facts(rows, narrow=True, together=True),
    ]
    blocks.append(Table([Column(say(key), width) for key, width in heads], observed))
    if len(hazard.groups) > room:
        blocks.append(Para(say("doc.rows-left", n=len(hazard.groups) - room), "note"))
    if hazard.remedy:
        blocks.append(Para(say.named(say("hazard.remedy"), say.of(hazard.remedy))))
    return blocks


def _kept(hazard: Hazard, study: Study) -> Any:
    """What the ledger of hazards holds about a finding, one text a field: the same value of several targets once."""
    rows = [row for row in study.result.get("hazards") or () if row.get("check") == hazard.check and row.get("state") != "closed"]
    say = study.say

    def field(key: str) -> str:
        values = dict.fromkeys(row.get(key) for row in rows if row.get(key))
        prefix = {"risk": "hazard.risk", "state": "hazard.state"}.get(key)
        texts = [_closing(one) if isinstance(one, Mapping) else say.code(prefix, str(one)) if prefix else str(one) for one in values]
        return say.names(texts, 4)

    return field


def _closing(record: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (*map(str, record.get("by") or ()), str(record.get("time") or ""))))
