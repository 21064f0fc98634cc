"""The first sheet: what was looked at, with what, and what came of it; and the core hazards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.json_file import code
from reports.overview import core_hazards, coverage
from reports.tables.table import Column, Row, Sight, Table
from scanner.model.result import RESULTS, STATUSES

SUMMARY = (Column("column.item", 30), Column("col.value", 60), Column("col.detail", 90))
CORE = (
    Column("core.id", 8),
    Column("core.name", 36),
    Column("column.status-code", 16),
    Column("core.state", 24, "core-state"),
    Column("core.effect", 56),
    Column("core.basis", 20),
)


def summary(sight: Sight, reader: str, marking: str | None) -> Table:
    """Cover and conclusion as rows of item, value and remark."""
    return Table("sheet.summary", SUMMARY, _rows(sight, reader, marking))


def _rows(sight: Sight, reader: str, marking: str | None) -> Iterator[Row]:
    say, run = sight.words, sight.result["run"]
    yield say["report.title"], say[f"reader.{reader}"], say["report.not-an-evaluation-long"]
    if marking:
        yield say["label.marking"], sight.text(marking), None
    unit = run["unit"]
    yield say["label.unit"], sight.text(str(unit.get("name") or "")), sight.text(str(unit.get("code") or ""))
    yield say["label.region"], sight.text(str(unit.get("region") or "")), sight.code("rank", unit.get("rank"))
    yield say["label.run"], sight.text(run["id"]), _stopped(run, say)
    yield say["label.time"], sight.text(f"{run['started']} — {run['finished']}"), say["label.utc"]
    yield say["label.operator"], sight.text(run["operator"]), None
    yield say["label.authorised-by"], sight.text(run.get("authorised_by") or say["word.none"]), None
    yield say["doc.short-code"], code(sight.result), None
    yield say["doc.key"], sight.text(run.get("key") or say["doc.key-none"]), say["doc.stamp-none"]
    yield say["label.version"], sight.text(run["version"]), None
    yield say["label.rulebook"], sight.text(run["rulebook"]), None
    yield say["label.shelf"], sight.text(run["shelf"]), None
    for name, value in sorted(run["values"].items()):
        yield say["label.values"], sight.text(name), sight.plain(value)
    yield from _gate(sight)
    yield from _coverage(sight)
    for system in sight.result["systems"]:
        yield from _system(sight, system)


def _gate(sight: Sight) -> Iterator[Row]:
    gate = sight.result["gate"]
    yield sight.words["core.gate"], sight.words[f"gate.{gate}"], sight.words[f"gate-note.{gate}"]
    for hazard in core_hazards(sight.result):
        yield f"{hazard['id']} {sight.words['core.' + hazard['id']]}", sight.code("core-state", hazard["state"]), None


def _coverage(sight: Sight) -> Iterator[Row]:
    seen = coverage(sight.result)
    say = sight.words
    yield say["scope.targets"], seen["targets"], None
    yield f"{say['scope.targets']} · {say['scope.reached']}", seen["reached"], None
    yield f"{say['scope.targets']} · {say['scope.unreached']}", seen["unreached"], say["scope.note"]
    for status in STATUSES:
        yield f"{say['col.status']} · {say['status.' + status]}", seen["statuses"][status], None
    yield say["column.person-items"], seen["person_items"], None
    if seen["mismatch"]:
        text = say["report.mismatch"].replace("{asked}", str(len(sight.result["asked"])))
        yield say["scope.asked"], seen["asked"], text.replace("{verdicts}", str(len(sight.result["verdicts"])))


def _system(sight: Sight, system: Mapping[str, Any]) -> Iterator[Row]:
    say, name = sight.words, sight.text(system["name"])
    profile = sight.result["texts"]["profiles"].get(system["profile"]["id"])
    title = sight.text(profile["title"][sight.lang]) if profile else ""
    yield f"{say['label.system']} · {name}", sight.code("holds", system["holds"]), f"{title} {sight.text(system['profile']['digest'])}"
    conclusion = system["conclusion"]
    if conclusion is None:
        yield f"{name} · {say['part.conclusion']}", say["conclusion.none"], sight.code("no-conclusion", system["why_no_conclusion"])
    else:
        template = say["conclusion.template"].replace("{template}", conclusion["template"])
        yield f"{name} · {say['conclusion.verdict']}", say["verdict." + conclusion["verdict"]], template
        yield f"{name} · {say['conclusion.rate']}", f"{100 * conclusion['rate']:.2f}%", say["conclusion.rate-formula"]
        yield f"{name} · {say['conclusion.major']}", conclusion["major"], sight.text(" ".join(conclusion["triggers"]))
        yield f"{name} · {say['conclusion.score']}", conclusion["score_2021"], say["conclusion.weights"]
    results = [finding["result"] for finding in system["findings"]]
    for result in RESULTS:
        yield f"{name} · {say['col.result']} · {say['result.' + result]}", results.count(result), None
    yield f"{name} · {say['col.waiver']}", sum(finding["waiver"] is not None for finding in system["findings"]), None
    yield f"{name} · {say['col.attestation']}", sum(finding["attestation"] is not None for finding in system["findings"]), None


def core(sight: Sight) -> Table:
    """All four core hazards, always."""
    return Table("part.core", CORE, _core_rows(sight))


def _core_rows(sight: Sight) -> Iterator[Row]:
    for hazard in core_hazards(sight.result):
        yield (
            hazard["id"],
            sight.words[f"core.{hazard['id']}"],
            sight.text(hazard["state"]),
            sight.code("core-state", hazard["state"]),
            sight.code("core-effect", hazard["state"]),
            sight.text(" ".join(str(number) for number in hazard["verdicts"][:200])),
        )


def _stopped(run: Mapping[str, Any], say: Mapping[str, str]) -> str | None:
    """What the run did not get to, or was not asked for."""
    told = [say[f"report.{key}"] for key in ("interrupted", "narrowed") if run.get(key)]
    return " ".join(told) or None
