"""The lists of what a report must hold, from ``outline.yaml``, and the annex that shows where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from reports.document.model import Block, Cell, Column, Heading, Para, Row, Table
from reports.document.study import Study
from scanner.model.result import STATUSES

LISTS = ("template_2021", "template_2025", "attachments")


@cache
def outline() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Each of :data:`LISTS` with its items."""
    text = files("reports").joinpath("document", "outline.yaml").read_text("utf-8")
    data: Mapping[str, Sequence[Mapping[str, Any]]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def attachments(study: Study) -> list[Block]:
    """Annex L: papers of an acceptance one by one: what this report gives, and room for the rest."""
    say = study.say
    heads = (("field.id", 0.8), ("doc.paper", 2.2), ("doc.when", 1.2), ("doc.this-report", 3), ("doc.paper-place", 1.6))
    rows: list[Row] = []
    for item in outline()["attachments"]:
        gives = _gives(item["gives"], study)
        finding = _finding(item["id"], study)
        given = "; ".join(filter(None, (gives, finding))) or say("doc.gives-none")
        rows.append(
            [item["id"], str(item[say.lang]), say(f"doc.when-{item['when']}"), given, "—" if item["by"] == "machine" else say.blank]
        )
    return [
        Heading(1, say("doc.annex-l"), "L"),
        Para(say("doc.papers-note")),
        Table([Column(say(key), width) for key, width in heads], rows),
    ]


def _finding(control: str, study: Study) -> str:
    """What the acceptance profile found about a paper, when it was measured by."""
    say = study.say
    texts = []
    for view in study.systems:
        for finding in view["system"]["findings"]:
            if finding["control"] == control:
                texts.append(say.named(say.system(view["system"]), say.code("result", finding["result"])))
    return say.join(texts)


def _gives(kind: str, study: Study) -> str:
    say, result = study.say, study.result
    if kind == "systems":
        return say("doc.gives-systems", n=len(study.systems), targets=len(result["targets"]))
    if kind == "hazards":
        rows = result.get("hazards") or ()
        return (
            say("doc.gives-hazards", n=len(rows), open=sum(row.get("state") != "closed" for row in rows))
            if rows
            else say("doc.gives-no-hazards")
        )
    if kind == "report":
        return say("doc.gives-report", run=study.run["id"], version=study.run["version"])
    if kind == "isolation":
        return _verdicts(("isolation.no-path",), study)
    if kind == "holdings":
        return _verdicts(("holdings.segregated",), study)
    if kind == "custody":
        return _verdicts(("holdings.classified-storage", "holdings.custody"), study)
    if kind == "waivers":
        n = sum(bool(finding["waiver"]) for view in study.systems for finding in view["system"]["findings"])
        return say("doc.gives-waivers", n=n)
    return say("doc.gives-evidence", n=f"{len(result['evidence']):,}") if kind == "evidence" else ""


def _verdicts(checks: Sequence[str], study: Study) -> str:
    """How many verdicts of these checks came to what; plainly "not tested" where there is none."""
    say = study.say
    found = [verdict["status"] for check in checks for verdict in study.verdicts(check)]
    counts = " · ".join(f"{say.code('status', status)} {found.count(status)}" for status in STATUSES if status in found)
    return counts or say("core-state.not_tested")


def where(study: Study, report: Sequence[Block]) -> list[Block]:
    """Annex N: the sections of both forms, and where this report has them."""
    say = study.say
    numbers = {one.anchor: one.text.partition(" ")[0] for one in report if isinstance(one, Heading) and one.text[:1].isdigit()}
    blocks: list[Block] = [Heading(1, say("doc.annex-n"), "N"), Para(say("doc.outline-note"), "note")]
    heads = (("doc.form-section", 3.2), ("doc.stands-in", 2.2), ("doc.filled-by", 1.6))
    for name in LISTS[:2]:
        rows: list[Row] = []
        for item in outline()[name]:
            places = say.join(dict.fromkeys(_place(anchor, numbers, say) for anchor in item["at"]))
            rows.append(
                [
                    f"{item['id']} {item[say.lang]}" if item["id"][0].isdigit() else str(item[say.lang]),
                    places,
                    Cell(say(f"doc.by-{item['by']}")),
                ]
            )
        blocks.append(Table([Column(say(key), width) for key, width in heads], rows, say(f"doc.{name.replace('_', '-')}")))
    return blocks


def _place(anchor: str, numbers: Mapping[str, str], say: Any) -> str:
    """A section's name for people: its number, ``第 4 章``, ``附录 A``, or its title for the front."""
    if anchor in numbers:
        return numbers[anchor] if "." in numbers[anchor] else str(say("doc.chapter", n=numbers[anchor]))
    return (
        str(say("doc.annex", n=anchor.partition(".")[0])) if anchor[0].isupper() else str(say(f"doc.place-{anchor.removeprefix('front.')}"))
    )
