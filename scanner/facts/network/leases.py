"""DHCP and DHCPv6: who serves, who asks, and by what name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network.names import read_name
from scanner.facts.network.octets import address, mac, need, u16, words

MAX_OPTIONS = 128
MAX_RELAYS = 4
COOKIE = b"\x63\x82\x53\x63"
SERVED = {2, 5, 6}
"""OFFER, ACK, NAK: only a server says these."""
SERVED6 = {2, 7, 10}
"""ADVERTISE, REPLY, RECONFIGURE."""


@dataclass(frozen=True, slots=True)
class Dhcp:
    """One DHCP message."""

    message: int
    """1 DISCOVER, 2 OFFER, 3 REQUEST, 5 ACK …; 0 for plain BOOTP."""
    reply: bool
    client_mac: str
    yours: str
    """The address offered; ``0.0.0.0`` when there is none."""
    server: str
    """Server identifier; empty when not said."""
    host: str
    client_id: str
    """Client identifier in hex."""
    vendor: str
    routers: tuple[str, ...]
    resolvers: tuple[str, ...]

    @property
    def serves(self) -> bool:
        """Whether a server speaks."""
        return self.reply and (self.message in SERVED or self.message == 0)


@dataclass(frozen=True, slots=True)
class Dhcp6:
    """One DHCPv6 message; of a relayed one the message inside."""

    message: int
    client_duid: str
    """In hex; empty when not said."""
    server_duid: str
    host: str
    addresses: tuple[str, ...]
    prefixes: tuple[str, ...]
    resolvers: tuple[str, ...]
    relayed: bool

    @property
    def serves(self) -> bool:
        """Whether a server speaks."""
        return self.message in SERVED6


def read_dhcp(data: bytes) -> Dhcp:
    """Read DHCP. Raises Unreadable."""
    need(data, 240, "dhcp")
    if data[236:240] != COOKIE or data[0] not in (1, 2):
        raise Unreadable("no dhcp")
    options = dict(_options(data[240:]))
    kind = options.get(53, b"\0")
    host = options.get(12, b"") or options.get(81, b"")[3:]
    return Dhcp(
        message=kind[0] if len(kind) == 1 else 0,
        reply=data[0] == 2,
        client_mac=mac(data[28:34]) if data[1] == 1 and data[2] == 6 else "",
        yours=address(data[16:20]),
        server=address(options[54]) if len(options.get(54, b"")) == 4 else "",
        host=words(host, 64),
        client_id=options.get(61, b"")[:64].hex(),
        vendor=words(options.get(60, b""), 64),
        routers=_addresses(options.get(3, b""), 4),
        resolvers=_addresses(options.get(6, b""), 4),
    )


def _options(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MAX_OPTIONS):
        if at >= len(data) or data[at] == 255:
            return
        if data[at] == 0:
            at += 1
            continue
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            return
        yield data[at], data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]


def _addresses(data: bytes, size: int) -> tuple[str, ...]:
    return tuple(address(data[i : i + size]) for i in range(0, min(len(data) - size + 1, size * 8), size))


def read_dhcp6(data: bytes) -> Dhcp6:
    """Read DHCPv6, through relays. Raises Unreadable."""
    relayed = False
    for _ in range(MAX_RELAYS):
        need(data, 4, "dhcpv6")
        if data[0] not in (12, 13):
            break
        need(data, 34, "dhcpv6 relay")
        inside = dict(_options6(data[34:])).get(9)
        if inside is None:
            raise Unreadable("a relay that carries nothing")
        data, relayed = inside, True
    need(data, 4, "dhcpv6")
    if not 1 <= data[0] <= 11:
        raise Unreadable("no dhcpv6")
    options = list(_options6(data[4:]))
    named = dict(options)
    name = named.get(39, b"")[1:]
    inner = [item for code, value in options if code in (3, 4, 25) for item in _options6(value[4 if code == 4 else 12 :])]
    return Dhcp6(
        message=data[0],
        client_duid=named.get(1, b"")[:130].hex(),
        server_duid=named.get(2, b"")[:130].hex(),
        host=_host(name),
        addresses=tuple(address(value[:16]) for code, value in inner if code == 5 and len(value) >= 24)[:16],
        prefixes=tuple(f"{address(value[9:25])}/{value[8]}" for code, value in inner if code == 26 and len(value) >= 25)[:16],
        resolvers=_addresses(named.get(23, b""), 16),
        relayed=relayed,
    )


def _options6(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(MAX_OPTIONS):
        if at + 4 > len(data):
            return
        size = u16(data, at + 2)
        if at + 4 + size > len(data):
            return
        yield u16(data, at), data[at + 4 : at + 4 + size]
        at += 4 + size


def _host(name: bytes) -> str:
    if not name:
        return ""
    try:
        return read_name(name + b"\0", 0)[0][:64]
    except Unreadable:
        return ""
