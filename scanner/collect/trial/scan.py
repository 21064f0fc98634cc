"""The arithmetic of a stateless scan: which probe goes when, what it carries, and whose answer a frame is. No socket, no clock.

Nothing is remembered per probe: the sequence number is derived from the address and the port, so an answer names its own question.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from scanner.facts.network.craft import word_sum

if TYPE_CHECKING:
    from scanner.collect.trial.bulk import Bytes, Numbers, Times

Address = IPv4Address | IPv6Address
PRINTERS = range(9100, 9108)
"""Printers print what they receive there: no trial ever opens these ports."""
SILENT, OPEN, CLOSED, FILTERED = range(4)
"""No answer; SYN-ACK; RST; an ICMP message says that it was stopped."""
MASK = 0xFFFFFFFF
SYN, RST, ACK = 0x02, 0x04, 0x10
TCP = 24
"""TCP header with a maximum segment size: some filters drop an opening without any option."""


def askable(ports: Iterable[int]) -> list[int]:
    """Ports without the printers' own and without doubles, ascending."""
    return sorted({port for port in ports if 0 < port < 65_536 and port not in PRINTERS})


class Questions:
    """All probes of one scan over one address family, numbered by address and port."""

    def __init__(self, seed: bytes, name: str, source: Address, addresses: Sequence[Address], ports: Sequence[int]) -> None:
        """``name`` tells scans of one run apart. At most 65,536 addresses, all of the version of ``source``."""
        if len(addresses) > 65_536 or any(one.version != source.version for one in addresses):
            raise ValueError("addresses")
        self.source, self.addresses, self.ports = source, list(addresses), askable(ports)
        self.version = source.version
        self._key = hmac.new(seed, f"scan {name}".encode(), hashlib.sha256).digest()
        self.first, self.second = int.from_bytes(self._key[:4], "big"), int.from_bytes(self._key[4:8], "big")
        self.sport = 61_000 + int.from_bytes(self._key[8:10], "big") % 4_000
        """Above the range from which Linux takes ports by itself."""
        self.place = {one.packed: at for at, one in enumerate(self.addresses)}
        self.port_place = {port: at for at, port in enumerate(self.ports)}
        self.status = bytearray(len(self.addresses) * len(self.ports))
        """What is known of every probe: address by address, port by port."""
        self.answered = 0
        self.cut = 0
        self.table: object = None
        """Where the vectorised half keeps its way from addresses and ports to places."""
        self.head = 14 + (20 if self.version == 4 else 40)

    @property
    def size(self) -> int:
        """How many probes there are."""
        return len(self.status)

    def sequence(self, address: int, port: int) -> int:
        """Sequence number of the probe to a port (its number) of an address (its place)."""
        value = ((address << 16 | port) ^ self.first) * 0x9E3779B1 & MASK
        value = (value ^ value >> 15) * 0x85EBCA77 & MASK
        return value ^ value >> 13 ^ self.second

    def rounds(self, turn: int) -> Iterator[list[tuple[int, int]]]:
        """(place of address, place of port) of every probe without an answer, round by round: each round asks every address once.

        Every address hears its ports in an order of its own; the order of the addresses stays, so that none hears two at once.
        """
        addresses, ports, offsets = self.order(turn)
        count = len(ports)
        for step in range(count):
            asked = [(at, ports[(step + offsets[at]) % count]) for at in addresses]
            rest = [(at, port) for at, port in asked if not self.status[at * count + port]]
            if rest:
                yield rest

    def order(self, turn: int) -> tuple[list[int], list[int], list[int]]:
        """Addresses and ports in an order that the seed gives, and where in the ports each address begins."""
        count, many = len(self.addresses), len(self.ports)
        stream = hashlib.shake_256(self._key + bytes([turn])).digest(4 * (2 * count + many))
        keys = struct.unpack(f">{2 * count + many}I", stream)
        by_address = sorted(range(count), key=keys.__getitem__)
        by_port = sorted(range(many), key=lambda at: keys[count + at])
        return by_address, by_port, [key % many for key in keys[count + many :]] if many else []

    def blank(self, mac: bytes) -> bytes:
        """A probe without what varies: target, port, sequence number and checksums."""
        tcp = struct.pack(">HHIIBBHHHBBH", self.sport, 0, 0, 0, TCP // 4 << 4, SYN, 64_240, 0, 0, 2, 4, 1460)
        if self.version == 4:
            head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + TCP, 1, 0x4000, 64, 6, 0) + self.source.packed + bytes(4)
            return bytes(6) + mac + b"\x08\x00" + head + tcp
        return bytes(6) + mac + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, TCP, 6, 64) + self.source.packed + bytes(16) + tcp

    def sums(self) -> tuple[int, int]:
        """What does not vary of the IPv4 header's sum and of the TCP sum."""
        blank = self.blank(bytes(6))
        return word_sum(blank[14:34]), word_sum(self.source.packed) + 6 + TCP + word_sum(blank[self.head :])

    def one(self, when: float, frame: bytes, tag: int = 0) -> None:
        """Take in one frame: is it an answer."""
        if self.version == 4 and frame[12:14] == b"\x08\x00" and len(frame) >= 34:
            start, proto, source, target = 14 + 4 * (frame[14] & 15), frame[23], frame[26:30], frame[30:34]
        elif self.version == 6 and frame[12:14] == b"\x86\xdd" and len(frame) >= 54:
            start, proto, source, target = 54, frame[20], frame[22:38], frame[38:54]
        else:
            return
        if target != self.source.packed:
            return
        if proto == 6 and len(frame) >= start + 14:
            self._tcp(source, frame[start : start + 14])
        elif proto in (1, 58) and len(frame) >= start + 8:
            self._error(frame[start:])

    def many(self, rows: Bytes, sizes: Numbers, times: Times, tags: Numbers) -> None:
        """Take many in."""
        from scanner.collect.trial.bulkscan import answers

        answers(self, rows, sizes)

    def book(self, address: int, port: int, state: int) -> None:
        """An answer: the first one counts, but an open port stays open whatever comes later."""
        at = address * len(self.ports) + port
        if not self.status[at]:
            self.answered += 1
        if self.status[at] != OPEN:
            self.status[at] = state

    def _tcp(self, source: bytes, tcp: bytes) -> None:
        port, mine, _, ack, _, flags = struct.unpack(">HHIIBB", tcp)
        address, place = self.place.get(source), self.port_place.get(port)
        if address is None or place is None or mine != self.sport or not flags & ACK:
            return
        if (ack - 1) & MASK == self.sequence(address, port) and flags & (SYN | RST):
            self.book(address, place, CLOSED if flags & RST else OPEN)

    def _error(self, message: bytes) -> None:
        """An ICMP message that quotes one of our probes."""
        if message[0] not in ((3, 11, 13) if self.version == 4 else (1, 3)):
            return
        quoted = message[8:]
        size = 20 if self.version == 4 else 40
        if self.version == 4 and quoted:
            size = 4 * (quoted[0] & 15)
        target, tcp = (quoted[16:20] if self.version == 4 else quoted[24:40]), quoted[size : size + 8]
        if len(tcp) < 8:
            return
        mine, port, sequence = struct.unpack(">HHI", tcp)
        address, place = self.place.get(target), self.port_place.get(port)
        if address is not None and place is not None and mine == self.sport and sequence == self.sequence(address, port):
            self.book(address, place, FILTERED)
