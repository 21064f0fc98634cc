"""What the judges of hosts share: where a host stands among the declared zones, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.api import Verdict, Why, awaits_person, met, network, not_applicable, site, unknown, unmet

SHOWN = 20
CABLES = network.OUTWARD - {"veth"}
"""Kinds of a bridge's ports that leave the host; a veth leads to a guest as a rule."""


def undeclared(unit: site.Declared) -> Verdict | None:
    """The answer where the unit declares no address range: then no address is inside or outside."""
    if any(zone.networks for zone in unit.zones.values()):
        return None
    return unknown(Why.NOT_DECLARED, "no zone with address ranges is declared")


def stands(host: network.Attached, unit: site.Declared) -> network.Standing:
    """A host's place among the unit's zones."""
    return network.standing(host, unit.zones, unit.isolation)


def conflicts(zones: Iterable[str], unit: site.Declared) -> list[tuple[str, str]]:
    """Pairs of zones that must not share a host."""
    names = sorted(set(zones))
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if network.apart(a, b, unit.zones, unit.isolation)]


def crossing_of(legs: network.Legs, unit: site.Declared) -> str | None:
    """The declared crossing whose device this host is; none where a classified zone is concerned."""
    own = {address.partition("/")[0] for leg in legs.all() for address in leg.addresses}
    for crossing in unit.crossings:
        ends = [crossing.get(key) for key in ("device", "outer_device")]
        addresses = {str(end["address"]) for end in ends if isinstance(end, dict) and end.get("address")}
        zones = [unit.zones[zone] for zone in crossing.get("between") or () if zone in unit.zones]
        if addresses & own and not any(zone.kind == "classified" for zone in zones):
            return str(crossing.get("id") or "")
    return None


def gateways(host: network.Attached, place: network.Standing) -> set[str]:
    """MAC addresses of the next hops inside the host's own zones, as its neighbour table has them."""
    hops = {route.via for route in host.routes if route.via}
    found = set()
    for item in host.neighbours:
        address = network.parse_address(item.address)
        if item.address in hops and address is not None and place.side(address) == "inside":
            found.add(item.mac)
    return found


def leg_rows(legs: network.Legs) -> list[dict[str, object]]:
    """All legs, for ``observed``."""
    return [leg.shown() for leg in legs.all()][:SHOWN]


def dual_homed(host: network.Attached, unit: site.Declared, configured: Sequence[tuple[str, str]] = ()) -> Verdict:
    """No host stands in two zones that must be apart. ``configured`` are zone and file of addresses that are set but not held now."""
    missing = undeclared(unit)
    if missing is not None:
        return missing
    legs = network.legs(host, unit.zones)
    up, held = conflicts(legs.up(), unit), conflicts(legs.by_zone, unit)
    planned = conflicts([*legs.by_zone, *(zone for zone, _ in configured)], unit)
    shown: dict[str, object] = {"zones": list(legs.up()), "legs": leg_rows(legs), "both": [list(pair) for pair in up or held or planned]}
    if planned and not held:
        shown["configured"] = [f"{zone}: {file}" for zone, file in configured][:SHOWN]
    if planned:
        crossing = crossing_of(legs, unit)
        if crossing is not None:
            return awaits_person(shown | {"crossing": crossing}, wanted={"both": []}, detail="a declared crossing", strength="A")
        return unmet(shown, wanted={"both": []}, strength="A" if up else "B", detail="" if up else "a leg is off now")
    if not legs.by_zone and len(legs.undeclared) == 1:
        return unknown(Why.NOT_DECLARED, "no declared zone holds an address of this host", shown)
    if legs.undeclared:
        return awaits_person(shown, wanted={"both": []}, detail="a leg in a network that is not declared", strength="C")
    quiet = [item.shown() for item in network.silent(host)]
    if quiet:
        # A cable is in it; where the cable ends, the host does not tell.
        return awaits_person(
            shown | {"silent": quiet[:SHOWN]}, wanted={"silent": []}, detail="a card is on that has no address", strength="D"
        )
    return met(shown)


def forwarding(host: network.Attached, unit: site.Declared, extra: dict[str, object], sharing: bool = False) -> Verdict:
    """What passes packets on stands on one side only. ``sharing``: connection sharing is switched on."""
    missing = undeclared(unit)
    if missing is not None:
        return missing
    legs = network.legs(host, unit.zones)
    passing = sorted(item.name for item in host.interfaces if item.forwards and item.kind != "loopback")
    shown: dict[str, object] = {"forwarding": passing[:SHOWN], **extra, "zones": list(legs.up()), "legs": leg_rows(legs)}
    wanted: dict[str, object] = {"forwarding": []}
    if not passing and not sharing:
        return met(shown)
    if conflicts(legs.up(), unit):
        crossing = crossing_of(legs, unit)
        if crossing is not None:
            return awaits_person(shown | {"crossing": crossing}, wanted=wanted, detail="a declared crossing", strength="A")
        return unmet(shown, wanted=wanted, strength="A")
    if legs.undeclared and len(legs.all()) > 1:
        return unmet(shown, wanted=wanted, strength="C", detail="passes on to or from a network that is not declared")
    if not legs.by_zone and legs.undeclared:
        return unknown(Why.NOT_DECLARED, "no declared zone holds an address of this host", shown)
    tunnels = [item.name for item in host.interfaces if item.kind in network.TUNNELS and item.up and item.real]
    if tunnels or sharing:
        return awaits_person(shown | {"tunnels": tunnels[:SHOWN]}, wanted=wanted, detail="passes on where no zone is seen", strength="C")
    return met(shown, detail="one side only")


def bridges(host: network.Attached) -> Verdict:
    """No bridge joins two ways out of the host."""
    rows: list[dict[str, object]] = []
    joined: list[str] = []
    doubtful: list[str] = []
    for bridge in (item for item in host.interfaces if item.kind == "bridge" and item.present):
        ports = network.ports_of(bridge, host.interfaces)
        wires = [port for port in ports if port.kind in CABLES]
        tunnels = [port for port in ports if port.kind in network.TUNNELS - {"tun"}]
        rows.append({"bridge": bridge.name, "ports": [{"name": port.name, "kind": port.kind, "up": port.up} for port in ports][:SHOWN]})
        if len(wires) > 1 or (wires and tunnels):
            joined.append(bridge.name)
        elif tunnels or sum(port.kind == "veth" for port in ports) > 1:
            doubtful.append(bridge.name)
    shown = {"bridges": rows[:SHOWN], "joined": joined}
    if joined:
        return unmet(shown, wanted={"joined": []}, strength="B")
    if doubtful:
        # Wires into other namespaces are guests' as a rule; whether one of them leads out, the host's own tables do not say.
        return awaits_person(shown | {"look_at": doubtful}, wanted={"joined": []}, strength="D")
    return met(shown)


def default_routes(host: network.Attached, unit: site.Declared) -> Verdict:
    """Every way to everything leads to a gateway inside the host's own zones."""
    missing = undeclared(unit)
    if missing is not None:
        return missing
    place = stands(host, unit)
    if place.outdoors:
        return not_applicable("the host stands in an outside zone")
    kinds = {item.name: item.kind for item in host.interfaces}
    sides: dict[str, list[dict[str, object]]] = {"out": [], "announced": [], "inside": []}
    for route in (route for route in host.routes if route.is_default):
        kind = kinds.get(route.interface, "")
        sides[_way(route, kind, host, unit, place)].append({**route.shown(), "kind": kind})
    shown = {side: rows[:SHOWN] for side, rows in sides.items()}
    if sides["out"]:
        return unmet(shown, wanted={"out": []}, strength="C")
    if sides["announced"]:
        return awaits_person(shown, wanted={"announced": []}, detail="set by a router's announcement", strength="C")
    return met(shown)


def _way(route: network.Route, kind: str, host: network.Attached, unit: site.Declared, place: network.Standing) -> str:
    if kind in network.MOBILE | network.RADIO | network.TUNNELS:
        return "out"
    via = network.parse_address(route.via)
    if via is not None and network.reaches_out(via):
        if place.side(via) == "outside":
            return "out"
    elif not _inside_leg(host, route.interface, unit, place):
        # A link-local next hop, or none: the interface itself tells.
        return "out"
    return "announced" if route.origin.lower() in ("ra", "routeradvertisement") else "inside"


def _inside_leg(host: network.Attached, name: str, unit: site.Declared, place: network.Standing) -> bool:
    """Whether the interface has an address in a zone of the host's own."""
    by_zone = network.legs(host, unit.zones).by_zone
    return any(leg.interface == name for zone in place.home for leg in by_zone.get(zone, ()))


def servers(
    asked: Iterable[tuple[str, dict[str, object]]],
    host: network.Attached,
    unit: site.Declared,
    *,
    strength: str = "C",
    inside_too: bool = False,
) -> Verdict:
    """Servers that a host asks: none outside. A name is for a person, unless it is one of the public network's own.

    ``inside_too``: one inside is for a person as well, because it may have a leg outside of its own.
    """
    missing = undeclared(unit)
    if missing is not None:
        return missing
    place = stands(host, unit)
    sides: dict[str, list[dict[str, object]]] = {"outside": [], "named": [], "inside": []}
    for server, row in asked:
        address = network.parse_address(server)
        if address is None:
            sides["outside" if network.is_public_name(server) else "named"].append(row)
        else:
            sides["outside" if place.side(address) == "outside" else "inside"].append(row)
    shown: dict[str, object] = {**{side: rows[:SHOWN] for side, rows in sides.items()}, "zones": list(place.home)}
    if place.outdoors:
        return not_applicable("the host stands in an outside zone", shown)
    if sides["outside"]:
        return unmet(shown, wanted={"outside": []}, strength=strength)
    if sides["named"] or (sides["inside"] and inside_too):
        return awaits_person(shown, wanted={"outside": []}, strength="D")
    return met(shown)


def software(traces: Sequence[network.Trace], whole: bool) -> Verdict:
    """None of these programs runs, starts, is installed or left traces."""
    order = ("running", "starts", "installed", "left")
    found = sorted(traces, key=lambda trace: (order.index(trace.state), trace.tool, trace.where))
    shown = {"found": [trace.shown() for trace in found][:SHOWN], "count": len(found), "packages_known": whole}
    if any(trace.state != "left" for trace in found):
        return unmet(shown, wanted={"count": 0}, strength="A" if found[0].state == "running" else "B")
    if found:
        return awaits_person(shown, wanted={"count": 0}, detail="files of such a program are there", strength="C")
    return met(shown) if whole else unknown(Why.COMMAND_MISSING, "no package manager told what is installed", shown)
