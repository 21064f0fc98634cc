"""Many frames with one system call: recvmmsg on a packet socket, VLAN tags put back where the kernel took them out.

The socket sees what arrives, not what this machine sends itself. CAP_NET_RAW is all it needs.
"""

from __future__ import annotations

import errno
import select
import socket
import struct

from scanner.collect.trial.hear import (
    ADD_MEMBERSHIP,
    AUXDATA,
    CONTROL,
    ETH_P_ALL,
    IGNORE_OUTGOING,
    PROMISCUOUS,
    RCVBUFFORCE,
    STATISTICS,
    ancillary,
)
from scanner.collect.trial.mmsg import Slots
from scanner.collect.trial.wire import SOL_PACKET
from scanner.errors import UseError

BUFFER = 64 * 1024 * 1024
COUNT = 512
"""Frames a call."""
SNAP = 2048
"""Bytes kept of a frame: headers and announcements; what is carried is not looked at."""


class PacketSocket:
    """One interface, opened for looking."""

    def __init__(self, interface: str, buffer: int = BUFFER, promiscuous: bool = True, own: bool = False) -> None:
        """``own``: also what this machine sends. Raises UseError without the right to it or without such an interface."""
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        except PermissionError:
            raise UseError("capture-no-right", interface=interface) from None
        try:
            self.buffer = self._prepare(buffer, own)
            index = socket.if_nametoindex(interface)
            self._socket.bind((interface, ETH_P_ALL))
            if promiscuous:
                request = struct.pack("iHH8s", index, PROMISCUOUS, 0, b"")
                self._socket.setsockopt(SOL_PACKET, ADD_MEMBERSHIP, request)
        except OSError as error:
            self._socket.close()
            raise UseError("capture-interface", interface=interface, detail=error.strerror or error) from None
        self.down = 0
        """How often the interface said that it is down."""
        self._dropped = 0
        self._slots = Slots(COUNT, SNAP, CONTROL)

    def _prepare(self, buffer: int, own: bool) -> int:
        self._socket.setsockopt(SOL_PACKET, AUXDATA, 1)
        if not own:
            self._socket.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, buffer)
        except PermissionError:
            # Without CAP_NET_ADMIN the system's own limit holds; what is lost is counted.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def wait(self, seconds: float) -> bool:
        """Wait for a frame."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def take(self) -> list[tuple[bytes, int]]:
        """The frames that are there, with their lengths on the wire; empty when there are none."""
        try:
            count = self._slots.receive(self._socket.fileno())
        except OSError as error:
            if error.errno != errno.ENETDOWN:
                raise UseError("capture-interface", interface="?", detail=error.strerror or error) from None
            self.down += 1
            return []
        return [self._frame(at, length) for at, length in enumerate(self._slots.sizes(count))]

    def _frame(self, at: int, length: int) -> tuple[bytes, int]:
        start = at * SNAP
        data = bytes(self._slots.data[start : start + min(length, SNAP)])
        _, tag = ancillary(self._slots.control, at * CONTROL)
        return (data[:12] + struct.pack("!I", tag) + data[12:], length + 4) if tag else (data, length)

    def dropped(self) -> int:
        """Frames that the kernel had no room for, since the opening."""
        _, lost = struct.unpack("II", self._socket.getsockopt(SOL_PACKET, STATISTICS, 8))
        self._dropped += lost
        return self._dropped

    def close(self) -> None:
        """Let go of the interface."""
        self._socket.close()
