"""What has to be done: hazards with their remedies, what could not be judged, what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.grouping import Group, Hazard, grouped, is_person
from reports.plain import plain
from reports.tables.table import Column, Row, Sight, Table
from scanner.model.result import PERSON_PREFIX

NAMED = 40
"""How many targets a grouped row names; it counts all, and the register names all."""

HAZARDS = (
    Column("col.severity", 10, "severity"),
    Column("col.check", 26),
    Column("column.title", 36),
    Column("column.target-count", 10),
    Column("col.targets", 36),
    Column("col.observed", 44),
    Column("col.wanted", 28),
    Column("hazard.why", 48),
    Column("hazard.remedy", 60),
    Column("hazard.clauses", 24),
    Column("hazard.triggers", 14),
)
OPEN = (
    Column("col.why", 20),
    Column("col.check", 26),
    Column("column.title", 36),
    Column("col.severity", 10, "severity"),
    Column("column.target-count", 10),
    Column("col.targets", 36),
    Column("col.detail", 44),
    Column("hazard.clauses", 24),
)
PERSONS = (
    Column("label.system", 18),
    Column("col.clause", 18),
    Column("column.requirement-text", 60),
    Column("col.method", 14),
    Column("col.targets", 36),
    Column("col.detail", 30),
    Column("col.attestation", 28),
)


def hazards(sight: Sight) -> Table:
    """Everything unmet, the gravest first; the same observation on several targets is one row."""
    return Table("sheet.hazards", HAZARDS, _hazard_rows(sight, _grouped(sight, "unmet")))


def unknowns(sight: Sight) -> Table:
    """Everything that was asked and could not be judged, with the reason."""
    return Table("sheet.unknown", OPEN, _open_rows(sight, _grouped(sight, "unknown")))


def waiting(sight: Sight) -> Table:
    """What machines judged no further and a person must settle, by check."""
    return Table("sheet.awaits", OPEN, _open_rows(sight, _grouped(sight, "awaits-person")))


def persons(sight: Sight) -> Table:
    """Clauses that only a person can see."""
    return Table("sheet.persons", PERSONS, _person_rows(sight))


def _grouped(sight: Sight, status: str) -> list[Hazard]:
    lines = enumerate(sight.result["verdicts"])
    return grouped(sight.result, [n for n, verdict in lines if verdict["status"] == status and not is_person(verdict)])


def _hazard_rows(sight: Sight, found: Sequence[Hazard]) -> Iterator[Row]:
    for hazard in found:
        for group in hazard.groups:
            yield (
                sight.code("severity", hazard.severity),
                sight.text(hazard.check),
                sight.text(hazard.title[sight.lang]),
                len(group.targets),
                _targets(sight, group),
                sight.text(group.said["observed"][sight.lang]),
                sight.text(group.said["wanted"][sight.lang]),
                sight.text(hazard.why[sight.lang]) if hazard.why else "",
                sight.text(hazard.remedy[sight.lang]) if hazard.remedy else "",
                sight.text(" ".join(hazard.clauses)),
                sight.text(" ".join(hazard.triggers)),
            )


def _open_rows(sight: Sight, found: Sequence[Hazard]) -> Iterator[Row]:
    for hazard in found:
        for group in hazard.groups:
            yield (
                sight.code("why", group.why),
                sight.text(hazard.check),
                sight.text(hazard.title[sight.lang]),
                sight.code("severity", hazard.severity),
                len(group.targets),
                _targets(sight, group),
                sight.text(group.said["detail"][sight.lang] or group.said["observed"][sight.lang]),
                sight.text(" ".join(hazard.clauses)),
            )


def _targets(sight: Sight, group: Group) -> str:
    names = list(dict.fromkeys(group.targets))
    more = sight.words["word.and-more"].replace("{n}", str(len(names))) if len(names) > NAMED else ""
    return sight.text(" ".join([*names[:NAMED], more]).strip())


def _person_rows(sight: Sight) -> Iterator[Row]:
    texts = sight.result["texts"]["controls"]
    for number, verdict in enumerate(sight.result["verdicts"]):
        if not is_person(verdict):
            continue
        control = texts.get(verdict["check"].removeprefix(PERSON_PREFIX), {})
        observed = verdict["observed"] if isinstance(verdict["observed"], dict) else {}
        findings = sight.findings_of(number)
        yield (
            sight.text(sight.systems.get(verdict["target"], verdict["target"])),
            sight.text(verdict["check"].removeprefix(PERSON_PREFIX)),
            sight.text(control.get(sight.lang, "")),
            "、".join(sight.code("method", one) for one in control.get("method", ())),
            sight.plain(observed.get("uncovered") or None),
            _missing(sight, observed),
            sight.text(" | ".join(sight.decision(one["attestation"]) for one in findings if one["attestation"])),
        )


def _missing(sight: Sight, observed: Mapping[str, Any]) -> str:
    parts = []
    if observed.get("count"):
        parts.append(sight.words["word.uncovered"].replace("{n}", str(observed["count"])))
    if observed.get("pending"):
        parts.append(f"{sight.words['word.pending']}: {plain(observed['pending'])}")
    if observed.get("unasked"):
        parts.append(f"{sight.words['table.unasked']}: {observed['unasked']}")
    return sight.text("; ".join(parts))
