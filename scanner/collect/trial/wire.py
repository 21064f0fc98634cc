"""Raw frames out of one interface: one packet socket, many frames a system call, nothing dropped in silence."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial

from scanner.collect.trial.interface import Interface, interface
from scanner.collect.trial.mmsg import Slots, send_frames
from scanner.errors import UseError

SOL_PACKET = 263
QDISC_BYPASS = 20
BUFFER = 64 << 20
"""Bytes of receive buffer asked for."""
AT_ONCE = 512
"""Frames of differing lengths in one system call."""
PATIENCE = 2.0
"""Seconds that a full queue is waited for before the rest counts as refused."""
PAUSE = 0.0005
DOWN = {errno.ENETDOWN, errno.ENXIO, errno.ENODEV}


class Wire:
    """The sending side of one interface."""

    def __init__(self, name: str | Interface, *, buffer: int = BUFFER) -> None:
        """Raises UseError when the interface is none of ours, or the right to send raw frames is missing."""
        self.interface = interface(name) if isinstance(name, str) else name
        self.name, self.index = self.interface.name, self.interface.index
        self.mac, self.mtu = self.interface.mac, self.interface.mtu
        self.addresses4, self.addresses6 = self.interface.addresses4, self.interface.addresses6
        self.buffer = buffer
        """For the receiver that belongs to this wire."""
        self.sent = 0
        """Frames that the kernel took."""
        self.refused = 0
        """Frames that it did not take: queue full for too long, or the interface went down."""
        self.retried = 0
        """How often a full queue was waited for."""
        self._door = raw_socket(0, self.interface)
        self._door.setsockopt(SOL_PACKET, QDISC_BYPASS, 1)

    def send(self, frames: Sequence[bytes]) -> int:
        """Send frames in this order; how many went."""
        gone = 0
        while gone < len(frames):
            part = frames[gone : gone + AT_ONCE]
            done = self._push(partial(self._some, part), len(part))
            gone += done
            if done < len(part):
                self.refused += len(frames) - gone
                break
        return gone

    def send_slots(self, slots: Slots, first: int, count: int) -> int:
        """Send ``count`` slots from ``first``; how many went."""
        done = self._push(lambda past: slots.send(self._door.fileno(), first + past, count - past), count)
        self.refused += count - done
        return done

    def _some(self, frames: Sequence[bytes], first: int) -> int:
        return send_frames(self._door.fileno(), frames[first:])

    def close(self) -> None:
        """Give the socket back."""
        self._door.close()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _push(self, send: Callable[[int], int], count: int) -> int:
        gone, patience = 0, 0.0
        while gone < count:
            try:
                done = send(gone)
            except OSError as error:
                if error.errno not in DOWN:
                    raise
                break
            gone += done
            if not done:
                patience = patience or time.monotonic() + PATIENCE
                if time.monotonic() > patience:
                    break
                self.retried += 1
                select.select((), (self._door,), (), PAUSE)
                time.sleep(PAUSE)
        self.sent += gone
        return gone


def raw_socket(protocol: int, where: Interface) -> socket.socket:
    """A packet socket on one interface. Raises UseError when the right is missing or the interface went away."""
    try:
        door = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    except PermissionError:
        raise UseError("raw-missing") from None
    try:
        # Bound first and given its protocol by that: no frame of another interface ever enters the queue.
        door.bind((where.name, protocol))
    except OSError as error:
        door.close()
        if error.errno in DOWN:
            raise UseError("interface-down", name=where.name) from None
        raise
    return door


def can_send_raw() -> bool:
    """Whether this process may open a packet socket."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0).close()
    except OSError:
        return False
    return True
