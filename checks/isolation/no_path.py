"""No path leads from the inner zone to the outer one / 两个网络区域之间没有通路.

A scan can only disprove isolation. A breach is proven by a token that was minted at one end and caught at the other, and by nothing else; what one
end alone says never proves anything. Where nothing was found the answer is what was tried, and a person on site signs.
"""

from __future__ import annotations

from typing import Any

from checks.isolation import pair_facts
from scanner.api import Absent, Across, Opinion, Status, Verdict, Why, check, linux, netdev, network, site, windows

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
Paths = list[dict[str, Any]]


@check("isolation.no-path")
def no_path(
    pair: network.Pair,
    unit: site.Declared | Absent,
    trials: network.Trials | Absent,
    hosts: Across[linux.Attachment],
    others: Across[windows.Attachment],
    devices: Across[netdev.Zones],
    captures: Across[network.Sighting],
) -> Verdict:
    seen = network.examine(trials, unit.as_of if isinstance(unit, site.Declared) else None) if isinstance(trials, network.Trials) else None
    both, strange = pair_facts.standing_hosts(pair, unit, hosts, others)
    shared, passive = pair_facts.on_both_wires(pair, unit, trials, captures)
    boxes, coverage = pair_facts.boxes_between(pair, unit, devices)
    violated = [path for path in shared if path["crossing"]]
    common = _one_switch([path for path in shared if not path["crossing"]], pair.require)
    found: dict[str, Paths] = {
        "breach_proven": list(seen.breaches) if seen else [],
        "approved_crossing_violated": [*_violated(seen), *violated],
        "dual_attachment_found": [*both, *_identities(seen), *(path for path in shared if not path["crossing"] and path not in common)],
        "logical_only": [*(path for path in boxes if path["strength"] != "C"), *common],
    }
    conclusion = _conclusion(seen, found)
    weak = [path for path in (*(seen.leads if seen else ()), *strange, *passive, *boxes) if path["strength"] in "CD"]
    every = (
        [path for paths in found.values() for path in paths]
        + (list(seen.within) if seen else [])
        + [p for p in weak if p["strength"] == "C"]
    )
    observed: dict[str, Any] = {
        "conclusion": conclusion, "paths": every[:MAX_PATHS], "more_paths": max(0, len(every) - MAX_PATHS), "require": pair.require,
        "coverage": {"tested": False}, "controls": {}, "leads": [],
    }  # fmt: skip
    if isinstance(trials, network.Trials) and seen is not None:
        observed |= network.background(trials, seen)
    observed["leads"] = [path for path in weak if path["strength"] == "D"] + observed["leads"]
    observed["coverage"] |= {"configurations": coverage}
    return _opinion(pair, unit, trials, seen, observed, found.get(conclusion, []))


def _one_switch(shared: Paths, require: str) -> Paths:
    """Paths that say no more than that both zones hang on one switch.

    Two VLANs of one switch hear of one spanning tree, in BPDUs that may bear one MAC. Where a common switch is allowed that is what it looks
    like; whether anything crosses, tokens tell.
    """
    if require != "logical":
        return [path for path in shared if path["kind"] == "same-box"]
    boxes = [path for path in shared if path["kind"] in ("same-box", "shared-bridge")]
    own = {mac for path in boxes for mac in (path["via"], path["device"]["mac"], path["exit"]["mac"])}
    return boxes + [path for path in shared if path["kind"] == "shared-mac" and path["via"] in own]


def _opinion(
    pair: network.Pair,
    unit: site.Declared | Absent,
    trials: network.Trials | Absent,
    seen: network.Examined | None,
    observed: dict[str, Any],
    proof: Paths,
) -> Verdict:
    conclusion = observed["conclusion"]
    status = STATUS[conclusion]
    if conclusion == "logical_only" and pair.require == "logical" and not pair_facts.classified(pair, unit):
        # A box between two zones is what `require: logical` allows; next to a classified zone nothing allows it.
        status = Status.AWAITS_PERSON
    why = Why.PERSON if status is Status.AWAITS_PERSON else None
    if status is Status.UNKNOWN:
        why = trials.why if isinstance(trials, Absent) else Why.NOT_ASKED
    strongest = min((path["strength"] for path in proof), default=None)
    return Opinion(status, observed, "no path", why, _detail(seen, trials), strongest, {"pair": pair.id})


def _conclusion(seen: network.Examined | None, found: dict[str, Paths]) -> str:
    violated = seen is not None and any(state.state == "violated" for state in seen.crossings)
    for name, paths in found.items():
        if paths or (name == "approved_crossing_violated" and violated):
            return name
    if seen is None:
        return "not_tested"
    if any(state.state == "unproven" for state in seen.crossings):
        return "approved_crossing_unproven"
    if seen.lacks:
        return "not_tested"
    return "approved_crossing" if seen.crossings else "no_path_observed"


def _violated(seen: network.Examined | None) -> Paths:
    return [*seen.beyond, *(path for path in seen.shared if path["crossing"])] if seen else []


def _identities(seen: network.Examined | None) -> Paths:
    return [path for path in seen.shared if not path["crossing"]] if seen else []


def _detail(seen: network.Examined | None, trials: network.Trials | Absent) -> str:
    if isinstance(trials, Absent):
        return trials.detail
    return "; ".join(f"{lack.where} {lack.why} {lack.detail}".strip() for lack in seen.lacks[:6]) if seen else ""
