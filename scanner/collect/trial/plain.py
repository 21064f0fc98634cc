"""The inner end without raw frames: tokens in ordinary datagrams and connections, by the kernel's own routes out of one interface.

What is heard outside is as good a proof as any. Silence proves nothing here: every mandatory step stands in the record as not tested.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import selectors
import socket
import threading
import time
from typing import Any

from scanner import __version__
from scanner.collect.trial.connect import BLIND, IN_FLIGHT, PAUSE, WAIT, throw
from scanner.collect.trial.end import Tell
from scanner.collect.trial.inner import BEACON_SECONDS, MARGIN, running_for
from scanner.collect.trial.interface import interface
from scanner.collect.trial.journal import Draft, Journal, Progress
from scanner.collect.trial.names import question
from scanner.collect.trial.ordinary import Ask, asks, devices, door_of, hop_to, resolvers, socket_of
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.saving import Save, Saver
from scanner.collect.trial.stations import Address
from scanner.facts.network import tokens
from scanner.facts.network.coverage import FULL_STEPS, INNER_STEPS
from scanner.facts.network.plan import Plan

AT_ONCE = 200
"""Connections of one round, beside those of the short matrix."""
BOOKED = 4
"""Packets that the kernel sends beside the opening for a connection that opens: acknowledgements, the token, the end."""
ASKED = 3
"""How often a resolver is asked: it keeps the answer anyway."""


class Plain:
    """One run; ``halt`` ends it at once."""

    def __init__(self, plan: Plan, name: str, depth: str, rate: float | None, watch: bool, tell: Tell, save: Save) -> None:
        """``save`` is given the record every few seconds. Raises UseError when the interface is none."""
        self.plan, self.depth, self.tell = plan, depth, tell
        self.interface = interface(name)
        caps = (plan.rate.total, plan.rate.next_hop, plan.rate.device) if rate is None else (rate, rate, rate)
        self.rate = dict(zip(("total", "next_hop", "device"), caps, strict=True))
        self.pacer = Pacer(*caps)
        self.journal = Journal(plan, tokens.INNER)
        self.journal.blind += BLIND
        self.halt = threading.Event()
        self.saver = Saver(lambda: self.record("interrupted"), save, self.halt)
        self.deadline = time.monotonic() + (1e9 if watch else max(1.0, plan.seconds - MARGIN - running_for()))
        self._drafts: dict[Ask, Draft] = {}
        self._tried: set[Ask] = set()

    @property
    def over(self) -> bool:
        """Whether to end now."""
        return self.halt.is_set() or time.monotonic() >= self.deadline

    def run(self) -> dict[str, Any]:
        """Rounds until the window ends; returns the record."""
        for name in INNER_STEPS + (FULL_STEPS if self.depth == "full" else ()):
            with self.journal.step(name) as missing:
                missing.cut("raw-missing")
        self.journal.control(False, "plain")
        self.tell("plain")
        try:
            with self.saver, self.journal.step("plain", False) as progress:
                self._rounds(progress)
        except KeyboardInterrupt:
            self.halt.set()
        return self.record("interrupted" if self.halt.is_set() else "window")

    def record(self, ended: str) -> dict[str, Any]:
        """The record as it stands now: of an end without an ear."""
        # Only now does the kernel know the next hops' MACs: its first packets asked for them.
        hops = {place: hop_to(self.interface, place) for place in {ask.place for ask in list(self._drafts) if ask.step != "dns"}}
        for ask, draft in list(self._drafts.items()):
            draft.via_address, draft.via = hops.get(ask.place, ("", ""))
        own = [str(one) for one in (*self.interface.addresses4, *self.interface.addresses6)]
        return self.journal.data(
            interface={"name": self.interface.name, "mac": self.interface.mac.hex(":"), "addresses": own},
            finished=round(time.time(), 6), depth=self.depth, rate=self.rate, ended=ended, version=__version__, alive=[],
            devices=devices(self.interface), heard=[], overflow={"received": 0, "dropped": 0},
        )  # fmt: skip

    def _rounds(self, progress: Progress) -> None:
        datagrams = [ask for part in asks(self.plan, self.interface, self.depth, "udp") for ask in part]
        short, wide = asks(self.plan, self.interface, self.depth, "tcp")
        progress.of = len(datagrams) + len(short) + len(wide)
        turn = itertools.cycle(wide)
        while not self.over:
            began = time.monotonic()
            self._datagrams(datagrams)
            self._names()
            self._connections([*short, *itertools.islice(turn, min(AT_ONCE, len(wide)))])
            progress.tried = len(self._tried)
            self.halt.wait(max(0.0, min(BEACON_SECONDS - (time.monotonic() - began), self.deadline - time.monotonic())))
        if progress.tried < progress.of:
            progress.cut("interrupted" if self.halt.is_set() else "window")

    def _draft(self, ask: Ask) -> Draft:
        """The trial of a port: one for each, so that the record holds what each one carried."""
        if ask not in self._drafts:
            self._drafts[ask] = self.journal.trial(
                ask.step, "routed", ask.protocol, family=f"v{ask.place.version}", to=str(ask.place), what="port", note=ask.sentinel
            )
        return self._drafts[ask]

    def _datagrams(self, wanted: list[Ask]) -> None:
        with contextlib.ExitStack() as stack:
            doors = {
                version: stack.enter_context(door_of(self.interface, version, socket.SOCK_DGRAM))
                for version in {ask.place.version for ask in wanted}
            }
            for ask in wanted:
                if self.over:
                    return
                draft = self._draft(ask)
                data = self.journal.payload(draft, ask.port)
                self._book(1)
                now = time.time()
                if throw(doors[ask.place.version], data, where(ask.place, ask.port)):
                    self._tried.add(ask)
                    draft.carried = data.hex()
                    draft.went([(now, 1)], [ask.port])

    def _names(self) -> None:
        """A token's name asked of this machine's own resolvers, where the plan has a domain and the scope has the resolver."""
        for place in resolvers() if self.plan.beacon_domain is not None else ():
            if self.over or not self.plan.in_scope(place):
                continue
            ask = Ask("dns", "udp", place, 53, "")
            if ask not in self._drafts:
                self._drafts[ask] = self.journal.trial(
                    "dns", "dns", "udp", family=f"v{place.version}", to=str(place), port=53, note=self.plan.beacon_domain
                )
            draft = self._drafts[ask]
            if draft.passes >= ASKED:
                continue
            data = question(f"{self.journal.payload(draft, 0).hex()}.{self.plan.beacon_domain}", draft.n & 0xFFFF)
            self._book(1, str(place))
            with door_of(self.interface, place.version, socket.SOCK_DGRAM) as door:
                now = time.time()
                if throw(door, data, where(place, 53)):
                    draft.carried = data.hex()
                    draft.went([(now, 1)], [0])

    def _connections(self, wanted: list[Ask]) -> None:
        with selectors.DefaultSelector() as poll:
            try:
                for ask in wanted:
                    while len(poll.get_map()) >= IN_FLIGHT and not self.over:
                        self._land(poll)
                    if self.over:
                        return
                    self._book(1)
                    door = door_of(self.interface, ask.place.version, socket.SOCK_STREAM)
                    if door.connect_ex(where(ask.place, ask.port)) in (0, errno.EINPROGRESS):
                        self._tried.add(ask)
                        poll.register(door, selectors.EVENT_WRITE, (ask, time.monotonic() + WAIT))
                    else:
                        door.close()
                while poll.get_map() and not self.over:
                    self._land(poll)
            finally:
                for key in list(poll.get_map().values()):
                    socket_of(key).close()

    def _land(self, poll: selectors.BaseSelector) -> None:
        """Say the token where a connection opened; give up what took too long."""
        for key, _ in poll.select(PAUSE):
            poll.unregister(key.fileobj)
            with socket_of(key) as door:
                if door.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                    self._say(door, key.data[0])
        for key in [key for key in poll.get_map().values() if key.data[1] < time.monotonic()]:
            poll.unregister(key.fileobj)
            socket_of(key).close()

    def _say(self, door: socket.socket, ask: Ask) -> None:
        draft = self._draft(ask)
        data = b"GET /" + self.journal.payload(draft, ask.port).hex().encode() + b" HTTP/1.0\r\n\r\n"
        self._book(BOOKED)
        now = time.time()
        # Closed again by the other side: nothing was said.
        with contextlib.suppress(OSError):
            door.send(data)
            draft.carried = data.hex()
            draft.went([(now, 1)], [ask.port])

    def _book(self, packets: int, device: str | None = None) -> None:
        """Wait for leave: all goes by the kernel's route, so that it counts as one next hop."""
        booked = 0
        while booked < packets:
            booked += self.pacer.take(packets - booked, via="route", device=device)


def where(place: Address, port: int) -> tuple[str, int]:
    """What a socket is given."""
    return str(place), port
