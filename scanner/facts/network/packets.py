"""One captured frame taken apart: bounded, pure, and deaf to lies about lengths.

:func:`dissect` reads an Ethernet frame, :func:`dissect_ip` a bare IP packet. What can be read is there, what cannot is named in
``fault``; only a frame too short for its addresses raises Unreadable. What a frame carries above the transport layer is
read by :mod:`scanner.facts.network.talk`, when somebody asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from scanner.facts.fact import Unreadable
from scanner.facts.network.headers import (
    Arp,
    Eth,
    Icmp,
    Ip,
    Tag,
    Tcp,
    Udp,
    read_arp,
    read_icmp,
    read_ip,
    read_quoted_tcp,
    read_tcp,
    read_udp,
)
from scanner.facts.network.octets import mac, need, u16

MAX_TAGS = 8
MAX_INNER = 4
"""Tunnels within tunnels that are followed."""
TPIDS = {0x8100, 0x88A8, 0x9100, 0x9200, 0x9300}
IPV4, IPV6, ARP, RARP, BRIDGED = 0x0800, 0x86DD, 0x0806, 0x8035, 0x6558
VXLAN_PORTS = {4789, 8472}
GENEVE_PORT, TEREDO_PORT = 6081, 3544


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, as far as it could be read."""

    eth: Eth | None = None
    """None for a bare IP packet."""
    vlans: tuple[Tag, ...] = ()
    """Outermost first."""
    arp: Arp | None = None
    ip: Ip | None = None
    tcp: Tcp | None = None
    """None in later fragments: the header is in the first one."""
    udp: Udp | None = None
    icmp: Icmp | None = None
    payload: bytes = b""
    """What stands behind the innermost header that was read: of an unknown EtherType, of IP, TCP, UDP, or of ICMP behind its
    first eight bytes. Padding of short Ethernet frames is still in it where no header tells a length."""
    inner: Frame | None = None
    """The frame or packet that a tunnel carries or an ICMP error quotes."""
    carrier: str = ""
    """How ``inner`` is carried: gre, ipip, 6in4, etherip, vxlan, geneve, teredo, quoted."""
    fault: str = ""
    """What could not be read, and why; empty when all of it could."""


def dissect(frame: bytes, depth: int = 0) -> Frame:
    """Take an Ethernet frame apart. Raises Unreadable below 14 bytes, nothing else."""
    need(frame, 14, "ethernet")
    kind, at = frame[12] << 8 | frame[13], 14
    tags: list[Tag] = []
    fault = ""
    while kind in TPIDS and len(tags) < MAX_TAGS:
        if at + 4 > len(frame):
            fault = "vlan tag cut"
            break
        control = u16(frame, at)
        tags.append(Tag(kind, control & 0xFFF, control >> 13))
        kind, at = u16(frame, at + 2), at + 4
    eth = Eth(mac(frame[0:6]), mac(frame[6:12]), kind)
    base = Frame(eth=eth, vlans=tuple(tags), payload=frame[at:], fault=fault)
    return base if fault else _behind(base, kind, frame[at:], depth)


def dissect_ip(packet: bytes, depth: int = 0, quoted: bool = False) -> Frame:
    """Take a bare IPv4 or IPv6 packet apart; ``quoted``: by an ICMP error, so that a TCP header may be short.

    Raises Unreadable when it is empty, nothing else.
    """
    need(packet, 1, "ip")
    return _network(Frame(payload=packet), packet, depth, quoted)


def dissect_as(kind: int, data: bytes) -> Frame:
    """Take apart what stands behind an EtherType of which the capture kept no Ethernet addresses. Raises nothing."""
    return _behind(Frame(payload=data), kind, data, 0)


def _behind(base: Frame, kind: int, data: bytes, depth: int) -> Frame:
    if kind in (IPV4, IPV6):
        return _network(base, data, depth)
    if kind in (ARP, RARP):
        try:
            return replace(base, arp=read_arp(data))
        except Unreadable as error:
            return replace(base, fault=str(error))
    if kind < 0x0600 and len(data) > kind:
        # 802.3: the length field tells where the padding begins.
        return replace(base, payload=data[:kind])
    return base


def _network(base: Frame, data: bytes, depth: int, quoted: bool = False) -> Frame:
    try:
        ip = read_ip(data)
    except Unreadable as error:
        return replace(base, fault=str(error))
    fault = "packet cut" if ip.cut else ""
    base = Frame(base.eth, base.vlans, None, ip, payload=ip.payload, fault=fault)
    if ip.offset:
        return base
    try:
        return _transport(base, ip, depth, quoted)
    except Unreadable as error:
        return replace(base, fault=str(error))


def _transport(base: Frame, ip: Ip, depth: int, quoted: bool) -> Frame:
    if ip.protocol == 6:
        tcp = read_quoted_tcp(ip.payload) if quoted else read_tcp(ip.payload)
        return Frame(base.eth, base.vlans, None, ip, tcp, payload=tcp.payload, fault=base.fault)
    if ip.protocol == 17:
        udp = read_udp(ip.payload)
        base = Frame(base.eth, base.vlans, None, ip, None, udp, payload=udp.payload, fault=base.fault)
        return _within_udp(base, udp, depth)
    if (ip.protocol, ip.version) in ((1, 4), (58, 6)):
        icmp = read_icmp(ip.payload, ip.version)
        base = replace(base, icmp=icmp, payload=icmp.payload)
        return _inside(base, "quoted", IPV4, icmp.payload, depth) if icmp.quotes and icmp.payload else base
    if ip.protocol in (4, 41, 94):
        return _inside(base, "6in4" if ip.protocol == 41 else "ipip", IPV4, ip.payload, depth)
    if ip.protocol == 97:
        need(ip.payload, 2, "etherip")
        return _inside(base, "etherip", BRIDGED, ip.payload[2:], depth)
    if ip.protocol == 47:
        return _within_gre(base, ip.payload, depth)
    return base


def _within_gre(base: Frame, data: bytes, depth: int) -> Frame:
    need(data, 4, "gre")
    flags, kind = u16(data, 0), u16(data, 2)
    if flags & 7:
        # Version 1 carries PPP (PPTP): an endpoint is seen, its inside is not read.
        return replace(base, carrier="gre")
    at = 4 + 4 * bool(flags & 0xC000) + 4 * bool(flags & 0x2000) + 4 * bool(flags & 0x1000)
    if flags & 0x4000 or kind not in (IPV4, IPV6, BRIDGED):
        return replace(base, carrier="gre")
    return _inside(base, "gre", kind, data[at:], depth)


def _within_udp(base: Frame, udp: Udp, depth: int) -> Frame:
    data = udp.payload
    if udp.dport in VXLAN_PORTS and len(data) >= 22 and data[0] & 8 and data[7] == 0:
        # The generic extension (flag 4) names what is carried; without it, it is Ethernet.
        kind = {1: IPV4, 2: IPV6}.get(data[3], BRIDGED) if data[0] & 4 else BRIDGED
        return _inside(base, "vxlan", kind, data[8:], depth)
    if udp.dport == GENEVE_PORT and len(data) >= 8 and data[0] >> 6 == 0:
        kind, at = u16(data, 2), 8 + (data[0] & 63) * 4
        if kind in (IPV4, IPV6, BRIDGED):
            return _inside(base, "geneve", kind, data[at:], depth)
    if TEREDO_PORT in (udp.sport, udp.dport):
        at = _teredo_offset(data)
        if len(data) >= at + 40 and data[at] >> 4 == 6:
            return _inside(base, "teredo", IPV6, data[at:], depth)
    return base


def _teredo_offset(data: bytes) -> int:
    """Bytes of authentication and origin indications before the IPv6 packet."""
    at = 0
    if data[:2] == b"\0\1" and len(data) >= 4:
        at = 13 + data[2] + data[3]
    if data[at : at + 2] == b"\0\0":
        at += 8
    return at


def _inside(base: Frame, carrier: str, kind: int, data: bytes, depth: int) -> Frame:
    if depth >= MAX_INNER:
        return replace(base, carrier=carrier, fault="tunnels within tunnels")
    try:
        inner = dissect(data, depth + 1) if kind == BRIDGED else dissect_ip(data, depth + 1, carrier == "quoted")
    except Unreadable as error:
        return replace(base, carrier=carrier, fault=str(error))
    return replace(base, carrier=carrier, inner=inner)


__all__ = ["Arp", "Eth", "Frame", "Icmp", "Ip", "Tag", "Tcp", "Udp", "dissect", "dissect_as", "dissect_ip"]
