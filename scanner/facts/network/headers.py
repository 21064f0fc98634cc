"""The headers up to the transport layer: what they say, and the readers that never read past an end."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.facts.network.octets import address, mac, need, u16, u32

MAX_EXTENSIONS = 12
"""IPv6 extension headers that are followed; real packets have one or two."""
MAX_TCP_OPTIONS = 40
EXTENSIONS = {0, 43, 51, 60, 135, 139, 140, 253, 254}
"""Hop-by-hop, routing, authentication, destination options, mobility, HIP, shim6, experiments; 44 (fragment) apart."""


@dataclass(frozen=True, slots=True)
class Eth:
    """Ethernet addresses and what the frame carries."""

    dst: str
    src: str
    type: int
    """EtherType behind all VLAN tags; below 0x0600 it is the length of an 802.3 frame."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One VLAN tag, outermost first in a frame's list."""

    tpid: int
    vid: int
    priority: int


@dataclass(frozen=True, slots=True)
class Arp:
    """ARP or RARP for IPv4 over Ethernet."""

    operation: int
    """1 request, 2 reply; others as sent."""
    sender_mac: str
    sender: str
    target_mac: str
    target: str


@dataclass(frozen=True, slots=True)
class Ip:
    """IPv4 or IPv6 header, with IPv6 extension headers walked."""

    version: int
    src: str
    dst: str
    ttl: int
    """Time to live or hop limit."""
    protocol: int
    """Protocol of ``payload``: behind the extension headers."""
    id: int
    """Identification; 0 for IPv6 without a fragment header."""
    offset: int
    """Fragment offset in bytes; 0 for a whole packet or the first fragment."""
    more: bool
    """More fragments follow."""
    extensions: tuple[int, ...]
    """IPv6 extension headers in their order; empty for IPv4."""
    payload: bytes
    """What it carries, without Ethernet padding."""
    cut: bool
    """True when fewer bytes are here than the header promises."""


@dataclass(frozen=True, slots=True)
class Tcp:
    """TCP header and the options that matter here."""

    sport: int
    dport: int
    seq: int
    ack: int
    flags: int
    """FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128."""
    window: int
    tsval: int | None
    tsecr: int | None
    mss: int | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class Udp:
    """UDP header."""

    sport: int
    dport: int
    length: int
    """As the header says it."""
    payload: bytes


@dataclass(frozen=True, slots=True)
class Icmp:
    """ICMP or ICMPv6."""

    version: int
    """4 or 6."""
    type: int
    code: int
    rest: int
    """The four bytes behind the checksum, big endian."""
    payload: bytes
    """Behind the first eight bytes: echo data, a quoted packet, or options of neighbour discovery."""

    @property
    def quotes(self) -> bool:
        """True for errors, which quote the packet that they are about."""
        return self.type in ((3, 4, 5, 11, 12) if self.version == 4 else (1, 2, 3, 4))

    @property
    def echo(self) -> tuple[int, int] | None:
        """Identifier and sequence number of an echo request or reply."""
        known = (0, 8) if self.version == 4 else (128, 129)
        return (self.rest >> 16, self.rest & 0xFFFF) if self.type in known else None


def read_arp(data: bytes) -> Arp:
    """Read ARP. Raises Unreadable when it is not IPv4 over Ethernet."""
    need(data, 28, "arp")
    if u16(data, 2) != 0x0800 or data[4] != 6 or data[5] != 4:
        raise Unreadable("arp for other addresses")
    return Arp(u16(data, 6), mac(data[8:14]), address(data[14:18]), mac(data[18:24]), address(data[24:28]))


def read_ip(data: bytes) -> Ip:
    """Read IPv4 or IPv6 by its version nibble. Raises Unreadable."""
    need(data, 1, "ip")
    version = data[0] >> 4
    if version == 4:
        return _read_v4(data)
    if version == 6:
        return _read_v6(data)
    raise Unreadable(f"ip version {version}")


def _read_v4(data: bytes) -> Ip:
    need(data, 20, "ipv4")
    head = (data[0] & 15) * 4
    total = u16(data, 2)
    if head < 20:
        raise Unreadable(f"ipv4 header of {head} bytes")
    need(data, head, "ipv4 options")
    if total == 0:
        # Segmentation offload leaves 0 in captures of large segments: the frame's own end counts.
        total = len(data)
    if total < head:
        raise Unreadable(f"ipv4 packet of {total} bytes")
    fragment = u16(data, 6)
    return Ip(
        4, address(data[12:16]), address(data[16:20]), data[8], data[9], u16(data, 4),
        (fragment & 0x1FFF) * 8, bool(fragment & 0x2000), (), data[head:total], total > len(data),
    )  # fmt: skip


def _read_v6(data: bytes) -> Ip:
    need(data, 40, "ipv6")
    length, protocol, limit = u16(data, 4), data[6], data[7]
    # A jumbogram or an offloaded segment says 0: the frame's own end counts.
    body = data[40 : 40 + length] if length else data[40:]
    cut = length > len(data) - 40
    passed: list[int] = []
    ident = offset = at = 0
    more = False
    for _ in range(MAX_EXTENSIONS):
        if protocol == 44:
            need(body, at + 8, "ipv6 fragment")
            field = u16(body, at + 2)
            ident, offset, more = u32(body, at + 4), field & 0xFFF8, bool(field & 1)
            size = 8
        elif protocol in EXTENSIONS:
            need(body, at + 2, "ipv6 extension")
            size = (body[at + 1] + 2) * 4 if protocol == 51 else (body[at + 1] + 1) * 8
            need(body, at + size, "ipv6 extension")
        else:
            break
        passed.append(protocol)
        protocol = body[at]
        at += size
        if offset:
            break
    return Ip(6, address(data[8:24]), address(data[24:40]), limit, protocol, ident, offset, more, tuple(passed), body[at:], cut)


def read_tcp(data: bytes) -> Tcp:
    """Read TCP; a header cut within its options gives those that are there. Raises Unreadable; an option that lies about its length ends the options, not the header."""
    need(data, 20, "tcp")
    head = (data[12] >> 4) * 4
    if head < 20:
        raise Unreadable(f"tcp header of {head} bytes")
    tsval, tsecr, mss = _tcp_options(data[20:head])
    return Tcp(
        u16(data, 0), u16(data, 2), u32(data, 4), u32(data, 8), data[13], u16(data, 14), tsval, tsecr, mss, data[head:]
    )  # fmt: skip


def read_quoted_tcp(data: bytes) -> Tcp:
    """Read what an ICMP error quotes of a TCP header: often no more than ports and sequence number. Raises Unreadable."""
    if len(data) >= 20:
        return read_tcp(data)
    need(data, 8, "quoted tcp")
    return Tcp(u16(data, 0), u16(data, 2), u32(data, 4), 0, 0, 0, None, None, None, b"")


def _tcp_options(data: bytes) -> tuple[int | None, int | None, int | None]:
    tsval = tsecr = mss = None
    at = 0
    for _ in range(MAX_TCP_OPTIONS):
        if at >= len(data) or data[at] == 0:
            break
        if data[at] == 1:
            at += 1
            continue
        if at + 1 >= len(data):
            break
        size = data[at + 1]
        if size < 2 or at + size > len(data):
            break
        if data[at] == 8 and size == 10:
            tsval, tsecr = u32(data, at + 2), u32(data, at + 6)
        elif data[at] == 2 and size == 4:
            mss = u16(data, at + 2)
        at += size
    return tsval, tsecr, mss


def read_udp(data: bytes) -> Udp:
    """Read UDP. Raises Unreadable."""
    need(data, 8, "udp")
    length = u16(data, 4)
    end = length if 8 <= length <= len(data) else len(data)
    return Udp(u16(data, 0), u16(data, 2), length, data[8:end])


def read_icmp(data: bytes, version: int) -> Icmp:
    """Read ICMP of the given IP version. Raises Unreadable."""
    need(data, 4, "icmp")
    return Icmp(version, data[0], data[1], u32(data, 4) if len(data) >= 8 else 0, data[8:])
