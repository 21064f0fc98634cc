"""IPv6 neighbour discovery: routers, prefixes and neighbours as they announce themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network.headers import Icmp
from scanner.facts.network.octets import address, mac, need, u32

MAX_OPTIONS = 64


@dataclass(frozen=True, slots=True)
class Prefix:
    """One prefix of a router advertisement."""

    network: str
    """``2001:db8::/64``, host bits as sent."""
    on_link: bool
    autonomous: bool
    valid: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class RouterAdvert:
    """A router advertisement."""

    lifetime: int
    """Seconds for which it is a default router; 0 says that it is none."""
    managed: bool
    other: bool
    preference: int
    """0 medium, 1 high, 3 low."""
    link: str
    """MAC of the option; empty when not said."""
    mtu: int
    prefixes: tuple[Prefix, ...]
    routes: tuple[str, ...]
    """More specific routes."""
    resolvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A router or neighbour solicitation, a neighbour advertisement or a redirect."""

    kind: str
    """rs, ns, na or redirect."""
    target: str
    """Address asked for, claimed, or led to; empty for rs."""
    link: str
    """MAC of the link-layer option; empty when not said."""
    router: bool
    """The R flag of an advertisement."""


def read_discovery(icmp: Icmp) -> RouterAdvert | Neighbour | None:
    """Read what an ICMPv6 message says of neighbours; None for other types. Raises Unreadable."""
    if icmp.version != 6 or icmp.code != 0:
        return None
    if icmp.type == 134:
        return _advert(icmp)
    if icmp.type == 133:
        return Neighbour("rs", "", _link(icmp.payload), False)
    if icmp.type in (135, 136, 137):
        need(icmp.payload, 16, "neighbour discovery")
        kind = {135: "ns", 136: "na", 137: "redirect"}[icmp.type]
        rest = icmp.payload[32 if kind == "redirect" else 16 :]
        return Neighbour(kind, address(icmp.payload[:16]), _link(rest), kind == "na" and bool(icmp.rest >> 31))
    return None


def _advert(icmp: Icmp) -> RouterAdvert:
    need(icmp.payload, 8, "router advertisement")
    prefixes: list[Prefix] = []
    routes: list[str] = []
    resolvers: list[str] = []
    mtu = 0
    for kind, value in _options(icmp.payload[8:]):
        if kind == 3 and len(value) >= 30:
            prefixes.append(Prefix(_network(value[14:30], value[0]), bool(value[1] & 128), bool(value[1] & 64), u32(value, 2)))
        elif kind == 24 and len(value) >= 6:
            routes.append(_network(value[6:22].ljust(16, b"\0"), value[0]))
        elif kind == 25 and len(value) >= 22:
            resolvers += [address(value[i : i + 16]) for i in range(6, len(value) - 15, 16)]
        elif kind == 5 and len(value) >= 6:
            mtu = u32(value, 2)
    flags = icmp.rest >> 16 & 255
    return RouterAdvert(
        icmp.rest & 0xFFFF, bool(flags & 128), bool(flags & 64), flags >> 3 & 3, _link(icmp.payload[8:]), mtu,
        tuple(prefixes), tuple(routes), tuple(resolvers[:16]),
    )  # fmt: skip


def _network(data: bytes, length: int) -> str:
    if length > 128:
        raise Unreadable(f"a prefix of {length} bits")
    return f"{address(data)}/{length}"


def _link(data: bytes) -> str:
    for kind, value in _options(data):
        if kind in (1, 2) and len(value) >= 6:
            return mac(value[:6])
    return ""


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MAX_OPTIONS):
        if at + 2 > len(data):
            return
        size = data[at + 1] * 8
        if size == 0 or at + size > len(data):
            return
        yield data[at], data[at + 2 : at + size]
        at += size
