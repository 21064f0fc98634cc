"""The unit's hazards as the ledger has them after this run: registered, in whose hands, until when, closed by what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.tables.table import Column, Row, Sight, Table
from scanner.model.hazard import LEVELS, STATES

HAZARDS = (
    Column("column.hazard-id", 18),
    Column("column.hazard-state", 10, "hazard.state"),
    Column("column.hazard-level", 8),
    Column("column.risk", 22),
    Column("label.system", 16),
    Column("col.target", 18),
    Column("col.check", 26),
    Column("column.title", 36),
    Column("column.owner", 12),
    Column("column.deadline", 12),
    Column("column.measure", 36),
    Column("column.found", 22),
    Column("column.last", 22),
    Column("column.times", 8),
    Column("column.open-why", 40),
    Column("column.closed", 40),
)


def hazards(sight: Sight) -> list[Table]:
    """The register of hazards, when the result has one; what needs somebody stands first."""
    lines = sight.result.get("hazards")
    return [Table("sheet.ledger", HAZARDS, _rows(sight, lines))] if lines else []


def _rows(sight: Sight, lines: list[Mapping[str, Any]]) -> Iterator[Row]:
    for one in sorted(lines, key=lambda line: (STATES.index(line["state"]), LEVELS.index(line["level"]), line["id"])):
        yield (
            sight.text(one["id"]),
            sight.code("hazard.state", one["state"]),
            sight.code("hazard.level", one["level"]),
            sight.code("hazard.risk", one["risk"]),
            sight.text(sight.systems.get(one["system"], one["system"])),
            sight.text(one["target"]),
            sight.text(one["check"]),
            sight.title(one["check"]),
            sight.text(one["owner"]),
            sight.text(one["deadline"]),
            sight.text(one["measure"]),
            sight.text(str(one["found"].get("time") or "")),
            sight.text(one["last"]),
            one["times"],
            sight.code("hazard.open", one["open_why"]),
            _closed(sight, one["closed"]),
        )


def _closed(sight: Sight, closed: Mapping[str, Any] | None) -> str:
    if closed is None:
        return ""
    parts = [sight.code("hazard.how", closed["how"]), closed["time"], " ".join(closed["by"]), closed["statement"]]
    return sight.text("; ".join(part for part in parts if part))
