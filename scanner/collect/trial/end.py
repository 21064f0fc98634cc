"""One end of an isolation test: its interface, its ear, its pace and its book. What both ends do alike stands here."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from scanner import __version__
from scanner.collect.sniff.look import Place, sighting
from scanner.collect.trial.controls import Controls
from scanner.collect.trial.hear import Receiver, own_addresses
from scanner.collect.trial.interface import Interface, interface
from scanner.collect.trial.journal import Draft, Journal
from scanner.collect.trial.keep import Keeper
from scanner.collect.trial.kit import Kit, sport
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.presses import has_numpy
from scanner.collect.trial.sieve import TOKEN, Sieve
from scanner.collect.trial.stations import Address, Station, Stations
from scanner.collect.trial.sweep import send_paced, shuffled, sweep
from scanner.collect.trial.wire import Wire
from scanner.errors import UseError
from scanner.facts.network import tokens
from scanner.facts.network.craft import Template
from scanner.facts.network.packets import Frame
from scanner.facts.network.plan import Plan
from scanner.facts.network.tally import ETHERNET, Tally

FEW = 128
"""Up to so many frames are made one by one; more go as a sweep."""
NAP = 0.05
OUTSIDE = "out"
"""Any end outside: all sentinels' tokens begin alike."""
ADDRESSES = 4
"""Addresses of one station and family that are addressed: a box that answers for a whole network is one box."""
FLOOD = 5000
"""Tokens of the other side that are looked at for what they say of the segment."""
Tell = Callable[[str], None]


class End:
    """Opened by ``with``; ``stop`` ends everything at once."""

    def __init__(self, plan: Plan, end: str, zone: str, name: str, seconds: float, rate: float | None, tell: Tell) -> None:
        """Raises UseError when the interface is none, or the right to send and hear raw frames is missing."""
        self.plan, self.end, self.zone = plan, end, zone
        self.other = plan.outer if zone == plan.inner else plan.inner
        self.interface: Interface = interface(name)
        if not self.interface.up:
            raise UseError("interface-down", name=name)
        self.mac = self.interface.mac.hex(":")
        caps = plan.rate if rate is None else None
        self.rate = {"total": caps.total, "next_hop": caps.next_hop, "device": caps.device} if caps else dict.fromkeys(
            ("total", "next_hop", "device"), float(rate or 0)
        )  # fmt: skip
        self.pacer = Pacer(self.rate["total"], self.rate["next_hop"], self.rate["device"])
        self.journal = Journal(plan, end)
        if not has_numpy():
            self.journal.blind.append("numpy")
        self.stations = Stations(self.mac, plan.networks(zone))
        self.tell = tell
        self.halt = threading.Event()
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.others = tuple(other for other in plan.ends if other != end)
        self.sentinels = plan.sentinel_addresses()
        ours = [*own_addresses(self.interface), *(address for places in self.sentinels.values() for address in places)]
        self.mark = tokens.magic(plan.key, OUTSIDE if end == tokens.INNER else tokens.INNER)
        """Begins the tokens of the other side, which are listened for."""
        self.wire = Wire(self.interface)
        self.kit = Kit(self.interface.mac, self.journal)
        theirs = {sport(tokens.magic(plan.key, other)) for other in self.others}
        self.sieve = Sieve(self.mark, ours, quiet=0 if self.kit.sport in theirs else self.kit.sport)
        self.receiver = Receiver(self.interface, self.sieve)
        self.keeper = Keeper(plan, self.others, self.mark, self.interface.mac, end != tokens.INNER)
        self.tally = Tally(plan.networks(zone))
        self.large = False
        """Whether a network of this link was too large to be asked for whole."""
        self._looked = self._crossed = self._met = 0
        self._lock = threading.Lock()
        self.controls = Controls(self)
        self.watchers: list[Callable[[float, Frame], None]] = []
        """Called with every frame that was kept."""
        self.files: list[dict[str, Any]] = []
        """Token files of other ends, as frames of no network."""
        self.closers: list[Callable[[], None]] = []
        """Called in the end, whatever happened."""

    def __enter__(self) -> End:
        self.receiver.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.halt.set()
        for close in self.closers:
            close()
        self.receiver.stop()
        self.wire.close()

    @property
    def over(self) -> bool:
        """Whether to end now: told so, or the window has passed."""
        return self.halt.is_set() or time.monotonic() >= self.deadline

    @property
    def left(self) -> float:
        """Seconds left of the window."""
        return max(0.0, self.deadline - time.monotonic())

    def wait(self, seconds: float) -> None:
        """Let time pass, taking in what comes; returns early when told to stop."""
        until = min(time.monotonic() + seconds, self.deadline)
        while time.monotonic() < until and not self.halt.is_set():
            self.absorb()
            self.halt.wait(min(NAP, max(0.0, until - time.monotonic())))
        self.absorb()

    def absorb(self) -> None:
        """Take in what was heard since the last time."""
        with self._lock:
            fresh = self.receiver.heard(self._looked)
            self._looked += len(fresh)
            told = [heard for heard in fresh if not self._flood(heard.frame)]
            self.tally.add([(heard.time, ETHERNET, heard.frame, len(heard.frame)) for heard in told])
            for heard in told:
                frame = self.stations.absorb(heard.frame)
                if frame is not None:
                    # A copy: controls of other threads come and go.
                    for watch in tuple(self.watchers):
                        watch(heard.time, frame)
            if len(self.sieve.sources) > self._met:
                # Whoever only says what is not kept (plain UDP to everybody, say) is a next hop like any other.
                fresh_sources = list(self.sieve.sources)[self._met :]
                self._met += len(fresh_sources)
                for source in fresh_sources:
                    self.stations.note(source.hex(":"), "passive")

    def _flood(self, frame: bytes) -> bool:
        """Whether a frame is one of very many tokens of the other side: it tells nothing more of the segment, and the record has its own look at it."""
        if self.mark[:4] not in frame:
            return False
        self._crossed += 1
        return self._crossed > FLOOD

    def put(
        self,
        draft: Draft,
        template: Template,
        indices: Iterable[int],
        *,
        via: str | None = None,
        device: str | None = None,
        passes: int = 1,
    ) -> int:
        """Send a trial's frames over indices, paced; how many went. ``via`` and ``device`` name what the caps are about."""
        draft.template, draft.own = template, device is not None
        items = list(indices)
        if not items or self.over or draft.refused:
            return 0
        if len(items) <= FEW:
            count = 0
            for _ in range(passes):
                frames = [template.fill(index, self.journal.token(draft, index)) for index in items]
                batches = send_paced(self.wire, frames, self.pacer, stop=lambda: self.over, via=via, device=device)
                gone = sum(number for _, number in batches)
                count += draft.went(batches, items[:gone])
            return count
        stream = tokens.stream(self.plan.key, self.journal.label(draft), max(items) + 1)
        done = sweep(
            self.wire, template, items, stream, self.pacer, seed=self.plan.key, name=self.journal.label(draft), stop=lambda: self.over,
            via=via, device=device, passes=passes,
        )  # fmt: skip
        for number, one in enumerate(done.passes):
            draft.went(one.batches, items if one.count == one.of else self._gone(draft, items, one.count, number))
        return done.count

    def _gone(self, draft: Draft, items: list[int], count: int, number: int) -> list[int]:
        """Which indices of a broken-off pass went: the first of its order."""
        return shuffled(self.plan.key, f"{self.journal.label(draft)}/{number}", items)[:count]

    def raw(self, frames: list[bytes], *, via: str | None = None, device: str | None = None) -> int:
        """Send frames that are no trial (ARP, neighbour discovery, controls), paced; how many went."""
        return sum(count for _, count in send_paced(self.wire, frames, self.pacer, stop=lambda: self.halt.is_set(), via=via, device=device))

    def source(self, version: int) -> Address | None:
        """This end's own address of a family: one in its zone first, else any; None when it has none."""
        own = [one.ip for one in (self.interface.addresses4 if version == 4 else self.interface.addresses6)]
        mine = [
            address for address in own if any(address.version == net.version and address in net for net in self.plan.networks(self.zone))
        ]
        wide = [address for address in own if not address.is_link_local]
        return next(iter(mine or wide or own), None)

    def addresses(self, station: Station, version: int) -> list[Address]:
        """Addresses of a station that may be addressed: in scope, or link-local on this segment."""
        found = [ipaddress.ip_address(text) for text in station.addresses]
        return [a for a in found if a.version == version and (a.is_link_local or self.plan.in_scope(a)) and not self._beyond(a)][:ADDRESSES]

    def _beyond(self, address: Address) -> bool:
        """Whether an address belongs to the other zone and not to this one: who answers for it is noted, and it is not addressed from here."""
        own, other = self.plan.networks(self.zone), self.plan.networks(self.other)
        return any(address in net for net in other if net.version == address.version) and not any(
            address in net for net in own if net.version == address.version
        )

    @property
    def short(self) -> str:
        """Why less was sent than was to be sent."""
        return "window" if self.over else "too-many" if self.journal.left else "refused"

    def devices(self) -> list[Station]:
        """Stations in the order in which they are tried: those that the unit knows, routers, those with an address, and then bare MACs, of which
        anybody can make up as many as he likes."""
        known = set(self.plan.known)
        return sorted(self.stations.all(), key=lambda one: (not known & set(one.addresses), not one.router, not one.addresses))

    def outside(self) -> tuple[int, int]:
        """(addresses of stations that may be addressed, those that the scope forbids); what is link-local counts as neither."""
        found = {ipaddress.ip_address(text) for station in self.stations.all() for text in station.addresses}
        wide = [address for address in found if not address.is_link_local]
        allowed = sum(self.plan.in_scope(address) for address in wide)
        return allowed, len(wide) - allowed

    def control(self, patience: float = 4.0) -> bool:
        """One positive control; True when it was good. After ``patience`` seconds no further neighbour is asked."""
        return self.controls.good(patience)

    def record(self, ended: str, depth: str) -> dict[str, Any]:
        """The record of this end as it stands now."""
        self.absorb()
        self.keeper.take(self.receiver.heard(self.keeper.looked))
        overflow = self.keeper.over | {"received": self.receiver.frames, "dropped": self.receiver.drops(), "refused": self.wire.refused}
        overflow |= {f"rows {step}": count for step, count in self.journal.left.items()}
        if self.sieve.overflow.get(TOKEN):
            overflow["lost"] = overflow.get("lost", 0) + self.sieve.overflow[TOKEN]
        own = [str(one) for one in (*self.interface.addresses4, *self.interface.addresses6)]
        return self.journal.data(
            interface={"name": self.interface.name, "mac": self.mac, "addresses": own},
            finished=round(time.time(), 6),
            depth=depth,
            rate=self.rate,
            ended=ended,
            version=__version__,
            alive=[[round(a, 3), round(b, 3)] for a, b in self.receiver.alive()],
            devices=[station.data() for station in self.stations.all()],
            heard=[*self.keeper.frames, *self.files],
            overflow=overflow,
            sighting=self._sighting(),
        )

    def _sighting(self) -> dict[str, Any]:
        """What this end saw of its segment beside the trials: control traffic whole, of the rest what was kept."""
        place = Place(self.zone, "inner" if self.end == tokens.INNER else "outer", tuple(self.plan.networks(self.zone)))
        about = {"how": "live", "name": self.interface.name, "buffer": self.receiver.buffer}
        with self._lock:
            return sighting(place, about, self.journal.started, time.time(), "whole", self.receiver.drops(), {}, self.tally)
