"""What hosts, device configurations and captures say of a zone pair, as paths for its judge."""

from __future__ import annotations

from typing import Any

from scanner.api import Absent, Across, netdev, network, site

Paths = list[dict[str, Any]]


def classified(pair: network.Pair, unit: site.Declared | Absent) -> bool:
    """Whether one of the two zones is a classified one."""
    zones = unit.zones if isinstance(unit, site.Declared) else {}
    return any(name in zones and zones[name].kind == "classified" for name in (pair.inner, pair.outer))


def _declares(pair: network.Pair, unit: site.Declared | Absent) -> bool:
    return isinstance(unit, site.Declared) and {pair.inner, pair.outer} <= set(unit.zones)


def standing_hosts(pair: network.Pair, unit: site.Declared | Absent, *many: Across[Any]) -> tuple[Paths, Paths]:
    """(hosts with a leg in both zones, hosts inside with a leg that nobody declared)."""
    if isinstance(unit, Absent) or not _declares(pair, unit):
        return [], []
    seen = [(name, fact) for facts in many for name, fact in facts if not isinstance(fact, Absent)]
    return network.standing_in_both((pair.inner, pair.outer), unit.zones, seen, network.halves(unit.crossings))


def on_both_wires(
    pair: network.Pair, unit: site.Declared | Absent, trials: network.Trials | Absent, captures: Across[network.Sighting]
) -> tuple[Paths, Paths]:
    """(identities of strength B that captures of both segments share, leads)."""
    seen = [(name, fact) for name, fact in captures if not isinstance(fact, Absent)]
    own: frozenset[str] = frozenset()
    networks: dict[str, Any] = dict(unit.networks()) if isinstance(unit, site.Declared) else {}
    crossings: Any = unit.crossings if isinstance(unit, site.Declared) else ()
    if isinstance(trials, network.Trials):
        seen += network.sighted(trials)
        own = frozenset(record.interface.mac for record in (trials.inner, *trials.outers))
        networks |= {name: trials.plan.networks(name) for name in trials.plan.zones}
        crossings = trials.plan.crossings
    strong, leads = network.both_sides(pair.inner, pair.outer, seen, networks, crossings, own)
    return [{"within": False, **path} for path in strong], [{"within": False, **path} for path in leads]


def boxes_between(pair: network.Pair, unit: site.Declared | Absent, devices: Across[netdev.Zones]) -> tuple[Paths, dict[str, Any]]:
    """(devices whose configuration has a leg in both zones, and flows that it lets through; how much of each was understood).

    A flow out of a box that stands in the inner zone alone, or through the device of a declared crossing, is a lead (C).
    """
    if isinstance(unit, Absent) or not _declares(pair, unit):
        return [], {}
    networks, halves = unit.networks(), network.halves(unit.crossings)
    out: Paths = []
    coverage: dict[str, Any] = {}
    for name, fact in devices:
        if isinstance(fact, Absent):
            coverage[name] = {"why": fact.why.value}
            continue
        coverage[name] = fact.coverage
        legs = fact.same_box(networks, pair.inner, pair.outer)
        if legs is not None and any(leg.address.partition("/")[0] in halves for leg in legs):
            # The declared device stands on both sides by its purpose; that it routes is another matter.
            legs = None
        elif legs is not None:
            out.append(_box(pair, name, legs))
        if legs is None and all(leg.zone != pair.inner or leg.shut for leg in fact.legs(networks)):
            continue
        for one, other in ((pair.inner, pair.outer), (pair.outer, pair.inner)):
            flow = fact.flow(networks, one, other, unit.zones[other].kind == "internet")
            if flow.state == "flow":
                # Without a leg of its own in the other zone the box sends it on to somebody who may stop it; a declared device is tried by tokens.
                out.append(_flow(one, other, name, flow) | {"strength": "B" if legs is not None else "C"})
    return out, coverage


def _box(pair: network.Pair, name: str, legs: tuple[netdev.Standing, netdev.Standing]) -> dict[str, Any]:
    near, far = legs
    return {
        "kind": "same-box", "from": pair.inner, "to": pair.outer, "via": name, "protocol": "configuration", "port": 0, "strength": "A",
        "device": {"mac": "", "addresses": [near.address], "target": name, "interface": near.interface},
        "exit": {"mac": "", "address": far.address, "interface": far.interface},
        "note": f"{near.said.line}: {near.said.text}; {far.said.line}: {far.said.text}", "crossing": None, "within": False,
    }  # fmt: skip


def _flow(one: str, other: str, name: str, flow: netdev.Flow) -> dict[str, Any]:
    """A packet that the configuration lets through: B, since the file may not be what runs."""
    return {
        "kind": "configured-flow", "from": one, "to": other, "via": name, "protocol": flow.protocol, "port": flow.port or 0, "strength": "B",
        "device": {"mac": "", "addresses": [], "target": name, "interface": flow.enters}, "exit": {"mac": "", "address": flow.destination, "interface": flow.leaves},
        "note": "; ".join(f"{said.line}: {said.text}" for said in flow.by)[:400], "crossing": None, "within": False,
    }  # fmt: skip
