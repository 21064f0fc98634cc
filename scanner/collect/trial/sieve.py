"""What a capture keeps: tokens, answers to us, name questions, tagged frames and control traffic, each within a budget; the rest is counted."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.collect.trial.bulk import Bytes, Numbers, Times

OTHER, TOKEN, OURS, TAGGED, DNS, CONTROL = range(6)
KINDS = ("other", "token", "ours", "tagged", "dns", "control")
"""Names of the classes, by number."""
BUDGET = {TOKEN: 1_000_000, OURS: 200_000, TAGGED: 20_000, DNS: 50_000, CONTROL: 100_000}
"""Frames that are kept of each class."""
SHARE = 4
"""One source gets at most this part of a class's budget, so that one noisy device hides no other; tokens have no such bound."""
BYTES = 256 << 20
"""Bytes that are kept in all; whatever is no token gets at most half of them."""
SOURCES = 65_536
"""Source addresses that are counted."""
TAGS = (0x8100, 0x88A8, 0x9100)
CONTROL_PORTS = (67, 68, 137, 138, 546, 547, 1900, 5353, 5355)
"""DHCP, NetBIOS names and datagrams, DHCPv6, SSDP, mDNS, LLMNR."""
SYN_RST = 0x06
RST = 0x04


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame that was kept."""

    time: float
    """Epoch seconds, stamped by the kernel."""
    frame: bytes
    """Whole, with the VLAN tag that the kernel took off put back."""
    vlan: int | None
    """The id of that tag."""
    kind: str
    """Class: token, ours, tagged, dns or control."""


@dataclass(slots=True)
class Source:
    """One source address on the wire."""

    first: float
    last: float
    frames: int


class Sieve:
    """Sorts frames and stores what is kept. One thread writes, others may read."""

    def __init__(
        self, magic: bytes, ours: Iterable[IPv4Address | IPv6Address] = (), *, quiet: int = 0, budget: dict[int, int] | None = None
    ) -> None:
        """``magic`` begins every token; its first four bytes are looked for anywhere in a frame, also as hexadecimal digits.

        ``ours`` are addresses whose TCP openings and resets and whose UDP are kept. ``quiet`` is a port from which this end knocks at
        its neighbours: 65,535 refusals of each of them tell nothing, and must not take the room of answers to the other end's questions.
        """
        self.quiet = quiet
        self.mark = magic[:4]
        self.text = self.mark.hex().encode()
        packed = frozenset(one.packed for one in ours)
        self.ours4 = frozenset(one for one in packed if len(one) == 4)
        self.ours6 = packed - self.ours4
        self.budget = BUDGET | (budget or {})
        self.count = dict.fromkeys(self.budget, 0)
        """Frames kept of each class."""
        self.overflow: dict[int, int] = {}
        """Frames of each class that no budget was left for."""
        self.cut = 0
        """Frames longer than the capture's slots: their ends are missing."""
        self.sources: dict[bytes, Source] = {}
        """By source address."""
        self.uncounted = 0
        """Frames of source addresses for which the table had no room."""
        self._shares: dict[tuple[int, bytes], int] = {}
        self._data = bytearray()
        self._ends = array("Q")
        self._tags = array("L")
        self._kinds = bytearray()
        self._times = array("d")

    @property
    def kept(self) -> int:
        """How many frames are kept so far."""
        return len(self._times)

    def heard(self, first: int = 0) -> list[Heard]:
        """What is kept, from position ``first`` on."""
        return [self.at(position) for position in range(first, self.kept)]

    def at(self, position: int) -> Heard:
        """One frame by its position."""
        start = self._ends[position - 1] if position else 0
        frame, tag = bytes(self._data[start : self._ends[position]]), self._tags[position]
        if tag:
            frame = frame[:12] + struct.pack(">I", tag) + frame[12:]
        return Heard(self._times[position], frame, tag & 0xFFF if tag else None, KINDS[self._kinds[position]])

    def one(self, when: float, frame: bytes, tag: int = 0) -> None:
        """Take one frame in."""
        self.seen(frame[6:12], when, when, 1)
        kind = self.kind(frame, tag)
        if kind and self.admit(kind, frame[6:12], len(frame)):
            self.store([len(frame)], frame, [tag], [kind], [when])

    def many(self, rows: Bytes, sizes: Numbers, times: Times, tags: Numbers) -> None:
        """Take many in."""
        from scanner.collect.trial.bulkread import sift

        sift(self, rows, sizes, times, tags)

    def seen(self, source: bytes, first: float, last: float, count: int) -> None:
        """Count frames of one source."""
        found = self.sources.get(source)
        if found is not None:
            found.last = last
            found.frames += count
        elif len(self.sources) < SOURCES:
            self.sources[source] = Source(first, last, count)
        else:
            self.uncounted += count

    def admit(self, kind: int, source: bytes, size: int) -> bool:
        """Whether there is room for a frame of a class; books it."""
        share = self._shares.get((kind, source), 0)
        full = self.count[kind] >= self.budget[kind] or len(self._data) + size > (BYTES if kind == TOKEN else BYTES // 2)
        if full or (kind != TOKEN and share * SHARE >= self.budget[kind]):
            self.overflow[kind] = self.overflow.get(kind, 0) + 1
            return False
        self.count[kind] += 1
        if kind != TOKEN:
            self._shares[kind, source] = share + 1
        return True

    def admit_tokens(self, count: int, size: int) -> int:
        """The same for many tokens of ``size`` bytes together: how many of them."""
        room = max(0, min(count, self.budget[TOKEN] - self.count[TOKEN], (BYTES - len(self._data)) // max(1, size // max(1, count))))
        self.count[TOKEN] += room
        if room < count:
            self.overflow[TOKEN] = self.overflow.get(TOKEN, 0) + count - room
        return room

    def store(self, sizes: Iterable[int], data: bytes, tags: Iterable[int], kinds: Iterable[int], times: Iterable[float]) -> None:
        """Put admitted frames behind the others. Times come last: whoever reads meanwhile sees whole frames only."""
        end = len(self._data)
        self._data += data
        for size in sizes:
            end += size
            self._ends.append(end)
        self._tags.extend(tags)
        self._kinds.extend(kinds)
        self._times.extend(times)

    def kind(self, frame: bytes, tag: int = 0) -> int:
        """The class of a frame whose outermost tag the kernel took off."""
        if self.mark in frame or self.text in frame.lower():
            return TOKEN
        kind = self._untagged(frame)
        return TAGGED if tag and kind != OURS else kind

    def _untagged(self, frame: bytes) -> int:
        size = len(frame)
        ethertype = frame[12:14]
        if ethertype == b"\x08\x00" and size >= 34:
            start, proto, ours = 14 + 4 * (frame[14] & 15), frame[23], frame[30:34] in self.ours4
            fragment = bool(frame[20] & 0x1F or frame[21])
        elif ethertype == b"\x86\xdd" and size >= 54:
            start, proto, ours, fragment = 54, frame[20], frame[38:54] in self.ours6, False
        else:
            return TAGGED if int.from_bytes(ethertype, "big") in TAGS else CONTROL
        if proto not in (6, 17):
            return CONTROL
        if fragment or size < start + 14 - 6 * (proto == 17):
            return OURS if ours and proto == 17 else OTHER
        return self._ported(frame, start, proto, ours)

    def _ported(self, frame: bytes, start: int, proto: int, ours: bool) -> int:
        ports = struct.unpack_from(">HH", frame, start)
        if proto == 6 and ours and frame[start + 13] & SYN_RST:
            return OTHER if self._refusal(frame, ports[1], frame[start + 13]) else OURS
        if 53 in ports:
            return DNS
        if proto == 17:
            if ports[0] in CONTROL_PORTS or ports[1] in CONTROL_PORTS:
                return CONTROL
            return OURS if ours else OTHER
        return OTHER

    def _refusal(self, frame: bytes, port: int, flags: int) -> bool:
        """Whether a frame refuses what this end itself knocked at; what comes in the name of one of ``ours`` is none."""
        source = frame[26:30] if frame[12:14] == b"\x08\x00" else frame[22:38]
        return (
            bool(self.quiet)
            and port == self.quiet
            and flags & SYN_RST == RST
            and source not in (self.ours4 if len(source) == 4 else self.ours6)
        )
