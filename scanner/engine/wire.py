"""What travels between the machine that holds a run and a worker: names and data, as JSON and MessagePack. No secret, no code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

from scanner import __version__
from scanner.collect.gather import Job, Outcome
from scanner.collect.holdings.parts import Part
from scanner.collect.login import Reference
from scanner.model.absent import Absent
from scanner.model.evidence import Evidence
from scanner.model.target import Target
from scanner.rulebook.seal import rulebook_digest

Stage = Literal["job", "plan", "part", "whole"]
"""A job as it is; of a catalogue: look how to cut it (and count it whole where that is not worth it), a part, the whole from its parts."""
READERS = ("scanner.collect", "scanner.engine")
"""Packages that decide what is read, beside those that the rulebook's digest covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What a machine has installed, as far as it can change a result."""

    release: str
    rulebook: str
    """Digest of the rulebook."""
    readers: str
    """Digest of the sources that collect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One job as a worker gets it."""

    run: str
    number: int
    """Of the job, within the run."""
    serial: int
    """Of the task, within the run: a job may be sent in parts."""
    installed: Installed
    """What the run's own machine has: a worker with anything else refuses."""
    target: Target
    slots: tuple[tuple[str, str], ...]
    """Target id and probe id of every question."""
    reference: Reference | None
    """The login; its secrets are resolved where the worker runs."""
    pins: dict[str, str] | None
    stage: Stage = "job"
    part: Part | None = None
    as_of: str = ""
    """Of a catalogue: the day to which periods are counted."""
    notes: tuple[str, ...] = ()
    """Of a catalogue: rows of counts that are there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a worker answers."""

    installed: Installed | None = None
    """Set when the worker refused, because it has this installed."""
    worker: str = ""
    evidence: tuple[Evidence, ...] = ()
    reached: bool = False
    absent: Absent | None = None
    privilege: str = ""
    operator: str = ""
    seconds: float = 0.0
    clock_skew: int | None = None
    notes: dict[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    """How a large store is to be cut; then there is no evidence yet."""
    rows: tuple[bytes, ...] = ()
    """What was counted of a part."""


@cache
def installed() -> Installed:
    """What this machine has installed."""
    total = hashlib.sha256()
    for name in READERS:
        for path, data in _sources(files(name), name):
            total.update(f"{path}\0{len(data)}\0".encode())
            total.update(data)
    return Installed(release=__version__, rulebook=rulebook_digest(), readers="sha256:" + total.hexdigest())


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.name.endswith((".py", ".yaml")):
            yield f"{name}/{item.name}", item.read_bytes()
        elif item.is_dir() and item.name != "__pycache__":
            yield from _sources(item, f"{name}/{item.name}")


def task_of(run: str, number: int, serial: int, job: Job, **catalogue: Any) -> Task:
    """A job as data; ``catalogue`` are the fields of a large store's stages."""
    return Task(
        run=run,
        number=number,
        serial=serial,
        installed=installed(),
        target=job.target,
        slots=tuple((slot.target, slot.probe.id) for slot in job.slots),
        reference=job.login.reference if job.login is not None else None,
        pins=None if job.pins is None else dict(job.pins),
        **catalogue,
    )


def reply_of(outcome: Outcome, worker: str) -> Reply:
    """An outcome as data."""
    return Reply(
        worker=worker,
        evidence=outcome.evidence,
        reached=outcome.reached,
        absent=outcome.absent,
        privilege=outcome.privilege,
        operator=outcome.operator,
        seconds=outcome.seconds,
        clock_skew=outcome.clock_skew,
        notes=dict(outcome.notes),
    )


def outcome_of(job: Job, reply: Reply) -> Outcome:
    """The outcome of a job. Raises ValueError unless every question, and no other, is answered once."""
    if sorted((item.target, item.probe) for item in reply.evidence) != sorted((slot.target, slot.probe.id) for slot in job.slots):
        raise ValueError("answers to other questions")
    return Outcome(
        job=job,
        evidence=reply.evidence,
        reached=reply.reached,
        absent=reply.absent,
        privilege=reply.privilege,
        operator=reply.operator,
        seconds=reply.seconds,
        clock_skew=reply.clock_skew,
        notes=reply.notes,
    )


def pack_task(task: Task) -> bytes:
    """A task's bytes."""
    return msgspec.json.encode(task)


_TASK = msgspec.json.Decoder(Task)
"""Made while only one thread runs: two that are the first to name a type to msgspec crash each other."""


def unpack_task(data: bytes) -> Task:
    """The task. Raises ValueError when the bytes are none."""
    return _TASK.decode(data)


def pack_reply(reply: Reply) -> bytes:
    """A reply's bytes."""
    return msgspec.msgpack.encode(reply)


def unpack_reply(data: object) -> Reply:
    """The reply. Raises ValueError when it is none."""
    if not isinstance(data, bytes):
        raise ValueError("no bytes")
    return msgspec.msgpack.decode(data, type=Reply)
