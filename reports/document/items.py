"""Chapter 3, chapter 6 and annexes C and D: results by layer, control point and clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.document import pictures
from reports.document.model import Block, Bullets, Cell, Column, Figure, Heading, Para, Row, Table
from reports.document.say import percent
from reports.document.study import Study
from reports.grouping import title_of
from reports.plain import short
from scanner.model.result import PERSON_PREFIX, RESULTS

LAYERS = (
    "安全物理环境",
    "安全通信网络",
    "安全区域边界",
    "安全计算环境",
    "安全管理中心",
    "安全管理制度",
    "安全管理机构",
    "安全管理人员",
    "安全建设管理",
    "安全运维管理",
)
"""The ten layers; what a profile has beyond them is "other requirements"."""

WORST_FIRST = ("unmet", "unknown", "awaits-person", "met", "not-applicable")
NAMED = {"unmet": 100, "unknown": 100, "awaits-person": 100, "met": 12, "not-applicable": 6}
"""Checks that the record of one clause names, by what they came to; the records by object have all."""
PROBLEMS = 40
"""Clauses with problems that one layer of one system lists outside the annex."""


def by_layer(study: Study) -> list[Block]:
    """Chapter 3: for each of the ten layers what holds and what is wrong, then other requirements and the summary."""
    say = study.say
    blocks: list[Block] = [Heading(1, f"3 {say('doc.items')}", "3"), Para(say("findings.intro"), "note")]
    for number, layer in enumerate(LAYERS, 1):
        blocks.append(Heading(2, f"3.{number} {say.code('layer', layer)}", f"3.{number}"))
        blocks += _layer(study, layer) or [Para(say("doc.layer-none"))]
    blocks.append(Heading(2, f"3.11 {say('doc.other')}", "3.other"))
    others = list(dict.fromkeys(layer["name"] for view in study.systems for layer in view["layers"] if layer["name"] not in LAYERS))
    for layer in others:
        blocks += [Para(say.code("layer", layer), "strong"), *_layer(study, layer)]
    if not others:
        blocks.append(Para(say("doc.other-none")))
    blocks += [Heading(2, f"3.12 {say('doc.validation')}", "3.validation"), Para(say("doc.validation-see"))]
    blocks += [Heading(2, f"3.13 {say('doc.summary')}", "3.summary"), *_summary(study, "")]
    return blocks


def _layer(study: Study, name: str) -> list[Block]:
    say = study.say
    blocks: list[Block] = []
    for view in study.systems:
        layer = next((one for one in view["layers"] if one["name"] == name), None)
        if layer is None:
            continue
        rows = [row for _, _, group in layer["points"] for row in group]
        counts = {result: sum(row["finding"]["result"] == result for row in rows) for result in RESULTS}
        text = " · ".join(f"{say.code('result', result)} {n}" for result, n in counts.items())
        good = dict.fromkeys(say.code("point", row["control"]["control_point"]) for row in rows if row["finding"]["result"] == "compliant")
        partly = sum(_met(row) for row in rows)
        measures = say.names(good, 20) if good else say("doc.measures-none")
        problems = [_problem(row, study) for row in rows if row["finding"]["result"] in ("noncompliant", "partial")]
        end = "" if problems else say("doc.problems-none")
        blocks += [
            Para(say.named(say.system(view["system"]), text), "strong"),
            Para(f"{say('doc.measures', points=measures, met=partly)}{'' if say.lang == 'zh' or not end else ' '}{end}"),
        ]
        heads = (("col.clause", 0.9), ("col.point", 1.2), ("col.requirement", 2.6), ("col.result", 1.05), ("doc.main-problems", 3.05))
        if problems:
            blocks.append(Table([Column(say(key), width) for key, width in heads], problems[:PROBLEMS]))
        if len(problems) > PROBLEMS:
            blocks.append(Para(say("doc.rows-left", n=len(problems) - PROBLEMS), "note"))
    return blocks


def _met(row: Mapping[str, Any]) -> int:
    return sum(one.statuses.get("met", 0) for one in row["checks"])


def _problem(row: Mapping[str, Any], study: Study) -> Row:
    say, finding, control = study.say, row["finding"], row["control"]
    texts = study.result["texts"]
    found = [f"{say.of(title_of(one.check, texts))} ({one.statuses['unmet']})" for one in row["checks"] if one.statuses.get("unmet")]
    result = Cell(say.code("result", finding["result"]), finding["result"])
    point = say.code("point", control["control_point"])
    return [control["clause"] + row["mark"], point, say.of(control), result, say.names(found, 8) or "—"]


def _summary(study: Study, caption: str) -> list[Block]:
    """Counts by layer: once with all columns, per system."""
    say = study.say
    heads = [
        Column(say("col.layer"), 2),
        *(Column(say.code("result", name), 1, True) for name in RESULTS),
        Column(say("col.total"), 0.8, True),
        Column(say("findings.tech"), 1, True),
    ]
    blocks: list[Block] = []
    for view in study.systems:
        rows: list[Row] = [
            [
                say.code("layer", bar["layer"]),
                *(str(bar["counts"].get(name, 0)) for name in RESULTS),
                str(bar["total"]),
                percent(bar["rate"]),
            ]
            for bar in view["bars"]
        ]
        given = view["system"]["conclusion"]
        total = [Cell(say("col.total"), strong=True), *(Cell(str(view["counts"][name]), strong=True) for name in RESULTS)]
        rows.append([*total, str(len(view["system"]["findings"])), percent(given["rate"] if given else None)])
        blocks.append(Table(heads, rows, f"{caption}{say.system(view['system'])}"))
    return blocks


def appraisal(study: Study) -> list[Block]:
    """Chapter 6: the table of layers with its picture."""
    say = study.say
    blocks: list[Block] = [Heading(1, f"6 {say('doc.overall')}", "6"), *_summary(study, say("doc.table-6-1"))]
    for view in study.systems:
        if view["bars"]:
            blocks.append(Figure(pictures.layers(view["bars"], say), say.named(say("doc.figure-layers"), say.system(view["system"]))))
    blocks.append(Para(say("conclusion.rate-formula"), "note"))
    return blocks


def points(study: Study) -> list[Block]:
    """Annex C: the result of every control point."""
    say = study.say
    blocks: list[Block] = [Heading(1, say("doc.annex-c"), "C")]
    heads = [
        Column(say("col.point"), 2.2),
        Column(say("col.result"), 1.5),
        *(Column(say.code("result", name), 0.9, True) for name in RESULTS),
    ]
    for view in study.systems:
        rows: list[Row] = []
        for layer in view["layers"]:
            rows.append([say.code("layer", layer["name"])])
            for point, outcome, group in layer["points"]:
                counts = [sum(row["finding"]["result"] == name for row in group) for name in RESULTS]
                verdict = Cell(say.code("result", outcome), outcome or "")
                rows.append([say.code("point", point), verdict, *(str(n) if n else "" for n in counts)])
        blocks.append(Table(heads, rows, say.system(view["system"])))
    return blocks


def records(study: Study) -> list[Block]:
    """Annex D, first half: every clause with its checks, attestation and waiver."""
    say = study.say
    blocks: list[Block] = [Heading(1, say("doc.annex-d"), "D"), Heading(2, say("doc.clause-records"), "D.clauses"), *_marks(study)]
    heads = (("col.clause", 1.1), ("col.requirement", 2.3), ("doc.record", 4.1), ("col.result", 1.2), ("doc.decisions", 1.2))
    for view in study.systems:
        rows: list[Row] = []
        for layer in view["layers"]:
            rows.append([say.code("layer", layer["name"])])
            rows += [_record(row, study) for _, _, group in layer["points"] for row in group]
        blocks.append(Table([Column(say(key), width) for key, width in heads], rows, say.system(view["system"])))
    return blocks


def elsewhere(study: Study) -> list[Block]:
    """Annex D where the records stand in the edition with everything."""
    return [Heading(1, study.say("doc.annex-d"), "D"), Para(study.say("doc.records-elsewhere"))]


def _marks(study: Study) -> list[Block]:
    say = study.say
    items = []
    for key, status in (("doubt-memory", "M"), ("doubt-single", "V1"), ("doubt-product", "P")):
        n = sum(view["sources"][status] for view in study.systems)
        if n:
            items.append(say(f"conclusion.{key}", n=n))
    return [Bullets(items)] if items else []


def _record(row: Mapping[str, Any], study: Study) -> Row:
    say, finding, control = study.say, row["finding"], row["control"]
    texts = study.result["texts"]
    parts = [say("word.person-item")] if any(one.check.startswith(PERSON_PREFIX) for one in row["checks"]) else []
    for status in WORST_FIRST:
        mine = [one for one in row["checks"] if one.statuses.get(status) and not one.check.startswith(PERSON_PREFIX)]
        if mine:
            titles = [say.of(title_of(one.check, texts)) + _times(one.statuses[status]) for one in mine]
            count = sum(one.statuses[status] for one in mine)
            parts.append(say.named(f"{say.code('status', status)} {count}", say.names(titles, NAMED[status])))
    decided = [say.code("basis", finding["basis"])] if finding["basis"] == "attested" else []
    decided += [decision(say, key, finding[key]) for key in ("attestation", "waiver") if finding[key]]
    method = say.join(say.code("method", one) for one in control["method"])
    text = "; ".join(parts) or say("word.no-check")
    result = Cell(say.code("result", finding["result"]), finding["result"])
    return [control["clause"] + row["mark"], say.of(control), f"[{method}] {text}", result, "; ".join(decided) or "—"]


def _times(n: int) -> str:
    return f" ×{n}" if n > 1 else ""


def decision(say: Any, key: str, record: Mapping[str, Any]) -> str:
    """An attestation or a waiver in one line."""
    fields = "; ".join(f"{say.code('field', name)} {short(value, 160)}" for name, value in sorted(record.items()) if value is not None)
    return str(say.named(say("col." + key), fields))


def decisions(study: Study) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
    """All attestations and waivers of the findings: system, key, record, each once."""
    found: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
    for view in study.systems:
        for finding in view["system"]["findings"]:
            for key in ("attestation", "waiver"):
                if finding[key]:
                    found.setdefault(f"{key} {finding['control']} {finding[key]}", (finding["control"], key, finding[key]))
    return list(found.values())
