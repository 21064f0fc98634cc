"""What a unit's envelopes add to the roll-up. Pure.

Parts: ``units`` · ``gate:GATE`` · ``core:CH1:STATE`` · ``hazard:LEVEL:STATE`` · ``risk:CLASS`` · ``overdue`` · ``severity:SEVERITY`` ·
``family:FAMILY:STATUS`` · ``layer:LAYER:RESULT`` · ``targets`` · ``unreached``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hub.intake.order import Core

UNITS = "units"


def parts_of(standing: Iterable[Mapping[str, Any]], newest: Mapping[str, Any], gate: str, cores: Mapping[str, Core]) -> dict[str, int]:
    """Of one unit. ``standing``: bulletins that count; ``newest``: the last one of all, whose register of hazards is the whole of it."""
    found: Counter[str] = Counter({UNITS: 1})
    for bulletin in standing:
        found.update(_judged(bulletin))
    if gate:
        found[f"gate:{gate}"] += 1
    for code, core in cores.items():
        found[f"core:{code}:{core.state}"] += 1
    for level, states in newest["hazard_counts"].items():
        for state, count in states.items():
            found[f"hazard:{level}:{state}"] += count
    for risk, count in newest["risk_counts"].items():
        found[f"risk:{risk}"] += count
    found["overdue"] += newest["overdue"]
    return {part: count for part, count in found.items() if count}


def _judged(bulletin: Mapping[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for family, statuses in bulletin["counts"].items():
        for status, count in statuses.items():
            found[f"family:{family}:{status}"] += count
    for system in bulletin["systems"]:
        for layer, results in system["layers"].items():
            for result, count in results.items():
                found[f"layer:{layer}:{result}"] += count
    for severity, count in bulletin["severities"].items():
        found[f"severity:{severity}"] += count
    found["targets"] += sum(bulletin["targets"].values())
    found["unreached"] += bulletin["unreached"]
    return found
