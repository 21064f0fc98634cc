"""Many frames with one system call: recvmmsg on a packet socket, VLAN tags put back where the kernel took them out.

The socket sees what arrives, not what this machine sends itself. CAP_NET_RAW is all it needs.
"""

from __future__ import annotations

import ctypes
import errno
import select
import socket
import struct

from scanner.errors import UseError

SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_STATISTICS, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 1, 6, 8, 23
PACKET_MR_PROMISC = 1
SO_RCVBUFFORCE = 33
ETH_P_ALL = 3
MSG_TRUNC, MSG_DONTWAIT = 0x20, 0x40
VLAN_VALID, TPID_VALID = 0x10, 0x40
BUFFER = 64 * 1024 * 1024
COUNT = 512
"""Frames a call."""
SNAP = 2048
"""Bytes kept of a frame: headers and announcements; what is carried is not looked at."""
CONTROL = 64


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("vector", ctypes.POINTER(_Iovec)), ("vectors", ctypes.c_size_t),
        ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_int),
    )  # fmt: skip


class _Message(ctypes.Structure):
    _fields_ = (("header", _Header), ("length", ctypes.c_uint32))


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
                request = struct.pack("iHH8s", index, PACKET_MR_PROMISC, 0, b"")
                self._socket.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
        except OSError as error:
            self._socket.close()
            raise UseError("capture-interface", interface=interface, detail=error.strerror or error) from None
        self.down = 0
        """How often the interface said that it is down."""
        self._dropped = 0
        self._memory()

    def _prepare(self, buffer: int, own: bool) -> int:
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        if not own:
            self._socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer)
        except PermissionError:
            # Without CAP_NET_ADMIN the system's own limit holds; what is lost is counted.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def _memory(self) -> None:
        self._call = ctypes.CDLL(None, use_errno=True).recvmmsg
        self._frames = bytearray(COUNT * SNAP)
        self._controls = bytearray(COUNT * CONTROL)
        frames = ctypes.addressof(ctypes.c_char.from_buffer(self._frames))
        controls = ctypes.addressof(ctypes.c_char.from_buffer(self._controls))
        self._vectors = (_Iovec * COUNT)(*(_Iovec(frames + i * SNAP, SNAP) for i in range(COUNT)))
        self._messages = (_Message * COUNT)()
        for i, message in enumerate(self._messages):
            header = message.header
            header.vector, header.vectors = ctypes.pointer(self._vectors[i]), 1
            header.control, header.control_length = controls + i * CONTROL, CONTROL
        self._clean = bytes(self._messages)
        # Of a control message: size_t length, int level, int type, then struct tpacket_auxdata.
        self._status_at = ctypes.sizeof(ctypes.c_size_t) + 8

    def wait(self, seconds: float) -> bool:
        """Wait for a frame."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def take(self) -> list[tuple[bytes, int]]:
        """The frames that are there, with their lengths on the wire; empty when there are none."""
        ctypes.memmove(self._messages, self._clean, len(self._clean))
        got = self._call(self._socket.fileno(), self._messages, COUNT, MSG_DONTWAIT | MSG_TRUNC, None)
        if got < 0:
            number = ctypes.get_errno()
            if number == errno.ENETDOWN:
                self.down += 1
            elif number not in (errno.EAGAIN, errno.EINTR):
                raise UseError("capture-interface", interface="?", detail=errno.errorcode.get(number, number))
            return []
        return [self._frame(i) for i in range(got)]

    def _frame(self, i: int) -> tuple[bytes, int]:
        length = self._messages[i].length
        start = i * SNAP
        data = bytes(self._frames[start : start + min(length, SNAP)])
        status, _, _, _, _, control, kind = struct.unpack_from("IIIHHHH", self._controls, i * CONTROL + self._status_at)
        if status & VLAN_VALID and self._messages[i].header.control_length:
            tag = struct.pack("!HH", kind if status & TPID_VALID else 0x8100, control)
            return data[:12] + tag + data[12:], length + 4
        return data, length

    def dropped(self) -> int:
        """Frames that the kernel had no room for, since the opening."""
        _, lost = struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        self._dropped += lost
        return self._dropped

    def close(self) -> None:
        """Let go of the interface."""
        self._socket.close()
