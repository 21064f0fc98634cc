"""Which TCP ports of the devices answer: openings whose sequence numbers are tokens, answers recognised by them. No connection is made."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from scanner.collect.trial.journal import Draft, Progress
from scanner.collect.trial.relays import Service
from scanner.collect.trial.stations import Address
from scanner.facts.network.packets import Frame

if TYPE_CHECKING:
    from scanner.collect.trial.end import End

SYN_ACK = 0x12
WAYS = 24
"""Devices asked at once: each has its own cap."""
PIECE = 4096
"""Ports of one device that are swept together."""
PATIENCE = 1.0
"""Seconds that the last answers are waited for."""


class Knocking:
    """Asks, and remembers what opened."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._asked: dict[str, list[Draft]] = {}
        self._open: dict[tuple[str, int], Service] = {}
        self.identified: set[Service] = set()
        """Services whose identity was asked for."""
        self._tell: Callable[[Service], None] | None = None

    def services(self) -> list[Service]:
        """Every open port that was met."""
        return list(self._open.values())

    def run(self, progress: Progress, ports: list[int], tell: Callable[[Service], None], first: Callable[[], None] = lambda: None) -> None:
        """Knock at these ports of every device, twice; ``tell`` is called with each port that opens, ``first`` by each thread that knocks."""
        from concurrent.futures import ThreadPoolExecutor

        self._tell = tell
        end = self._end
        places = [(station.mac, address) for station in end.devices() for version in (4, 6) for address in end.addresses(station, version)]
        with ThreadPoolExecutor(WAYS, initializer=first) as pool:
            for gone in pool.map(partial(self._knock, ports), places):
                progress.tried += gone
                progress.of += len(ports)
        if progress.tried < progress.of:
            progress.cut(end.short)
        end.wait(PATIENCE)

    def _knock(self, ports: list[int], place: tuple[str, Address]) -> int:
        end, (mac, address) = self._end, place
        own = end.source(address.version)
        if own is None:
            return 0
        draft = end.journal.trial(
            "knock", "relay", "tcp", family=f"v{address.version}", via=mac, via_address=str(address), to=str(address), what="port"
        )
        self._asked.setdefault(str(address), []).append(draft)
        template = end.kit.tcp(draft, mac, own, address)
        # Piece by piece: a sweep that is cut off leaves few gaps to write down.
        return sum(end.put(draft, template, ports[at : at + PIECE], via=mac, device=mac) for at in range(0, len(ports), PIECE))

    def watch(self, _t: float, frame: Frame) -> None:
        """A frame that may be an answer."""
        tcp, ip, eth = frame.tcp, frame.ip, frame.eth
        if tcp is None or ip is None or eth is None or tcp.flags & SYN_ACK != SYN_ACK:
            return
        for draft in self._asked.get(ip.src, ()):
            if self._end.journal.token(draft, tcp.sport)[:4] == ((tcp.ack - 1) & 0xFFFFFFFF).to_bytes(4, "big"):
                # The kernel knows of no connection and answers with a reset.
                self._end.pacer.owe(draft.via, 1)
                self._opened(eth.src, ip.src, tcp.sport)

    def _opened(self, mac: str, address: str, port: int) -> None:
        if (address, port) in self._open:
            return
        service = Service(mac, ipaddress.ip_address(address), port)
        self._open[address, port] = service
        for station in self._end.stations.all():
            if station.mac == mac:
                station.open.add(port)
        if self._tell is not None:
            self._tell(service)
