"""Which declared zones a network device stands in, and whether its configuration carries packets between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address

from scanner.facts.fact import Unreadable, another_reading
from scanner.facts.netdev.box.model import Box
from scanner.facts.netdev.box.read_ios import read_ios_box
from scanner.facts.netdev.box.read_vrp import read_vrp_box
from scanner.facts.netdev.box.search import Flow, find_flow
from scanner.facts.netdev.box.spaces import Network, Said
from scanner.facts.netdev.device import MAX_BYTES, Device, read_config
from scanner.facts.netdev.platform import INDENTED
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer

Networks = Mapping[str, Sequence[Network]]
"""Declared zones by name: their networks."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One address of the device in one declared zone."""

    zone: str
    interface: str
    address: str
    vrf: str
    shut: bool
    said: Said


@another_reading(Device)
@dataclass(frozen=True, slots=True)
class Zones:
    """A device as a thing that carries packets between zones."""

    box: Box

    @property
    def coverage(self) -> dict[str, object]:
        """How much was understood, for ``scope``: what was not can never support that nothing was found."""
        return {
            "lines": self.box.lines,
            "unparsed": self.box.odd_count,
            "first": [f"{said.line}: {said.text}" for said in self.box.odd[:20]],
        }

    def legs(self, zones: Networks) -> tuple[Standing, ...]:
        """The device's addresses that stand in declared zones, each in the zone with the narrowest network."""
        found = []
        for item in self.box.interfaces:
            for leg, said in item.addresses:
                zone = zone_of(leg.ip, zones)
                if zone is not None:
                    found.append(Standing(zone, item.name, str(leg), item.vrf, item.shut, said))
        return tuple(found)

    def same_box(self, zones: Networks, one: str, other: str) -> tuple[Standing, Standing] | None:
        """A leg in each of two zones, neither of them shut; None when the device has no such pair."""
        legs = [leg for leg in self.legs(zones) if not leg.shut]
        first, second = (next((leg for leg in legs if leg.zone == name), None) for name in (one, other))
        return (first, second) if first is not None and second is not None else None

    def flow(self, zones: Networks, one: str, other: str, anywhere: bool = False) -> Flow:
        """A packet from one zone to the other that the configuration lets through; ``anywhere`` for a zone that is an outside world."""
        declared = [network for networks in zones.values() for network in networks]
        return find_flow(self.box, zones.get(one, ()), zones.get(other, ()), declared, anywhere)

    @classmethod
    def read(cls, answer: Answer) -> Zones | Absent:
        """Read a configuration; one that was cut is not judged."""
        if answer.exit not in (0, None):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        if not answer.stdout.strip():
            raise Unreadable("an empty configuration")
        if len(answer.stdout) >= MAX_BYTES:
            return Absent(Why.TRUNCATED, "larger than the limit")
        vendor, config = read_config(answer.stdout)
        if not config.returned and vendor != "nxos":
            return Absent(Why.TRUNCATED, "no closing return or end")
        box = (read_ios_box if vendor in INDENTED else read_vrp_box)(vendor, config)
        if not config.returned:
            box = replace(box, odd=(*box.odd, Said(0, "the end of the configuration is not shown")), odd_count=box.odd_count + 1)
        return cls(box)


def zone_of(address: IPv4Address | IPv6Address, zones: Networks) -> str | None:
    """The zone whose narrowest network holds the address; None when there is none."""
    best: tuple[int, str] | None = None
    for name in sorted(zones):
        for network in zones[name]:
            if network.version == address.version and address in network and (best is None or network.prefixlen > best[0]):
                best = (network.prefixlen, name)
    return best[1] if best else None
