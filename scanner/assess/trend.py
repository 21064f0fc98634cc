"""The figures of one run, as a trend shows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.assess.hazards import field
from scanner.model.hazard import LEVELS, open_hazard
from scanner.model.result import STATUSES


def figures(document: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of one run: small enough to be carried from run to run for years."""
    counts = dict.fromkeys(STATUSES, 0)
    for verdict in document["verdicts"]:
        counts[str(field(verdict, "status"))] += 1
    standing = [line for line in document["hazards"] if open_hazard(line)]
    events = [line.get("event") for line in document["hazards"]]
    return {
        "run": document["run"]["id"],
        "finished": document["run"]["finished"],
        "rulebook": document["run"]["rulebook"],
        "profiles": list(document["run"]["profiles"]),
        "targets": len(document["targets"]),
        "reached": sum(bool(line["reached"]) for line in document["targets"]),
        "verdicts": counts,
        "hazards": {level: sum(line["level"] == level for line in standing) for level in LEVELS},
        "registered": events.count("registered"),
        "closed": events.count("closed"),
        "recurred": events.count("recurred"),
        "gate": document["gate"],
        "core": {hazard["id"]: hazard["state"] for hazard in document["core_hazards"]},
        "rates": {system["id"]: _rate(system["conclusion"]) for system in document["systems"]},
    }


def _rate(conclusion: Any) -> float | None:
    if conclusion is None:
        return None
    return float(conclusion["rate"] if isinstance(conclusion, Mapping) else conclusion.rate)
