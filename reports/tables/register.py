"""The register of all verdicts, and the clauses of every system: one row each, nothing grouped, nothing left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.tables.table import Column, Row, Sight, Table

VERDICTS = (
    Column("column.number", 8),
    Column("label.system", 18),
    Column("col.zone", 10),
    Column("col.target", 18),
    Column("col.kind", 12),
    Column("col.address", 16),
    Column("col.check", 26),
    Column("column.title", 36),
    Column("column.status-code", 14),
    Column("col.status", 12, "status"),
    Column("col.severity", 10, "severity"),
    Column("col.observed", 44),
    Column("col.wanted", 28),
    Column("col.why", 18),
    Column("col.detail", 28),
    Column("col.strength", 8),
    Column("col.scope", 16),
    Column("column.clauses", 24),
    Column("col.waiver", 24),
    Column("col.attestation", 24),
    Column("col.references", 20),
    Column("col.evidence", 68),
)
"""Columns of the register. A status stands as code and as word: the code is what filters and programs may rely on."""

FINDINGS = (
    Column("label.system", 18),
    Column("col.clause", 18),
    Column("col.layer", 16),
    Column("col.point", 18),
    Column("column.requirement-text", 60),
    Column("col.method", 14),
    Column("column.result-code", 16),
    Column("col.result", 12, "result"),
    Column("column.basis", 12),
    Column("column.unmet-count", 10),
    Column("column.unknown-count", 10),
    Column("column.person-count", 12),
    Column("column.met-count", 10),
    Column("column.not-applicable-count", 10),
    Column("col.waiver", 28),
    Column("col.attestation", 28),
)
_COUNTED = ("unmet", "unknown", "awaits-person", "met", "not-applicable")


def verdicts(sight: Sight) -> Table:
    """Every verdict, numbered as in result.json."""
    return Table("sheet.verdicts", VERDICTS, _verdict_rows(sight))


def _verdict_rows(sight: Sight) -> Iterator[Row]:
    for number, verdict in enumerate(sight.result["verdicts"]):
        target: Mapping[str, Any] = sight.targets.get(verdict["target"], {})
        findings = sight.findings_of(number)
        system = target.get("system", verdict["target"])
        check = verdict["check"]
        yield (
            number,
            sight.text(sight.systems.get(system, system)),
            sight.text(target.get("zone") or ""),
            sight.text(verdict["target"]),
            sight.code("kind", target.get("kind")),
            sight.text(target.get("address") or ""),
            sight.text(check),
            sight.title(check),
            verdict["status"],
            sight.code("status", verdict["status"]),
            sight.code("severity", verdict["severity"]),
            sight.observed(verdict),
            sight.wanted(verdict),
            sight.code("why", verdict["why"]),
            sight.detail(verdict),
            sight.text(verdict["strength"] or ""),
            sight.plain(verdict["scope"]),
            _clauses(sight, findings),
            _decisions(sight, findings, "waiver"),
            _decisions(sight, findings, "attestation"),
            _references(sight, verdict["references"]),
            sight.text(" ".join(digest.removeprefix("sha256:") for digest in verdict["evidence"])),
        )


def _clauses(sight: Sight, findings: Sequence[Mapping[str, Any]]) -> str:
    return sight.text("; ".join(f"{one['control']} {sight.words['result.' + one['result']]}" for one in findings))


def _decisions(sight: Sight, findings: Sequence[Mapping[str, Any]], kind: str) -> str:
    return sight.text(" | ".join(f"{one['control']}: {sight.decision(one[kind])}" for one in findings if one[kind]))


def _references(sight: Sight, references: Mapping[str, Sequence[str]] | None) -> str:
    return sight.text("; ".join(f"{name}: {', '.join(ids)}" for name, ids in sorted((references or {}).items())))


def findings(sight: Sight) -> Table:
    """Every clause of every system's profile."""
    return Table("sheet.findings", FINDINGS, _finding_rows(sight))


def _finding_rows(sight: Sight) -> Iterator[Row]:
    controls, verdict_lines = sight.result["texts"]["controls"], sight.result["verdicts"]
    for system in sight.result["systems"]:
        for finding in system["findings"]:
            control = controls[finding["control"]]
            statuses = [verdict_lines[number]["status"] for number in finding["verdicts"]]
            yield (
                sight.text(system["name"]),
                sight.text(finding["control"]),
                sight.text(control["layer"]),
                sight.text(control["control_point"]),
                sight.text(control[sight.lang]),
                sight.text("、".join(sight.code("method", one) for one in control["method"])),
                finding["result"],
                sight.code("result", finding["result"]),
                sight.code("basis", finding["basis"]),
                *(statuses.count(status) for status in _COUNTED),
                sight.decision(finding["waiver"]),
                sight.decision(finding["attestation"]),
            )
