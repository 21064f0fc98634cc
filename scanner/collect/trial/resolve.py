"""Who answers for an address on our own segment: ARP and neighbour discovery, asked by raw frames so that the kernel's table stays as it was."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

from scanner.collect.trial.hear import Receiver
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.presses import folded
from scanner.collect.trial.sweep import Stop, never, send_paced
from scanner.collect.trial.wire import Wire
from scanner.errors import UseError
from scanner.facts.network.craft import word_sum

if TYPE_CHECKING:
    from scanner.collect.trial.bulk import Bytes, Numbers, Times

Address = IPv4Address | IPv6Address
TRIES = 2
WAIT = 1.0
"""Seconds for answers after the last question."""
LOOK = 0.02
ALL = b"\xff" * 6
ARP = b"\x08\x06"
ADVERTISEMENT = 136


def resolve(
    wire: Wire, addresses: Sequence[Address], pacer: Pacer, *, stop: Stop = never, tries: int = TRIES, wait: float = WAIT
) -> dict[Address, tuple[bytes, ...]]:
    """Every MAC that answered for an address, the first one first; two of them are worth a look. What nobody answers for is not in it."""
    ear = Ear(addresses)
    with Receiver(wire.interface, ear, promiscuous=False):
        for _ in range(tries):
            missing = [one for one in addresses if one not in ear.found]
            if not missing or stop():
                break
            send_paced(wire, list(questions(wire, missing)), pacer, stop=stop)
            until = time.monotonic() + wait
            while time.monotonic() < until and len(ear.found) < len(ear.wanted) and not stop():
                time.sleep(LOOK)
    return ear.found


class Ear:
    """Learns who speaks for the addresses asked for."""

    def __init__(self, wanted: Iterable[Address]) -> None:
        self.wanted = frozenset(wanted)
        self.found: dict[Address, tuple[bytes, ...]] = {}
        self.cut = 0

    def one(self, when: float, frame: bytes, tag: int = 0) -> None:
        """Take one frame in."""
        pair = answer(frame)
        if pair is not None and pair[0] in self.wanted and pair[1] not in self.found.get(pair[0], ()):
            self.found[pair[0]] = (*self.found.get(pair[0], ()), pair[1])

    def many(self, rows: Bytes, sizes: Numbers, times: Times, tags: Numbers) -> None:
        """Take many in."""
        arps = (rows[:, 12] == ARP[0]) & (rows[:, 13] == ARP[1])
        others = (rows[:, 12] == 0x86) & (rows[:, 13] == 0xDD) & (rows[:, 20] == 58) & (rows[:, 54] == ADVERTISEMENT)
        for at in (arps | others).nonzero()[0].tolist():
            self.one(float(times[at]), rows[at, : sizes[at]].tobytes())


def questions(wire: Wire, addresses: Iterable[Address]) -> Iterator[bytes]:
    """Who has each of these addresses."""
    for asked in addresses:
        if isinstance(asked, IPv4Address):
            yield arp(wire.mac, _sender4(wire, asked), asked)
        else:
            yield solicit(wire.mac, _sender6(wire, asked), asked)


def arp(mac: bytes, sender: IPv4Address, asked: IPv4Address) -> bytes:
    """An ARP question. Put together by hand, as the next one: scapy takes a second to load, and a scan may need nothing else of it."""
    return ALL + mac + ARP + bytes.fromhex("0001080006040001") + mac + sender.packed + bytes(6) + asked.packed + bytes(18)


def solicit(mac: bytes, sender: IPv6Address, asked: IPv6Address) -> bytes:
    """A neighbour solicitation."""
    group = IPv6Address("ff02::1:ff00:0").packed[:13] + asked.packed[13:]
    body = b"\x87" + bytes(7) + asked.packed + b"\x01\x01" + mac
    total = word_sum(sender.packed + group + body) + 58 + len(body)
    body = body[:2] + folded(total).to_bytes(2, "big") + body[4:]
    head = b"\x33\x33" + group[12:] + mac + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(body), 58, 255)
    return head + sender.packed + group + body


def answer(frame: bytes) -> tuple[Address, bytes] | None:
    """(address, MAC) that a frame speaks for: an ARP reply or a neighbour advertisement; None for any other frame."""
    if frame[12:14] == ARP and len(frame) >= 42 and frame[20:22] == b"\0\x02":
        return IPv4Address(frame[28:32]), frame[22:28]
    if frame[12:14] == b"\x86\xdd" and len(frame) >= 78 and frame[20] == 58 and frame[54] == ADVERTISEMENT:
        # The option with the MAC may be missing where the answer came straight to us.
        option = frame[80:86] if frame[78:80] == b"\x02\x01" and len(frame) >= 86 else frame[6:12]
        return IPv6Address(frame[62:78]), option
    return None


def _sender4(wire: Wire, asked: IPv4Address) -> IPv4Address:
    own = [one.ip for one in wire.addresses4 if asked in one.network] or [one.ip for one in wire.addresses4]
    # Without an address the question is a probe (RFC 5227): everybody answers it too.
    return own[0] if own else IPv4Address(0)


def _sender6(wire: Wire, asked: IPv6Address) -> IPv6Address:
    own = [one.ip for one in wire.addresses6 if asked in one.network] or [one.ip for one in wire.addresses6]
    if not own:
        raise UseError("interface-no-address", name=wire.name, version=6)
    return own[0]
