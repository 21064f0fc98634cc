"""Lists and firewall rules that stand in a packet's way at one interface."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.netdev.box.model import Binding, Box, Interface, in_vlans, plain
from scanner.facts.netdev.box.spaces import Part, Rule, Said, sift


@dataclass(frozen=True, slots=True)
class Way:
    """What the search writes down as it goes."""

    why: dict[str, None]
    stopped: dict[Said, None]


def filtered(box: Box, item: Interface, inbound: bool, parts: list[Part], version: int, way: Way) -> list[Part]:
    """The packets that pass every list bound there in this direction."""
    for binding in _bindings(box, item):
        if binding.inbound == inbound and binding.acl.startswith("6:") == (version == 6):
            parts = _through(box, binding, parts, way)
    if inbound:
        parts = _ports(box, item, parts, version, way)
    return parts


def _bindings(box: Box, item: Interface) -> list[Binding]:
    return [*item.filters, *(binding for vlan, binding in box.vlan_filters if vlan is None or vlan == item.vlan)]


def _through(box: Box, binding: Binding, parts: list[Part], way: Way) -> list[Part]:
    found = box.lists.get(binding.acl)
    if binding.acl.startswith("policy:") or (found is not None and not found.exact):
        way.why[f"line {binding.said.line}: a list or policy that is not followed"] = None
        return [Part(part.piece, False, (*part.by, binding.said)) for part in parts]
    if found is None or not found.rules:
        # An unknown or empty list stops nothing on IOS, VRP and Comware; NX-OS and Ruijie releases differ.
        sure = box.vendor not in ("nxos", "ruijie")
        if not sure:
            way.why[f"line {binding.said.line}: a list that does not exist or is empty"] = None
        return [Part(part.piece, part.sure and sure, (*part.by, binding.said)) for part in parts]
    sifted = sift(parts, found.rules, bool(binding.otherwise))
    way.stopped.update(dict.fromkeys(sifted.stopped))
    if sifted.left and not binding.otherwise:
        way.stopped[binding.said] = None
    _note(found.rules, sifted.passed, way)
    return list(sifted.passed)


def _note(rules: tuple[Rule, ...], passed: tuple[Part, ...], way: Way) -> None:
    if any(not part.sure for part in passed):
        for rule in rules:
            if not rule.exact:
                way.why[f"line {rule.said.line}: conditions that are not followed"] = None


def _ports(box: Box, item: Interface, parts: list[Part], version: int, way: Way) -> list[Part]:
    """Lists on the switch ports of a VLAN: a host behind a port without one is not held; else any one port suffices."""
    if item.kind != "svi" or item.vlan is None:
        return parts
    members = [port for port in box.interfaces if not port.shut and _carries(port, item.vlan)]
    bound = [[b for b in port.filters if b.inbound and b.acl.startswith("6:") == (version == 6)] for port in members]
    if not bound or any(not bindings for bindings in bound):
        return parts
    out: list[Part] = []
    for bindings in bound[:64]:
        through = parts
        for binding in bindings:
            through = _through(box, binding, through, way)
        out += through
    return out


def _carries(port: Interface, vlan: int) -> bool:
    if port.kind not in ("ethernet", "bundle") or port.mode == "routed" or port.addresses:
        return False
    if port.mode in ("trunk", "hybrid"):
        return port.allowed is None or in_vlans(port.allowed, vlan) or port.native == vlan
    return (port.access or 1) == vlan


def between_zones(box: Box, item: Interface, goes: Interface, parts: list[Part], version: int, way: Way) -> list[Part]:
    """The packets that the firewall's own rules let pass from one interface to another."""
    wall = box.firewall
    if wall is None:
        return parts
    one, other = wall.zones.get(plain(item.name)), wall.zones.get(plain(goes.name))
    if not wall.exact or one == other:
        # Whether a zone's own members may talk differs between releases.
        way.why[f"line {wall.said.line}: firewall rules that are not followed"] = None
        return [Part(part.piece, False, part.by) for part in parts]
    if one is None or other is None:
        way.stopped[wall.said] = None
        return []
    if version == 6 and (wall.rules or wall.otherwise or wall.six is not None):
        # Rules without an address hold for both families on some releases, for IPv4 alone on others; addresses of IPv6 are not read.
        way.why[f"line {(wall.six or wall.said).line}: policies for IPv6 that are not read"] = None
        return [Part(part.piece, False, part.by) for part in parts]
    rules = [
        entry.rule for entry in wall.rules
        if (entry.sources is None or one in entry.sources) and (entry.destinations is None or other in entry.destinations)
    ]  # fmt: skip
    sifted = sift(parts, rules, wall.otherwise)
    way.stopped.update(dict.fromkeys(sifted.stopped))
    if sifted.left and not wall.otherwise:
        way.stopped[wall.said] = None
    _note(tuple(rules), sifted.passed, way)
    return list(sifted.passed)
