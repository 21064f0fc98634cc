"""Templates of every kind of frame that a trial sends. scapy crafts them, once each; what varies is patched in bulk afterwards.

scapy is imported when the first template is made: it takes a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from scanner.facts.network.craft import Patch, Sum, Template, word_sum

Address = IPv4Address | IPv6Address
EXPERIMENT = 0x88B5
"""Ethertype for local experiments (IEEE 802): our tokens on the wire itself."""
ALL = b"\xff" * 6
NEXT = 253
"""Protocol number for experiments (RFC 3692), where the index is not the number itself."""
VXLAN_PORT = 4789


@dataclass(frozen=True, slots=True)
class Link:
    """The two Ethernet addresses, and VLAN tags before what is carried."""

    source: bytes
    target: bytes
    tags: tuple[int, ...] = ()
    """Ids, outermost first."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What every token of a trial has in common."""

    magic: bytes
    trial: int

    def payload(self) -> bytes:
        """Twenty-four bytes whose index and token are patched in."""
        return self.magic + self.trial.to_bytes(4, "big") + bytes(12)

    def text(self) -> bytes:
        """The same as hexadecimal digits."""
        return self.payload().hex().encode()


def syn(link: Link, source: Address, target: Address, mark: Mark, *, sport: int, port: int | None = None) -> Template:
    """A TCP opening: the token is its sequence number, the magic its time stamp; the index is the port unless one is given."""
    from scapy.layers.inet import TCP

    stamp = int.from_bytes(mark.magic[:4], "big")
    options = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (stamp, 0)), ("NOP", None), ("WScale", 7)]
    packet = _ip(link, source, target) / TCP(sport=sport, dport=port or 0, flags="S", window=64240, options=options)
    at = len(packet) - len(packet[TCP])
    return _template(packet, None, Patch(at + 4, "token", 0, 4), *(() if port else (Patch(at + 2, "index16"),)))


def udp(link: Link, source: Address, target: Address, mark: Mark, *, sport: int, port: int | None = None) -> Template:
    """A datagram that carries the token; the index is the port unless one is given."""
    from scapy.layers.inet import UDP

    packet = _ip(link, source, target) / UDP(sport=sport, dport=port or 0) / mark.payload()
    at = len(packet) - len(packet[UDP])
    return _template(packet, mark, *(() if port else (Patch(at + 2, "index16"),)))


def log(link: Link, source: Address, target: Address, mark: Mark, *, sport: int) -> Template:
    """A line for a log (RFC 3164): whoever keeps logs hands on lines of text, and writes other bytes in his own way. The index is the port."""
    from scapy.layers.inet import UDP

    packet = _ip(link, source, target) / UDP(sport=sport, dport=0) / (b"<134>shiqu: " + mark.text())
    at = len(packet) - len(packet[UDP])
    return _template(packet, mark, Patch(at + 2, "index16"))


def mdns(source_mac: bytes, sender: IPv4Address, mark: Mark) -> Template:
    """A name that is asked of everybody on the link (RFC 6762): reflectors repeat it on their other links."""
    from scapy.layers.dns import DNS, DNSQR
    from scapy.layers.inet import UDP

    link = Link(source_mac, bytes.fromhex("01005e0000fb"))
    question = DNS(id=0, rd=0, qd=DNSQR(qname=mark.text() + b".local", qtype="A"))
    return _template(_ip(link, sender, IPv4Address("224.0.0.251"), hops=255) / UDP(sport=5353, dport=5353) / question, mark)


def echo(link: Link, source: Address, target: Address, mark: Mark, *, ident: int, hops: int = 64) -> Template:
    """An echo request that carries the token; ``hops`` bounds how far it goes."""
    from scapy.layers.inet import ICMP
    from scapy.layers.inet6 import ICMPv6EchoRequest

    if target.version == 4:
        return _template(_ip(link, source, target, hops=hops) / ICMP(id=ident) / mark.payload(), mark)
    return _template(_ip(link, source, target, hops=hops) / ICMPv6EchoRequest(id=ident, data=mark.payload()), mark)


def protocol(link: Link, source: Address, target: Address, mark: Mark) -> Template:
    """A packet whose IP protocol number is the index and whose whole payload is the token."""
    packet = _ip(link, source, target, proto=NEXT) / mark.payload()
    at = len(packet) - 24 - (20 - 9 if target.version == 4 else 40 - 6)
    return _template(packet, mark, Patch(at, "index8"))


def bare(link: Link, mark: Mark) -> Template:
    """The token in a frame of its own ethertype, to a station, a group or to all."""
    return _template(_ether(link, EXPERIMENT) / mark.payload(), mark)


def vlan(source: bytes, target: bytes, mark: Mark, *, outer: int | None = None) -> Template:
    """The same behind a tag whose id is the index; ``outer`` is a further tag before it."""
    link = Link(source, target, (0,) if outer is None else (outer, 0))
    return _template(_ether(link, EXPERIMENT) / mark.payload(), mark, Patch(14 if outer is None else 18, "vlan"))


def arp(link: Link, sender: IPv4Address, asked: IPv4Address, mark: Mark | None = None) -> Template:
    """Who has an address; with a mark the token stands behind the question, where Ethernet's padding is."""
    from scapy.layers.l2 import ARP

    question = ARP(op="who-has", hwsrc=_mac(link.source), psrc=str(sender), hwdst="00:00:00:00:00:00", pdst=str(asked))
    return _template(_ether(link, 0x0806) / question / (mark.payload() if mark else bytes(18)), mark)


def solicit(source_mac: bytes, sender: IPv6Address, asked: IPv6Address) -> Template:
    """Who has an IPv6 address."""
    from scapy.layers.inet6 import ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr

    group = IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | int(asked) & 0xFFFFFF)
    link = Link(source_mac, b"\x33\x33" + group.packed[12:])
    packet = _ip(link, sender, group, hops=255) / ICMPv6ND_NS(tgt=str(asked)) / ICMPv6NDOptSrcLLAddr(lladdr=_mac(source_mac))
    return _template(packet, None)


def router_solicit(source_mac: bytes, sender: IPv6Address) -> Template:
    """Which routers are there."""
    from scapy.layers.inet6 import ICMPv6ND_RS, ICMPv6NDOptSrcLLAddr

    link = Link(source_mac, bytes.fromhex("333300000002"))
    packet = _ip(link, sender, IPv6Address("ff02::2"), hops=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=_mac(source_mac))
    return _template(packet, None)


def dhcp_discover(source_mac: bytes, mark: Mark) -> Template:
    """Which DHCP servers are there; the token is the client's identifier. Nothing is ever requested."""
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.inet import UDP

    link = Link(source_mac, ALL)
    bootp = BOOTP(chaddr=source_mac, xid=int.from_bytes(mark.magic[4:], "big"), flags=0x8000)
    options = DHCP(options=[("message-type", "discover"), ("client_id", b"\0" + mark.payload()), ("param_req_list", [1, 3, 6]), "end"])
    packet = _ip(link, IPv4Address(0), IPv4Address(0xFFFFFFFF)) / UDP(sport=68, dport=67) / bootp / options
    return _template(packet, mark)


def dhcpv6_solicit(source_mac: bytes, sender: IPv6Address, mark: Mark) -> Template:
    """Which DHCPv6 servers are there; the token is the client's identifier."""
    from scapy.layers.dhcp6 import DUID_EN, DHCP6_Solicit, DHCP6OptClientId, DHCP6OptElapsedTime, DHCP6OptIA_NA
    from scapy.layers.inet import UDP

    link = Link(source_mac, bytes.fromhex("333300010002"))
    body = DHCP6_Solicit(trid=int.from_bytes(mark.magic[5:8], "big"))
    body = body / DHCP6OptClientId(duid=DUID_EN(enterprisenum=0, id=mark.payload())) / DHCP6OptElapsedTime() / DHCP6OptIA_NA(iaid=1)
    packet = _ip(link, sender, IPv6Address("ff02::1:2"), hops=1) / UDP(sport=546, dport=547) / body
    return _template(packet, mark)


def ssdp(source_mac: bytes, sender: IPv4Address, mark: Mark, *, sport: int) -> Template:
    """Which UPnP devices are there; the token names the asking program."""
    from scapy.layers.inet import UDP

    lines = (
        b"M-SEARCH * HTTP/1.1",
        b"HOST: 239.255.255.250:1900",
        b'MAN: "ssdp:discover"',
        b"MX: 1",
        b"ST: upnp:rootdevice",
        b"USER-AGENT: " + mark.text(),
    )
    link = Link(source_mac, bytes.fromhex("01005e7ffffa"))
    packet = _ip(link, sender, IPv4Address("239.255.255.250"), hops=2) / UDP(sport=sport, dport=1900) / (b"\r\n".join(lines) + b"\r\n\r\n")
    return _template(packet, mark)


def dns(link: Link, source: Address, target: Address, mark: Mark, *, domain: str, sport: int) -> Template:
    """A recursive question whose first label is the token in hexadecimal digits."""
    from scapy.layers.dns import DNS, DNSQR
    from scapy.layers.inet import UDP

    question = DNS(id=int.from_bytes(mark.magic[4:6], "big"), rd=1, qd=DNSQR(qname=mark.text() + b"." + domain.encode("idna"), qtype="A"))
    return _template(_ip(link, source, target) / UDP(sport=sport, dport=53) / question, mark)


def tunnelled(link: Link, ends: tuple[Address, Address], how: str, inner: tuple[Address, Address], mark: Mark) -> Template:
    """A datagram with the token inside a tunnel: ``gre``, ``ipip`` (IPv4 or IPv6 in either) or ``vxlan``, sent to the tunnel's end."""
    from scapy.layers.inet import UDP
    from scapy.layers.l2 import GRE, Ether
    from scapy.layers.vxlan import VXLAN

    carried = _network(*inner) / UDP(sport=40_000, dport=40_000) / mark.payload()
    if how == "gre":
        packet = _ip(link, *ends, proto=47) / GRE(proto=0x0800 if inner[1].version == 4 else 0x86DD) / carried
    elif how == "ipip":
        packet = _ip(link, *ends, proto=4 if inner[1].version == 4 else 41) / carried
    elif how == "vxlan":
        frame = Ether(src=_mac(link.source), dst=_mac(ALL), type=0x0800 if inner[1].version == 4 else 0x86DD)
        packet = _ip(link, *ends) / UDP(sport=50_000, dport=VXLAN_PORT) / VXLAN(vni=1, flags=8) / frame / carried
    else:
        raise ValueError(how)
    return _template(packet, mark)


def _ether(link: Link, ethertype: int) -> Any:
    from scapy.layers.l2 import Dot1Q, Ether

    kinds = [*([0x8100] * len(link.tags)), ethertype]
    packet = Ether(src=_mac(link.source), dst=_mac(link.target), type=kinds[0])
    for tag, kind in zip(link.tags, kinds[1:]):
        packet = packet / Dot1Q(vlan=tag, type=kind)
    return packet


def _ip(link: Link, source: Address, target: Address, *, hops: int = 64, proto: int | None = None) -> Any:
    return _ether(link, 0x0800 if target.version == 4 else 0x86DD) / _network(source, target, hops, proto)


def _network(source: Address, target: Address, hops: int = 64, proto: int | None = None) -> Any:
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6

    packet: Any
    if target.version == 4:
        packet = IP(src=str(source), dst=str(target), ttl=hops, id=1, flags="DF")
    else:
        packet = IPv6(src=str(source), dst=str(target), hlim=hops)
    if proto is not None:
        packet.setfieldval("proto" if target.version == 4 else "nh", proto)
    return packet


def _mac(raw: bytes) -> str:
    return raw.hex(":")


def _template(packet: Any, mark: Mark | None, *patches: Patch) -> Template:
    """The built packet, where its token stands, and the checksums that depend on it."""
    frame = bytes(packet)
    found = list(patches)
    if mark is not None:
        at = frame.find(mark.payload())
        if at >= 0:
            found += [Patch(at + 12, "index32"), Patch(at + 16, "token")]
        else:
            at = frame.index(mark.text())
            found += [Patch(at + 24, "index32hex"), Patch(at + 32, "tokenhex")]
    return Template(frame, tuple(found), tuple(reversed(_sums(packet, len(frame)))))


def _sums(packet: Any, size: int) -> list[Sum]:
    """Checksums from the outermost to the innermost. Nothing stands behind the innermost layer, so every payload ends with the frame."""
    from scapy.layers.inet import ICMP, IP, TCP, UDP
    from scapy.layers.inet6 import IPv6

    sums: list[Sum] = []
    pseudo = 0
    layer = packet
    while layer:
        at = size - len(layer)
        if isinstance(layer, IP):
            sums.append(Sum(at + 10, at, at + 20))
        if isinstance(layer, IP | IPv6):
            pseudo = word_sum(ip_address(layer.src).packed + ip_address(layer.dst).packed)
        elif isinstance(layer, TCP):
            sums.append(Sum(at + 16, at, size, pseudo + 6 + size - at))
        elif isinstance(layer, UDP):
            sums.append(Sum(at + 6, at, size, pseudo + 17 + size - at, udp=True))
        elif isinstance(layer, ICMP):
            sums.append(Sum(at + 2, at, size))
        elif isinstance(layer.underlayer, IPv6) and type(layer).__name__.startswith("ICMPv6"):
            sums.append(Sum(at + 2, at, size, pseudo + 58 + size - at))
        layer = layer.payload
    return sums
