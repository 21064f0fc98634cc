"""The sentinel on the outer side: it hears everything, offers doors, and sends inwards what the plan allows."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from scanner.collect.trial import datagrams, discovery, steps, storage
from scanner.collect.trial.asking import who_are_you
from scanner.collect.trial.doors import Doors
from scanner.collect.trial.end import End, Tell
from scanner.collect.trial.journal import Progress
from scanner.collect.trial.kit import BROADCAST
from scanner.collect.trial.knocking import Knocking
from scanner.collect.trial.lists import every_port, knocks, lists
from scanner.collect.trial.relays import Relays, Service
from scanner.collect.trial.rounds import Rounds
from scanner.collect.trial.saving import Save, Saver
from scanner.collect.trial.stations import Address
from scanner.collect.trial.sweep import send_paced
from scanner.collect.trial.tuples import declared
from scanner.facts.network import tokens
from scanner.facts.network.plan import Plan

CONTROL_SECONDS = 3.0
ROUND_SECONDS = 2.5
MAX_INWARD = 512
"""Inner addresses that inward tokens are addressed to, of each network."""
MAX_CARRIED = 256
"""Inner addresses that tunnels and proxies are asked for: at the cap of one device that takes seconds, not minutes."""
MAX_WAYS = 8000
"""Pairs of a station and an inner address that inward tokens are sent by: each is three trials in the record."""
ROUTED_INWARD = (22, 80, 443, 3389)


class Outer(End):
    """One run of a sentinel."""

    def __init__(self, plan: Plan, name: str, sentinel: str, seconds: float, rate: float | None, tell: Tell, save: Save) -> None:
        """``save`` is given the record every few seconds: a sentinel that loses its power keeps what it heard."""
        super().__init__(plan, tokens.outer_end(sentinel), plan.outer, name, seconds, rate, tell)
        self.sentinel = sentinel
        self.saver = Saver(lambda: self.record("interrupted", "standard"), save, self.halt)
        self.knocking = Knocking(self)
        self.relays: Relays | None = None
        self.shelves: storage.Folders | None = None
        self.watchers.append(self.knocking.watch)

    def run(self) -> dict[str, Any]:
        """Everything; returns the record."""
        with self, Doors(self, [int(port) for port in lists()["offer"]], banner=False, names=True) as doors:
            self.watchers.append(doors.watch)
            with self.saver:
                ended = self._course()
            return self.record(ended, "standard")

    def _course(self) -> str:
        """From the first ear to the last control; how it ended."""
        work = threading.Thread(target=self._work, name="sentinel", daemon=True)
        storage.tidy(self)
        self.tell("listening")
        with self.journal.step("discovery") as progress:
            discovery.discover(self)
            progress.tried = progress.of = len(self.stations.all())
            if self.large:
                progress.cut("large-network")
        self.control()
        self.relays = Relays(self, [], self._carried())
        work.start()
        controlled = time.monotonic()
        try:
            while not self.over:
                self.wait(0.25)
                if time.monotonic() - controlled >= CONTROL_SECONDS:
                    self.control()
                    controlled = time.monotonic()
        except KeyboardInterrupt:
            self.halt.set()
        halted = self.halt.is_set()
        self.relays.close()
        self.halt.set()
        work.join(2.0)
        self.halt.clear()
        self.deadline = time.monotonic() + 2.0
        self.control(1.5)
        self.halt.set()
        return "interrupted" if halted else "window"

    def _work(self) -> None:
        assert self.relays is not None
        order: list[tuple[str, bool, Callable[[Progress], None]]] = [
            ("inward-layer2", True, lambda progress: steps.layer2(self, progress)),
            ("inward-routed", True, self._inward),
            ("declared", True, self._declared),
            ("relay-udp", True, lambda progress: datagrams.datagrams(self, progress)),
            ("published", True, self._published),
            ("identity", True, self._identity),
            ("storage", False, self._storage),
            ("inward-vlan", True, lambda progress: steps.vlans(self, progress)),
            ("inward-tunnel", True, self._tunnels),
            ("ports-wide", False, self._wide),
        ]
        again = threading.Thread(target=self._repeat, name="again", daemon=True)
        for name, mandatory, run in order:
            if self.over:
                break
            if name == "ports-wide":
                again.start()
                rounds = Rounds(self, self.relays)
                threading.Thread(target=rounds.run, name="rounds", daemon=True).start()
            self.tell(name)
            with self.journal.step(name, mandatory) as progress:
                run(progress)

    def places(self) -> list[Address]:
        """Inner addresses in scope that inward tokens are addressed to: what is known first, then the first of each network."""
        found: dict[Address, None] = {}
        for text in self.plan.known:
            found[ipaddress.ip_address(text)] = None
        for net in self.plan.networks(self.plan.inner):
            if net.version == 4:
                for count, address in enumerate(net.hosts()):
                    if count >= MAX_INWARD:
                        break
                    found[address] = None
            else:
                for number in (*range(1, 33), 0x50, 0x53, 0x64, 0xA, 0x100):
                    found[net.network_address + number] = None
        return [
            a
            for a in found
            if self.plan.in_scope(a) and any(a.version == n.version and a in n for n in self.plan.networks(self.plan.inner))
        ]

    def _tunnels(self, progress: Progress) -> None:
        """The same addresses by way of tunnels that end at a device of this segment."""
        steps.inward_tunnels(self, progress, self._carried())

    def _carried(self) -> list[Address]:
        """Inner addresses that tunnels and proxies are asked for: those of targets, and the first of each network."""
        known = {ipaddress.ip_address(text) for text in self.plan.known}
        places = self.places()
        return [a for a in places if a in known] + [a for a in places if a not in known][:MAX_CARRIED]

    def _inward(self, progress: Progress) -> None:
        """Towards the inner addresses through every station of this segment: echo, a datagram and a few openings each."""
        jobs = [(station.mac, place) for place in self.places() for station in self.devices()]
        if len(jobs) > MAX_WAYS:
            progress.of += len(jobs) - MAX_WAYS
            jobs = jobs[:MAX_WAYS]
        with ThreadPoolExecutor(4) as pool:
            for gone, wanted in pool.map(self._one, jobs):
                steps.book(progress, gone, wanted, self)
        if len(jobs) == MAX_WAYS and progress.tried < progress.of:
            progress.cut("too-many")

    def _one(self, job: tuple[str, Address]) -> tuple[int, int]:
        mac, place = job
        own = self.source(place.version)
        if own is None or (own.is_link_local and not place.is_link_local):
            return 0, 0
        more = {"family": f"v{place.version}", "via": mac, "to": str(place), "note": self.sentinel}
        draft = self.journal.trial("inward", "inward", "icmp", **more)
        gone = self.put(draft, self.kit.echo(draft, mac, own, place), [0], via=mac)
        draft = self.journal.trial("inward", "inward", "udp", what="port", **more)
        gone += self.put(draft, self.kit.udp(draft, mac, own, place), [53, 161], via=mac)
        draft = self.journal.trial("inward", "inward", "tcp", what="port", **more)
        gone += self.put(draft, self.kit.tcp(draft, mac, own, place), ROUTED_INWARD, via=mac)
        return gone, 3 + len(ROUTED_INWARD)

    def _declared(self, progress: Progress) -> None:
        """Tokens in the declared tuples that lead inwards."""
        mine = [c for c in self.plan.crossings if c.get("direction") in (f"{self.plan.outer}->{self.plan.inner}", "both")]
        if not mine:
            progress.skip("none-declared")
        declared(self, progress, mine, "outer_device")

    def _published(self, progress: Progress) -> None:
        """Services of this segment may be published from inside: knock, hand tokens over, read their banners."""
        self._knock(progress, knocks([int(c["port"]) for c in self.plan.crossings if c.get("protocol") != "udp" and c.get("port")]))

    def _knock(self, progress: Progress, ports: list[int], first: Callable[[], None] = lambda: None) -> None:
        """``first`` is what each thread that knocks begins with."""
        assert self.relays is not None
        relays = self.relays

        def tell(service: Service) -> None:
            relays.add(service)

        self.knocking.run(progress, ports, tell, first)
        # Many doors of one device take their time: each is handed tokens at the pace that the device is allowed.
        until = time.monotonic() + max(10.0, 0.5 * min(self.left, 3600.0))
        while not relays.idle and not self.over and time.monotonic() < until:
            self.halt.wait(0.1)
        if not relays.idle:
            progress.cut("window" if self.over else "slow")
        elif "relay" in self.journal.left:
            progress.cut("too-many")

    def _identity(self, progress: Progress) -> None:
        who_are_you(self, self.knocking, progress)

    def _wide(self, progress: Progress) -> None:
        """All other ports of this segment's devices, as far as time goes."""
        self._knock(progress, every_port(knocks([])), self.pacer.give_way)
        if not self.over:
            who_are_you(self, self.knocking, progress)

    def _storage(self, progress: Progress) -> None:
        """Folders that the scope names: look for the probe's token file, and leave one of this end's own."""
        if not self.plan.storage:
            progress.skip("none-declared")
            return
        self.shelves = storage.Folders(self)
        self.shelves.leave(progress, self.saver.now)

    def _repeat(self) -> None:
        """Layer 2 and the inner addresses again and again: what comes and goes is met."""
        draft = self.journal.trial("beacon", "layer2", "eth", family="eth", to=BROADCAST)
        draft.template = self.kit.layer2(draft)
        turn = 0
        while not self.over:
            began = time.monotonic()
            index = turn % 65_536
            draft.went(send_paced(self.wire, [draft.template.fill(index, self.journal.token(draft, index))], self.pacer), [index])
            self._again(turn)
            turn += 1
            if self.shelves is not None:
                self.shelves.look()
            self.halt.wait(max(0.1, ROUND_SECONDS - (time.monotonic() - began)))

    def _again(self, turn: int) -> None:
        """Resend every inward echo, and now and then the declared tuples."""
        for old in self.journal.trials:
            if self.over:
                return
            if old.template is None or not (old.kind == "declared" or (old.step == "inward" and old.protocol == "icmp")):
                continue
            index = old.ranges[0][0] if old.ranges else 0
            frame = old.template.fill(index, self.journal.token(old, index))
            old.went(send_paced(self.wire, [frame], self.pacer, stop=lambda: self.over, via=old.via), [index])
