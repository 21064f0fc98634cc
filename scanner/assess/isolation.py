"""``views.isolation``: what was found between two zones, as data in one shape for every picture and table. Pure.

The verdict of ``isolation.no-path`` is the source and stays as it is; here its lists are sorted into what proves and what only
hints, and put beside what the unit declares. A key that a judge left out is null or empty here, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.assess.loose import Data, items, mapping, mappings, number, text, texts, truth, whole
from scanner.assess.pair_path import path_line
from scanner.model.target import Target
from scanner.model.verdict import Verdict
from scanner.model.zone_pair import (
    BoxLine,
    ControlLine,
    Coverage,
    CrossingLine,
    DeviceLine,
    FrameLine,
    LackLine,
    SentinelLine,
    StepLine,
    ZoneLine,
    ZonePair,
)

CHECK = "isolation.no-path"
FAMILY = "isolation."
PAPER = ("certificate", "certificate_until", "approval")
"""What a declared crossing must show."""
ENDS = ("inner", "outer")
INNER = "in"
PHASES = ("before", "between", "after")


def isolation(verdicts: Sequence[Verdict], targets: Iterable[Target], inventory: Data, as_of: str) -> list[ZonePair]:
    """One block per zone pair that was asked about, in the order of the verdicts. ``as_of`` is the day that paper is measured by."""
    zone_of = {target.id: target.zone for target in targets}
    return [
        _pair(number_, verdict, verdicts, zone_of, inventory, as_of)
        for number_, verdict in enumerate(verdicts)
        if verdict.check == CHECK and ":" in verdict.target
    ]


def _pair(
    number_: int, verdict: Verdict, verdicts: Sequence[Verdict], zone_of: Mapping[str, str | None], inventory: Data, as_of: str
) -> ZonePair:
    seen = mapping(verdict.observed)
    inner, outer = zones = _ends(verdict.target)
    declared = next((item for item in mappings(inventory.get("isolation")) if texts(item.get("between")) == [inner, outer]), {})
    sentinels = _sentinels(declared) or _sentinels(seen)
    frames: list[FrameLine] = []
    paths = [path_line(item, zones, frames) for item in (*mappings(seen.get("paths")), *mappings(seen.get("leads")))]
    plan = mapping(seen.get("plan"))
    return {
        "pair": verdict.target,
        "verdict": number_,
        "status": verdict.status.value,
        "conclusion": text(seen.get("conclusion")),
        "strength": verdict.strength,
        "why": verdict.why,
        "detail": verdict.detail,
        "require": text(seen.get("require")) or text(declared.get("require")),
        "zones": {end: _zone(name, seen, inventory) for end, name in zip(ENDS, zones)},
        "sentinels": sentinels,
        "devices": [_device(item) for item in mappings(seen.get("devices"))],
        "paths": [path for path in paths if not path["lead"]],
        "leads": [path for path in paths if path["lead"]],
        "more_paths": whole(seen.get("more_paths")) or 0,
        "frames": frames,
        "plan": {"id": text(plan.get("id")), "seed": text(plan.get("seed"))} if plan else None,
        "crossings": _crossings(zones, seen, inventory, as_of),
        "coverage": _coverage(mapping(seen.get("coverage"))),
        "controls": _controls(seen, sentinels),
        "lacks": _lacks(seen),
        "related": [n for n, other in enumerate(verdicts) if _related(other, verdict.target, zone_of, zones)],
    }


def _ends(pair: str) -> tuple[str, str]:
    inner, _, outer = pair.partition(":")
    return inner, outer


def _related(other: Verdict, pair: str, zone_of: Mapping[str, str | None], zones: tuple[str, str]) -> bool:
    """Whether another verdict of the family speaks about this pair: about it by name, about a box in it, or about the unit."""
    if not other.check.startswith(FAMILY) or other.check == CHECK:
        return False
    if ":" in other.target:
        return other.target == pair
    zone = zone_of.get(other.target)
    return zone is None or zone in zones


def _zone(name: str, seen: Data, inventory: Data) -> ZoneLine:
    zone = {**mapping(mapping(inventory.get("zones")).get(name)), **mapping(mapping(seen.get("zones")).get(name))}
    return {
        "id": name,
        "name": text(zone.get("name")),
        "kind": text(zone.get("kind")),
        "level": text(zone.get("level")),
        "networks": texts(zone.get("networks")),
    }


def _sentinels(source: Data) -> list[SentinelLine]:
    return [{"id": text(item.get("id")) or "?", "addresses": texts(item.get("addresses"))} for item in mappings(source.get("sentinels"))]


def _device(item: Data) -> DeviceLine:
    return {
        "zone": text(item.get("zone")),
        "name": text(item.get("name")) or text(item.get("id")),
        "mac": text(item.get("mac")),
        "addresses": texts(item.get("addresses")),
        "router": item.get("router") is True,
        "seen": texts(item.get("seen")),
        "open": [port for one in items(item.get("open")) if (port := whole(one)) is not None],
    }


def _crossings(zones: tuple[str, str], seen: Data, inventory: Data, as_of: str) -> list[CrossingLine]:
    """The declared crossings between both zones, each with its paper and with what the judge says that it verified."""
    verified = {text(item.get("id")): item for item in mappings(seen.get("crossings"))}
    return [
        _crossing(item, verified.get(text(item.get("id")), {}), as_of)
        for item in mappings(inventory.get("crossings"))
        if set(texts(item.get("between"))) == set(zones)
    ]


def _crossing(item: Data, verified: Data, as_of: str) -> CrossingLine:
    until = text(item.get("certificate_until"))
    missing = [key for key in PAPER if not item.get(key)]
    expired = until is not None and until[:10] < as_of[:10]
    return {
        "id": text(item.get("id")),
        "kind": text(item.get("kind")),
        "direction": text(item.get("direction")),
        "protocol": text(item.get("protocol")),
        "port": text(item.get("port")),
        "target": text(item.get("target")),
        "certificate": text(item.get("certificate")),
        "certificate_until": until,
        "approval": text(item.get("approval")),
        "device": _box(item.get("device")),
        "outer_device": _box(item.get("outer_device")),
        "paper": "expired" if expired else "missing" if missing else "complete",
        "missing": missing,
        "state": text(verified.get("state")),
        "why": texts(verified.get("why")),
        "verified": {key: value for key, value in verified.items() if key not in ("id", "state", "why")},
    }


def _box(value: Any) -> BoxLine | None:
    item = mapping(value)
    return {"address": text(item.get("address")), "mac": text(item.get("mac"))} if item else None


def _coverage(item: Data) -> Coverage:
    known = ("steps", "next_hops", "ports", "seconds", "sentinels", "loss", "depth", "blind", "dwell")
    return {
        "steps": [_step(step) for step in mappings(item.get("steps"))],
        "depth": text(item.get("depth")),
        "next_hops": item.get("next_hops"),
        "ports": item.get("ports"),
        "seconds": number(item.get("seconds")),
        "sentinels": [text(mapping(one).get("id")) or text(one) or "?" for one in items(item.get("sentinels"))],
        "loss": item.get("loss"),
        "blind": texts(item.get("blind")),
        "dwell": item.get("dwell"),
        "other": {key: value for key, value in item.items() if key not in known},
    }


def _step(step: Data) -> StepLine:
    return {
        "end": text(step.get("end")),
        "step": text(step.get("step")) or "?",
        "state": text(step.get("state")) or "not-tested",
        "why": text(step.get("why")),
        "tried": number(step.get("tried")),
        "of": number(step.get("of")),
        "mandatory": truth(step.get("mandatory")),
        "seconds": number(step.get("seconds")),
    }


def _lacks(seen: Data) -> list[LackLine]:
    return [
        {"where": text(item.get("where")) or "?", "why": text(item.get("why")) or "?", "detail": text(item.get("detail"))}
        for item in mappings(seen.get("lacks"))
    ]


def _controls(seen: Data, sentinels: Sequence[SentinelLine]) -> list[ControlLine]:
    """One line an end; an end that should be there and left no control has a line that says so."""
    given = mapping(seen.get("controls"))
    ends = dict.fromkeys((INNER, *(f"out:{one['id']}" for one in sentinels), *given))
    return [_control(end, mapping(given.get(end)), seen) for end in ends]


def _control(end: str, item: Data, seen: Data) -> ControlLine:
    window = [number(value) for value in items(mapping(seen.get("window")).get(end))]
    return {
        "end": end,
        "good": whole(item.get("good")),
        "failed": whole(item.get("failed")),
        "first": number(item.get("first")),
        "last": number(item.get("last")),
        "how": texts(item.get("how")),
        "neighbours": texts(item.get("neighbours")),
        "phases": _phases(end, item, seen),
        "window": (window[0], window[1]) if len(window) == 2 else None,
    }


def _phases(end: str, item: Data, seen: Data) -> dict[str, bool | None]:
    """Whether a control held before, between and after; null where the judge does not say."""
    if not whole(item.get("good")):
        return dict.fromkeys(PHASES, False if item else None)
    if "lacks" not in seen:
        return dict.fromkeys(PHASES)
    missing = {lack["why"] for lack in _lacks(seen) if lack["where"] == end}
    return {phase: f"control-{phase}" not in missing and "control-none" not in missing for phase in PHASES}
