"""Doors that an end holds open: a few TCP ports with a banner, and a name server that answers nothing. What comes in is caught on the wire.

A sentinel that meets an opening without a token at a port where nobody listens opens that port too: a relay that was refused comes again.
"""

from __future__ import annotations

import contextlib
import ipaddress
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Draft
from scanner.facts.network.packets import Frame

MAX_DOORS = 192
MAX_TALKS = 256
TALK_SECONDS = 4.0
READ = 4096
SYN, ACK = 0x02, 0x10


class Doors:
    """All doors of one end; one thread serves them."""

    def __init__(self, end: End, ports: list[int], banner: bool, names: bool) -> None:
        """``banner``: whoever connects is told a token at once. ``names``: port 53 is a name server."""
        self._end = end
        self._selector = selectors.DefaultSelector()
        self._talks: dict[socket.socket, float] = {}
        self._open: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._halt = threading.Event()
        self.banner: Draft | None = end.journal.trial("banner", "published", "tcp", note="banner") if banner else None
        for port in ports:
            self.open(port)
        if names:
            self._names()
        self._thread = threading.Thread(target=self._run, name="doors", daemon=True)

    def __enter__(self) -> Doors:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._halt.set()
        if self._thread.is_alive():
            self._thread.join(3.0)
        with self._lock:
            for key in list(self._selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
            self._selector.close()

    def watch(self, _t: float, frame: Frame) -> None:
        """Open a door where a stranger knocked in vain; registered with the end's watchers."""
        tcp, ip = frame.tcp, frame.ip
        if tcp is None or ip is None or not tcp.flags & SYN or tcp.flags & ACK:
            return
        stamp = struct.unpack(">I", self._end.mark[:4])[0]
        if tcp.tsval != stamp and ip.dst in self._own():
            self.open(tcp.dport)

    def _own(self) -> list[str]:
        where = self._end.interface
        return [str(one.ip) for one in where.addresses4] + [str(one.ip) for one in where.addresses6]

    def open(self, port: int) -> None:
        """Listen on a port of each of this end's own addresses, where nobody else does."""
        for text in self._own():
            if (text, port) in self._open or len(self._open) >= MAX_DOORS:
                continue
            address = ipaddress.ip_address(text)
            scope = self._end.interface.index if address.version == 6 and address.is_link_local else 0
            self._bind(text, port, address.version, scope, socket.SOCK_STREAM, self._accept)

    def _bind(self, text: str, port: int, version: int, scope: int, kind: int, serve: Callable[[socket.socket], None]) -> None:
        door = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            if kind == socket.SOCK_STREAM:
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind((text, port) if version == 4 else (text, port, 0, scope))
            if kind == socket.SOCK_STREAM:
                door.listen(16)
        except OSError as error:
            door.close()
            if isinstance(error, PermissionError):
                self._end.journal.note("doors below 1024 need CAP_NET_BIND_SERVICE")
            return
        with self._lock:
            if not self._halt.is_set():
                self._selector.register(door, selectors.EVENT_READ, serve)
                self._open.add((text, port))

    def _names(self) -> None:
        for text in self._own():
            address = ipaddress.ip_address(text)
            scope = self._end.interface.index if address.version == 6 and address.is_link_local else 0
            self._bind(text, 53, address.version, scope, socket.SOCK_DGRAM, self._answer)
            self._bind(text, 53, address.version, scope, socket.SOCK_STREAM, self._accept)

    def _run(self) -> None:
        while not self._halt.is_set():
            with contextlib.suppress(OSError, ValueError):
                for key, _ in self._selector.select(0.2):
                    key.data(key.fileobj)
            self._expire()

    def _expire(self) -> None:
        now = time.monotonic()
        for talk in [talk for talk, until in self._talks.items() if until < now]:
            self._close(talk)

    def _accept(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            talk, _ = door.accept()
            if len(self._talks) >= MAX_TALKS:
                talk.close()
                return
            talk.setblocking(False)
            if self.banner is not None:
                self.greet(talk)
            with self._lock:
                self._selector.register(talk, selectors.EVENT_READ, self._listen)
            self._talks[talk] = time.monotonic() + TALK_SECONDS

    def greet(self, talk: socket.socket) -> None:
        """Tell a token to whoever came."""
        assert self.banner is not None
        with contextlib.suppress(OSError):
            said = b"shiqu " + self._end.journal.payload(self.banner, 0).hex().encode() + b"\r\n"
            talk.send(said)
            self.banner.carried = said.hex()
            self.banner.went([(time.time(), 1)], [0])

    def _listen(self, talk: socket.socket) -> None:
        """Read what comes (the wire has it already) and answer so that a proxy is content."""
        try:
            data = talk.recv(READ)
        except OSError:
            data = b""
        if not data:
            self._close(talk)
        elif data[:4] in (b"GET ", b"HEAD", b"POST"):
            with contextlib.suppress(OSError):
                talk.send(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            self._close(talk)

    def _close(self, talk: socket.socket) -> None:
        self._talks.pop(talk, None)
        with self._lock, contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(talk)
        talk.close()

    def _answer(self, door: socket.socket) -> None:
        """A name that does not exist: the question was all that mattered."""
        with contextlib.suppress(OSError):
            data, peer = door.recvfrom(READ)
            if len(data) >= 12 and not data[2] & 0x80:
                door.sendto(denied(data), peer)


def denied(question: bytes) -> bytes:
    """The authoritative answer that a name does not exist, to a DNS question."""
    flags = 0x8403 | (question[2] & 1) << 8
    end = 12
    while end < len(question) and question[end]:
        end += question[end] + 1
    return question[:2] + struct.pack(">HHHHH", flags, 1, 0, 0, 0) + question[12 : end + 5]
