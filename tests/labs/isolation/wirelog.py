"""What a recorder on the probe's own switch port wrote: every frame that left the probe, and questions about them."""

from __future__ import annotations

import ipaddress
import struct
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Seen:
    """A frame on the wire."""

    when: float
    frame: bytes
    to: str
    """Destination MAC."""
    source: Address | None
    target: Address | None
    protocol: int | None
    port: int | None
    """Destination port of TCP and UDP."""
    syn: bool


def seen(path: Path) -> list[Seen]:
    """Read a recorder's file."""
    data, at, found = path.read_bytes(), 0, []
    while at + 12 <= len(data):
        when, size = struct.unpack_from("=dI", data, at)
        found.append(_dissected(when, data[at + 12 : at + 12 + size]))
        at += 12 + size
    return found


def _dissected(when: float, frame: bytes) -> Seen:
    at, kind = 14, frame[12:14]
    while kind in (b"\x81\x00", b"\x88\xa8"):
        kind, at = frame[at + 2 : at + 4], at + 4
    source: Address | None = None
    target: Address | None = None
    protocol = port = None
    syn = False
    if kind == b"\x08\x00":
        source, target = ipaddress.IPv4Address(frame[at + 12 : at + 16]), ipaddress.IPv4Address(frame[at + 16 : at + 20])
        protocol, above = frame[at + 9], at + (frame[at] & 15) * 4
    elif kind == b"\x86\xdd":
        source, target = ipaddress.IPv6Address(frame[at + 8 : at + 24]), ipaddress.IPv6Address(frame[at + 24 : at + 40])
        protocol, above = frame[at + 6], at + 40
    if protocol in (6, 17):
        port = struct.unpack_from("!H", frame, above + 2)[0]
        syn = protocol == 17 or frame[above + 13] & 0x12 == 0x02
    return Seen(when, frame, frame[:6].hex(":"), source, target, protocol, port, syn)


def busiest(times: Iterable[float], window: float = 1.0) -> int:
    """The largest number of frames in any window of a second."""
    ordered, most, first = sorted(times), 0, 0
    for last, when in enumerate(ordered):
        while when - ordered[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


def busiest_by(frames: Iterable[Seen], key: str) -> dict[str, int]:
    """The same for each value of a field."""
    groups: dict[str, list[float]] = defaultdict(list)
    for one in frames:
        groups[str(getattr(one, key))].append(one.when)
    return {value: busiest(times) for value, times in groups.items()}
