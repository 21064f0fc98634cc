"""From targets and their probes to jobs: who is talked to, by which transport, in one conversation each."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scanner.collect.compose import Slot
from scanner.collect.gather import Ask, Hearing, Job, now_text
from scanner.collect.http import ask_web
from scanner.collect.login import Login
from scanner.collect.places import Pins
from scanner.collect.sql import ask_sql
from scanner.collect.transports import transport_for
from scanner.errors import ReachError
from scanner.facts.netdev.masking import mask_config
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Evidence, EvidenceKind, Probe
from scanner.model.target import Target

DECLARED_KINDS = ("site", "pair", "unit")
"""Kinds that are asked of the unit's own declaration."""
SHELL = ("sh", "files")
"""Probes that a shell puts."""
DATABASE_SECONDS = 60.0
WEB_SECONDS = 60.0
HOLDINGS_SECONDS = 86_400.0
"""A catalogue is counted whole, however large; every statement and every file has limits of its own."""
MAX_CONFIG = 4 * 1024 * 1024
"""A saved device configuration larger than this is refused, in bytes."""


def make_jobs(
    targets: Sequence[Target],
    probes: Mapping[str, Sequence[Probe]],
    logins: Mapping[str, Login],
    declared: Mapping[str, bytes],
    pins: Pins = None,
    folder: Path | None = None,
) -> list[Job]:
    """One job for every target that is talked to; what a host carries rides in the host's own conversation.

    ``declared`` holds the canonical JSON of the unit's declaration by probe id; ``folder`` is where long counts are noted.
    """
    carried: dict[str, list[Target]] = {}
    hosts = {target.id: target for target in targets}
    for target in targets:
        if target.kind == "middleware" and target.host in hosts:
            carried.setdefault(target.host or "", []).append(target)
    jobs = []
    for target in targets:
        if target.kind == "middleware" and target.host in hosts:
            continue
        login = logins.get(target.login or "")
        slots = tuple(Slot(target.id, probe) for probe in probes.get(target.id, ()))
        if target.kind == "linux":
            owners = (target, *carried.get(target.id, ()))
            slots = tuple(Slot(owner.id, probe) for owner in owners for probe in probes.get(owner.id, ()) if probe.via in SHELL)
        if slots:
            jobs.append(make_job(target, slots, login, declared, pins, folder))
    return jobs


def make_job(
    target: Target,
    slots: tuple[Slot, ...],
    login: Login | None,
    declared: Mapping[str, bytes],
    pins: Pins = None,
    folder: Path | None = None,
) -> Job:
    """The conversation with one target; wherever it is made from the same data, it asks the same."""
    if target.kind == "linux":
        converse = transport_for(target.address, login.transport if login is not None else "paramiko")
        return Job(target=target, slots=slots, login=login, converse=converse, pins=pins)
    ask, seconds = _asker(target, tuple(slot.probe for slot in slots), login, declared, pins, folder)
    return Job(target=target, slots=slots, login=login, ask=ask, seconds=seconds, pins=pins, folder=folder)


def _asker(
    target: Target, probes: tuple[Probe, ...], login: Login | None, declared: Mapping[str, bytes], pins: Pins, folder: Path | None
) -> tuple[Ask, float]:
    if target.kind == "database":
        return lambda hearing: ask_sql(target, login, probes, hearing.deadline, pins), DATABASE_SECONDS
    if target.kind == "web":
        return lambda hearing: ask_web(target, probes, hearing.deadline, pins=pins), WEB_SECONDS
    if target.kind == "netdev" and target.config is not None:
        return lambda _: _each(target, probes, lambda _probe: _config(target)), 30.0
    if target.kind == "catalogue":
        return lambda hearing: _holdings(target, login, probes, hearing, pins, folder), HOLDINGS_SECONDS
    if target.kind in DECLARED_KINDS:
        return lambda _: _each(target, probes, lambda probe: _declaration(target, probe, declared)), 30.0
    nobody = Absent(Why.DRIVER_MISSING, f"{target.kind}: no transport in this release")
    return lambda _: _each(target, probes, lambda _probe: nobody), 5.0


def _holdings(
    target: Target, login: Login | None, probes: Sequence[Probe], hearing: Hearing, pins: Pins, folder: Path | None
) -> list[Evidence]:
    """Only who counts a catalogue needs the readers and the libraries that they need."""
    try:
        from scanner.collect.holdings.scan import ask_holdings
    except ImportError as error:
        raise ReachError(Why.DRIVER_MISSING, f"{error.name or error}") from None
    return ask_holdings(target, login, probes, hearing, pins, folder)


def asked_here(target: Target) -> bool:
    """Whether only this very machine can ask: it is the target itself, or what is asked lies in files beside the inventory."""
    return target.address == "local" or target.config is not None or target.kind in DECLARED_KINDS


def _each(target: Target, probes: Sequence[Probe], get: Callable[[Probe], bytes | Absent]) -> list[Evidence]:
    out = []
    for probe in probes:
        got = get(probe)
        absent = got if isinstance(got, Absent) else None
        kind: EvidenceKind = "trial" if probe.id == "isolation.trials" else "declaration" if probe.via in ("declared", "unit") else "answer"
        out.append(
            Evidence(
                target=target.id,
                probe=probe.id,
                kind=kind,
                stdout=b"" if isinstance(got, Absent) else got,
                exit=None if isinstance(got, Absent) else 0,
                absent=absent,
                started=now_text(),
                operator="file",
                privilege="user",
            )
        )
    return out


def read_regular(path: Path, limit: int) -> bytes | Absent:
    """The bytes of a regular file, or why not: no FIFO, no device, no link at the end of the path, bounded."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        return Absent(Why.NO_PERMISSION, path.name)
    except OSError as error:
        return Absent(Why.FILE_MISSING, f"{path.name}: {error.strerror}")
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return Absent(Why.GARBLED, f"{path.name}: not a regular file")
        data = stream.read(limit + 1)
    return Absent(Why.TRUNCATED, f"{path.name}: more than {limit} bytes") if len(data) > limit else data


def _config(target: Target) -> bytes | Absent:
    data = read_regular(Path(target.config or ""), MAX_CONFIG)
    return data if isinstance(data, Absent) else mask_config(data, target.platform)


def _declaration(target: Target, probe: Probe, declared: Mapping[str, bytes]) -> bytes | Absent:
    found = declared.get(f"{target.id}:{probe.id}", declared.get(probe.id))
    return found if found is not None else Absent(Why.NOT_DECLARED, probe.id)
