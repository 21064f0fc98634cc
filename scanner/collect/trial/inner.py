"""The inner probe: controls, discovery, every trial in the order of its cost, a short matrix all the while, and a record at any moment."""

from __future__ import annotations

import ipaddress
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scanner.collect.trial import datagrams, discovery, names, steps, storage
from scanner.collect.trial.asking import who_are_you
from scanner.collect.trial.doors import Doors
from scanner.collect.trial.end import End, Tell
from scanner.collect.trial.journal import RUNNING, Draft, Progress
from scanner.collect.trial.knocking import Knocking
from scanner.collect.trial.lists import every_port, knocks, lists
from scanner.collect.trial.relays import Relays, Service
from scanner.collect.trial.resumed import continued
from scanner.collect.trial.saving import Save, Saver
from scanner.collect.trial.sweep import send_paced
from scanner.collect.trial.tuples import declared
from scanner.facts.network import tokens
from scanner.facts.network.packets import Frame
from scanner.facts.network.plan import Plan

BEACON_SECONDS = 2.5
"""The short matrix is repeated this often: a link that is up for three seconds is met."""
CONTROL_SECONDS = 8.0
MARGIN = 3.0
"""Seconds at the end of the window for the last control and the record."""
SHARE = 0.3
"""Part of the cap that the short matrix may take."""
UNSAVED = 1 << 20
"""Numbers of trials that a killed run may have used since it saved its record."""
QUICK_LEAVES = ("vlan", "relay", "relay-udp", "tunnel", "dns")
"""Mandatory steps that depth ``quick`` leaves out."""
ADDRESSED = ("forged-source", "relay-udp", "relay", "tunnel", "identity")
"""Steps that address devices themselves, which only the scope allows."""
WIDE = ("full-range", "ports-wide", "full-range-again")
"""Steps that ``standard`` takes up with what time is left, and ``full`` must finish."""


class Inner(End):
    """One run of the probe."""

    def __init__(
        self,
        plan: Plan,
        name: str,
        depth: str,
        rate: float | None,
        watch: bool,
        tell: Tell,
        save: Save,
        before: dict[str, Any] | None = None,
    ) -> None:
        """``save`` is given the record every few seconds; ``before`` is an earlier record to go on from."""
        margin = max(MARGIN, min(3 * MARGIN, plan.seconds * 0.08))
        # Starting up is part of the window: both ends are begun by people with one clock on the wall.
        super().__init__(
            plan, tokens.INNER, plan.inner, name, 1e9 if watch else max(1.0, plan.seconds - margin - running_for()), rate, tell
        )
        self.depth, self.watch_on = depth, watch
        self.saver = Saver(lambda: self.written("interrupted"), save, self.halt)
        self.before = before
        if before is not None:
            # What was sent after the record was last saved stands in no record: its numbers are left out.
            last = max((int(trial["n"]) for trial in before["trials"]), default=0)
            self.journal.goes_on((str(trial["step"]) for trial in before["trials"]), UNSAVED + 1 + last)
        self.ready = threading.Event()
        """Stations are known: the short matrix may begin."""
        self.relays: Relays | None = None
        self.knocking = Knocking(self)
        self.shelves: storage.Folders | None = None
        self.tried = {str(trial["via"]) for trial in before["trials"] if trial["step"] == "matrix"} if before is not None else set[str]()
        """MACs through which the matrix went."""
        self._answers: dict[tuple[str, str, str], dict[str, int]] = {}
        self.watchers += [self._answered, self.knocking.watch]

    def run(self) -> dict[str, Any]:
        """Everything; returns the record."""
        with self, Doors(self, [int(port) for port in lists()["offer"]], banner=True, names=False):
            with self.saver:
                ended = self._course()
            return self.written(ended)

    def _course(self) -> str:
        """From the first question to the last control; how it ended."""
        beacon = threading.Thread(target=self._beacon, name="beacon", daemon=True)
        storage.tidy(self)
        self.tell("discovery")
        with self.journal.step("discovery") as progress:
            self._discover(progress)
        with self.journal.step("controls") as progress:
            progress.tried, progress.of = int(self.control()), 1
            if not progress.tried:
                progress.cut("no-echo")
        self.ready.set()
        beacon.start()
        self.relays = Relays(self, [(name, place) for name, places in self.sentinels.items() for place in places])
        try:
            self._steps()
            self._dwell()
        except KeyboardInterrupt:
            self.halt.set()
        ended = "interrupted" if self.halt.is_set() and not self.watch_on else "window"
        self.relays.close()
        halted = self.halt.is_set()
        self.halt.clear()
        if not halted or self.watch_on:
            # The last control comes when everything else is over, even beyond the window; who stops it at once wants nothing more sent.
            self.deadline = time.monotonic() + 3.0
            self.control(1.5)
        if halted:
            self.halt.set()
        beacon.join(0.1)
        return ended

    def written(self, ended: str) -> dict[str, Any]:
        """The record now, with what came before it when it goes on from an earlier one."""
        for draft in tuple(self.journal.trials):
            found = self._answers.get((draft.via, draft.to, draft.protocol))
            if found and draft.kind == "routed":
                draft.answers = dict(found)
        record = self.record(ended, self.depth)
        return record if self.before is None else continued(self.before, record)

    def _discover(self, progress: Progress) -> None:
        discovery.discover(self)
        own = self.source(4)
        if own is not None:
            self.raw([self.kit.arp(ipaddress.IPv4Address(text), own) for text in lists()["carried_in"]])
        self.raw(self.kit.questions(self.source(6)))
        self.wait(0.8)
        self.raw(list(discovery.arps(self)))
        self.wait(0.4)
        progress.tried = progress.of = len(self.stations.all())
        if self.large:
            progress.cut("large-network")

    def _steps(self) -> None:
        order: list[tuple[str, bool, Callable[[Progress], None]]] = [
            ("layer2", True, lambda progress: steps.layer2(self, progress)),
            ("forged-source", True, lambda progress: steps.forged(self, progress)),
            ("matrix", True, lambda progress: steps.matrix(self, progress, self.depth, self.tried)),
            ("declared", True, self._declared),
            ("relay-udp", True, lambda progress: datagrams.datagrams(self, progress)),
            ("dns", True, self._dns),
            ("vlan", True, lambda progress: steps.vlans(self, progress)),
            ("relay", True, self._relay),
            ("tunnel", True, lambda progress: steps.tunnels(self, progress)),
            ("identity", True, self._identity),
            ("storage", False, self._storage),
            ("full-range", self.depth == "full", lambda progress: steps.full_range(self, progress, self.depth, 1)),
            ("ports-wide", self.depth == "full", self._wide),
            ("full-range-again", self.depth == "full", lambda progress: steps.full_range(self, progress, self.depth, 1)),
        ]
        last = [name for name, mandatory, _ in order if mandatory][-1]
        for name, mandatory, run in order:
            if self.halt.is_set():
                break
            self.tell(name)
            with self.journal.step(name, mandatory) as progress:
                if name == "storage" and not self.plan.storage:
                    progress.skip("none-declared")
                elif self.depth == "quick" and (name in QUICK_LEAVES or name in WIDE):
                    progress.cut("depth")
                elif self._done_before(name):
                    progress.why = "earlier-run"
                elif self.over:
                    progress.cut("window")
                else:
                    self.refresh()
                    run(progress)
                    self._within(name, progress)
            if name == last and not self.over:
                # Whoever ends the run from here on has the control that must follow what silence is judged by.
                self.control()

    def _within(self, name: str, progress: Progress) -> None:
        """Say when the scope kept a step from devices that were met; where it forbids all of them nothing was tried."""
        allowed, forbidden = self.outside() if name in ADDRESSED else (0, 0)
        if forbidden and progress.state == RUNNING:
            progress.why = "scope"
            if not allowed:
                progress.cut("scope")

    def _done_before(self, name: str) -> bool:
        return self.before is not None and any(step["step"] == name and step["state"] == "done" for step in self.before["coverage"])

    def refresh(self) -> None:
        """Addresses may have come since the start: an announcement gives new ones."""
        from scanner.collect.trial.interface import interface

        self.interface = interface(self.interface.name)
        self.absorb()

    def _dns(self, progress: Progress) -> None:
        if self.plan.beacon_domain is None:
            progress.skip("no-beacon-domain")
            return
        names.ask_all(self, progress, self.plan.beacon_domain)

    def _declared(self, progress: Progress) -> None:
        """Tokens in the declared tuples that lead outwards."""
        mine = [c for c in self.plan.crossings if c.get("direction") in (f"{self.plan.inner}->{self.plan.outer}", "both")]
        if not mine:
            progress.skip("none-declared")
        declared(self, progress, mine, "device")

    def _relay(self, progress: Progress) -> None:
        """Knock at every device, and hand tokens over to whatever opens."""
        assert self.relays is not None
        ports = knocks([int(c["port"]) for c in self.plan.crossings if c.get("protocol") != "udp" and c.get("port")])
        self.knocking.run(progress, ports, self._opened)
        self._settle(progress, 12.0)

    def _opened(self, service: Service) -> None:
        assert self.relays is not None
        self.relays.add(service)

    def _settle(self, progress: Progress, seconds: float) -> None:
        """Wait for the relays' pool; then hand the plain tokens over again, since a sentinel opens a door only after the first knock."""
        assert self.relays is not None
        for again in (False, True):
            if again and not self.over:
                self.wait(0.5)
                self.relays.again()
            # Services are handed tokens at the pace that their device is allowed: many doors of one device take their time.
            until = time.monotonic() + max(seconds, 0.5 * min(self.left, 3600.0))
            while not self.relays.idle and not self.over and time.monotonic() < until:
                self.wait(0.1)
        if not self.relays.idle:
            progress.cut("window" if self.over else "slow")
        elif "relay" in self.journal.left:
            progress.cut("too-many")

    def _identity(self, progress: Progress) -> None:
        who_are_you(self, self.knocking, progress)

    def _storage(self, progress: Progress) -> None:
        self.shelves = storage.Folders(self)
        self.shelves.leave(progress, self.saver.now)

    def _wide(self, progress: Progress) -> None:
        """All other ports of every device, as far as time goes."""
        self.knocking.run(progress, every_port(knocks([])), self._opened)
        self._settle(progress, 20.0)
        if not self.over:
            who_are_you(self, self.knocking, progress)

    def _dwell(self) -> None:
        """What is left of the window belongs to links that come and go."""
        self.tell("dwell")
        with self.journal.step("dwell", False) as progress:
            began = time.monotonic()
            while not self.over:
                self.wait(2.0)
                if self.shelves is not None:
                    self.shelves.look()
                self._latecomers()
            progress.tried = progress.of = int(time.monotonic() - began)

    def _latecomers(self) -> None:
        """Whoever came after the matrix is met like the others."""
        fresh = [station for station in self.devices() if station.mac not in self.tried]
        if fresh and self.tried and not self.over:
            with self.journal.step("late", False) as progress:
                steps.late(self, progress, self.depth, self.tried)

    def _beacon(self) -> None:
        """The short matrix over and over, and a control now and then."""
        drafts: dict[tuple[str, ...], Draft] = {}
        round_, controlled = 0, time.monotonic()
        room = max(8, int(self.rate["total"] * BEACON_SECONDS * SHARE))
        while not self.over:
            began = time.monotonic()
            self._round(drafts, round_, room)
            round_ += 1
            if time.monotonic() - controlled > CONTROL_SECONDS:
                self.control()
                self.raw(self.kit.hello6(self.source(6)))
                controlled = time.monotonic()
            self.halt.wait(max(0.05, BEACON_SECONDS - (time.monotonic() - began)))

    def _round(self, drafts: dict[tuple[str, ...], Draft], round_: int, room: int) -> None:
        for draft, frame, via in steps.beacon_frames(self, drafts, round_, room):
            if self.over:
                return
            draft.went(send_paced(self.wire, [frame], self.pacer, stop=lambda: self.over, via=via), [round_ % 65_536])

    def _answered(self, _t: float, frame: Frame) -> None:
        """Count what comes back from a sentinel's address, by the station that brought it: a lead, and no more."""
        if frame.ip is None or frame.eth is None or frame.eth.src == self.mac:
            return
        if not any(frame.ip.src == str(place) for places in self.sentinels.values() for place in places):
            return
        sort = protocol = ""
        if frame.tcp is not None:
            protocol, sort = "tcp", "reset" if frame.tcp.flags & 4 else "open" if frame.tcp.flags & 0x12 == 0x12 else ""
        elif frame.icmp is not None:
            protocol, sort = "icmp", "echo" if frame.icmp.type in (0, 129) else "error"
        elif frame.udp is not None:
            protocol, sort = "udp", "answer"
        if sort:
            mine = self._answers.setdefault((frame.eth.src, frame.ip.src, protocol), {})
            mine[sort] = mine.get(sort, 0) + 1


def running_for() -> float:
    """Seconds since this process began; 0 where the kernel does not tell."""
    try:
        began = int(Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, min(30.0, float(Path("/proc/uptime").read_text("ascii").split()[0]) - began))
    except (OSError, ValueError, IndexError):
        return 0.0
