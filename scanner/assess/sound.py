"""What no result of ours ever says: whoever finds it holds one that was written by hand. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from scanner.assess.isolation import CHECK as NO_PATH

OPEN = frozenset({"unmet", "unknown"})


def contradiction(document: Mapping[str, Any], core_checks: Mapping[str, Collection[str]] | None = None) -> str | None:
    """Where a result contradicts itself, else None. ``core_checks`` are the checks that speak to each core hazard, by its id.

    A scan never shows that there is no path between two networks, and a core hazard is never better than its verdicts.
    """
    verdicts = document["verdicts"]
    for verdict in verdicts:
        if verdict["check"] == NO_PATH and verdict["status"] == "met":
            return f"{NO_PATH} @ {verdict['target']} = met"
    for hazard in document["core_hazards"]:
        names = (core_checks or {}).get(hazard["id"], ())
        listed = {verdicts[number]["status"] for number in hazard.get("verdicts", ())}
        spoken = listed | {verdict["status"] for verdict in verdicts if verdict["check"] in names}
        if hazard["state"] == "cleared" and (spoken & OPEN or not listed):
            return f"{hazard['id']} = cleared"
        if hazard["state"] != "confirmed" and "unmet" in listed:
            return f"{hazard['id']} = {hazard['state']}"
    return None
