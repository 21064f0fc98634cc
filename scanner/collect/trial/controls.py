"""Positive controls: something of one's own went out and its echo came back, so this end has a voice and an ear."""

from __future__ import annotations

import ipaddress
import itertools
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.collect.trial.journal import Draft
from scanner.collect.trial.stations import Station
from scanner.facts.network import tokens
from scanner.facts.network.packets import Frame

if TYPE_CHECKING:
    from scanner.collect.trial.end import End


class Controls:
    """Those of one end. Several threads ask."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._lock = threading.Lock()
        self._echoes: dict[tuple[str, str], tuple[Draft, Iterator[int]]] = {}

    def good(self, patience: float = 4.0) -> bool:
        """One positive control: an echo that carries a token, or the answer to an ARP or neighbour question. Notes what came; True when it was good.

        After ``patience`` seconds no further neighbour is asked.
        """
        until = time.monotonic() + patience
        for station in self._stations():
            if time.monotonic() < until and self._echoed(station):
                return True
        return self._heard_strangers()

    def _stations(self) -> list[Station]:
        own = [station for station in self._end.stations.all() if station.addresses]
        return sorted(own, key=lambda station: ("icmp-good" not in station.seen, station.mac))[:4]

    def _echoed(self, station: Station) -> bool:
        """Ask a station for an echo; where its firewall swallows that, for its MAC, which none can refuse."""
        good = threading.Event()
        how = ["icmp"]

        def watch(_t: float, frame: Frame) -> None:
            # Addressed to this end: what a station announces to everybody answers no question.
            if frame.eth is None or frame.eth.src != station.mac or frame.eth.dst != self._end.mac:
                return
            if frame.icmp is not None and frame.icmp.type in (0, 129) and tokens.magic(self._end.plan.key, self._end.end) in frame.payload:
                how[0] = "icmp"
                good.set()
            elif how[0] != "icmp" and (
                (frame.arp is not None and frame.arp.operation == 2) or (frame.icmp is not None and frame.icmp.type == 136)
            ):
                how[0] = "arp" if frame.arp is not None else "nd"
                good.set()

        self._end.watchers.append(watch)
        try:
            if not (self._ask_echo(station) and self._came(good)):
                how[0] = ""
                if self._ask_mac(station):
                    self._came(good)
        finally:
            self._end.watchers.remove(watch)
        if good.is_set():
            if how[0] == "icmp":
                station.seen.add("icmp-good")
            self._end.journal.control(True, how[0], station.mac)
        return good.is_set()

    def draft(self, mac: str, to: str) -> tuple[Draft, int]:
        """One trial for all controls by one neighbour, and the next index: a resident end asks for days."""
        with self._lock:
            if (mac, to) not in self._echoes:
                self._echoes[mac, to] = (self._end.journal.trial("control", "control", "icmp", via=mac, to=to), itertools.count())
            draft, turns = self._echoes[mac, to]
            return draft, next(turns) % 65_536

    def _came(self, good: threading.Event, seconds: float = 1.0) -> bool:
        """Wait for an answer."""
        until = time.monotonic() + seconds
        while not good.is_set() and time.monotonic() < until and not self._end.halt.is_set():
            self._end.absorb()
            time.sleep(0.02)
        return good.is_set()

    def _ask_echo(self, station: Station) -> bool:
        """An echo request to an address of the station in scope."""
        for version in (4, 6):
            own = self._end.source(version)
            for address in self._end.addresses(station, version)[:1]:
                if own is not None and own.version == address.version:
                    draft, turn = self.draft(station.mac, str(address))
                    if self._end.put(
                        draft, self._end.kit.echo(draft, station.mac, own, address), [turn], via=station.mac, device=station.mac
                    ):
                        return True
        return False

    def _ask_mac(self, station: Station) -> bool:
        """An ARP or neighbour question, which any scope allows on the own segment."""
        own4 = self._end.source(4)
        for text in station.addresses:
            address = ipaddress.ip_address(text)
            if isinstance(address, ipaddress.IPv4Address) and own4 is not None:
                return self._end.raw([self._end.kit.arp(address, own4)]) > 0
            if isinstance(address, ipaddress.IPv6Address):
                own6 = self._end.source(6)
                return own6 is not None and self._end.raw([self._end.kit.solicit(address, own6)]) > 0
        return False

    def _heard_strangers(self) -> bool:
        """Without a neighbour that answers: whether any frame of a stranger was heard of late proves at least that this end is not deaf."""
        now = time.time()
        fresh = [
            source for mac, source in list(self._end.sieve.sources.items()) if mac.hex(":") != self._end.mac and now - source.last < 10.0
        ]
        self._end.journal.control(bool(fresh), "heard")
        return bool(fresh)
