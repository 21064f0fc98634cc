"""Trials on open ports: whether a service of a device passes on what it is given. Every device in scope, every open port, every way of asking."""

from __future__ import annotations

import contextlib
import ipaddress
import queue
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Draft
from scanner.collect.trial.manners import INSIDE, PLAIN, Way, socks_for, ways_for
from scanner.collect.trial.secure import may_speak, refuses_plain, secured
from scanner.collect.trial.stations import Address
from scanner.facts.network.plan import NEVER_PORTS

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 2.0
PROXY_SECONDS = 1.5
"""How long a first answer to a proxy's question is waited for."""
WORKERS = 12
BINDTODEVICE = 25
PACKETS = 8
"""Packets to the device for one connection: opening, its acknowledgement, what is said, those of the answers, and of the end."""
PAGES = re.compile(rb"HTTP/1\.[01] [234]")
HANDSHAKE = 14
"""Packets to the device for a handshake of TLS."""


@dataclass(frozen=True, slots=True)
class Service:
    """One open port of one device."""

    mac: str
    address: Address
    port: int


def dial(end: End, device: str, address: Address, port: int, source: Address | None = None, packets: int = PACKETS) -> socket.socket:
    """A TCP connection out of this end's interface and no other, paced by the device that it goes to. Raises OSError."""
    end.pacer.connection(device or str(address), packets)
    four = address.version == 4
    talk = socket.socket(socket.AF_INET if four else socket.AF_INET6, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        with contextlib.suppress(PermissionError):
            talk.setsockopt(socket.SOL_SOCKET, BINDTODEVICE, end.interface.name.encode() + b"\0")
        talk.settimeout(CONNECT_SECONDS)
        scope = end.interface.index if not four and address.is_link_local else 0
        if source is not None and not four and source.is_link_local:
            source = None
        if source is not None:
            talk.bind((str(source), 0) if four else (str(source), 0, 0, 0))
        talk.connect((str(address), port) if four else (str(address), port, 0, scope))
        talk.settimeout(ANSWER_SECONDS)
    except BaseException:
        talk.close()
        raise
    return talk


PROXIED = (b" 200", b" 500", b" 502", b" 503", b" 504")
"""What a proxy says to CONNECT, whether it came through or not; a web server calls it a bad request."""


def tongues(end: End, service: Service, place: Address) -> Iterator[str]:
    """Which of CONNECT, SOCKS5 and SOCKS4 a service understands, the first of them; asked for this end's own doors, which it can surely reach."""
    for way in (*ways_for(place, place), *socks_for(place)):
        tongue = way.note.split()[0]
        if way.good is None:
            continue
        with (
            contextlib.suppress(OSError),
            dial(end, service.mac, service.address, service.port, end.source(service.address.version)) as talk,
        ):
            talk.sendall(way.first("", b""))
            said = talk.recv(64)
            connected = tongue == "CONNECT" and said[:5] == b"HTTP/" and said[8:12] in PROXIED
            if (
                connected
                or (tongue == "SOCKS5" and said[:2] == b"\x05\x00")
                or (tongue == "SOCKS4" and said[:1] == b"\x00" and said[1:2] in b"\x5a\x5b")
            ):
                yield tongue
                return


def _answer(talk: socket.socket) -> bytes | None:
    """What comes back, nothing where nothing comes in time, None where the connection is ended."""
    try:
        return talk.recv(512) or None
    except TimeoutError:
        return b""
    except OSError:
        return None


class Relays:
    """A pool that tries every service that it is given; each three times, since a sentinel opens its door only after the first knock."""

    def __init__(self, end: End, places: list[tuple[str, Address]], inward: Sequence[Address] = ()) -> None:
        """``places`` are (sentinel, address) to ask for. The outer end knows none: it hands plain tokens over, and asks what speaks a proxy's tongue
        for the addresses of ``inward``, one of which may be the probe's."""
        self._end, self._places, self._inward = end, places, inward
        self._todo: queue.SimpleQueue[tuple[Service, int, Address | None, Way] | None] = queue.SimpleQueue()
        self._seen: set[tuple[str, int]] = set()
        self._shut: set[tuple[str, int]] = set()
        """Services that ended a connection without a word."""
        self._inside: set[tuple[str, int]] = set()
        """Services that speak TLS."""
        self._lock = threading.Lock()
        self._pending = 0
        self.tried = 0
        self.drafts: dict[tuple[str, int, str, str], Draft] = {}
        self._threads = [threading.Thread(target=self._work, name="relay", daemon=True) for _ in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def add(self, service: Service) -> bool:
        """Try a service, once in a run. True when it is new. A printer's raw port is never opened."""
        key = (str(service.address), service.port)
        with self._lock:
            if key in self._seen or service.port in NEVER_PORTS:
                return False
            self._seen.add(key)
            self._pending += 1
        self._todo.put((service, 0, None, PLAIN))
        return True

    @property
    def idle(self) -> bool:
        """Whether everything that was given was tried."""
        return self._pending == 0

    def again(self) -> None:
        """Hand plain tokens over once more to every service that was met."""
        for address, port in list(self._seen):
            with self._lock:
                self._pending += 1
            self._todo.put((Service(self._mac(address), ipaddress.ip_address(address), port), 1, None, PLAIN))

    def repeat(self) -> None:
        """Try every service that was met from the beginning, as if it were new: for an end that does not know since when the other listens."""
        for address, port in list(self._seen):
            with self._lock:
                self._pending += 1
            self._todo.put((Service(self._mac(address), ipaddress.ip_address(address), port), 0, None, PLAIN))

    def close(self) -> None:
        """End the pool."""
        for _ in self._threads:
            self._todo.put(None)

    def _mac(self, address: str) -> str:
        return next((station.mac for station in self._end.stations.at(address)), "")

    def _work(self) -> None:
        while True:
            item = self._todo.get()
            if item is None or self._end.halt.is_set():
                return
            try:
                self._try(*item)
            finally:
                with self._lock:
                    self._pending -= 1

    def _try(self, service: Service, round_: int, place: Address | None, way: Way) -> None:
        if self._end.over:
            return
        if place is not None:
            self._one(service, "", place, way)
            return
        said = self._one(service, "", None, PLAIN)
        if round_ and (str(service.address), service.port) in self._inside:
            self._one(service, "", None, INSIDE)
        # A service that says that it is SSH passes nothing on. One that serves pages is asked as a proxy only, as is one port for both tongues;
        # some that speak SOCKS alone say so in an HTTP error of their own (5xx).
        if said is None or round_ or said[:4] == b"SSH-":
            return
        own = self._end.source(4) or service.address
        shut = (str(service.address), service.port) in self._shut
        if may_speak(service.port, said, shut) and self._secure(service, own) and (not said or refuses_plain(said)):
            return
        for sentinel, place in self._places:
            for way in (*ways_for(place, own), *(() if PAGES.match(said) else socks_for(place))):
                if self._end.over or self._one(service, sentinel, place, way) is None:
                    return
        self._lead_in(service, own)

    def _secure(self, service: Service, own: Address) -> bool:
        """The same inside TLS: what ends it hands on what was in it. False where the service speaks none."""
        if self._one(service, "", None, INSIDE) is None:
            return False
        self._inside.add((str(service.address), service.port))
        for sentinel, place in self._places:
            for way in ways_for(place, own):
                if way.kind != "http-proxy":
                    continue
                if self._end.over or self._one(service, sentinel, place, replace(way, note=f"TLS {way.note}", tls=True)) is None:
                    return True
        return True

    def _lead_in(self, service: Service, own: Address) -> None:
        """Ask a service that speaks a proxy's tongue for every inner address, side by side with all others."""
        for tongue in tongues(self._end, service, own) if self._inward else ():
            for place in self._inward:
                for way in (*ways_for(place, own), *socks_for(place)):
                    if way.note.split()[0] == tongue:
                        with self._lock:
                            self._pending += 1
                        self._todo.put((service, 0, place, way))

    def _one(self, service: Service, sentinel: str, place: Address | None, way: Way) -> bytes | None:
        """Try one way; what was answered, None when the service does not even take a connection any more."""
        end = self._end
        try:
            packets = PACKETS + HANDSHAKE if way.tls else PACKETS
            talk = dial(end, service.mac, service.address, service.port, end.source(service.address.version), packets)
            if way.tls:
                talk = secured(talk)
        except OSError:
            return None
        said = b""
        draft = self._draft(service, sentinel, place, way)
        if draft.refused:
            talk.close()
            return None
        raw = end.journal.payload(draft, 0)
        with contextlib.closing(talk), contextlib.suppress(OSError):
            first = way.first(raw.hex(), raw)
            talk.sendall(first)
            draft.carried = first.hex()
            carried = raw.hex().encode() in first
            if way.good is not None:
                carried = self._led_on(talk, way, raw, draft)
            if carried:
                draft.went([(time.time(), 1)], [0])
            # What the other side makes of it is not waited for long; its answer is a lead at most.
            talk.settimeout(0.4)
            answer = _answer(talk)
            if answer is None:
                self._shut.add((str(service.address), service.port))
            said = answer or b""
            if said:
                draft.answers["answered"] = draft.answers.get("answered", 0) + 1
        self.tried += 1
        return said

    def _led_on(self, talk: socket.socket, way: Way, raw: bytes, draft: Draft) -> bool:
        assert way.good is not None
        talk.settimeout(PROXY_SECONDS)
        said = talk.recv(512)
        talk.settimeout(ANSWER_SECONDS)
        for good, more in way.chain:
            if not good(said):
                return False
            talk.sendall(more)
            said = talk.recv(512)
        if not way.good(said):
            return False
        last = b"GET /" + raw.hex().encode() + b" HTTP/1.0\r\n\r\n"
        talk.sendall(last)
        draft.carried = last.hex()
        return True

    def _draft(self, service: Service, sentinel: str, place: Address | None, way: Way) -> Draft:
        key = (str(service.address), service.port, way.kind, f"{way.note} {place or ''}")
        with self._lock:
            known = self.drafts.get(key)
        if known is not None:
            return known
        draft = self._end.journal.trial(
            "relay", way.kind, "tcp", family=f"v{service.address.version}", via=service.mac, via_address=str(service.address),
            to=str(service.address), port=service.port, note=f"{way.note} {sentinel}".strip(),
        )  # fmt: skip
        with self._lock:
            return self.drafts.setdefault(key, draft)
