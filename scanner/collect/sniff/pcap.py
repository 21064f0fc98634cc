"""Capture files, read as a stream: pcap in its four spellings and pcapng. Lengths are believed only within limits.

A file that is no capture is refused. Where a record cannot be true, reading stops, because nothing behind it can be found again; how far it
came and why it stopped is kept. Memory does not grow with the file.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from scanner.errors import UseError
from scanner.facts.network.tally import LINKS, Captured

CHUNK = 1 << 20
MAX_FRAME = 262_144
"""The greatest snapshot length that capture programs write."""
MAX_EMPTY = 10_000
"""Records without a byte in a row, after which a file is taken for endless."""
PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
SECTION = b"\x0a\x0d\x0d\x0a"
REFUSED = {
    b"\x34\xcd\xb2\xa1": "pcap with extra packet headers",
    b"\xa1\xb2\xcd\x34": "pcap with extra packet headers",
    b"\x28\xb5\x2f\xfd": "zstd",
}
"""Beginnings that are known and not read: said by name."""
LINK_NAMES = {
    0: "BSD loopback", 9: "PPP", 50: "PPP", 51: "PPPoE", 104: "Cisco HDLC", 105: "802.11", 108: "OpenBSD loopback", 119: "802.11 Prism",
    127: "802.11 radiotap", 163: "802.11 AVS", 189: "USB", 192: "PPI", 195: "802.15.4", 220: "USB", 239: "NFLOG",
}  # fmt: skip


@dataclass(slots=True)
class Story:
    """What happened while a file was read."""

    ended: str = "whole"
    """whole, cut (within a record) or broken (at bytes that are no record)."""
    troubles: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    """Frames that the capturing machine says it lost."""
    links: set[int] = field(default_factory=set)
    first: float = 0.0
    last: float = 0.0
    """Latest time in the file: frames without a time take it."""

    def broken(self, name: str) -> None:
        """Note why nothing more can be read."""
        self.ended = "broken"
        self.troubles[name] += 1


class Reader(Protocol):
    """Reads batches of frames from a stream."""

    def batches(self) -> Iterator[list[Captured]]:
        """The frames, in lists of at most some thousands."""


class Buffered:
    """A stream seen through a buffer of which parts are taken from the front."""

    def __init__(self, stream: BinaryIO, start: bytes = b"") -> None:
        self._stream = stream
        self.data = start
        self.at = 0

    def want(self, size: int) -> bool:
        """Make sure that ``size`` bytes lie ahead; False at the end of the stream."""
        while len(self.data) - self.at < size:
            more = self._stream.read(max(CHUNK, size - (len(self.data) - self.at)))
            if not more:
                return False
            self.data = self.data[self.at :] + more
            self.at = 0
        return True

    def skip(self, size: int) -> bool:
        """Leave out bytes without keeping them; False at the end of the stream."""
        while size > 0:
            if len(self.data) == self.at and not self.want(1):
                return False
            step = min(size, len(self.data) - self.at)
            self.at += step
            size -= step
        return True

    @property
    def left(self) -> int:
        """Bytes that lie ahead already."""
        return len(self.data) - self.at


class Pcap:
    """The older format: one header, then records."""

    def __init__(self, source: Buffered, story: Story, order: str, scale: float) -> None:
        self._source, self._story, self._scale = source, story, scale
        self._record = struct.Struct(order + "IIII")
        self._link = struct.unpack_from(order + "I", source.data, source.at + 20)[0] & 0xFFFF
        source.at += 24
        story.links.add(self._link)

    def batches(self) -> Iterator[list[Captured]]:
        """One batch per chunk of the file."""
        source, empty = self._source, 0
        while source.want(16):
            batch: list[Captured] = []
            data, at, end = source.data, source.at, len(source.data)
            unpack, scale, link = self._record.unpack_from, self._scale, self._link
            short = False
            while end - at >= 16:
                seconds, part, size, wire = unpack(data, at)
                if size > MAX_FRAME:
                    self._story.broken("length-impossible")
                    break
                if at + 16 + size > end:
                    short = True
                    break
                empty = 0 if size else empty + 1
                if empty > MAX_EMPTY:
                    self._story.broken("empty-records-without-end")
                    break
                batch.append((seconds + part * scale, link, data[at + 16 : at + 16 + size], wire))
                at += 16 + size
            source.at = at
            if batch:
                yield batch
            if self._story.ended == "broken":
                return
            if short and not source.want(16 + size):
                self._story.ended = "cut"
                self._story.troubles["record-cut"] += 1
                return
        if source.left:
            self._story.ended = "cut"
            self._story.troubles["record-cut"] += 1


def open_capture(stream: BinaryIO, story: Story) -> Reader:
    """The reader for a stream. Raises UseError ``capture-shape`` for what is no capture, naming what it is where that is known."""
    from scanner.collect.sniff.pcapng import PcapNg

    source = Buffered(stream)
    source.want(28)
    magic = source.data[:4]
    if magic == SECTION:
        return PcapNg(source, story)
    if magic in PCAP:
        if source.left < 24:
            raise UseError("capture-shape", detail="pcap header cut")
        reader = Pcap(source, story, *PCAP[magic])
        refuse_link(next(iter(story.links)))
        return reader
    raise UseError("capture-shape", detail=_name(source.data))


def _name(start: bytes) -> str:
    if not start:
        return "0 bytes"
    if start[:2] == b"\x1f\x8b":
        return "gzip"
    return REFUSED.get(start[:4], "") or start[:4].hex()


def refuse_link(link: int) -> None:
    """Raise UseError ``capture-link`` for a link type that is not read, by its name."""
    if link not in LINKS:
        raise UseError("capture-link", link=link, name=LINK_NAMES.get(link, "?"))
