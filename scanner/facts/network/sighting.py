"""What a capture of one segment shows, read from its summary. A capture that saw nothing, or lost its end, says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from scanner.facts.fact import Unreadable, fact
from scanner.facts.network.listing import LISTS
from scanner.model.absent import Absent, Why
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer, Probe

SCHEMA = "shiqu/sighting/1"
MAX_BYTES = 8 * 1024 * 1024
PROBE = "network.sighting"
ENDED = ("whole", "interrupted", "cut", "broken", "empty")
"""How a capture ended: after its time or at the file's end; by a person; within a record; at bytes that are no record; with no frame."""

Row = Mapping[str, Any]


@fact(Probe(PROBE, "capture", ("summary",), max_bytes=MAX_BYTES, kinds=("segment",)))
@dataclass(frozen=True, slots=True)
class Sighting:
    """One segment, as a capture showed it."""

    zone: str
    """The zone in which the capture stood, as the operator said; empty when nothing was said."""
    end: str
    """inner, outer or empty, as the operator said."""
    source: Row
    """``how`` (live or pcap), ``name`` and, of a file, its digest, size and link types."""
    started: float
    """Epoch seconds of the first moment in which the capture was surely running."""
    finished: float
    frames: int
    dropped: int
    """Frames that the capture itself says it lost."""
    ended: str
    troubles: Mapping[str, int]
    """What was odd in the file or at the socket, by name, with counts."""
    macs: Mapping[str, Row]
    """MAC to its row."""
    addresses: tuple[Row, ...]
    asked: tuple[str, ...]
    lists: Mapping[str, tuple[Row, ...]]
    """The other lists of :data:`scanner.facts.network.listing.LISTS`, by name."""
    more: Mapping[str, int]
    """Per list what found no place in it."""
    garbled: Mapping[str, int]
    """Per protocol messages that could not be read."""
    snapped: int
    """Frames of which the capture kept only the beginning."""

    @property
    def whole(self) -> bool:
        """Whether the capture ran to its end and lost nothing."""
        return not self.hindrance

    @property
    def hindrance(self) -> str:
        """Why absence from this capture proves nothing; empty when it is whole."""
        said = [] if self.ended == "whole" else [f"capture {self.ended}"]
        said += [f"{self.dropped} frames dropped"] if self.dropped else []
        return "; ".join(said + [f"{name} {count}" for name, count in sorted(self.troubles.items())])

    def lacking(self, lists: tuple[str, ...], protocols: tuple[str, ...]) -> str:
        """Why these lists may lack something: the capture's own hindrance, what found no place, messages that could not be read."""
        said = [self.hindrance] if self.hindrance else []
        said += [f"{self.more[name]} more {name}" for name in lists if self.more.get(name)]
        return "; ".join(said + [f"{self.garbled[name]} {name} messages unreadable" for name in protocols if self.garbled.get(name)])

    def rows(self, name: str) -> tuple[Row, ...]:
        """One list by its name."""
        return self.lists[name]

    @property
    def coverage(self) -> dict[str, Any]:
        """How far it looked, for a verdict's scope."""
        return {
            "zone": self.zone, "frames": self.frames, "seconds": round(self.finished - self.started, 3), "dropped": self.dropped,
            "ended": self.ended, "troubles": dict(self.troubles), "more": dict(self.more), "snapped": self.snapped,
        }  # fmt: skip

    @classmethod
    def read(cls, answer: Answer) -> Sighting | Absent:
        """Read the summary's canonical JSON."""
        return sighting_of(strict_loads(answer.stdout))


def sighting_of(data: Any) -> Sighting | Absent:
    """Read a summary, also one that lies in another record. Raises Unreadable, ValueError, KeyError or TypeError for other data."""
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or data["ended"] not in ENDED:
        raise Unreadable("no sighting")
    if data["frames"] == 0 or data["ended"] == "empty":
        return Absent(Why.TRUNCATED, f"the capture holds no frame ({data['ended']})")
    lists = {name: tuple(MappingProxyType(dict(row)) for row in data[name]) for name in LISTS}
    return Sighting(
        zone=str(data["zone"]),
        end=str(data["end"]),
        source=MappingProxyType(dict(data["source"])),
        started=float(data["started"]),
        finished=float(data["finished"]),
        frames=int(data["frames"]),
        dropped=int(data["dropped"]),
        ended=str(data["ended"]),
        troubles=MappingProxyType({str(key): int(value) for key, value in data["troubles"].items()}),
        macs=MappingProxyType({str(row["mac"]): MappingProxyType(dict(row)) for row in data["macs"]}),
        addresses=tuple(MappingProxyType(dict(row)) for row in data["addresses"]),
        asked=tuple(str(item) for item in data["asked"]),
        lists=MappingProxyType(lists),
        more=MappingProxyType({str(key): int(value) for key, value in data["more"].items()}),
        garbled=MappingProxyType({str(key): int(value) for key, value in data["garbled"].items()}),
        snapped=int(data["snapped"]),
    )
