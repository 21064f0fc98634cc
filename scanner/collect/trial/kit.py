"""Frames of an end, as templates: plain headers put together by hand, since thousands of them are made in a run.

Every payload begins with the plan's magic and the trial's number; index and token are patched in. Odd protocols are crafted with scapy in
:mod:`scanner.collect.trial.odd`.
"""

from __future__ import annotations

import ipaddress
import struct

from scanner.collect.trial.journal import Draft, Journal
from scanner.facts.network import tokens
from scanner.facts.network.craft import Patch, Sum, Template, word_sum

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
ETHERTYPE = 0x88B5
"""IEEE 802, local experimental use: no station forwards it by its meaning, a bridge forwards it like any frame."""
BROADCAST = "ff:ff:ff:ff:ff:ff"
GROUP = "01:00:5e:7f:53:51"
ALL_NODES = ipaddress.IPv6Address("ff02::1")
ALL_ROUTERS = ipaddress.IPv6Address("ff02::2")
TTL = 64


def octets(mac: str) -> bytes:
    """Six bytes of a MAC address."""
    return bytes.fromhex(mac.replace(":", ""))


class Kit:
    """Makes templates for one interface and one book."""

    def __init__(self, mac: bytes, journal: Journal) -> None:
        self.mac = mac
        self.journal = journal
        self._magic = tokens.magic(journal.seed)
        self.sport = 32768 + struct.unpack(">H", self._magic[4:6])[0] % 24000
        """Source port of this run."""

    def _blank(self, draft: Draft, tail: bytes = b"") -> bytes:
        """A payload whose index and token are to be patched."""
        return self._magic + struct.pack(">I", draft.n) + bytes(12) + tail

    @staticmethod
    def _patches(at: int) -> tuple[Patch, Patch]:
        return Patch(at + 12, "index32"), Patch(at + 16, "token")

    def _eth(self, via: str, version: int) -> bytes:
        return octets(via) + self.mac + (b"\x08\x00" if version == 4 else b"\x86\xdd")

    def layer2(self, draft: Draft, destination: str = BROADCAST) -> Template:
        """A token in a frame of its own EtherType; the index counts."""
        frame = octets(destination) + self.mac + struct.pack(">H", ETHERTYPE) + self._blank(draft, bytes(22))
        return Template(frame, self._patches(14))

    def vlan(self, draft: Draft, outer: int | None = None) -> Template:
        """The same behind a VLAN tag whose id is the index; with ``outer`` behind two tags, of which that is the first."""
        tags = b"" if outer is None else struct.pack(">HH", 0x8100, outer)
        head = octets(BROADCAST) + self.mac + tags + struct.pack(">HHH", 0x8100, 0, ETHERTYPE)
        at = len(head)
        return Template(head + self._blank(draft, bytes(22)), (Patch(at - 4, "vlan"), *self._patches(at)))

    def tcp(self, draft: Draft, via: str, src: Address, dst: Address, port: int | None = None) -> Template:
        """A SYN whose sequence number is the token; without ``port`` the index is the port."""
        options = b"\x02\x04\x05\xb4\x04\x02\x08\x0a" + self._magic[:4] + bytes(4) + b"\x01\x03\x03\x07"
        header = struct.pack(">HHIIBBHHH", self.sport, port or 0, 0, 0, (20 + len(options)) // 4 << 4, 2, 64240, 0, 0) + options
        patches = (Patch(4, "token", 0, 4),) if port is not None else (Patch(2, "index16"), Patch(4, "token", 0, 4))
        return self._ip(via, src, dst, 6, header, patches, 16)

    def udp(self, draft: Draft, via: str, src: Address, dst: Address, port: int | None = None, payload: bytes | None = None) -> Template:
        """A datagram that carries the token; without ``port`` the index is the port."""
        body = self._blank(draft) if payload is None else payload
        header = struct.pack(">HHHH", self.sport, port or 0, 8 + len(body), 0)
        patches = () if port is not None else (Patch(2, "index16"),)
        more = self._patches(8) if payload is None else ()
        return self._ip(via, src, dst, 17, header + body, (*patches, *more), 6, udp=True)

    def echo(self, draft: Draft, via: str, src: Address, dst: Address, ttl: int = TTL) -> Template:
        """An echo request that carries the token."""
        four = dst.version == 4
        header = struct.pack(">BBHHH", 8 if four else 128, 0, 0, self.sport, 0) + self._blank(draft, bytes(8))
        patches = (Patch(6, "index16"), *self._patches(8))
        return self._ip(via, src, dst, 1 if four else 58, header, patches, 2, pseudo=not four, ttl=ttl)

    def protocol(self, draft: Draft, via: str, src: Address, dst: Address) -> Template:
        """A packet of the IP protocol whose number is the index, with the token where its header would be."""
        return self._ip(via, src, dst, None, self._blank(draft, bytes(16)), self._patches(0), None)

    def carried(self, draft: Draft, carrier: str, way: tuple[str, Address, Address], inner: tuple[Address, Address], tag: int = 0) -> Template:
        """An echo request inside a tunnel: ``gre``, ``ipip``, ``6in4`` or ``vxlan`` (``tag``: its VNI).

        ``way`` is (next hop, own address, far end of the tunnel), ``inner`` the addresses of the packet that is carried.
        """
        via, src, end = way
        four = inner[1].version == 4
        packet = self._packet(inner[0], inner[1], 1 if four else 58, self._echo_body(draft, inner[1].version))
        kind = b"\x08\x00" if four else b"\x86\xdd"
        if carrier == "gre":
            body, number = bytes(2) + kind + packet, 47
        elif carrier == "vxlan":
            vxlan = struct.pack(">II", 0x08000000, tag << 8) + octets(BROADCAST) + self.mac + kind + packet
            body, number = struct.pack(">HHHH", self.sport, 4789, 8 + len(vxlan), 0) + vxlan, 17
        else:
            body, number = packet, 4 if four else 41
        # The inner checksums hold for one index only, so the token is written here and nothing is patched.
        return self._ip(via, src, end, number, body, (), 6 if carrier == "vxlan" else None, udp=carrier == "vxlan")

    def _echo_body(self, draft: Draft, version: int) -> bytes:
        return struct.pack(">BBHHH", 8 if version == 4 else 128, 0, 0, self.sport, 0) + self.journal.payload(draft, 0)

    def _packet(self, src: Address, dst: Address, number: int, body: bytes) -> bytes:
        """A whole IP packet with its checksums."""
        made = self._ip("00:00:00:00:00:00", src, dst, number, body, (), 2, pseudo=dst.version == 6)
        return made.fill(0, bytes(8))[14:]

    def _ip(
        self, via: str, src: Address, dst: Address, number: int | None, body: bytes, patches: tuple[Patch, ...], total: int | None, *,
        udp: bool = False, pseudo: bool = True, ttl: int = TTL,
    ) -> Template:  # fmt: skip
        """An IP packet: ``number`` None means that the protocol is the index; ``total`` is the offset of the body's own checksum."""
        if src.version != dst.version:
            raise ValueError(f"{src} to {dst}")
        four = dst.version == 4
        if four:
            header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0x5351, 0x4000, ttl, number or 0, 0) + src.packed + dst.packed
        else:
            header = struct.pack(">IHBB", 6 << 28, len(body), number or 0, ttl) + src.packed + dst.packed
        at = 14 + len(header)
        moved = [Patch(patch.at + at, patch.what, patch.first, patch.last) for patch in patches]
        if number is None:
            moved.append(Patch(14 + (9 if four else 6), "index8"))
        sums = [Sum(14 + 10, 14, 14 + 20)] if four else []
        if total is not None:
            with_pseudo = pseudo and not (four and number == 1)
            base = word_sum(src.packed + dst.packed) + (number or 0) + len(body) if with_pseudo else 0
            sums.append(Sum(at + total, at, at + len(body), base, udp))
        return Template(self._eth(via, dst.version) + header + body, tuple(moved), tuple(sums))

    def arp(self, target: ipaddress.IPv4Address, own: Address, via: str = BROADCAST) -> bytes:
        """Who has an address."""
        head = octets(via) + self.mac + struct.pack(">HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1)
        return head + self.mac + own.packed + bytes(6) + target.packed + bytes(18)

    def solicit(self, target: ipaddress.IPv6Address, own: Address) -> bytes:
        """Who has an IPv6 address."""
        group = ipaddress.IPv6Address(ipaddress.IPv6Address("ff02::1:ff00:0").packed[:13] + target.packed[13:])
        body = struct.pack(">BBHI", 135, 0, 0, 0) + target.packed + b"\x01\x01" + self.mac
        return self._icmp6(group, own, body)

    def hello6(self, own: Address | None) -> list[bytes]:
        """All nodes are asked to answer, and all routers to announce themselves."""
        source = own if isinstance(own, ipaddress.IPv6Address) else ipaddress.IPv6Address("::")
        option = b"" if source == ipaddress.IPv6Address("::") else b"\x01\x01" + self.mac
        out = [self._icmp6(ALL_ROUTERS, source, struct.pack(">BBHI", 133, 0, 0, 0) + option)]
        if option:
            out.append(self._icmp6(ALL_NODES, source, struct.pack(">BBHHH", 128, 0, 0, self.sport, 1) + b"shiqu"))
        return out

    def _icmp6(self, group: ipaddress.IPv6Address, own: Address, body: bytes) -> bytes:
        via = "33:33:" + group.packed[12:].hex(":")
        return self._ip(via, own, group, 58, body, (), 2, ttl=255).fill(0, bytes(8))

