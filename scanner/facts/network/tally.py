"""The tally of a capture: frames in, one bounded summary out. Pure: times come with the frames.

Most frames of a capture are the thousandth of the same conversation. They are counted by a key cut from their bytes; only the first of
each, and every frame of a protocol that tells something of itself, is taken apart (:mod:`scanner.facts.network.spotting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scanner.facts.fact import Unreadable
from scanner.facts.network.packets import Frame, dissect, dissect_as, dissect_ip
from scanner.facts.network.places import Network
from scanner.facts.network.spotting import Spots

Captured = tuple[float, int, bytes, int]
"""Time in epoch seconds, link type, bytes, length on the wire."""

ETHERNET, RAW, RAW_BSD, IP4, IP6, COOKED, COOKED2 = 1, 101, 12, 228, 229, 113, 276
LINKS = frozenset({ETHERNET, RAW, RAW_BSD, 14, IP4, IP6, COOKED, COOKED2})
"""Link types that are read; 12 and 14 are older numbers of bare IP."""
MAX_FLOWS = 16_384
"""Conversations held at once; then they are folded into the summary and forgotten."""
_TELLING = frozenset(
    port.to_bytes(2, "big")
    for port in (
        53,
        67,
        68,
        137,
        138,
        546,
        547,
        500,
        1194,
        1701,
        1900,
        1985,
        2029,
        3222,
        3544,
        4500,
        4789,
        5353,
        5355,
        5678,
        6081,
        8472,
        9993,
    )
)
_STREAMS = frozenset({(53).to_bytes(2, "big"), (1723).to_bytes(2, "big")})
_METHODS = frozenset({b"GET ", b"HEAD", b"POST", b"PUT ", b"CONN", b"HTTP", b"OPTI"})
_V4, _V6, _TCP, _UDP = b"\x08\x00", b"\x86\xdd", 6, 17


class Tally:
    """Counts frames and keeps what they tell."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self.frames = 0
        self.octets = 0
        """Bytes on the wire, also those that the capture did not keep."""
        self.snapped = 0
        """Frames of which the capture kept only the beginning."""
        self.unread = 0
        """Frames too short or broken to be read at all."""
        self._flows: dict[bytes, list[Any]] = {}
        self._spots = Spots(networks)

    def add(self, batch: Iterable[Captured]) -> None:
        """Count a batch of frames."""
        flows = self._flows
        for time, link, data, wire in batch:
            self.frames += 1
            self.octets += wire
            if wire > len(data):
                self.snapped += 1
            key = _key(data) if link == ETHERNET else None
            if key is not None:
                flow = flows.get(key)
                if flow is not None:
                    flow[0] += 1
                    if time > flow[2]:
                        flow[2] = time
                    elif time < flow[1]:
                        flow[1] = time
                    continue
            self._first(key, time, link, data)

    def _first(self, key: bytes | None, time: float, link: int, data: bytes) -> None:
        try:
            frame, sender = _opened(link, data)
        except Unreadable:
            self.unread += 1
            return
        if key is None:
            self._spots.look(time, frame, sender)
            return
        if len(self._flows) >= MAX_FLOWS:
            self._fold()
        self._flows[key] = [1, time, time, frame.eth, frame.ip]

    def _fold(self) -> None:
        for count, first, last, eth, ip in self._flows.values():
            self._spots.flow(first, last, count, eth.src, ip)
        self._flows.clear()

    def summary(self) -> dict[str, Any]:
        """What was seen, as JSON data; frames may be added afterwards and it asked for again."""
        self._fold()
        return {
            "frames": self.frames, "octets": self.octets, "snapped": self.snapped, "unread": self.unread, **self._spots.summary(),
        }  # fmt: skip


def _key(data: bytes) -> bytes | None:
    """What tells one conversation from others: both MACs, TTL, protocol and both addresses; None for frames to be taken apart."""
    kind = data[12:14]
    if kind == _V4:
        # Twenty bytes of header, no fragment.
        if len(data) < 38 or data[14] != 0x45 or data[20] & 0x3F or data[21]:
            return None
        return data[:12] + data[22:24] + data[26:34] if _plain(data, data[23], 34) else None
    if kind == _V6 and len(data) >= 58:
        return data[:12] + data[20:54] if _plain(data, data[20], 54) else None
    return None


def _plain(data: bytes, protocol: int, at: int) -> bool:
    """Whether a transport segment tells nothing but its addresses."""
    if protocol == _TCP:
        if len(data) < at + 20 or data[at : at + 2] in _STREAMS or data[at + 2 : at + 4] in _STREAMS:
            return False
        start = at + (data[at + 12] >> 4) * 4
        begin = data[start : start + 4]
        return begin not in _METHODS and not (begin[:2] == b"\x16\x03" and data[start + 5 : start + 6] == b"\x01")
    if protocol == _UDP:
        # Three zeros after the first byte: perhaps the hello of a tunnel.
        return data[at : at + 2] not in _TELLING and data[at + 2 : at + 4] not in _TELLING and data[at + 9 : at + 12] != b"\0\0\0"
    return False


def _opened(link: int, data: bytes) -> tuple[Frame, str]:
    """The frame and the sender's MAC (empty where the link keeps none). Raises Unreadable."""
    if link == ETHERNET:
        frame = dissect(data)
        return frame, frame.eth.src if frame.eth is not None else ""
    if link == COOKED:
        # Type, hardware kind, address length, address (8), protocol.
        if len(data) < 16:
            raise Unreadable("cooked header cut")
        sender = data[6:12].hex(":") if data[4:6] == b"\0\6" else ""
        return dissect_as(data[14] << 8 | data[15], data[16:]), sender
    if link == COOKED2:
        if len(data) < 20:
            raise Unreadable("cooked header cut")
        sender = data[12:18].hex(":") if data[11] == 6 else ""
        return dissect_as(data[0] << 8 | data[1], data[20:]), sender
    return dissect_ip(data), ""
