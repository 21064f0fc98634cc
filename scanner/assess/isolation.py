"""``views.isolation``: what was found between two zones, as data in one shape for every picture and table. Pure.

The verdict of ``isolation.no-path`` is the source and stays as it is; here its lists are sorted into what proves and what only
hints, and put beside what the unit declares. A key that a judge left out is null or empty here, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.model.target import Target
from scanner.model.verdict import Verdict
from scanner.model.zone_pair import (
    BoxLine,
    ControlLine,
    Controls,
    Coverage,
    CrossingLine,
    DeviceLine,
    FrameLine,
    PathLine,
    StepLine,
    TokenLine,
    ZoneLine,
    ZonePair,
)

CHECK = "isolation.no-path"
FAMILY = "isolation."
PROVING = frozenset({"A", "B"})
"""Strengths that carry a conclusion; everything weaker is a lead."""
INWARD = frozenset({"inward", "published"})
"""Kinds of path that are walked from outside to inside."""
ATTACHED = frozenset({"identity", "shared-mac", "shared-bridge", "dual-homed", "same-box", "storage"})
"""Kinds that say "one box stands on both sides": nothing was sent across."""
PAPER = ("certificate", "certificate_until", "approval")
"""What a declared crossing must show."""
ENDS = ("inner", "outer")

Data = Mapping[str, Any]


def isolation(verdicts: Sequence[Verdict], targets: Iterable[Target], inventory: Data, as_of: str) -> list[ZonePair]:
    """One block per zone pair that was asked about, in the order of the verdicts. ``as_of`` is the day that paper is measured by."""
    zone_of = {target.id: target.zone for target in targets}
    return [
        _pair(number, verdict, verdicts, zone_of, inventory, as_of)
        for number, verdict in enumerate(verdicts)
        if verdict.check == CHECK and ":" in verdict.target
    ]


def _pair(
    number: int, verdict: Verdict, verdicts: Sequence[Verdict], zone_of: Mapping[str, str | None], inventory: Data, as_of: str
) -> ZonePair:
    seen = _map(verdict.observed)
    inner, outer = verdict.target.split(":", 1)
    declared = next((_map(item) for item in _list(inventory.get("isolation")) if _texts(_map(item).get("between")) == [inner, outer]), {})
    frames: list[FrameLine] = []
    paths = [_path(_map(item), (inner, outer), frames) for item in _list(seen.get("paths"))]
    return {
        "pair": verdict.target,
        "verdict": number,
        "status": verdict.status.value,
        "conclusion": _text(seen.get("conclusion")),
        "strength": verdict.strength,
        "why": verdict.why,
        "detail": verdict.detail,
        "require": _text(seen.get("require")) or _text(declared.get("require")),
        "zones": {end: _zone(name, seen, inventory) for end, name in zip(ENDS, (inner, outer))},
        "sentinels": [
            {"id": str(_map(item).get("id")), "addresses": _texts(_map(item).get("addresses"))} for item in _list(declared.get("sentinels"))
        ],
        "devices": [_device(_map(item)) for item in _list(seen.get("devices"))],
        "paths": [path for path in paths if not path["lead"]],
        "leads": [path for path in paths if path["lead"]],
        "frames": frames,
        "crossings": _crossings((inner, outer), seen, inventory, as_of),
        "coverage": _coverage(_map(seen.get("coverage"))),
        "controls": {end: _controls(_map(seen.get("controls")).get(end)) for end in ENDS},
        "related": [n for n, other in enumerate(verdicts) if _related(other, verdict.target, zone_of, (inner, outer))],
    }


def _related(other: Verdict, pair: str, zone_of: Mapping[str, str | None], zones: tuple[str, str]) -> bool:
    """Whether another verdict of the family speaks about this pair: about it by name, about a box in it, or about the unit."""
    if not other.check.startswith(FAMILY) or other.check == CHECK:
        return False
    if ":" in other.target:
        return other.target == pair
    zone = zone_of.get(other.target)
    return zone is None or zone in zones


def _zone(name: str, seen: Data, inventory: Data) -> ZoneLine:
    zone = {**_map(_map(inventory.get("zones")).get(name)), **_map(_map(seen.get("zones")).get(name))}
    return {
        "id": name,
        "name": _text(zone.get("name")),
        "kind": _text(zone.get("kind")),
        "level": _text(zone.get("level")),
        "networks": _texts(zone.get("networks")),
    }


def _device(item: Data) -> DeviceLine:
    return {
        "id": _text(item.get("id")),
        "name": _text(item.get("name")),
        "mac": _text(item.get("mac")),
        "addresses": _texts(item.get("addresses")),
        "router": item.get("router") is True,
        "seen": _texts(item.get("seen")),
    }


def _path(item: Data, zones: tuple[str, str], frames: list[FrameLine]) -> PathLine:
    kind, strength = _text(item.get("kind")) or "", _text(item.get("strength"))
    direction = _direction(kind, item, zones)
    start, end = ENDS if direction != "in" else ENDS[::-1]
    source = _text(item.get("exit"))
    return {
        "kind": kind,
        "strength": strength,
        "lead": strength not in PROVING or kind.startswith("lead"),
        "direction": direction,
        "via": _text(item.get("via")),
        "device": _device_text(item.get("device")) or _text(item.get("via")),
        "mac": _text(_map(item.get("device")).get("mac")),
        "protocol": _text(item.get("protocol")),
        "port": _text(item.get("port")),
        "exit": source,
        "sentinel": _text(item.get("sentinel")),
        "crossing": _text(item.get("crossing")),
        "note": _text(item.get("note")),
        "token": _token(_map(item.get("token"))),
        "sent": _frame(_map(item.get("sent")), "sent", start, None, frames),
        "received": _frame(_map(item.get("received")), "received", end, source, frames),
        "ends": (_text(item.get("from")), _text(item.get("to"))),
    }


def _direction(kind: str, item: Data, zones: tuple[str, str]) -> str:
    """``out``, ``in``, or ``both`` where a box is attached and no packet has a direction."""
    if kind in ATTACHED:
        return "both"
    if item.get("from") == zones[1] or item.get("to") == zones[0] or kind in INWARD:
        return "in"
    return "out"


def _device_text(value: Any) -> str | None:
    """A box by its name, id, address or MAC, whichever the judge has first."""
    if isinstance(value, Mapping):
        return next((text for key in ("name", "id", "address", "mac") if (text := _text(value.get(key)))), None)
    return _text(value)


def _token(item: Data) -> TokenLine | None:
    if not item:
        return None
    index = item.get("index")
    return {
        "label": _text(item.get("label")),
        "index": index if isinstance(index, int) and not isinstance(index, bool) else None,
        "hex": _text(item.get("hex")),
        "rule": _text(item.get("rule")),
    }


def _frame(item: Data, step: str, end: str, source: str | None, frames: list[FrameLine]) -> int | None:
    """Number of the frame in ``frames``; None when the judge gave none."""
    data = _text(item.get("hex"))
    if not data:
        return None
    ttl = item.get("ttl")
    frames.append(
        {
            "step": step,
            "end": end,
            "t": _number(item.get("t")),
            "hex": data,
            "ttl": ttl if isinstance(ttl, int) and not isinstance(ttl, bool) else None,
            "source": source if step == "received" else None,
        }
    )
    return len(frames) - 1


def _crossings(zones: tuple[str, str], seen: Data, inventory: Data, as_of: str) -> list[CrossingLine]:
    """The declared crossings between both zones, each with its paper and with what the judge says that it verified."""
    verified = {_text(_map(item).get("id")): _map(item) for item in _list(seen.get("crossings"))}
    found: list[CrossingLine] = []
    for entry in _list(inventory.get("crossings")):
        item = _map(entry)
        if set(_texts(item.get("between"))) != set(zones):
            continue
        until = _text(item.get("certificate_until"))
        missing = [key for key in PAPER if not item.get(key)]
        expired = until is not None and until[:10] < as_of[:10]
        found.append(
            {
                "id": _text(item.get("id")),
                "kind": _text(item.get("kind")),
                "direction": _text(item.get("direction")),
                "protocol": _text(item.get("protocol")),
                "port": _text(item.get("port")),
                "target": _text(item.get("target")),
                "certificate": _text(item.get("certificate")),
                "certificate_until": until,
                "approval": _text(item.get("approval")),
                "device": _box(item.get("device")),
                "outer_device": _box(item.get("outer_device")),
                "paper": "expired" if expired else "missing" if missing else "complete",
                "missing": missing,
                "verified": {key: value for key, value in verified.get(_text(item.get("id")), {}).items() if key != "id"},
            }
        )
    return found


def _box(value: Any) -> BoxLine | None:
    item = _map(value)
    return {"address": _text(item.get("address")), "mac": _text(item.get("mac"))} if item else None


def _coverage(item: Data) -> Coverage:
    steps: list[StepLine] = [
        {
            "step": _text(step.get("step")) or "",
            "state": _text(step.get("state")) or "not-tested",
            "why": _text(step.get("why")),
            "tried": _number(step.get("tried")),
            "of": _number(step.get("of")),
        }
        for step in map(_map, _list(item.get("steps")))
    ]
    known = ("steps", "next_hops", "ports", "seconds", "sentinels", "loss")
    return {
        "steps": steps,
        "next_hops": item.get("next_hops"),
        "ports": item.get("ports"),
        "seconds": _number(item.get("seconds")),
        "sentinels": [_text(_map(one).get("id")) or _text(one) or "" for one in _list(item.get("sentinels"))],
        "loss": item.get("loss"),
        "other": {key: value for key, value in item.items() if key not in known},
    }


def _controls(value: Any) -> Controls:
    """Positive controls of one end: rows in the order of time, and what else the judge says about them."""
    if isinstance(value, Mapping):
        rows = [_control(_map(row), None) for row in _list(value.get("rows") or value.get("controls"))]
        for phase in ("before", "between", "after"):
            given = value.get(phase)
            many = given if isinstance(given, list | tuple) else [given] if given is not None else []
            rows += [_control(row if isinstance(row, Mapping) else {"ok": row}, phase) for row in many]
        taken = ("rows", "controls", "before", "between", "after")
        return {"rows": rows, "other": {key: item for key, item in value.items() if key not in taken}}
    return {"rows": [_control(_map(row), None) for row in _list(value)], "other": {}}


def _control(row: Data, phase: str | None) -> ControlLine:
    ok = row.get("ok")
    return {
        "phase": phase or _text(row.get("phase")),
        "t": _number(row.get("t")),
        "ok": ok if isinstance(ok, bool) else None,
        "how": _text(row.get("how")),
        "neighbour": _text(row.get("neighbour")),
        "count": _number(ok) if not isinstance(ok, bool) else _number(row.get("count")),
    }


def _map(value: Any) -> Data:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _text(value: Any) -> str | None:
    """A text; a number as it is written, a range ``[1, 9]`` as ``1-9``; None for everything else and for an empty text."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(item, int) for item in value):
        return f"{value[0]}-{value[1]}"
    return None


def _texts(value: Any) -> list[str]:
    return [text for item in _list(value) if (text := _text(item)) is not None]


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
