"""No device carries packets between zones that are to be apart / 设备配置不得使应隔离的区域相通."""

from scanner.api import Verdict, Why, awaits_person, check, netdev, not_applicable, site, unknown, unmet

NONE = "no zone pair is declared"


@check("netdev.zones-on-one-box")
def zones_on_one_box(device: netdev.Zones, unit: site.Declared) -> Verdict:
    networks = unit.networks()
    shared = {f"{a}:{b}": pair for a, b in unit.isolation if (pair := device.same_box(networks, a, b)) is not None}
    observed = {
        "shared": {name: [_leg(leg) for leg in pair] for name, pair in sorted(shared.items())},
        "zones": sorted({leg.zone for leg in device.legs(networks) if not leg.shut}),
    }
    if not unit.isolation:
        return unknown(Why.NOT_DECLARED, NONE, observed)
    if shared:
        return unmet(observed, wanted={"shared": {}}, scope=device.coverage, strength="A")
    if device.box.odd_count:
        return unknown(Why.GARBLED, f"{device.box.odd_count} lines not understood", observed)
    return awaits_person(observed, wanted={"shared": {}}, detail="the file may not be the running configuration", strength="C")


@check("netdev.flow-between-zones")
def flow_between_zones(device: netdev.Zones, unit: site.Declared) -> Verdict:
    return _flows(device, unit, None)


@check("netdev.vrf-leak")
def vrf_leak(device: netdev.Zones, unit: site.Declared) -> Verdict:
    tables: dict[str, set[str]] = {}
    for leg in device.legs(unit.networks()):
        if not leg.shut:
            tables.setdefault(leg.zone, set()).add(leg.vrf)
    apart = [(a, b) for a, b in unit.isolation if a in tables and b in tables and not tables[a] & tables[b]]
    if unit.isolation and not apart and not device.box.odd_count:
        return not_applicable("no pair of zones is kept apart by routing tables here", {"tables": len(device.box.vrfs)})
    return _flows(device, unit, apart)


def _flows(device: netdev.Zones, unit: site.Declared, pairs: list[tuple[str, str]] | None) -> Verdict:
    if not unit.isolation:
        return unknown(Why.NOT_DECLARED, NONE)
    networks = unit.networks()
    found = {}
    for inner, outer in unit.isolation if pairs is None else pairs:
        for one, other in ((inner, outer), (outer, inner)):
            found[f"{one}->{other}"] = device.flow(
                networks, one, other, unit.zones[other].kind == "internet" if other in unit.zones else False
            )
    observed = {"flows": {name: _flow(flow) for name, flow in sorted(found.items()) if flow.state != "absent"}}
    states = {flow.state for flow in found.values()}
    if "flow" in states:
        return unmet(observed, wanted="no packet between the zones", scope=device.coverage, strength="B")
    if "undecided" in states or not found:
        return unknown(Why.GARBLED, f"{device.box.odd_count} lines not understood, or constructs that are not followed", observed)
    if states == {"absent"}:
        return not_applicable("the device stands in neither zone", observed)
    return awaits_person(
        observed, wanted="no packet between the zones", detail="the file may not be the running configuration", strength="C"
    )


def _leg(leg: netdev.Standing) -> dict[str, object]:
    return {"zone": leg.zone, "interface": leg.interface, "address": leg.address, "vrf": leg.vrf, "line": leg.said.line}


def _flow(flow: netdev.Flow) -> dict[str, object]:
    if flow.state != "flow":
        return {"state": flow.state, "why": list(flow.why), "by": [f"{said.line}: {said.text}" for said in flow.by]}
    return {
        "state": flow.state, "kind": flow.kind, "protocol": flow.protocol, "from": flow.source, "to": flow.destination, "port": flow.port,
        "enters": flow.enters, "leaves": flow.leaves, "next_hop": flow.next_hop, "replies_only": flow.replies_only,
        "by": [f"{said.line}: {said.text}" for said in flow.by],
    }  # fmt: skip
