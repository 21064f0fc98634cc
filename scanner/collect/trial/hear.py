"""Listening on one interface: a thread takes in every frame, keeps what a sieve picks, and counts the rest."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import ipaddress
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from scanner.collect.trial.interface import Interface
from scanner.collect.trial.mmsg import Slots
from scanner.collect.trial.presses import has_numpy
from scanner.collect.trial.sieve import Heard, Sieve
from scanner.collect.trial.wire import BUFFER, SOL_PACKET, raw_socket

if TYPE_CHECKING:
    from scanner.collect.trial.bulk import Bytes, Numbers, Times

ETH_P_ALL = 0x0003
RCVBUFFORCE = 33
SIOCGIFFLAGS = 0x8913
TIMESTAMPNS = 35
ADD_MEMBERSHIP, STATISTICS, AUXDATA, IGNORE_OUTGOING = 1, 6, 8, 23
PROMISCUOUS = 1
SLOTS = 1024
SNAP = 2048
"""Bytes of a frame that are kept; more where the interface's MTU is larger."""
CONTROL = 96
"""Bytes of ancillary data a frame: a time stamp (32) and the packet socket's own data (40)."""
NAP = 0.002
"""Seconds for frames to gather: the kernel stamps their times, so nothing is lost by taking them together."""
LOOK = 0.1
"""Seconds between two looks whether to end."""
ASLEEP = 2.0
"""Seconds without a turn of the loop after which the capture counts as asleep in between."""
VLAN_VALID, TPID_VALID = 0x10, 0x40


@dataclass(slots=True)
class Batch:
    """Frames of one system call."""

    slots: Slots
    count: int


class Keep(Protocol):
    """Whoever looks at frames: a sieve, or a scan that waits for its answers."""

    cut: int
    """Frames longer than the capture's slots."""

    def one(self, when: float, frame: bytes, tag: int = 0) -> None:
        """Take one frame in: epoch seconds, the frame without its outermost VLAN tag, and that tag."""

    def many(self, rows: Bytes, sizes: Numbers, times: Times, tags: Numbers) -> None:
        """Take many in: the same as arrays."""


class Reader(Protocol):
    """Takes one batch apart and hands it to whoever looks at it."""

    def take(self, batch: Batch, keep: Keep) -> None:
        """Hand over the frames of a batch."""


class Receiver:
    """A capture that runs from ``start`` to ``stop``."""

    def __init__(
        self, where: Interface, keep: Keep, *, buffer: int = BUFFER, promiscuous: bool = True, bulk: bool | None = None, stamps: bool = True
    ) -> None:
        """``keep`` picks what is kept; ``stamps`` False spares the kernel times and VLAN tags for somebody who asks for neither.

        Raises UseError when the right to listen is missing or the interface is down."""
        self.interface, self.sieve = where, keep
        self._door = raw_socket(0, where)
        self._prepare(buffer, promiscuous, stamps)
        # From here on frames come in: also those before the thread runs.
        self._door.bind((where.name, ETH_P_ALL))
        self._slots = Slots(SLOTS, max(SNAP, where.mtu + 64), CONTROL if stamps else 0)
        self._reader = reader(self._slots, bulk)
        self._alive: list[list[float]] = []
        self._down = False
        self._dropped = 0
        self._frames = 0
        self._cpu = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hear", daemon=True)
        self.failed: OSError | None = None
        """What ended the capture before its time."""

    def start(self) -> Receiver:
        """Begin. Returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, after everything that waits was taken in."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        self.drops()
        self._door.close()

    def __enter__(self) -> Receiver:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def buffer(self) -> int:
        """Bytes of receive buffer that the kernel granted."""
        return self._door.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    @property
    def frames(self) -> int:
        """Frames taken in so far, kept or only counted."""
        return self._frames

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the thread used; known once it ended."""
        return self._cpu

    def drops(self) -> int:
        """Frames that the kernel dropped so far because they were not fetched in time."""
        with contextlib.suppress(OSError):
            # Reading the counters sets them to zero.
            self._dropped += struct.unpack("=II", self._door.getsockopt(SOL_PACKET, STATISTICS, 8))[1]
        return self._dropped

    def alive(self) -> list[tuple[float, float]]:
        """Intervals (epoch seconds) in which the capture surely ran."""
        return [(first, last) for first, last in self._alive]

    def heard(self, first: int = 0) -> list[Heard]:
        """Frames that a sieve kept, in the order in which they came; ``first`` of them left out."""
        return self.sieve.heard(first) if isinstance(self.sieve, Sieve) else []

    def _prepare(self, buffer: int, promiscuous: bool, stamps: bool) -> None:
        door = self._door
        try:
            door.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, buffer)
        except PermissionError:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        if stamps:
            door.setsockopt(socket.SOL_SOCKET, TIMESTAMPNS, 1)
            door.setsockopt(SOL_PACKET, AUXDATA, 1)
        # Our own flood would fill the buffer. Kernels before 4.20 do not know the option: then it is taken in and sifted out.
        with contextlib.suppress(OSError):
            door.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
        if promiscuous:
            door.setsockopt(SOL_PACKET, ADD_MEMBERSHIP, struct.pack("=iHH8x", self.interface.index, PROMISCUOUS, 0))

    def _run(self) -> None:
        began = time.thread_time()
        try:
            while True:
                # Asked before the socket is emptied: what came before the end was asked for is always taken in.
                ending = self._end.is_set()
                self._turn(0.0 if ending else LOOK)
                if ending:
                    break
        except OSError as error:
            self.failed = error
        finally:
            self._cpu = time.thread_time() - began

    def _turn(self, wait: float) -> None:
        if self._down and not self._came_back():
            time.sleep(wait)
            return
        self._mark()
        ready, _, _ = select.select((self._door,), (), (), wait)
        while ready:
            try:
                count = self._slots.receive(self._door.fileno())
            except OSError as error:
                if error.errno != errno.ENETDOWN:
                    raise
                # The interface went down: the socket lives on and hears again when it comes back.
                self._down = True
                return
            self._frames += count
            if count:
                self._reader.take(Batch(self._slots, count), self.sieve)
                self._mark()
            if count < SLOTS:
                break
        if ready and not self._end.is_set():
            time.sleep(NAP)

    def _came_back(self) -> bool:
        """Whether the interface is up again; a new interval begins then."""
        with contextlib.suppress(OSError):
            answer = fcntl.ioctl(self._door, SIOCGIFFLAGS, struct.pack("=16sH14x", self.interface.name.encode(), 0))
            if struct.unpack_from("=H", answer, 16)[0] & 1:
                self._down = False
                self._alive.append([time.time(), time.time()])
        return not self._down

    def _mark(self) -> None:
        now = time.time()
        if self._alive and 0 <= now - self._alive[-1][1] < ASLEEP:
            self._alive[-1][1] = now
        else:
            self._alive.append([now, now])


def reader(slots: Slots, bulk: bool | None = None) -> Reader:
    """The fastest reader that this installation has."""
    if bulk is not False and has_numpy():
        from scanner.collect.trial.bulkread import BulkReader

        return BulkReader(slots)
    return PlainReader()


class PlainReader:
    """Without numpy: frame by frame."""

    def take(self, batch: Batch, keep: Keep) -> None:
        """Hand over the frames of a batch."""
        slots = batch.slots
        sizes = slots.sizes(batch.count)
        for at, size in enumerate(sizes):
            when, tag = ancillary(slots.control, at * CONTROL) if slots.control_width else (0.0, 0)
            start = at * slots.width
            keep.cut += size > slots.width
            keep.one(when, bytes(slots.data[start : start + min(size, slots.width)]), tag)


def ancillary(control: bytearray, at: int) -> tuple[float, int]:
    """(epoch seconds, VLAN tag: TPID << 16 | TCI, 0 for none) of one frame."""
    when, tag = 0.0, 0
    end = at + CONTROL
    while at + 16 <= end:
        size, level, kind = struct.unpack_from("=Qii", control, at)
        if size < 16:
            break
        if level == socket.SOL_SOCKET and kind == TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack_from("=qq", control, at + 16)
            when = seconds + nanoseconds * 1e-9
        elif level == SOL_PACKET and kind == AUXDATA:
            status, tci, tpid = struct.unpack_from("=I12xHH", control, at + 16)
            if status & VLAN_VALID:
                tag = (tpid if status & TPID_VALID else 0x8100) << 16 | tci
        at += (size + 7) & ~7
    return when or time.time(), tag


def own_addresses(where: Interface) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Addresses of an interface, for a sieve that keeps what is addressed to us."""
    for four in where.addresses4:
        yield four.ip
    for six in where.addresses6:
        yield six.ip
