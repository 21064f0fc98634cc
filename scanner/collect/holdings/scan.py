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
from scanner.collect.holdings.files.apart import Apart
from scanner.collect.holdings.files.walk import walk
from scanner.collect.holdings.naming import told, told_unread
from scanner.collect.holdings.notes import Notes, notes_for
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.servers import read_server, read_sqlite
from scanner.collect.holdings.work import WORK, counted, opened
from scanner.collect.login import Login
from scanner.collect.places import Pins
from scanner.facts.holdings.reading import Found, Group, Place, Standing, Unread
from scanner.facts.holdings.stores import written
from scanner.model.absent import Absent, Why
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
    asked, cost = Asked(as_of=date.fromisoformat(started[:10])), Cost((target.url or "").partition(":")[0])
    notes = notes_for(folder, target.id, f"{target.url} {started[:10]}")
    got = count(target, _found(target, login, hearing, pins, asked, cost), asked, cost, notes)
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


def count(target: Target, found: Iterator[Item], asked: Asked, cost: Cost, notes: Notes | None = None) -> bytes | Absent:
    """The canonical JSON of everything that was found, counted."""
    lines: dict[str, dict[str, Any]] = {}
    unread: list[Unread] = []
    standings: list[Standing] = []
    for item in found:
        if isinstance(item, Standing):
            standings.append(item)
            continue
        for line in _counted(item, asked, notes or Notes(None)):
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


def _counted(item: Item, asked: Asked, notes: Notes) -> Iterator[dict[str, Any] | Unread]:
    if isinstance(item, Mapping):
        yield dict(item)
    elif isinstance(item, Group):
        lines = notes.known(item)
        if lines is None:
            lines = list(counted(item, asked))
            notes.keep(item, lines)
        yield from lines
    else:
        yield from counted(item, asked)


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _unread(item: Unread) -> dict[str, Any]:
    return {"path": item.place.path, "why": item.why.value, "detail": item.detail[:200], "container": dict(item.place.container)}


def _found(target: Target, login: Login | None, hearing: Hearing, pins: Pins, asked: Asked, cost: Cost) -> Iterator[Item]:
    """What the reader of the URL's scheme finds."""
    url = target.url or ""
    scheme, _, rest = url.partition(":")
    if scheme == "file":
        yield from _files(Path("/" + rest.lstrip("/")), asked, cost)
    elif scheme == "sqlite":
        path = Path("/" + rest.lstrip("/"))
        cost.bytes += _size(path)
        yield from read_sqlite(path, path.name, _volume(path), max(1.0, hearing.deadline - time.monotonic()))
    else:
        for item in read_server(url, login, hearing.deadline, pins):
            if not isinstance(item, Unread):
                hearing.entered(True)
            elif item.why is Why.AUTH_FAILED:
                hearing.entered(False)
            yield item


def _files(root: Path, asked: Asked, cost: Cost) -> Iterator[Item]:
    """Every file below a root, opened and counted in a worker; what comes back holds no text of any record."""
    options = {"as_of": asked.as_of.isoformat(), "own": {key: dict(words) for key, words in asked.own.items()}}
    try:
        entries = list(walk(root))
    except OSError as error:
        yield Unread(Place("."), Why.NO_PERMISSION if isinstance(error, PermissionError) else Why.FILE_MISSING, type(error).__name__)
        return
    cost.bytes += sum(entry.size for entry in entries if not isinstance(entry, Unread))
    apart = Apart(WORK, options)
    for answer in apart.scan(entries):
        if isinstance(answer, Unread):
            yield replace(answer, place=replace(answer.place, path=told_unread(answer.place.path)))
            continue
        data = opened(answer.payload)
        volume = {"volume": str(answer.entry.identity[0]), "host": "local"}
        yield from ({**_named(line), "container": _identified(root, {**volume, **line["container"]})} for line in data["lines"])
        yield from (Unread(Place(told_unread(path), container), Why(why), detail) for path, why, detail, container in data["unread"])
        yield from (Standing(*parts) for parts in data["standing"])
    cost.apart += apart.cpu


def _named(line: Mapping[str, Any]) -> dict[str, Any]:
    return {**line, "path": told(line["path"])} if line["role"] == "document" else dict(line)


def _identified(root: Path, container: Mapping[str, str]) -> dict[str, str]:
    """A database in a file is known by its whole path: two targets may both hold a ``catalogue.db``."""
    base = container.get("database")
    return dict(container) if base is None or base.startswith("/") else {**container, "database": f"{root}/{base}"}


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
