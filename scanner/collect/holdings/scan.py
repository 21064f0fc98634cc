"""One catalogue target from its URL to the counts that rest on the shelf."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.collect.gather import Hearing, now_text
from scanner.collect.holdings.count import Asked
from scanner.collect.holdings.folder import folder as folder_of
from scanner.collect.holdings.ground import ground_of, modes
from scanner.collect.holdings.meter import Meter, estimate
from scanner.collect.holdings.notes import Notes, notes_for
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.servers import read_server, read_sqlite
from scanner.collect.holdings.work import counted
from scanner.collect.login import Login
from scanner.collect.places import Pins
from scanner.facts.holdings.reading import Found, Group, Place, Standing, Unread
from scanner.facts.holdings.stores import written
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical
from scanner.model.evidence import Evidence, Probe
from scanner.model.target import Target

Item = Found | Mapping[str, Any]


def ask_holdings(
    target: Target, login: Login | None, probes: Sequence[Probe], hearing: Hearing, pins: Pins = None, folder: Path | None = None
) -> list[Evidence]:
    """Evidence for the one probe there is. What could not be reached at all is absent with its reason.

    ``folder`` is the run's own: what is counted is noted there until the whole target is, so that a killed run goes on where it was.
    """
    started, began = now_text(), time.monotonic()
    asked, meter = Asked(as_of=date.fromisoformat(started[:10]), own=target.codes or {}), Meter(hearing.tell)
    cost = Cost((target.url or "").partition(":")[0])
    notes = notes_for(folder, target.id, _about(target, started[:10]))
    got = count(target, _found(target, login, hearing, pins, asked, notes, meter, cost), asked, cost, notes, meter)
    notes.close()
    absent = got if isinstance(got, Absent) else None
    return [
        Evidence(
            target=target.id,
            probe=probe.id,
            stdout=b"" if isinstance(got, Absent) else got,
            exit=None if isinstance(got, Absent) else 0,
            absent=absent,
            started=started,
            seconds=round(time.monotonic() - began, 3),
            operator=login.name if login is not None else "file",
            privilege="user",
        )
        for probe in probes
    ]


def _about(target: Target, day: str) -> str:
    """What the counts depend on beside the tables."""
    own = canonical(target.codes).decode("utf-8") if target.codes else ""
    return f"{target.url} {day}{own}"


def count(
    target: Target, found: Iterator[Item], asked: Asked, cost: Cost, notes: Notes | None = None, meter: Meter | None = None
) -> bytes | Absent:
    """The canonical JSON of everything that was found, counted."""
    lines: dict[str, dict[str, Any]] = {}
    unread: list[Unread] = []
    standings: list[Standing] = []
    for item in found:
        if isinstance(item, Standing):
            standings.append(item)
            continue
        for line in _counted(item, asked, notes or Notes(None), meter or Meter()):
            if isinstance(line, Unread):
                unread.append(line)
            elif line["path"] in lines:
                unread.append(Unread(Place(line["path"]), Why.GARBLED, "a second store of this name"))
            else:
                lines[line["path"]] = line
    if not lines and len(unread) == 1 and unread[0].why in (Why.UNREACHABLE, Why.AUTH_FAILED, Why.DRIVER_MISSING, Why.NOT_DECLARED):
        return Absent(unread[0].why, unread[0].detail)
    return written({
        "as_of": asked.as_of.isoformat(),
        "target": {"id": target.id, "zone": target.zone, "system": target.system, "url": target.url},
        "stores": [lines[path] for path in sorted(lines)],
        "unread": [_unread(item) for item in sorted(unread, key=lambda item: item.place.path)],
        "storage": {"stores": [dict(item.storage) for item in standings if item.storage]},
        "custody": {"elsewhere": [place for item in standings for place in _list(item.custody.get("elsewhere"))]},
        "backups": [dict(backup) for item in standings for backup in item.backups],
        "limit": cost.limit(),
        "seconds": round(cost.seconds(), 3),
        "bytes": cost.bytes,
    })  # fmt: skip


def _counted(item: Item, asked: Asked, notes: Notes, meter: Meter) -> Iterator[dict[str, Any] | Unread]:
    if isinstance(item, Mapping):
        yield dict(item)
    elif isinstance(item, Group):
        yield from _group(item, asked, notes, meter)
    else:
        yield from counted(item, asked)


def _group(group: Group, asked: Asked, notes: Notes, meter: Meter) -> list[dict[str, Any] | Unread]:
    sizes = {source.place.path: estimate(source) for source in group.sources}
    meter.expect(sum(sizes.values()))
    lines = notes.known(group)
    if lines is not None:
        meter.passed(sum(sizes.values()), sum(line["rows_total"] for line in lines if not isinstance(line, Unread)), noted=True)
        return lines

    def say(path: str, rows: int, over: bool, noted: bool) -> None:
        if over:
            meter.passed(sizes[path], rows, noted)
        else:
            meter.at(path, rows if sizes[path] else 0, rows)

    lines = list(counted(group, replace(asked, say=say), notes.of(group)))
    notes.keep(group, lines)
    return lines


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _unread(item: Unread) -> dict[str, Any]:
    return {"path": item.place.path, "why": item.why.value, "detail": item.detail[:200], "container": dict(item.place.container)}


def _found(
    target: Target, login: Login | None, hearing: Hearing, pins: Pins, asked: Asked, notes: Notes, meter: Meter, cost: Cost
) -> Iterator[Item]:
    """What the reader of the URL's scheme finds."""
    url = target.url or ""
    scheme, _, rest = url.partition(":")
    if scheme == "file":
        yield from folder_of(Path("/" + rest.lstrip("/")), asked, notes, meter, cost)
    elif scheme == "sqlite":
        path = Path("/" + rest.lstrip("/"))
        cost.bytes += _size(path)
        yield ground_of(path, modes((path,)))
        yield from read_sqlite(path, path.name, _volume(path), max(1.0, hearing.deadline - time.monotonic()))
    else:
        for item in read_server(url, login, hearing.deadline, pins):
            if not isinstance(item, Unread):
                hearing.entered(True)
            elif item.why is Why.AUTH_FAILED:
                hearing.entered(False)
            yield item


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _volume(path: Path) -> Mapping[str, str]:
    try:
        return MappingProxyType({"volume": str(path.stat().st_dev), "host": "local"})
    except OSError:
        return MappingProxyType({})


__all__ = ["ask_holdings", "count"]
