"""Captures of both zones of a pair, compared: paths in the shape of the judge, strong ones apart from leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scanner.facts.network.places import Network
from scanner.facts.network.same import Coincidence, compare
from scanner.facts.network.sighting import Row, Sighting

MAX_PATHS = 100
STRONG = "B"


def both_sides(
    inner: str,
    outer: str,
    sightings: Iterable[tuple[str, Sighting]],
    networks: Mapping[str, Sequence[Network]],
    crossings: Iterable[Mapping[str, Any]] = (),
    own: frozenset[str] = frozenset(),
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(paths of strength B, leads) that captures of the two zones show together.

    ``sightings`` are named captures of any zones, ``networks`` the declared ranges by zone, ``own`` the MACs of the test's own interfaces,
    which may be carried from one side to the other. An identity of a declared crossing's device carries that crossing's id.
    """
    named = list(sightings)
    inside = [(name, seen) for name, seen in named if _stands(seen, inner, "inner")]
    outside = [(name, seen) for name, seen in named if _stands(seen, outer, "outer")]
    devices = _devices(crossings)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one_name, one in inside:
        for other_name, other in outside:
            for item in compare(one, other, networks.get(inner, ()), networks.get(outer, ())):
                if item.what in own:
                    continue
                path = _path(item, inner, outer, (one_name, other_name), devices)
                held = found.get((item.kind, item.what))
                if held is None or path["strength"] < held["strength"]:
                    found[(item.kind, item.what)] = path
    rows = sorted(found.values(), key=lambda path: (path["strength"], path["kind"], path["via"]))
    strong = [path for path in rows if path["strength"] == STRONG]
    return strong[:MAX_PATHS], [path for path in rows if path["strength"] != STRONG][:MAX_PATHS]


def _stands(seen: Sighting, zone: str, end: str) -> bool:
    return seen.zone == zone or (not seen.zone and seen.end == end)


def _devices(crossings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """MAC or address of a crossing's device to the crossing's id."""
    found: dict[str, str] = {}
    for crossing in crossings:
        for half in (crossing.get("device"), crossing.get("outer_device")):
            if isinstance(half, Mapping):
                found |= {str(half[key]).lower(): str(crossing.get("id") or "") for key in ("mac", "address") if half.get(key)}
    return found


def _path(item: Coincidence, inner: str, outer: str, captures: tuple[str, str], devices: Mapping[str, str]) -> dict[str, Any]:
    names = [item.what, *_macs(item.inner), *_macs(item.outer)]
    return {
        "kind": item.kind if item.strength == STRONG else f"lead-{item.kind}",
        "from": inner,
        "to": outer,
        "via": item.what,
        "protocol": "",
        "port": None,
        "strength": item.strength,
        "device": _shown(item.inner),
        "exit": _shown(item.outer),
        "captures": list(captures),
        "note": item.why,
        "crossing": next((devices[name] for name in names if name in devices), None),
        "within": False,
    }


def _macs(row: Row) -> list[str]:
    return [str(mac) for mac in ([row["mac"]] if row.get("mac") else []) + list(row.get("macs", ()))]


def _shown(row: Row) -> dict[str, Any]:
    """What a row tells of a device, with the times at which it was there."""
    addresses = list(row.get("addresses", ())) or ([row["address"]] if row.get("address") else [])
    macs = _macs(row)
    return {
        "mac": macs[0] if macs else "", "addresses": addresses[:8], "name": row.get("name") or row.get("host") or "",
        "first": row.get("first"), "last": row.get("last"), "frames": row.get("frames"),
    }  # fmt: skip
