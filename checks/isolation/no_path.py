"""No path leads from the inner zone to the outer one / 两个网络区域之间没有通路.

A scan can only disprove isolation. A breach is proven by a token that was minted at one end and caught at the other, and by nothing else; what one
end alone says never proves anything. Where nothing was found the answer is what was tried, and a person on site signs.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from scanner.api import Absent, Across, Opinion, Status, Verdict, Why, check, linux, network, site

STATUS = {
    "breach_proven": Status.UNMET,
    "approved_crossing_violated": Status.UNMET,
    "dual_attachment_found": Status.UNMET,
    "logical_only": Status.UNMET,
    "approved_crossing_unproven": Status.UNKNOWN,
    "not_tested": Status.UNKNOWN,
    "approved_crossing": Status.AWAITS_PERSON,
    "no_path_observed": Status.AWAITS_PERSON,
}
"""Conclusions, the gravest first: the first that holds is the verdict. None of them is ever met."""
MAX_PATHS = 200


@check("isolation.no-path")
def no_path(
    pair: network.Pair,
    unit: site.Declared | Absent,
    trials: network.Trials | Absent,
    hosts: Across[linux.Attachment],
) -> Verdict:
    day = unit.as_of if isinstance(unit, site.Declared) else None
    seen = network.examine(trials, day) if isinstance(trials, network.Trials) else None
    both, strange = _hosts(pair, unit, hosts)
    found = {
        "breach_proven": list(seen.breaches) if seen else [],
        "approved_crossing_violated": _violated(seen),
        "dual_attachment_found": [*both, *(path for path in (seen.shared if seen else ()) if path["crossing"] is None)],
        "logical_only": list(seen.boxes) if seen else [],
    }
    conclusion = _conclusion(seen, found, classified=_classified(pair, unit), require=pair.require)
    every = [path for paths in found.values() for path in paths] + (list(seen.within) + _leads(seen) if seen else []) + strange
    observed: dict[str, Any] = {
        "conclusion": conclusion,
        "paths": every[:MAX_PATHS],
        "more_paths": max(0, len(every) - MAX_PATHS),
        "require": pair.require,
        "coverage": {"tested": False},
        "controls": {},
    }
    if isinstance(trials, network.Trials) and seen is not None:
        observed |= network.background(trials, seen)
    status = _status(conclusion, pair.require, _classified(pair, unit))
    why = Why.PERSON if status is Status.AWAITS_PERSON else None if status is Status.UNMET else _why(trials)
    strongest = min((path["strength"] for path in found.get(conclusion, ())), default=None)
    return Opinion(status, observed, "no path", why, _detail(seen, trials), strongest, {"pair": pair.id})


def _conclusion(seen: network.Examined | None, found: dict[str, list[dict[str, Any]]], *, classified: bool, require: str) -> str:
    for name in ("breach_proven", "approved_crossing_violated", "dual_attachment_found", "logical_only"):
        if found[name] or (name == "approved_crossing_violated" and seen and any(state.state == "violated" for state in seen.crossings)):
            return name
    if seen is None:
        return "not_tested"
    if any(state.state == "unproven" for state in seen.crossings):
        return "approved_crossing_unproven"
    if seen.lacks:
        return "not_tested"
    return "approved_crossing" if seen.crossings else "no_path_observed"


def _status(conclusion: str, require: str, classified: bool) -> Status:
    """A box between two zones is what ``require: logical`` allows; next to a classified zone nothing allows it."""
    if conclusion == "logical_only" and require == "logical" and not classified:
        return Status.AWAITS_PERSON
    return STATUS[conclusion]


def _hosts(pair: network.Pair, unit: site.Declared | Absent, *many: Across[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Hosts on both sides, and hosts inside with a leg that nobody declared."""
    if isinstance(unit, Absent) or not {pair.inner, pair.outer} <= set(unit.zones):
        return [], []
    seen = [(name, fact) for facts in many for name, fact in facts if not isinstance(fact, Absent)]
    return network.standing_in_both((pair.inner, pair.outer), unit.zones, seen, network.halves(unit.crossings))


def _violated(seen: network.Examined | None) -> list[dict[str, Any]]:
    if seen is None:
        return []
    return [*seen.beyond, *(path for path in seen.shared if path["crossing"] is not None)]


def _leads(seen: network.Examined) -> list[dict[str, Any]]:
    return [path for path in seen.leads if path["strength"] == "C"]


def _classified(pair: network.Pair, unit: site.Declared | Absent) -> bool:
    zones = unit.zones if isinstance(unit, site.Declared) else {}
    return any(name in zones and zones[name].kind == "classified" for name in (pair.inner, pair.outer))


def _why(trials: network.Trials | Absent) -> Why:
    return trials.why if isinstance(trials, Absent) else Why.NOT_ASKED


def _detail(seen: network.Examined | None, trials: network.Trials | Absent) -> str:
    if isinstance(trials, Absent):
        return trials.detail
    lacks = [asdict(lack) for lack in seen.lacks] if seen else []
    return "; ".join(f"{lack['where']} {lack['why']} {lack['detail']}".strip() for lack in lacks[:6])
