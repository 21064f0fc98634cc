"""Open ports of many addresses, over the wire: stateless openings, paced, and asked again where nothing came back."""

from __future__ import annotations

import struct
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from scanner.collect.trial.hear import Receiver
from scanner.collect.trial.mmsg import Slots
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.presses import CHUNK, folded, has_numpy
from scanner.collect.trial.scan import CLOSED, FILTERED, OPEN, SILENT, Address, Questions
from scanner.collect.trial.sweep import Stop, never
from scanner.collect.trial.wire import Wire
from scanner.errors import UseError
from scanner.facts.network.craft import word_sum

WAIT = 1.0
"""Seconds for late answers after the last probe of a turn."""
QUIET = 0.25
"""Seconds without a new answer after which no late ones are waited for."""
TURNS = 2
LOOK = 0.02


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan found."""

    open: tuple[tuple[str, int], ...]
    """(address, port), ascending."""
    closed: int
    filtered: int
    """Stopped by somebody who says so in an ICMP message."""
    silent: int
    asked: int
    """Pairs of address and port that were to be asked."""
    sent: int
    turns: tuple[int, ...]
    """Probes of each turn; the second asks only what stayed silent."""
    seconds: float
    how: str = "syn"
    """``syn`` or ``connect``."""
    dropped: int = 0
    """Frames that the kernel dropped from our capture: answers may be among them."""
    refused: int = 0
    """Probes that the kernel did not take."""
    stopped: bool = False
    """Told to stop before its end: the rest counts as silent."""
    blind: tuple[str, ...] = field(default=())
    """Codes of what this way of asking cannot see."""


class Printer(Protocol):
    """Makes the probes of a scan."""

    slots: Slots

    def chunks(self, turn: int) -> Iterator[list[int]]:
        """Fill the slots again and again: the places of their addresses."""


def scan(
    wire: Wire,
    targets: Mapping[Address, bytes],
    ports: Iterable[int],
    pacer: Pacer,
    *,
    seed: bytes,
    name: str = "ports",
    source: Address | None = None,
    stop: Stop = never,
    via: Hashable = None,
    turns: int = TURNS,
    wait: float = WAIT,
    bulk: bool | None = None,
) -> Scanned:
    """Ask every port of every target. ``targets`` are addresses of one version with the MAC that each is reached by.

    ``via`` names the pacer's bucket when all of them lie behind one next hop; every address has its device's bucket in any case.
    """
    addresses = sorted(targets, key=int)
    began = time.monotonic()
    if not addresses:
        return Scanned((), 0, 0, 0, 0, 0, (), 0.0)
    asked = Questions(seed, name, source or _own(wire, addresses[0]), addresses, list(ports))
    maker = printer(asked, [targets[one] for one in addresses], wire.mac, bulk)
    refused, sent = wire.refused, []
    with Receiver(wire.interface, asked, buffer=wire.buffer, promiscuous=False, bulk=bulk, stamps=False) as receiver:
        for turn in range(turns):
            sent.append(_turn(wire, asked, maker, pacer, stop, via, turn))
            _settle(asked, wait, stop)
            if asked.answered == asked.size or stop():
                break
    counts = [asked.status.count(state) for state in (SILENT, OPEN, CLOSED, FILTERED)]
    return Scanned(
        open=tuple(opened(asked)),
        closed=counts[CLOSED],
        filtered=counts[FILTERED],
        silent=counts[SILENT],
        asked=asked.size,
        sent=sum(sent),
        turns=tuple(sent),
        seconds=time.monotonic() - began,
        dropped=receiver.drops(),
        refused=wire.refused - refused,
        stopped=stop(),
    )


def opened(asked: Questions) -> Iterator[tuple[str, int]]:
    """Open ports, address by address."""
    count = len(asked.ports)
    at = asked.status.find(OPEN)
    while at >= 0:
        yield str(asked.addresses[at // count]), asked.ports[at % count]
        at = asked.status.find(OPEN, at + 1)


class PlainPrinter:
    """Without numpy: frame by frame."""

    def __init__(self, asked: Questions, macs: Sequence[bytes], mac: bytes) -> None:
        self._blank = asked.blank(mac)
        self.slots = Slots(CHUNK, len(self._blank))
        self._asked, self._macs = asked, macs
        self._targets = [one.packed for one in asked.addresses]
        self._sums = [word_sum(one) for one in self._targets]
        self._ip, self._tcp = asked.sums()
        self.slots.data[:] = self._blank * CHUNK

    def chunks(self, turn: int) -> Iterator[list[int]]:
        """Fill the slots again and again with the probes of a turn: the places of their addresses."""
        places: list[int] = []
        for some in self._asked.rounds(turn):
            for address, port in some:
                self._write(len(places), address, self._asked.ports[port])
                places.append(address)
                if len(places) == CHUNK:
                    yield places
                    places = []
        if places:
            yield places

    def _write(self, slot: int, place: int, port: int) -> None:
        data, target = self.slots.data, self._targets[place]
        base = slot * self.slots.width
        at = base + self._asked.head
        sequence = self._asked.sequence(place, port)
        data[base : base + 6] = self._macs[place]
        data[at - len(target) : at] = target
        struct.pack_into(">HI", data, at + 2, port, sequence)
        if len(target) == 4:
            struct.pack_into(">H", data, base + 24, folded(self._ip + self._sums[place]))
        struct.pack_into(">H", data, at + 16, folded(self._tcp + self._sums[place] + port + (sequence >> 16) + (sequence & 0xFFFF)))


def printer(asked: Questions, macs: Sequence[bytes], mac: bytes, bulk: bool | None = None) -> Printer:
    """The fastest one that this installation has."""
    if bulk is not False and has_numpy():
        from scanner.collect.trial.bulkscan import BulkPrinter

        return BulkPrinter(asked, macs, mac)
    return PlainPrinter(asked, macs, mac)


def _turn(wire: Wire, asked: Questions, maker: Printer, pacer: Pacer, stop: Stop, via: Hashable, turn: int) -> int:
    """Send the probes of one turn; how many went."""
    names = [str(one) for one in asked.addresses] if pacer.caps[2] else []
    sent = 0
    for places in maker.chunks(turn):
        gone = 0
        while gone < len(places):
            if stop():
                return sent
            if names:
                allowed = pacer.take_each([names[at] for at in places[gone : gone + pacer.batch]], via=via)
            else:
                allowed = pacer.take(len(places) - gone, via=via)
            done = wire.send_slots(maker.slots, gone, allowed)
            sent += done
            gone += allowed
            if done < allowed:
                return sent
    return sent


def _settle(asked: Questions, wait: float, stop: Stop) -> None:
    """Wait for late answers: until none came for a while."""
    until = time.monotonic() + wait
    last, since = asked.answered, time.monotonic()
    while asked.answered < asked.size and time.monotonic() < until and not stop():
        time.sleep(LOOK)
        if asked.answered != last:
            last, since = asked.answered, time.monotonic()
        elif time.monotonic() - since > QUIET and asked.answered:
            break


def _own(wire: Wire, target: Address) -> Address:
    """Our address for a target: of its network if there is one, else the first of its version. Raises UseError when there is none."""
    own: list[tuple[bool, Address]] = [(target in one.network, one.ip) for one in wire.addresses4 if target.version == 4]
    own += [(target in one.network, one.ip) for one in wire.addresses6 if target.version == 6 and not one.ip.is_link_local]
    if not own:
        raise UseError("interface-no-address", name=wire.name, version=target.version)
    return max(own, key=lambda one: one[0])[1]
