"""A network device as a thing that carries packets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from scanner.facts.netdev.box.spaces import Network, Rule, Said

Address = IPv4Address | IPv6Address
Leg = IPv4Interface | IPv6Interface
ALL_VLANS: tuple[tuple[int, int], ...] = ((1, 4094),)


@dataclass(frozen=True, slots=True)
class Binding:
    """An access list put in the way of packets."""

    acl: str
    """Name or number; ``6:`` before it for IPv6."""
    inbound: bool
    said: Said
    otherwise: bool | None = None
    """What becomes of packets that no rule matches; None when the vendor's versions differ."""
    exact: bool = True
    """False when the list is used in a way that is not followed."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface, physical or not."""

    name: str
    said: Said
    kind: str
    """ethernet, svi, loopback, tunnel, dial, bundle, null or other."""
    shut: bool = False
    vrf: str = ""
    """Empty: the global table."""
    addresses: tuple[tuple[Leg, Said], ...] = ()
    learned: Said | None = None
    """The line by which the address comes from outside (DHCP, PPP)."""
    mode: str = ""
    """access, trunk, hybrid, dynamic, routed, or empty when the text does not say."""
    access: int | None = None
    native: int | None = None
    allowed: tuple[tuple[int, int], ...] | None = None
    """VLANs of a trunk; None when the text does not name them."""
    allowed_said: Said | None = None
    vlan: int | None = None
    """The VLAN of an SVI or of a tagged sub-interface."""
    description: str = ""
    filters: tuple[Binding, ...] = ()
    policy: Said | None = None
    """Policy-based routing on what comes in."""
    translates: Said | None = None
    """Source translation on what goes out."""
    ipv6: Said | None = None
    """IPv6 is on."""
    announces: bool | None = None
    """Router announcements: True stated, False suppressed, None the vendor's default."""
    proxy_arp: bool | None = None
    tunnel: str = ""
    """gre, ipip, vxlan, l2tp …; empty when it is none."""
    configured: bool = False
    odd: tuple[Said, ...] = ()
    """Lines that were not understood."""


@dataclass(frozen=True, slots=True)
class Vrf:
    """A routing table of its own."""

    name: str
    said: Said
    imports: frozenset[str] = frozenset()
    exports: frozenset[str] = frozenset()
    targets: tuple[Said, ...] = ()
    replicas: tuple[tuple[str, Said], ...] = ()
    """Other tables from which routes are copied here."""


@dataclass(frozen=True, slots=True)
class Route:
    """A static route."""

    vrf: str
    prefix: Network
    next_hop: Address | None
    interface: str | None
    next_vrf: str | None
    """The table where the next hop, or without one the packet itself, is looked up, when it is another one."""
    drop: bool
    said: Said


@dataclass(frozen=True, slots=True)
class AccessList:
    """An access list."""

    name: str
    """``6:`` before the name of an IPv6 list."""
    rules: tuple[Rule, ...]
    said: Said
    exact: bool = True
    """False when its order or its kind is not followed."""


@dataclass(frozen=True, slots=True)
class Published:
    """An inner service offered under an outer address."""

    said: Said
    protocol: int | None
    outside: Address | None
    """None: the address of the interface."""
    outside_port: tuple[int, int] | None
    inside: Address | None
    inside_port: tuple[int, int] | None
    vrf: str | None = None
    """The table in which the inner address stands, when the line names one."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A way on which packets leave beside the routing tables, which is not followed."""

    what: str
    said: Said
    address: Address | None = None
    """Whom it leads to, when the line says so."""
    interface: str = ""
    """Where it begins, when that matters."""


@dataclass(frozen=True, slots=True)
class ZoneRule:
    """One rule of a firewall between its own zones."""

    sources: frozenset[str] | None
    destinations: frozenset[str] | None
    rule: Rule


@dataclass(frozen=True, slots=True)
class Firewall:
    """A firewall's own zones and its rules between them."""

    zones: Mapping[str, str]
    """Interface to zone."""
    rules: tuple[ZoneRule, ...]
    otherwise: bool
    """What becomes of what no rule matches."""
    exact: bool
    said: Said
    six: Said | None = None
    """Where policies for IPv6 begin, which are not read."""


@dataclass(frozen=True, slots=True)
class Box:
    """The whole device."""

    vendor: str
    interfaces: tuple[Interface, ...] = ()
    vlans: tuple[int, ...] = ()
    vrfs: Mapping[str, Vrf] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    lists: Mapping[str, AccessList] = field(default_factory=dict)
    vlan_filters: tuple[tuple[int | None, Binding], ...] = ()
    """Lists bound to a VLAN, or (None) to the whole device."""
    list_users: frozenset[str] = frozenset()
    """Names of lists that anything at all refers to."""
    published: tuple[Published, ...] = ()
    translations: tuple[Said, ...] = ()
    tunnels: tuple[Said, ...] = ()
    dynamic: tuple[Said, ...] = ()
    """Routing protocols."""
    redistributes: frozenset[str] = frozenset()
    """Tables whose connected or static routes BGP takes in."""
    asides: tuple[Aside, ...] = ()
    firewall: Firewall | None = None
    forwards4: bool | None = True
    """None when the text does not say."""
    forwards6: bool | None = True
    odd: tuple[Said, ...] = ()
    """Lines that were not understood, the first ones."""
    odd_count: int = 0
    lines: int = 0

    def interface(self, name: str) -> Interface | None:
        """By its name, blanks and case apart."""
        wanted = plain(name)
        return next((item for item in self.interfaces if plain(item.name) == wanted), None)


def plain(name: str) -> str:
    """An interface's name without blanks, in lower case."""
    return name.replace(" ", "").lower()


def in_vlans(spans: tuple[tuple[int, int], ...], vlan: int) -> bool:
    """Whether the VLAN is in the ranges."""
    return any(low <= vlan <= high for low, high in spans)
