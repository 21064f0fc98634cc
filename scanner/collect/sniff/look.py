"""A segment's sighting: from an interface for some seconds, or from a capture file."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from scanner.collect.sniff.batch import PacketSocket
from scanner.collect.sniff.pcap import Story, open_capture, refuse_link
from scanner.errors import UseError
from scanner.facts.network.places import Network
from scanner.facts.network.sighting import SCHEMA
from scanner.facts.network.tally import ETHERNET, LINKS, Tally

TICK = 0.25
"""Seconds after which an idle capture looks at the clock."""
WHOLE, CUT, BROKEN, EMPTY, INTERRUPTED = "whole", "cut", "broken", "empty", "interrupted"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a capture stands, as the operator says it."""

    zone: str = ""
    end: str = ""
    """inner, outer or empty."""
    networks: tuple[Network, ...] = ()
    """The zone's declared networks."""


class _Digesting:
    """A file that is hashed while it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.hash = hashlib.sha256()
        self.octets = 0

    def read(self, size: int = -1, /) -> bytes:
        """Read and remember."""
        data = self._stream.read(size)
        self.hash.update(data)
        self.octets += len(data)
        return data


def read_file(path: Path, place: Place) -> dict[str, Any]:
    """The sighting of a capture file. Raises UseError for what is no readable capture file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise UseError("capture-shape", file=path.name, detail=stat.filemode(about.st_mode))
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        return _read(path, stream, about.st_size, place)


def _read(path: Path, stream: BinaryIO, size: int, place: Place) -> dict[str, Any]:
    story, tally = Story(), Tally(place.networks)
    source = _Digesting(stream)
    first = last = 0.0
    try:
        for batch in open_capture(source, story).batches():  # type: ignore[arg-type]
            times = [item[0] for item in batch]
            first = min(first, *times) if tally.frames else min(times)
            last = max(last, *times)
            tally.add(batch)
        if not tally.frames:
            for link in sorted(story.links - LINKS):
                refuse_link(link)
    except UseError as error:
        raise UseError(error.code, **{"file": path.name} | dict(error.fields)) from None
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    about = {
        "how": "pcap", "name": path.name, "size": size, "read": source.octets, "digest": "sha256:" + source.hash.hexdigest(),
        "links": sorted(story.links),
    }  # fmt: skip
    return sighting(place, about, first, last, story.ended, story.dropped, dict(story.troubles), tally)


def watch(
    interface: str,
    seconds: float,
    place: Place,
    ready: Callable[[], None] = lambda: None,
    opened: Callable[[str], PacketSocket] = PacketSocket,
) -> dict[str, Any]:
    """Look at an interface. Ctrl-C ends it early, with what was seen. Raises UseError without right or interface."""
    source, tally = opened(interface), Tally(place.networks)
    started = time.time()
    deadline = time.monotonic() + seconds
    ended = WHOLE
    try:
        ready()
        _fill(source, tally, deadline)
    except KeyboardInterrupt:
        ended = INTERRUPTED
    finally:
        dropped = source.dropped()
        source.close()
    troubles = {"interface-down": source.down} if source.down else {}
    about = {"how": "live", "name": interface, "buffer": source.buffer}
    return sighting(place, about, started, time.time(), ended, dropped, troubles, tally)


def _fill(source: PacketSocket, tally: Tally, deadline: float) -> None:
    while (left := deadline - time.monotonic()) > 0:
        if not source.wait(min(left, TICK)):
            continue
        frames = source.take()
        now = time.time()
        tally.add([(now, ETHERNET, data, length) for data, length in frames])


def sighting(
    place: Place, source: dict[str, Any], started: float, finished: float, ended: str, dropped: int, troubles: dict[str, int], tally: Tally
) -> dict[str, Any]:
    """The data of a sighting: a tally, and where, when and how whole it is. Also for a capture that runs beside an active trial."""
    summary = tally.summary()
    if not summary["frames"] and ended == WHOLE:
        ended = EMPTY
    if summary["unread"]:
        troubles = troubles | {"frames-unreadable": summary["unread"]}
    return {
        "schema": SCHEMA, "zone": place.zone, "end": place.end, "networks": [str(network) for network in place.networks], "source": source,
        "started": round(started, 6), "finished": round(finished, 6), "ended": ended, "dropped": dropped, "troubles": troubles, **summary,
    }  # fmt: skip
