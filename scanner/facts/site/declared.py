"""What the unit declares in its inventory: zones, crossings, systems. A declaration is the unit's word, not a finding."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from scanner.facts.fact import Unreadable, fact
from scanner.facts.site.words import Dated, dated, day, mapping
from scanner.model.absent import Absent, Why
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer, Probe

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Zone:
    """A declared network zone."""

    name: str
    kind: str
    """lan, classified, extranet or internet."""
    level: str
    """Degree of secrecy of a classified zone, as declared."""
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class System:
    """A declared system."""

    id: str
    name: str
    grade: int | None
    """1 to 4; the higher of S and A where both are given; None when nothing is declared."""
    zone: str | None
    holds: str
    """unclassified or classified; empty when nothing is declared."""
    filing: Dated
    """Filing with the police: number and day."""
    evaluation: Dated
    """Last evaluation: conclusion and day."""


@dataclass(frozen=True, slots=True)
class Member:
    """A declared target."""

    id: str
    kind: str
    address: str
    """``local`` is the scanning machine; empty when none is declared."""
    host: str
    """Id of the host target that carries it."""
    zone: str


@fact(Probe("site.declared", "declared", ("inventory",), kinds=("site", "unit")))
@dataclass(frozen=True, slots=True)
class Declared:
    """The inventory's declaration."""

    as_of: date
    """Day of the declaration's reading; ages are counted to it."""
    unit: Mapping[str, str]
    zones: Mapping[str, Zone]
    isolation: tuple[tuple[str, str], ...]
    """Declared pairs, inner first."""
    crossings: tuple[Mapping[str, Any], ...]
    systems: tuple[System, ...]
    members: tuple[Member, ...] = ()
    """Every declared target."""

    def shared(self) -> tuple[tuple[str, str, str, str], ...]:
        """Overlapping address ranges of different zones: zone, its network, other zone, its network."""
        zones = list(self.zones.values())
        found = []
        for i, one in enumerate(zones):
            for other in zones[i + 1 :]:
                found += [(one.name, str(a), other.name, str(b)) for a in one.networks for b in other.networks if _overlap(a, b)]
        return tuple(found)

    def networks(self) -> dict[str, tuple[Network, ...]]:
        """Networks of every zone by its name."""
        return {name: zone.networks for name, zone in self.zones.items()}

    @classmethod
    def read(cls, answer: Answer) -> Declared | Absent:
        """Read the declaration's canonical JSON."""
        data = strict_loads(answer.stdout)
        if not isinstance(data, dict) or not {"as_of", "zones", "systems"} <= set(data):
            raise Unreadable("no declaration")
        zones, unit = mapping(data["zones"]), mapping(data.get("unit") or {})
        as_of = day(str(data["as_of"]))
        if as_of is None:
            return Absent(Why.GARBLED, "as_of is no date")
        return cls(
            as_of=as_of,
            unit=MappingProxyType({str(key): str(value) for key, value in unit.items()}),
            zones=MappingProxyType({str(name): _zone(str(name), mapping(zone)) for name, zone in zones.items()}),
            isolation=tuple((str(item["between"][0]), str(item["between"][1])) for item in data.get("isolation") or []),
            crossings=tuple(MappingProxyType(dict(item)) for item in data.get("crossings") or []),
            systems=tuple(_system(mapping(item)) for item in data["systems"]),
            members=tuple(_member(mapping(item)) for item in data.get("targets") or []),
        )


def _overlap(one: Network, other: Network) -> bool:
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return one.overlaps(other)
    return isinstance(one, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network) and one.overlaps(other)


def _zone(name: str, zone: Mapping[str, Any]) -> Zone:
    networks = tuple(ipaddress.ip_network(str(item), strict=False) for item in zone.get("networks") or [])
    return Zone(name, str(zone["kind"]), str(zone.get("level") or ""), networks)


def _member(item: Mapping[str, Any]) -> Member:
    return Member(*(str(item.get(key) or "") for key in ("id", "kind", "address", "host", "zone")))


def _system(item: Mapping[str, Any]) -> System:
    digits = [int(char) for char in str(item.get("grade") or "") if char in "1234"]
    zone = item.get("zone")
    return System(
        id=str(item["id"]),
        name=str(item.get("name") or ""),
        grade=max(digits) if digits else None,
        zone=str(zone) if zone else None,
        holds=str(item.get("holds") or ""),
        filing=dated(item.get("filing"), "number"),
        evaluation=dated(item.get("evaluation"), "conclusion"),
    )
