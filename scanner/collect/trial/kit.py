"""Frames of one end. scapy crafts each kind once, with empty addresses; next hop, addresses and trial are written into copies of that."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from scanner.collect.trial.journal import Draft, Journal
from scanner.facts.network import tokens
from scanner.facts.network.craft import Patch, Template, word_sum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
BROADCAST = "ff:ff:ff:ff:ff:ff"
GROUP = "01:00:5e:7f:53:51"
ALL_NODES = ipaddress.IPv6Address("ff02::1")
NONE: dict[int, Address] = {4: ipaddress.IPv4Address(0), 6: ipaddress.IPv6Address(0)}
VNI = struct.Struct(">I")


def octets(mac: str) -> bytes:
    """Six bytes of a MAC address."""
    return bytes.fromhex(mac.replace(":", ""))


def sport(magic: bytes) -> int:
    """The source port of one end's frames."""
    return int(32768 + struct.unpack(">H", magic[4:6])[0] % 24000)


class Kit:
    """Makes templates for one interface and one book."""

    def __init__(self, mac: bytes, journal: Journal) -> None:
        self.mac = mac
        self.journal = journal
        self.magic = tokens.magic(journal.seed, journal.end)
        self.sport = sport(self.magic)
        """Source port of this run."""

    def layer2(self, draft: Draft, destination: str = BROADCAST) -> Template:
        """A token in a frame of its own EtherType; the index counts."""
        return self._written(_base("bare", 0, self.magic, self.sport), destination, None, draft)

    def vlan(self, draft: Draft, outer: int | None = None) -> Template:
        """The same behind a VLAN tag whose id is the index; with ``outer`` behind two tags, of which that is the first."""
        return self._written(_base(f"vlan{'' if outer is None else outer}", 0, self.magic, self.sport), BROADCAST, None, draft)

    def tcp(self, draft: Draft, via: str, src: Address, dst: Address, port: int | None = None) -> Template:
        """An opening whose sequence number is the token; without ``port`` the index is the port."""
        return self._ported("syn", draft, via, (src, dst), port)

    def udp(self, draft: Draft, via: str, src: Address, dst: Address, port: int | None = None) -> Template:
        """A datagram that carries the token; without ``port`` the index is the port."""
        return self._ported("udp", draft, via, (src, dst), port)

    def log(self, draft: Draft, via: str, src: Address, dst: Address) -> Template:
        """A line for a log that carries the token in digits; the index is the port."""
        return self._ported("log", draft, via, (src, dst), None)

    def everybody(self, draft: Draft, name: str, own: ipaddress.IPv4Address) -> Template:
        """A question to everybody on the own segment that boxes between networks repeat: ``mdns``, ``ssdp``, ``dhcp``, or ``broadcast``."""
        from scanner.collect.trial import templates

        mark = templates.Mark(self.magic, draft.n)
        if name == "mdns":
            return templates.mdns(self.mac, own, mark)
        if name == "ssdp":
            return templates.ssdp(self.mac, own, mark, sport=self.sport)
        if name == "dhcp":
            return templates.dhcp_discover(self.mac, mark)
        return templates.udp(templates.Link(self.mac, b"\xff" * 6), own, ipaddress.IPv4Address(0xFFFFFFFF), mark, sport=self.sport)

    def echo(self, draft: Draft, via: str, src: Address, dst: Address) -> Template:
        """An echo request that carries the token."""
        return self._written(_base("echo", dst.version, self.magic, self.sport), via, (src, dst), draft)

    def protocol(self, draft: Draft, via: str, src: Address, dst: Address) -> Template:
        """A packet of the IP protocol whose number is the index, with the token where its header would be."""
        return self._written(_base("protocol", dst.version, self.magic, self.sport), via, (src, dst), draft)

    def dns(self, draft: Draft, via: str, src: Address, dst: Address, domain: str) -> Template:
        """A recursive question for the token under a domain."""
        return self._written(_base(f"dns {domain}", dst.version, self.magic, self.sport), via, (src, dst), draft)

    def carried(
        self, draft: Draft, carrier: str, way: tuple[str, Address, Address], inner: tuple[Address, Address], tag: int = 0
    ) -> Template:
        """A datagram inside a tunnel: ``gre``, ``ipip``, ``6in4`` or ``vxlan`` (``tag``: its VNI).

        ``way`` is (next hop, own address, far end of the tunnel), ``inner`` the addresses of the packet that is carried.
        """
        made = _tunnel(carrier, way[1], way[2], inner, self.magic, self.mac)
        if carrier == "vxlan":
            at = 14 + (20 if way[2].version == 4 else 40) + 8 + 4
            made = replace(made, frame=made.frame[:at] + VNI.pack(tag << 8) + made.frame[at + 4 :])
        return self._written(made, way[0], None, draft)

    def spread(
        self, draft: Draft, carrier: str, way: tuple[str, Address, Address], inner: tuple[Address, Address], tag: int = 0
    ) -> Template:
        """The same with the index as the last 16 bits of the address that is carried: one trial for many machines behind a tunnel.

        The carried datagram goes without a checksum of its own: on its way nobody looks at it.
        """
        made = self.carried(draft, carrier, way, inner, tag)
        at = made.frame.rindex(inner[0].packed + inner[1].packed) + len(inner[0].packed) + len(inner[1].packed)
        own = next(item for item in made.sums if item.at > at)
        frame = made.frame[: own.at] + b"\0\0" + made.frame[own.at + 2 :]
        sums = tuple(item for item in made.sums if item is not own)
        return Template(frame, (*made.patches, Patch(at - 2, "index16")), sums)

    def _ported(self, name: str, draft: Draft, via: str, ends: tuple[Address, Address], port: int | None) -> Template:
        made = self._written(_base(name if port is None else f"{name} port", ends[1].version, self.magic, self.sport), via, ends, draft)
        if port is None:
            return made
        at = 14 + (20 if ends[1].version == 4 else 40) + 2
        return replace(made, frame=made.frame[:at] + port.to_bytes(2, "big") + made.frame[at + 2 :])

    def _written(self, base: Template, via: str, ends: tuple[Address, Address] | None, draft: Draft) -> Template:
        """A copy for a next hop, two addresses and a trial."""
        frame = bytearray(base.frame)
        frame[0:6], frame[6:12] = octets(via), self.mac
        for mark, number in (
            (self.magic, draft.n.to_bytes(4, "big")),
            (self.magic.hex().encode(), draft.n.to_bytes(4, "big").hex().encode()),
        ):
            at = base.frame.find(mark)
            if at >= 0:
                frame[at + len(mark) : at + len(mark) + len(number)] = number
        sums = base.sums
        if ends is not None:
            packed = ends[0].packed + ends[1].packed
            at = 14 + (12 if ends[1].version == 4 else 8)
            frame[at : at + len(packed)] = packed
            # A sum with a base has a pseudo header, in which the addresses stand.
            sums = tuple(replace(item, base=item.base + word_sum(packed)) if item.base else item for item in base.sums)
        return Template(bytes(frame), base.patches, sums)

    def arp(self, target: ipaddress.IPv4Address, own: Address) -> bytes:
        """Who has an address."""
        frame = bytearray(_base("arp", 4, self.magic, self.sport).frame)
        frame[6:12] = frame[22:28] = self.mac
        frame[28:32], frame[38:42] = own.packed, target.packed
        return bytes(frame)

    def solicit(self, target: ipaddress.IPv6Address, own: Address) -> bytes:
        """Who has an IPv6 address."""
        from scanner.collect.trial import templates

        assert isinstance(own, ipaddress.IPv6Address)
        return templates.solicit(self.mac, own, target).fill(0, bytes(8))

    def hello6(self, own: Address | None) -> list[bytes]:
        """All routers are asked to announce themselves, and all nodes to answer."""
        from scanner.collect.trial import templates

        if not isinstance(own, ipaddress.IPv6Address):
            return []
        mark = templates.Mark(self.magic, 0)
        link = templates.Link(self.mac, b"\x33\x33\0\0\0\1")
        hello = templates.echo(link, own, ALL_NODES, mark, ident=self.sport)
        return [templates.router_solicit(self.mac, own).fill(0, bytes(8)), hello.fill(0, bytes(8))]

    def questions(self, own6: Address | None) -> list[bytes]:
        """Questions to everybody on the own segment that make servers show themselves: DHCP and DHCPv6. No offer is ever taken up."""
        from scanner.collect.trial import templates

        mark = templates.Mark(self.magic, 0)
        out = [templates.dhcp_discover(self.mac, mark).fill(0, bytes(8))]
        if isinstance(own6, ipaddress.IPv6Address) and own6.is_link_local:
            out.append(templates.dhcpv6_solicit(self.mac, own6, mark).fill(0, bytes(8)))
        return out


@cache
def _base(name: str, version: int, magic: bytes, sport: int) -> Template:
    """A kind of frame with empty addresses."""
    from scanner.collect.trial import templates

    link, mark = templates.Link(bytes(6), bytes(6)), templates.Mark(magic, 0)
    if name.startswith("vlan"):
        return templates.vlan(bytes(6), bytes(6), mark, outer=int(name[4:]) if name[4:] else None)
    if name == "bare":
        return templates.bare(link, mark)
    if name == "arp":
        return templates.arp(templates.Link(bytes(6), b"\xff" * 6), ipaddress.IPv4Address(0), ipaddress.IPv4Address(0))
    ends = NONE[version], NONE[version]
    made: dict[str, Callable[[], Template]] = {
        "syn": lambda: templates.syn(link, *ends, mark, sport=sport),
        "syn port": lambda: templates.syn(link, *ends, mark, sport=sport, port=1),
        "udp": lambda: templates.udp(link, *ends, mark, sport=sport),
        "log": lambda: templates.log(link, *ends, mark, sport=sport),
        "udp port": lambda: templates.udp(link, *ends, mark, sport=sport, port=1),
        "echo": lambda: templates.echo(link, *ends, mark, ident=sport),
        "protocol": lambda: templates.protocol(link, *ends, mark),
    }
    if name.startswith("dns "):
        return templates.dns(link, *ends, mark, domain=name[4:], sport=sport)
    return made[name]()


@cache
def _tunnel(carrier: str, own: Address, end: Address, inner: tuple[Address, Address], magic: bytes, mac: bytes) -> Template:
    from scanner.collect.trial import templates

    link, how = templates.Link(mac, bytes(6)), "ipip" if carrier == "6in4" else carrier
    return templates.tunnelled(link, (own, end), how, inner, templates.Mark(magic, 0))
