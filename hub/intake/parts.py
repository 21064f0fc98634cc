"""What a unit's envelopes add to the roll-up. Pure.

Parts: ``units`` · ``gate:GATE`` · ``core:CH1:STATE`` · ``hazard:LEVEL:STATE`` · ``risk:CLASS`` · ``overdue`` · ``severity:SEVERITY`` ·
``family:FAMILY:STATUS`` · ``layer:LAYER:RESULT`` · ``targets`` · ``unreached``.

A unit may send runs by several profiles, and each stands for its own. What both looked at counts once, as the newer one saw it: a layer of a
system; a family of checks, and targets, where the newer runs are about every system of the older one. Where they are about some only, nobody
can tell from figures what was looked at twice: then both count, rather than that something unmet be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hub.intake.order import Core

UNITS = "units"


def parts_of(standing: Sequence[Mapping[str, Any]], newest: Mapping[str, Any], gate: str, cores: Mapping[str, Core]) -> dict[str, int]:
    """Of one unit. ``standing``: bulletins that count, the newest run last; ``newest``: the last one of all, whose register of hazards is the whole of it."""
    found: Counter[str] = Counter({UNITS: 1})
    found.update(_judged(standing))
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


def _judged(standing: Iterable[Mapping[str, Any]]) -> Counter[str]:
    found: Counter[str] = Counter()
    systems: set[str] = set()
    families: set[str] = set()
    layers: set[tuple[str, str]] = set()
    for bulletin in reversed(list(standing)):
        about = {system["id"] for system in bulletin["systems"]}
        again = bool(about) and about <= systems
        found.update(_looked_at(bulletin, families if again else set(), again=again))
        for system in bulletin["systems"]:
            found.update(_layers(system, layers))
        systems |= about
        families |= set(bulletin["counts"])
    return found


def _looked_at(bulletin: Mapping[str, Any], known: Iterable[str], *, again: bool) -> Counter[str]:
    """What a run adds that is not told by family in ``known``; ``again``: of systems that a newer run is about."""
    found: Counter[str] = Counter()
    families = set(bulletin["counts"]) - set(known)
    for family in families:
        for status, count in bulletin["counts"][family].items():
            found[f"family:{family}:{status}"] += count
    if families or not again:
        for severity, count in bulletin["severities"].items():
            found[f"severity:{severity}"] += count
    if not again:
        found["targets"] += sum(bulletin["targets"].values())
        found["unreached"] += bulletin["unreached"]
    return found


def _layers(system: Mapping[str, Any], known: set[tuple[str, str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for layer, results in system["layers"].items():
        if (system["id"], layer) not in known:
            found.update({f"layer:{layer}:{result}": count for result, count in results.items()})
    known |= {(system["id"], layer) for layer in system["layers"]}
    return found
