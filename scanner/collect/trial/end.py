"""One end of an isolation test: its interface, its ear, its pace and its book. What both ends do alike stands here."""

from __future__ import annotations

import ipaddress
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from scanner import __version__
from scanner.collect.sniff.look import Place, sighting
from scanner.collect.trial.hear import Receiver, own_addresses
from scanner.collect.trial.interface import Interface, interface, neighbours
from scanner.collect.trial.journal import Draft, Journal
from scanner.collect.trial.keep import Keeper
from scanner.collect.trial.kit import Kit, sport
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.presses import has_numpy
from scanner.collect.trial.sieve import TOKEN, Sieve
from scanner.collect.trial.stations import Address, Station, Stations
from scanner.collect.trial.sweep import send_paced, sweep
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
MAX_SWEEP, MOST_SWEEP, SWEEP_SHARE = 1024, 65_536, 0.1
"""Addresses of one network that are asked for by ARP: at least, at most, and in which part of the window. A larger network is asked for what is
known of it, and discovery is not done."""

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
        self._echoes: dict[tuple[str, str], tuple[Draft, Iterator[int]]] = {}
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
        self, draft: Draft, template: Template, indices: Iterable[int], *, via: str | None = None, device: str | None = None, passes: int = 1
    ) -> int:
        """Send a trial's frames over indices, paced; how many went. ``via`` and ``device`` name what the caps are about."""
        draft.template = template
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
        from scanner.collect.trial.sweep import shuffled

        return shuffled(self.plan.key, f"{self.journal.label(draft)}/{number}", items)[:count]

    def raw(self, frames: list[bytes], *, via: str | None = None, device: str | None = None) -> int:
        """Send frames that are no trial (ARP, neighbour discovery, controls), paced; how many went."""
        return sum(count for _, count in send_paced(self.wire, frames, self.pacer, stop=lambda: self.halt.is_set(), via=via, device=device))

    def source(self, version: int) -> Address | None:
        """This end's own address of a family: one in its zone first, else any; None when it has none."""
        own = [one.ip for one in (self.interface.addresses4 if version == 4 else self.interface.addresses6)]
        mine = [address for address in own if any(address.version == net.version and address in net for net in self.plan.networks(self.zone))]
        wide = [address for address in own if not address.is_link_local]
        return next(iter(mine or wide or own), None)

    def addresses(self, station: Station, version: int) -> list[Address]:
        """Addresses of a station that may be addressed: in scope, or link-local on this segment."""
        found = [ipaddress.ip_address(text) for text in station.addresses]
        return [a for a in found if a.version == version and (a.is_link_local or self.plan.in_scope(a)) and not self._beyond(a)][:ADDRESSES]

    def _beyond(self, address: Address) -> bool:
        """Whether an address belongs to the other zone and not to this one: who answers for it is noted, and it is not addressed from here."""
        own, other = self.plan.networks(self.zone), self.plan.networks(self.other)
        return any(address in net for net in other if net.version == address.version) and not any(address in net for net in own if net.version == address.version)

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

    def discover(self) -> None:
        """Who is on the segment: the kernel's own table, ARP over the zone's networks on this link, neighbour discovery to all nodes."""
        for known in neighbours(self.interface.index):
            self.stations.note(known.mac.hex(":"), "arp" if known.address.version == 4 else "nd", str(known.address))
        self.raw(self.kit.hello6(self.source(6)))
        self.raw(list(self._arps()))
        self.wait(0.4)

    def _arps(self) -> Iterator[bytes]:
        own = self.source(4)
        if own is None:
            return
        for address in (*self.askable(), *self.elsewhere()):
            if address != own:
                yield self.kit.arp(address, own)

    def elsewhere(self) -> list[ipaddress.IPv4Address]:
        """Addresses of the other zone: a machine on both networks answers here for the address that it has there. Of large networks the first."""
        found: dict[ipaddress.IPv4Address, None] = {}
        for net in self.plan.networks(self.other):
            if isinstance(net, ipaddress.IPv4Network):
                found.update(dict.fromkeys(itertools.islice(net.hosts(), MAX_SWEEP - len(found))))
        return list(found)

    def askable(self) -> list[ipaddress.IPv4Address]:
        """IPv4 addresses of this link to ask for: whole small networks, of a large one what is known of it and its first and last ones."""
        found: dict[ipaddress.IPv4Address, None] = {}
        nets = [net for net in self.plan.networks(self.zone) if isinstance(net, ipaddress.IPv4Network)]
        for one in self.interface.addresses4:
            # A sentinel may stand outside the declared networks: its own link is asked by broadcast all the same.
            around = [net for net in nets if net.overlaps(one.network)] or [one.network]
            for net in around:
                common = net if net.prefixlen >= one.network.prefixlen else one.network
                if common.num_addresses <= self._sweepable():
                    found.update(dict.fromkeys(common.hosts()))
                else:
                    edges = (*range(1, 255), *range(common.num_addresses - 255, common.num_addresses - 1))
                    found.update(dict.fromkeys(common.network_address + n for n in edges))
                    self.journal.note(f"large-network {common}")
                    self.large = True
        for text in self.plan.known:
            address = ipaddress.ip_address(text)
            if isinstance(address, ipaddress.IPv4Address) and any(address in one.network for one in self.interface.addresses4):
                found[address] = None
        return list(found)

    def _sweepable(self) -> int:
        """Addresses of one network that may be asked for one by one: what a tenth of the window is long enough for."""
        return int(max(MAX_SWEEP, min(MOST_SWEEP, SWEEP_SHARE * self.seconds * self.rate["total"])))

    def control(self, patience: float = 4.0) -> bool:
        """One positive control: an echo that carries a token, or the answer to an ARP or neighbour question. Notes what came; True when it was good.

        After ``patience`` seconds no further neighbour is asked.
        """
        until = time.monotonic() + patience
        for station in self._control_stations():
            if time.monotonic() < until and self._echoed(station):
                return True
        return self._heard_strangers()

    def _control_stations(self) -> list[Station]:
        own = [station for station in self.stations.all() if station.addresses]
        return sorted(own, key=lambda station: ("icmp-good" not in station.seen, station.mac))[:4]

    def _echoed(self, station: Station) -> bool:
        """Ask a station for an echo; where its firewall swallows that, for its MAC, which none can refuse."""
        good = threading.Event()
        how = ["icmp"]

        def watch(_t: float, frame: Frame) -> None:
            # Addressed to this end: what a station announces to everybody answers no question.
            if frame.eth is None or frame.eth.src != station.mac or frame.eth.dst != self.mac:
                return
            if frame.icmp is not None and frame.icmp.type in (0, 129) and tokens.magic(self.plan.key, self.end) in frame.payload:
                how[0] = "icmp"
                good.set()
            elif how[0] != "icmp" and ((frame.arp is not None and frame.arp.operation == 2) or (frame.icmp is not None and frame.icmp.type == 136)):
                how[0] = "arp" if frame.arp is not None else "nd"
                good.set()

        self.watchers.append(watch)
        try:
            if not (self._ask_echo(station) and self._came(good)):
                how[0] = ""
                if self._ask_mac(station):
                    self._came(good)
        finally:
            self.watchers.remove(watch)
        if good.is_set():
            if how[0] == "icmp":
                station.seen.add("icmp-good")
            self.journal.control(True, how[0], station.mac)
        return good.is_set()

    def _control_draft(self, mac: str, to: str) -> tuple[Draft, int]:
        """One trial for all controls by one neighbour, and the next index: a resident end asks for days."""
        with self._lock:
            if (mac, to) not in self._echoes:
                self._echoes[mac, to] = (self.journal.trial("control", "control", "icmp", via=mac, to=to), itertools.count())
            draft, turns = self._echoes[mac, to]
            return draft, next(turns) % 65_536

    def _came(self, good: threading.Event, seconds: float = 1.0) -> bool:
        """Wait for an answer."""
        until = time.monotonic() + seconds
        while not good.is_set() and time.monotonic() < until and not self.halt.is_set():
            self.absorb()
            time.sleep(0.02)
        return good.is_set()

    def _ask_echo(self, station: Station) -> bool:
        """An echo request to an address of the station in scope."""
        for version in (4, 6):
            own = self.source(version)
            for address in self.addresses(station, version)[:1]:
                if own is not None and own.version == address.version:
                    draft, turn = self._control_draft(station.mac, str(address))
                    if self.put(draft, self.kit.echo(draft, station.mac, own, address), [turn], via=station.mac, device=station.mac):
                        return True
        return False

    def _ask_mac(self, station: Station) -> bool:
        """An ARP or neighbour question, which any scope allows on the own segment."""
        own4 = self.source(4)
        for text in station.addresses:
            address = ipaddress.ip_address(text)
            if isinstance(address, ipaddress.IPv4Address) and own4 is not None:
                return self.raw([self.kit.arp(address, own4)]) > 0
            if isinstance(address, ipaddress.IPv6Address):
                own6 = self.source(6)
                return own6 is not None and self.raw([self.kit.solicit(address, own6)]) > 0
        return False

    def _heard_strangers(self) -> bool:
        """Without a neighbour that answers: whether any frame of a stranger was heard of late proves at least that this end is not deaf."""
        now = time.time()
        fresh = [source for mac, source in list(self.sieve.sources.items()) if mac.hex(":") != self.mac and now - source.last < 10.0]
        self.journal.control(bool(fresh), "heard")
        return bool(fresh)

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
