"""Which declared zones a host has a leg in: compared per interface, by the declared address ranges."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from scanner.facts.network.attachment import Address, Attached, Interface, Network, leads_out, reaches_out

OUTSIDE_KINDS = frozenset({"internet", "extranet"})
"""Kinds of zones that lie outside the unit."""


class ZoneLike(Protocol):
    """A declared zone."""

    @property
    def kind(self) -> str:
        """lan, classified, extranet or internet."""

    @property
    def networks(self) -> tuple[Network, ...]:
        """Its address ranges."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One interface in one zone, or in none that is declared."""

    interface: str
    kind: str
    mac: str
    up: bool
    zone: str | None
    """None: its addresses stand in no declared range."""
    addresses: tuple[str, ...]

    def shown(self) -> dict[str, object]:
        """For a verdict's ``observed``."""
        shown = {"interface": self.interface, "kind": self.kind, "mac": self.mac, "up": self.up, "zone": self.zone}
        return {**shown, "addresses": list(self.addresses[:16])}


@dataclass(frozen=True, slots=True)
class Legs:
    """All legs of a host."""

    by_zone: Mapping[str, tuple[Leg, ...]]
    """Declared zone to the legs in it, switched on or not; zones without a leg are not here."""
    undeclared: tuple[Leg, ...]
    """Interfaces that lead out, are up, and whose addresses no declared zone holds: a lead, no proof."""

    def up(self) -> tuple[str, ...]:
        """Zones in which a leg is up, sorted."""
        return tuple(sorted(zone for zone, legs in self.by_zone.items() if any(leg.up for leg in legs)))

    def all(self) -> tuple[Leg, ...]:
        """Every leg, declared zones first."""
        return (*(leg for zone in sorted(self.by_zone) for leg in self.by_zone[zone]), *self.undeclared)


def zones_of(address: Address, zones: Mapping[str, ZoneLike]) -> tuple[str, ...]:
    """The zones that hold an address: those whose most specific range is the longest; several only where ranges are declared twice."""
    bare = getattr(address, "ipv4_mapped", None) or address
    best: dict[str, int] = {}
    for name, zone in zones.items():
        lengths = [network.prefixlen for network in zone.networks if network.version == bare.version and bare in network]
        if lengths:
            best[name] = max(lengths)
    longest = max(best.values(), default=-1)
    return tuple(sorted(name for name, length in best.items() if length == longest))


def legs(host: Attached, zones: Mapping[str, ZoneLike]) -> Legs:
    """Where a host stands.

    An address outside the declared ranges on an interface that has one inside is no second leg (a router's announcement gives such
    addresses). Loopback never is a leg; what does not lead out by itself (guests' bridges, tunnels, dummies) is one only with an
    address in a declared zone.
    """
    by_zone: dict[str, list[Leg]] = {}
    undeclared: list[Leg] = []
    for item in host.interfaces:
        if item.kind == "loopback":
            continue
        found: dict[str, list[str]] = {}
        for held in item.real:
            for zone in zones_of(held.ip, zones):
                found.setdefault(zone, []).append(str(held))
        for zone, addresses in sorted(found.items()):
            by_zone.setdefault(zone, []).append(_leg(item, zone, addresses))
        if not found and item.real and item.up and item.present and leads_out(item, host.interfaces):
            undeclared.append(_leg(item, None, [str(held) for held in item.real]))
    return Legs(MappingProxyType({zone: tuple(found) for zone, found in sorted(by_zone.items())}), tuple(undeclared))


SILENT = frozenset({"physical", "bond", "vlan", "wifi"})
"""Kinds that are wired to something as soon as they are up. Others without an address are guests' wires, or are judged by themselves."""


def silent(host: Attached) -> tuple[Interface, ...]:
    """Cards that are up and have no address that reaches beyond the link: wired to a network of which nothing is known.

    Ports of a bridge or a bond, cards below another interface, and cards whose MAC an interface with an address bears (a virtual switch's)
    serve that other one.
    """
    used = {item.parent for item in host.interfaces if item.present} | {item.mac for item in host.interfaces if item.real}
    used.discard("")
    return tuple(
        item
        for item in host.interfaces
        if item.kind in SILENT and item.up and item.present and not item.real and not item.master and not {item.name, item.mac} & used
    )


def _leg(item: Interface, zone: str | None, addresses: Sequence[str]) -> Leg:
    return Leg(item.name, item.kind, item.mac, item.up and item.present, zone, tuple(addresses))


def apart(one: str, other: str, zones: Mapping[str, ZoneLike], pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether two zones must not share a host: the pair is declared isolated, or their kinds differ."""
    return one != other and ({one, other} in [set(pair) for pair in pairs] or zones[one].kind != zones[other].kind)


def parse_address(text: str) -> Address | None:
    """An address from what programs write (brackets, zone index); None for a name or anything else."""
    bare = text.strip().strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """A host's place among the declared zones: says of any address whether it lies outside."""

    zones: Mapping[str, ZoneLike]
    pairs: tuple[tuple[str, str], ...]
    home: tuple[str, ...]
    """Declared zones in which a leg is up; those that lie outside do not count beside one that does not."""
    own: frozenset[str]
    """The host's own addresses."""

    def side(self, address: Address) -> str:
        """``self``, ``inside`` (a zone that the host belongs to, or one that need not be apart) or ``outside``."""
        bare = getattr(address, "ipv4_mapped", None) or address
        if str(bare) in self.own or not reaches_out(bare):
            return "self"
        found = zones_of(bare, self.zones)
        if not found:
            return "outside"
        return "outside" if all(self._away(zone) for zone in found) else "inside"

    def _away(self, zone: str) -> bool:
        if zone in self.home:
            return False
        if not self.home:
            return self.zones[zone].kind in OUTSIDE_KINDS
        return any(apart(zone, own, self.zones, self.pairs) for own in self.home)

    @property
    def outdoors(self) -> bool:
        """Every leg stands in a zone of kind internet: outside addresses are its own ground."""
        return len(self.home) > 0 and all(self.zones[zone].kind == "internet" for zone in self.home)


def standing(host: Attached, zones: Mapping[str, ZoneLike], pairs: Iterable[tuple[str, str]]) -> Standing:
    """Make the standing of a host."""
    own = frozenset(str(held.ip) for item in host.interfaces for held in item.addresses)
    up = legs(host, zones).up()
    inner = tuple(zone for zone in up if zones[zone].kind not in OUTSIDE_KINDS)
    return Standing(zones, tuple(pairs), inner or up, own)
