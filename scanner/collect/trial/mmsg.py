"""sendmmsg(2) and recvmmsg(2) over buffers of equal slots, by ctypes: hundreds of frames a system call, no copy in Python."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Sequence

MSG_DONTWAIT = 0x40
MSG_TRUNC = 0x20
"""Asked for: the length that is told is the frame's own, also when the slot was too short for it."""


class IoVec(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class MsgHdr(ctypes.Structure):
    """struct msghdr."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.POINTER(IoVec)),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class MMsgHdr(ctypes.Structure):
    """struct mmsghdr."""

    _fields_ = (("header", MsgHdr), ("size", ctypes.c_uint))


HEADER = ctypes.sizeof(MMsgHdr)
_libc = ctypes.CDLL(None, use_errno=True)
_sendmmsg = _libc.sendmmsg
_sendmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
_recvmmsg = _libc.recvmmsg
_recvmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)


class Slots:
    """A buffer of ``count`` slots of ``width`` bytes each, with the headers that point into it."""

    def __init__(self, count: int, width: int, control: int = 0) -> None:
        """``control`` bytes of ancillary data a slot."""
        self.count, self.width, self.control_width = count, width, control
        self.data = bytearray(count * width)
        self.control = bytearray(count * control)
        self._vectors = (IoVec * count)()
        self.told = bytearray(count * HEADER)
        """The headers as bytes: lengths and flags after a call."""
        self.headers = (MMsgHdr * count).from_buffer(self.told)
        base = _address(self.data)
        side = _address(self.control) if control else 0
        for at in range(count):
            self._vectors[at].base = base + at * width
            self._vectors[at].size = width
            header = self.headers[at].header
            header.iov = ctypes.pointer(self._vectors[at])
            header.iovlen = 1
            if control:
                header.control = side + at * control
                header.controllen = control
        self._start = ctypes.addressof(self.headers)
        # The kernel writes lengths and flags into the headers: a clean copy is laid over them before they are used again.
        self._clean = bytes(self.told)

    def receive(self, descriptor: int) -> int:
        """Fill slots with what waits; 0 when nothing does. Raises OSError."""
        ctypes.memmove(self._start, self._clean, len(self._clean))
        got = _recvmmsg(descriptor, self._start, self.count, MSG_DONTWAIT | MSG_TRUNC, None)
        return got if got >= 0 else _failed()

    def send(self, descriptor: int, first: int, count: int) -> int:
        """Send ``count`` slots from ``first``; how many went, 0 when the queue is full. Raises OSError."""
        gone = _sendmmsg(descriptor, self._start + first * HEADER, count, 0)
        return gone if gone >= 0 else _failed()

    def sizes(self, count: int) -> list[int]:
        """Lengths of the first ``count`` frames, as the wire had them."""
        return [self.headers[at].size for at in range(count)]


def send_frames(descriptor: int, frames: Sequence[bytes]) -> int:
    """Send frames of any lengths with one call; how many went, 0 when the queue is full. Raises OSError."""
    count = len(frames)
    vectors = (IoVec * count)()
    headers = (MMsgHdr * count)()
    # The pointers live as long as ``frames`` does, which is longer than the call.
    for at, frame in enumerate(frames):
        vectors[at].base = ctypes.cast(ctypes.c_char_p(frame), ctypes.c_void_p).value
        vectors[at].size = len(frame)
        headers[at].header.iov = ctypes.pointer(vectors[at])
        headers[at].header.iovlen = 1
    gone = _sendmmsg(descriptor, ctypes.addressof(headers), count, 0)
    return gone if gone >= 0 else _failed()


def _address(buffer: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer)) if buffer else 0


def _failed() -> int:
    code = ctypes.get_errno()
    if code in (errno.EAGAIN, errno.ENOBUFS, errno.EINTR):
        return 0
    raise OSError(code, os.strerror(code))
