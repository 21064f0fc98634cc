"""Default routes, published services and tunnels on devices of inner zones / 内部区域设备上的默认路由、发布服务与隧道."""

from scanner.api import Verdict, Why, awaits_person, check, met, netdev, not_applicable, site, unknown, unmet

OUTSIDE = ("internet", "extranet")


@check("netdev.default-route")
def default_route(device: netdev.Zones, unit: site.Declared) -> Verdict:
    networks = unit.networks()
    inner = sorted({leg.zone for leg in device.legs(networks) if unit.zones[leg.zone].kind not in OUTSIDE})
    routes = [route for route in device.box.routes if route.prefix.prefixlen == 0 and not route.drop]
    outward = [route for route in routes if _outward(device, unit, route)]
    observed = {
        "inner_zones": inner, "default": [f"{r.said.line}: {r.said.text}" for r in routes[:20]],
        "outward": [f"{r.said.line}: {r.said.text}" for r in outward[:20]], "learned": [f"{r.line}: {r.text}" for r in _learned(device)[:20]],
    }  # fmt: skip
    if not unit.zones:
        return unknown(Why.NOT_DECLARED, "no zone is declared", observed)
    if inner and outward:
        return unmet(observed, wanted={"outward": []}, scope=device.coverage, strength="B")
    if device.box.odd_count:
        return unknown(Why.GARBLED, f"{device.box.odd_count} lines not understood", observed)
    if routes or _learned(device):
        return awaits_person(observed, wanted={"outward": []}, detail="where the next hop stands is not declared")
    return met(observed, scope=device.coverage)


def _outward(device: netdev.Zones, unit: site.Declared, route: netdev.Route) -> bool:
    if route.next_hop is not None:
        zone = netdev.zone_of(route.next_hop, unit.networks())
        return zone is not None and unit.zones[zone].kind in OUTSIDE
    legs = [leg.zone for leg in device.legs(unit.networks()) if leg.interface == route.interface]
    return any(unit.zones[zone].kind in OUTSIDE for zone in legs)


def _learned(device: netdev.Zones) -> list[netdev.Said]:
    return [item.learned for item in device.box.interfaces if item.learned is not None and not item.shut] + list(device.box.dynamic)


@check("netdev.published")
def published(device: netdev.Zones, unit: site.Declared) -> Verdict:
    networks = unit.networks()
    offers = device.box.published
    zones = {offer.said: netdev.zone_of(offer.inside, networks) if offer.inside is not None else None for offer in offers}
    inner = [said for said, zone in zones.items() if zone is not None and unit.zones[zone].kind not in OUTSIDE]
    observed = {
        "published": len(offers), "of_inner_zones": [f"{said.line}: {said.text}" for said in inner[:20]],
        "translations": [f"{said.line}: {said.text}" for said in device.box.translations[:20]],
    }  # fmt: skip
    if not unit.zones:
        return unknown(Why.NOT_DECLARED, "no zone is declared", observed)
    if inner:
        return unmet(observed, wanted={"of_inner_zones": []}, scope=device.coverage, strength="B")
    if device.box.odd_count:
        return unknown(Why.GARBLED, f"{device.box.odd_count} lines not understood", observed)
    if not offers and not device.box.translations:
        return met(observed, scope=device.coverage)
    return awaits_person(observed, wanted={"of_inner_zones": []}, detail="translations towards addresses of no declared inner zone")


@check("netdev.tunnels")
def tunnels(device: netdev.Zones) -> Verdict:
    found = [item for item in device.box.interfaces if not item.shut and (item.tunnel or (item.kind == "dial" and item.configured))]
    observed = {
        "interfaces": [{"name": item.name, "kind": item.tunnel or item.kind, "line": item.said.line} for item in found[:20]],
        "services": [f"{said.line}: {said.text}" for said in device.box.tunnels[:20]],
    }
    if device.box.odd_count and not found and not device.box.tunnels:
        return unknown(Why.GARBLED, f"{device.box.odd_count} lines not understood", observed)
    if not found and not device.box.tunnels:
        return met(observed, scope=device.coverage)
    return awaits_person(observed, wanted={"interfaces": [], "services": []}, detail="each needs an approval that names both ends")


@check("netdev.ipv6-unasked")
def ipv6_unasked(device: netdev.Zones, unit: site.Declared) -> Verdict:
    networks = unit.networks()
    plain = {name for name, zone in unit.zones.items() if zone.networks and all(network.version == 4 for network in zone.networks)}
    here = {leg.interface for leg in device.legs(networks) if leg.zone in plain and not leg.shut}
    on = [item for item in device.box.interfaces if item.name in here and item.ipv6 is not None]
    observed = {
        "interfaces": len(here), "ipv6": [{"name": i.name, "line": i.ipv6.line if i.ipv6 else 0, "announces": i.announces} for i in on[:20]],
    }  # fmt: skip
    if not unit.zones:
        return unknown(Why.NOT_DECLARED, "no zone is declared", observed)
    if on:
        return unmet(observed, wanted={"ipv6": []}, scope=device.coverage, strength="B")
    if device.box.odd_count:
        return unknown(Why.GARBLED, f"{device.box.odd_count} lines not understood", observed)
    return met(observed, scope=device.coverage) if here else not_applicable("no leg in a zone without IPv6", observed)
