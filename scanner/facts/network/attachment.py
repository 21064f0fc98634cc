"""How a host hangs on its networks, in the same words for Linux and Windows."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Held = ipaddress.IPv4Interface | ipaddress.IPv6Interface

WIRED = frozenset({"physical", "bond", "vlan", "veth", "other"})
"""Kinds that end in a cable or in something that looks like one from inside the host."""
RADIO = frozenset({"wifi"})
MOBILE = frozenset({"wwan", "usb", "ppp", "bluetooth"})
"""Kinds by which a telephone, a modem or a dial-up line joins the host to a carrier's network."""
TUNNELS = frozenset({"tun", "tunnel", "vxlan", "wireguard"})
OUTWARD = WIRED | RADIO | MOBILE
"""Kinds that lead out of the host by themselves; a bridge does so through its ports, a tunnel through another interface."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface, up or not, present or only remembered."""

    name: str
    kind: str
    """``physical``, ``wifi``, ``wwan``, ``usb`` (a telephone's or modem's network over USB), ``bluetooth``, ``ppp``, ``bridge``, ``bond``,
    ``vlan``, ``veth``, ``tun`` (tun and tap), ``tunnel`` (gre, ipip, sit …), ``vxlan``, ``wireguard``, ``dummy``, ``loopback``, ``other``."""
    mac: str = ""
    permanent_mac: str = ""
    """The card's own address where it differs or is told; empty otherwise."""
    up: bool = False
    """Switched on and with a carrier, as far as the system tells."""
    present: bool = True
    """False: known from the system's memory only (an adapter that was taken out)."""
    addresses: tuple[Held, ...] = ()
    master: str = ""
    """The bridge or bond that it is a port of."""
    parent: str = ""
    """The interface below a VLAN, a MACVLAN or a tunnel."""
    driver: str = ""
    remote: str = ""
    """Other end of a tunnel, where it is fixed."""
    forwards: frozenset[str] = frozenset()
    """``v4`` and ``v6``: what arrives here for others is passed on."""
    reverse_path: int | None = None
    """Source check of IPv4 on arrival: 0 none, 1 strict, 2 loose; None where there is no such setting."""
    label: str = ""
    """Description or alias."""

    @property
    def real(self) -> tuple[Held, ...]:
        """Addresses that reach beyond the link: neither loopback, link-local nor multicast."""
        return tuple(held for held in self.addresses if reaches_out(held.ip))

    def shown(self) -> dict[str, object]:
        """For a verdict's ``observed``."""
        addresses = [str(held) for held in self.addresses]
        return {"name": self.name, "kind": self.kind, "mac": self.mac, "up": self.up, "present": self.present, "addresses": addresses[:16]}


@dataclass(frozen=True, slots=True)
class Route:
    """One route to other networks; what leads to the host itself is not listed."""

    to: Network
    interface: str
    via: str = ""
    """Next hop; empty when the network lies on the link."""
    table: str = "main"
    origin: str = ""
    """Who set it: kernel, static, dhcp, ra …"""
    stops: bool = False
    """Blackhole, unreachable, prohibit: nothing leaves by it."""

    @property
    def is_default(self) -> bool:
        """Leads to everything, or to a large part of the public network: VPN clients set it in halves, others in eighths or as 2000::/3."""
        if self.stops or self.to.prefixlen > (8 if self.to.version == 4 else 16):
            return False
        return self.to.prefixlen <= 1 or not (self.to.is_private or self.to.is_multicast or self.to.is_reserved or self.to.is_link_local)

    def shown(self) -> dict[str, str]:
        """For a verdict's ``observed``."""
        return {"to": str(self.to), "via": self.via, "interface": self.interface, "origin": self.origin, "table": self.table}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A line of the neighbour table."""

    address: str
    mac: str
    interface: str
    router: bool = False


class Attached(Protocol):
    """What both systems' facts have in common."""

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Every interface."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """Routes to other networks."""

    @property
    def neighbours(self) -> tuple[Neighbour, ...]:
        """The neighbour tables."""


def reaches_out(address: Address) -> bool:
    """Whether an address means something beyond the link."""
    bare = getattr(address, "ipv4_mapped", None) or address
    return not (bare.is_loopback or bare.is_link_local or bare.is_multicast or bare.is_unspecified)


def ports_of(bridge: Interface, interfaces: Sequence[Interface]) -> tuple[Interface, ...]:
    """The ports of a bridge."""
    return tuple(item for item in interfaces if item.master == bridge.name)


def leads_out(item: Interface, interfaces: Sequence[Interface]) -> bool:
    """Whether an interface ends outside the host: itself, or (a bridge) through a port that is more than a guest's wire."""
    if item.kind == "bridge":
        return any(port.kind in OUTWARD - {"veth"} for port in ports_of(item, interfaces))
    if item.kind == "veth":
        return not item.master
    return item.kind in OUTWARD
