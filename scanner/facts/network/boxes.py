"""Boxes that stand on both sides of a pair, as hosts and device configurations show them; and legs that no declaration explains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.facts.network.attachment import Attached
from scanner.facts.network.legs import Leg, ZoneLike, legs


def halves(crossings: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Addresses of the declared crossings' own devices: that they stand on both sides is what they are for."""
    return frozenset(
        str(half["address"])
        for crossing in crossings
        for half in (crossing.get("device"), crossing.get("outer_device"))
        if half and half.get("address")
    )


def standing_in_both(
    pair: tuple[str, str], zones: Mapping[str, ZoneLike], hosts: Iterable[tuple[str, Attached]], devices: frozenset[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(hosts with a leg up in each of the two zones, hosts of the inner zone with a leg up that no zone holds), as paths.

    The first are proven by the host's own word (A); the second are leads (C). ``devices`` are addresses of declared crossings.
    """
    inner, outer = pair
    both: list[dict[str, Any]] = []
    strange: list[dict[str, Any]] = []
    for name, host in hosts:
        found = legs(host, zones)
        mine = {zone: [leg for leg in found.by_zone.get(zone, ()) if leg.up] for zone in pair}
        if any(text.partition("/")[0] in devices for leg in found.all() for text in leg.addresses):
            continue
        if mine[inner] and mine[outer]:
            both.append(_path("dual-homed", "A", pair, name, mine[inner][0], mine[outer][0]))
        elif mine[inner] and found.undeclared:
            strange.append(_path("lead-undeclared-leg", "C", pair, name, mine[inner][0], found.undeclared[0]))
    return both, strange


def _path(kind: str, strength: str, pair: tuple[str, str], name: str, near: Leg, far: Leg) -> dict[str, Any]:
    return {
        "kind": kind,
        "from": pair[0],
        "to": pair[1] if far.zone is not None else "?",
        "via": name,
        "protocol": "host",
        "port": 0,
        "strength": strength,
        "device": {"mac": near.mac, "addresses": list(near.addresses), "target": name, "interface": near.interface},
        "exit": {"mac": far.mac, "address": next(iter(far.addresses), ""), "interface": far.interface},
        "legs": [near.shown(), far.shown()],
        "crossing": None,
        "within": False,
    }
