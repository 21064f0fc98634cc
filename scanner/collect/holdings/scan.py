"""One catalogue target from its URL to the counts that rest on the shelf."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.collect.gather import Hearing, now_text
from scanner.collect.holdings.backups import look
from scanner.collect.holdings.count import Asked
from scanner.collect.holdings.folder import folder as folder_of
from scanner.collect.holdings.ground import ground_of, modes
from scanner.collect.holdings.meter import Meter, estimate
from scanner.collect.holdings.naming import told_place, told_unread
from scanner.collect.holdings.notes import Notes, notes_for
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.recordnumbers import without_numbers
from scanner.collect.holdings.servers import read_server, read_sqlite
from scanner.collect.holdings.work import counted
from scanner.collect.login import Login
from scanner.collect.places import Pins
from scanner.facts.holdings.backup import PROBE as BACKUP
from scanner.facts.holdings.reading import Found, Group, Place, Standing, Unread
from scanner.facts.holdings.stores import written
from scanner.model.absent import Absent, Why
from scanner.model.canonical import canonical
from scanner.model.evidence import Evidence, Probe
from scanner.model.target import Target

Item = Found | Mapping[str, Any]
NOBODY = (Why.UNREACHABLE, Why.AUTH_FAILED, Why.DRIVER_MISSING, Why.NOT_DECLARED)
"""Reasons for which nothing at all was seen of a target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One catalogue target on one day, with what is noted of it."""

    target: Target
    login: Login | None
    hearing: Hearing
    pins: Pins
    as_of: str
    """The day to which periods are counted, ISO 8601."""
    notes: Notes

    @property
    def asked(self) -> Asked:
        """How counting is asked for."""
        return Asked(as_of=date.fromisoformat(self.as_of), own=self.target.codes or {})

    @property
    def root(self) -> Path | None:
        """The folder or file of a ``file:`` target."""
        scheme, _, rest = (self.target.url or "").partition(":")
        return Path("/" + rest.lstrip("/")) if scheme == "file" else None

    def found(self, meter: Meter, cost: Cost) -> Iterator[Item]:
        """What the reader of the URL's scheme finds."""
        url, deadline = self.target.url or "", self.hearing.deadline
        scheme, _, rest = url.partition(":")
        if self.root is not None:
            yield from folder_of(self.root, self.asked, self.notes, meter, cost)
        elif scheme == "sqlite":
            path = Path("/" + rest.lstrip("/"))
            cost.bytes += _size(path)
            yield ground_of(path, modes((path,)))
            yield from read_sqlite(path, path.name, _volume(path), max(1.0, deadline - time.monotonic()))
        else:
            for item in read_server(url, self.login, deadline, self.pins):
                if not isinstance(item, Unread):
                    self.hearing.entered(True)
                elif item.why is Why.AUTH_FAILED:
                    self.hearing.entered(False)
                yield item

    def evidence(self, probes: Sequence[Probe]) -> list[Evidence]:
        """Evidence for what is asked: counts, and what a folder of backups is. What could not be reached at all is absent with its reason."""
        started, meter, cost = now_text(), Meter(self.hearing.tell), Cost((self.target.url or "").partition(":")[0])
        if all(probe.id == BACKUP for probe in probes):
            return [self._backup(probe) for probe in probes]
        got = count(self.target, self.found(meter, cost), self.asked, cost, self.notes, meter)
        return self.told(got, probes, started, cost)

    def told(self, got: bytes | Absent, probes: Sequence[Probe], started: str, cost: Cost | None = None) -> list[Evidence]:
        """Counts, or why there are none, as evidence."""
        absent = got if isinstance(got, Absent) else None
        counts = [
            Evidence(
                target=self.target.id,
                probe=probe.id,
                stdout=b"" if isinstance(got, Absent) else got,
                exit=None if isinstance(got, Absent) else 0,
                absent=absent,
                started=started,
                seconds=round(cost.seconds(), 3) if cost is not None else 0.0,
                operator=self.login.name if self.login is not None else "file",
                privilege="user",
                pace=cost.limit() if cost is not None and absent is None else "",
            )
            for probe in probes
            if probe.id != BACKUP
        ]
        return [*counts, *(self._backup(probe) for probe in probes if probe.id == BACKUP)]

    def _backup(self, probe: Probe) -> Evidence:
        """A folder of backups, looked at and hashed; a target that is none says so."""
        started, began = now_text(), time.monotonic()
        got: bytes | Absent = Absent(Why.NOT_PRESENT, "no folder of backups")
        if self.target.backup is not None and self.root is not None:
            got = look(self.root, self.target.backup, date.fromisoformat(self.as_of), self.hearing.deadline)
        return Evidence(
            target=self.target.id,
            probe=probe.id,
            stdout=b"" if isinstance(got, Absent) else got,
            exit=None if isinstance(got, Absent) else 0,
            absent=got if isinstance(got, Absent) else None,
            started=started,
            seconds=round(time.monotonic() - began, 3),
            operator="file",
            privilege="user",
        )


def ask_holdings(
    target: Target, login: Login | None, probes: Sequence[Probe], hearing: Hearing, pins: Pins = None, folder: Path | None = None
) -> list[Evidence]:
    """Visit a target today. ``folder`` is the run's own: what is counted is noted there until the whole target is, so that a killed
    run goes on where it was."""
    as_of = now_text()[:10]
    notes = notes_of(folder, target, as_of)
    found = Visit(target=target, login=login, hearing=hearing, pins=pins, as_of=as_of, notes=notes).evidence(probes)
    notes.close()
    return found


def notes_of(folder: Path | None, target: Target, as_of: str) -> Notes:
    """The notes of a target on a day."""
    return notes_for(folder, target.id, about_of(target, as_of))


def about_of(target: Target, as_of: str) -> str:
    """What the counts of a target depend on beside its tables."""
    own = canonical(target.codes).decode("utf-8") if target.codes else ""
    return f"{target.url} {as_of}{own}"


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
                lines[line["path"]] = without_numbers(line)
    if not lines and len(unread) == 1 and unread[0].why in NOBODY:
        return Absent(unread[0].why, unread[0].detail)
    return written({
        "as_of": asked.as_of.isoformat(),
        "target": {"id": target.id, "zone": target.zone, "system": target.system, "url": target.url},
        "stores": [lines[path] for path in sorted(lines)],
        "unread": [_unread(item) for item in sorted(unread, key=lambda item: item.place.path)],
        "storage": {"stores": [_told(item.storage) for item in standings if item.storage]},
        "custody": {"elsewhere": [place for item in standings for place in _list(_told(item.custody.get("elsewhere")))]},
        "backups": [dict(backup) for item in standings for backup in item.backups],
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
    container = {kind: told_place(name) for kind, name in item.place.container.items()}
    return {"path": told_unread(item.place.path), "why": item.why.value, "detail": item.detail[:200], "container": container}


def _told(value: Any) -> Any:
    """What a store shows of itself, with names of views and files as places are told."""
    if isinstance(value, str):
        return told_place(value)
    if isinstance(value, Mapping):
        return {key: _told(item) for key, item in value.items()}
    return [_told(item) for item in value] if isinstance(value, list | tuple) else value


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


__all__ = ["NOBODY", "Visit", "about_of", "ask_holdings", "count", "notes_of"]
