"""Where what a store holds also goes, beside the unit's declared ranges; and in which kind of zone it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_network
from typing import Any, Literal
from urllib.parse import urlsplit

from scanner.facts.holdings.stores import Holdings
from scanner.facts.network.legs import parse_address, zones_of
from scanner.facts.network.places import inside, registrable, standing
from scanner.facts.site.declared import Declared
from scanner.model.absent import Absent

Place = Literal["inside", "outside", "undeclared"]
EXAMPLES = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
"""Addresses of documents: where no zone holds them, they are nobody's own, unlike the private ones."""
INNER = frozenset({"lan", "classified"})
"""Kinds of zones that are the unit's own."""


@dataclass(frozen=True, slots=True, order=True)
class Elsewhere:
    """One place that data of the store lie in or go to."""

    kind: str
    """What leads there: foreign-server, replica, archive-command, backup, mount …"""
    where: str
    """Host, address or path; never a credential."""
    place: Place
    zone: str
    """Declared zone of it; empty when none holds it."""
    seen: str = ""
    """Target that showed it; empty for the store itself."""

    def shown(self) -> dict[str, str]:
        """For a verdict's ``observed``."""
        return asdict(self)


def in_classified_zone(held: Holdings, unit: Declared | Absent) -> bool:
    """Whether the target stands in a zone declared as classified. Nothing declared means that it does not."""
    if isinstance(unit, Absent):
        return False
    zone = unit.zones.get(held.target.get("zone", ""))
    if zone is not None:
        return zone.kind == "classified"
    return any(system.id == held.target.get("system") and system.holds == "classified" for system in unit.systems)


def elsewhere(held: Holdings, unit: Declared | Absent) -> tuple[Elsewhere, ...]:
    """Every place beside the target that its readers saw, sorted by what the declaration says of it."""
    zones = unit.zones if isinstance(unit, Declared) else {}
    own = held.target.get("zone", "")
    return tuple(sorted({_placed(kind, where, zones, own) for kind, where in _places(held)}))


def placed(held: Holdings, unit: Declared, kind: str, where: str, seen: str) -> Elsewhere:
    """A place that another target shows, beside the declaration."""
    return replace(_placed(kind, where, unit.zones, held.target.get("zone", "")), seen=seen)


def _places(held: Holdings) -> Iterator[tuple[str, str]]:
    for item in held.custody.get("elsewhere") or ():
        yield str(item.get("kind") or ""), str(item.get("where") or "?")
    for backup in held.backups:
        where = backup.get("where") or ()
        yield from (("backup", str(host)) for host in ([where] if isinstance(where, str) else where))
    url = held.target.get("url", "")
    host = urlsplit(url).hostname if "://" in url and not url.startswith(("file:", "sqlite:")) else None
    if host:
        yield "server", host


def _placed(kind: str, where: str, zones: Mapping[str, Any], own: str) -> Elsewhere:
    address = parse_address(where)
    if address is None:
        # A name with a registered suffix is somebody's; any other, a path or a slot says nothing of where it leads.
        return Elsewhere(kind, where, "outside" if registrable(where) and kind != "server" else "undeclared", "")
    if standing(str(address)) == "none":
        return Elsewhere(kind, where, "inside", own)
    found = zones_of(address, zones)
    if not found:
        foreign = standing(str(address)) == "public" or (kind != "server" and inside(str(address), EXAMPLES))
        return Elsewhere(kind, where, "outside" if foreign else "undeclared", "")
    inner = own in found or all(zones[name].kind in INNER and not _lower(zones, own, name) for name in found)
    return Elsewhere(kind, where, "inside" if inner else "outside", found[0])


def _lower(zones: Mapping[str, Any], own: str, other: str) -> bool:
    """Whether data of a classified zone lie in one that is not."""
    return own in zones and zones[own].kind == "classified" and zones[other].kind != "classified"
