"""pcapng: sections of blocks. Both byte orders, packets with and without a time, interfaces with a resolution of their own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.collect.sniff.pcap import MAX_EMPTY, MAX_FRAME, SECTION, Buffered, Story
from scanner.facts.network.tally import LINKS, Captured

MAX_INTERFACES = 4096
MAX_BLOCK = MAX_FRAME + 131_072
"""Greatest block that is read whole: a frame and its options. Blocks of other kinds are passed over, however long."""
BATCH = 4096
SHB, IDB, PB, SPB, NRB, ISB, EPB = 0x0A0D0D0A, 1, 2, 3, 4, 5, 6
READ = {IDB, PB, SPB, ISB, EPB}


class _Cut(Exception):
    """The file ends within a block."""


class _Broken(Exception):
    """A block cannot be true; the name of the reason is its only argument."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface of a section."""

    link: int
    tick: float
    """Seconds of one unit of its time."""
    offset: int
    """Seconds added to every time."""
    snap: int


class PcapNg:
    """Reads sections one after another."""

    def __init__(self, source: Buffered, story: Story) -> None:
        self._source, self._story = source, story
        self._order = "<"
        self._interfaces: list[Interface] = []
        self._drops: dict[int, int] = {}
        self._empty = 0

    def batches(self) -> Iterator[list[Captured]]:
        """Frames in batches."""
        batch: list[Captured] = []
        try:
            while self._source.want(1):
                found = self._block()
                if found is not None:
                    batch.append(found)
                    if len(batch) >= BATCH:
                        yield batch
                        batch = []
        except _Cut:
            self._story.ended = "cut"
            self._story.troubles["record-cut"] += 1
        except _Broken as reason:
            self._story.broken(str(reason))
        self._story.dropped += sum(self._drops.values())
        if batch:
            yield batch

    def _block(self) -> Captured | None:
        source = self._source
        if not source.want(12):
            raise _Cut
        if source.data[source.at : source.at + 4] == SECTION:
            self._section()
            kind = SHB
        else:
            kind = struct.unpack_from(self._order + "I", source.data, source.at)[0]
        size = struct.unpack_from(self._order + "I", source.data, source.at + 4)[0]
        if size < 12 or size % 4:
            raise _Broken("block-length-impossible")
        if kind not in READ or size > MAX_BLOCK:
            self._pass(kind, size)
            return None
        if not source.want(size):
            raise _Cut
        start = source.at
        if struct.unpack_from(self._order + "I", source.data, start + size - 4)[0] != size:
            raise _Broken("block-lengths-differ")
        source.at += size
        return self._content(kind, source.data[start + 8 : start + size - 4])

    def _section(self) -> None:
        """A section header: byte order, and no interfaces yet."""
        if not self._source.want(28):
            raise _Cut
        mark = self._source.data[self._source.at + 8 : self._source.at + 12]
        if mark not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
            raise _Broken("byte-order-unknown")
        self._order = "<" if mark[0] == 0x4D else ">"
        self._interfaces = []
        self._story.dropped += sum(self._drops.values())
        self._drops = {}

    def _pass(self, kind: int, size: int) -> None:
        if kind in READ:
            raise _Broken("length-impossible")
        if kind == SHB and size > MAX_BLOCK:
            raise _Broken("length-impossible")
        self._empty += 1
        if kind == SHB and self._empty > MAX_EMPTY:
            raise _Broken("sections-without-end")
        if not self._source.skip(size):
            raise _Cut

    def _content(self, kind: int, body: bytes) -> Captured | None:
        if kind == SPB:
            return self._simple(body)
        if kind in (IDB, ISB):
            (self._interface if kind == IDB else self._statistics)(body)
            return None
        if len(body) < 20:
            raise _Broken("block-short")
        if kind == EPB:
            index, high, low, size, wire = struct.unpack_from(self._order + "IIIII", body)
        else:
            index, _, high, low, size, wire = struct.unpack_from(self._order + "HHIIII", body)
        if index >= len(self._interfaces):
            raise _Broken("interface-unknown")
        if size > MAX_FRAME or 20 + size > len(body):
            raise _Broken("length-impossible")
        return self._frame(self._interfaces[index], (high << 32 | low), body[20 : 20 + size], wire)

    def _frame(self, interface: Interface, units: int | None, data: bytes, wire: int) -> Captured | None:
        self._empty = 0 if data else self._empty + 1
        if self._empty > MAX_EMPTY:
            raise _Broken("empty-records-without-end")
        if interface.link not in LINKS:
            self._story.troubles[f"link-type-{interface.link}"] += 1
            return None
        if units is None:
            self._story.troubles["frames-without-a-time"] += 1
            return self._story.last, interface.link, data, wire
        time = units * interface.tick + interface.offset
        self._story.last = time
        return time, interface.link, data, wire

    def _simple(self, body: bytes) -> Captured | None:
        if len(body) < 4 or not self._interfaces:
            raise _Broken("interface-unknown")
        wire = struct.unpack_from(self._order + "I", body)[0]
        snap = self._interfaces[0].snap or MAX_FRAME
        return self._frame(self._interfaces[0], None, body[4 : 4 + min(wire, snap)], wire)

    def _interface(self, body: bytes) -> None:
        if len(body) < 8:
            raise _Broken("block-short")
        if len(self._interfaces) >= MAX_INTERFACES:
            raise _Broken("interfaces-without-end")
        link, _, snap = struct.unpack_from(self._order + "HHI", body)
        options = self._options(body[8:])
        code = options.get(9, b"\x06")[:1] or b"\x06"
        tick = 2.0 ** -(code[0] & 127) if code[0] & 128 else 10.0 ** -code[0]
        offset = options.get(14, b"")
        self._interfaces.append(Interface(link, tick, struct.unpack(self._order + "q", offset)[0] if len(offset) == 8 else 0, snap))
        self._story.links.add(link)

    def _statistics(self, body: bytes) -> None:
        """Of each interface the latest count of frames lost counts."""
        if len(body) < 12:
            raise _Broken("block-short")
        options = self._options(body[12:])
        lost = sum(struct.unpack(self._order + "Q", options[code])[0] for code in (5, 7) if len(options.get(code, b"")) == 8)
        index = struct.unpack_from(self._order + "I", body)[0]
        if index < len(self._interfaces) and lost < 1 << 48:
            self._drops[index] = lost

    def _options(self, data: bytes) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        at = 0
        while at + 4 <= len(data) and len(found) < 64:
            code, size = struct.unpack_from(self._order + "HH", data, at)
            if code == 0 or at + 4 + size > len(data):
                break
            found[code] = data[at + 4 : at + 4 + size]
            at += 4 + size + (-size % 4)
        return found
