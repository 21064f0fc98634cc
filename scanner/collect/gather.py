"""Many hosts at once, bounded; one bad host never slows or loses the others."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from scanner.collect.clean import clean
from scanner.collect.compose import Slot, compose
from scanner.collect.converse import Call
from scanner.collect.frames import Raw, read_frames
from scanner.collect.login import Attempts, Login
from scanner.collect.places import Pins
from scanner.errors import ReachError
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Evidence
from scanner.model.target import Target

HOST_SECONDS = 120.0
"""Total time limit of one host, in seconds, from dialling to the last byte."""
Converse = Callable[[Call], Raw]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What an asker is given, and whom it tells how it goes."""

    deadline: float
    """``time.monotonic()`` by which it must be over."""
    tell: Callable[[str], None] = lambda _detail: None
    """Progress, in the words of :data:`Progress`'s detail."""
    entered: Callable[[bool], None] = lambda _accepted: None
    """Told once whether the server took the password: a long count must not keep others waiting for that."""


Ask = Callable[[Hearing], list[Evidence]]
"""Any other way of asking: returns evidence for every probe of the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that is asked in one conversation."""

    target: Target
    """The host (or database, device …) that is talked to."""
    slots: tuple[Slot, ...]
    """Every question, also those on behalf of what the host carries."""
    login: Login | None = None
    converse: Converse | None = None
    """A shell transport; None when ``ask`` is set."""
    ask: Ask | None = None
    seconds: float = HOST_SECONDS
    pins: Pins = None
    """Addresses that names stood for when the scope was judged."""
    folder: Path | None = None
    """The run's own: where a long count is noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One job's evidence, whole or not, and how it went."""

    job: Job
    evidence: tuple[Evidence, ...]
    reached: bool
    absent: Absent | None
    """Why it was not reached or broke off."""
    privilege: str = ""
    operator: str = ""
    seconds: float = 0.0
    clock_skew: int | None = None
    """Target's clock minus ours, in seconds."""
    notes: Mapping[str, str] = field(default_factory=dict)


Progress = Callable[[str, str, str], None]
"""``progress(target id, state, detail)`` with state queued | asking | done | failed; called from worker threads."""


def now_text() -> str:
    """UTC now, ISO 8601 to the second, with Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gather(jobs: Sequence[Job], workers: int, progress: Progress, attempts: Attempts | None = None) -> Iterator[Outcome]:
    """Yield every job's outcome as it comes. Closing the generator (or Ctrl-C) abandons what is still running.

    Workers are daemon threads: a host that hangs cannot keep the program alive.
    """
    attempts = attempts or Attempts()
    todo: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    # At most this many finished hosts wait for the shelf: memory stays bounded when the disk is slow.
    room = threading.Semaphore(workers * 2)
    for job in jobs:
        todo.put(job)

    def work() -> None:
        while True:
            job = todo.get()
            if job is None:
                return
            room.acquire()
            done.put(run_job(job, attempts, progress))

    count = max(1, min(workers, len(jobs)))
    for _ in range(count):
        todo.put(None)
        threading.Thread(target=work, daemon=True, name="shiqu-gather").start()
    for _ in jobs:
        outcome = done.get()
        room.release()
        yield outcome


def run_job(job: Job, attempts: Attempts, progress: Progress) -> Outcome:
    """Run one job. Never raises: what goes wrong becomes Absent for every slot."""
    started, began = now_text(), time.monotonic()
    try:
        outcome = _run(job, attempts, progress, started, began)
    except ReachError as error:
        outcome = failed(job, error.absent, started, time.monotonic() - began)
    except Exception as error:  # noqa: BLE001  (one of the two documented places: one bad host must not lose the others)
        # What a reader of records trips over may quote one.
        said = "" if job.target.kind == "catalogue" else f": {error}"
        outcome = failed(job, Absent(Why.DEFECT, f"{type(error).__name__}{said}"[:200]), started, time.monotonic() - began)
    progress(job.target.id, "done" if outcome.reached else "failed", outcome.absent.why if outcome.absent is not None else "")
    return outcome


def _run(job: Job, attempts: Attempts, progress: Progress, started: str, began: float) -> Outcome:
    deadline = began + job.seconds
    if job.converse is None:
        assert job.ask is not None
        progress(job.target.id, "asking", "")
        tell = partial(progress, job.target.id, "asking")
        evidence = tuple(_clean_all(_asked(job, attempts, deadline, tell), job))
        lost = next((e.absent for e in evidence if e.absent is not None and e.absent.why in UNREACHED), None)
        reached = any(e.absent is None for e in evidence) or lost is None
        return Outcome(
            job=job,
            evidence=evidence,
            reached=reached,
            absent=None if reached else lost,
            operator=evidence[0].operator if evidence else "",
            seconds=time.monotonic() - began,
        )
    script = compose(job.slots, secrets.token_hex(16))
    call = Call(job.target, job.login, script, deadline, attempts, lambda state: progress(job.target.id, "asking", state), job.pins)
    raw = _elevated(job, call, job.converse)
    took = time.monotonic() - began
    reading = read_frames(script, raw, started, round(took, 3))
    probes = {slot.probe.id: slot.probe for slot in script.slots}
    return Outcome(
        job=job,
        evidence=tuple(clean(item, probes[item.probe]) for item in reading.evidence),
        reached=reading.privilege != "",
        absent=raw.cut
        if raw.cut is not None
        else (None if reading.complete else Absent(Why.TRUNCATED, "the script did not come to its end")),
        privilege=reading.privilege,
        operator=raw.operator,
        seconds=round(took, 3),
        clock_skew=None if reading.clock is None else reading.clock - int(time.time()),
        notes=raw.notes,
    )


def _elevated(job: Job, call: Call, converse: Converse) -> Raw:
    """Converse; a sudo or su password counts as a login of its own: one trial first, at most one failure per host."""
    if job.login is None or job.login.elevate_password is None:
        return converse(call)
    account, place = replace(job.login, name=f"{job.login.name} ({job.login.elevate})"), f"{job.target.address}:{job.target.port or 22}"
    call.attempts.begin(account, place)
    accepted: bool | None = None
    try:
        raw = converse(call)
        accepted = call.script.token.encode() in raw.stdout
        if not accepted:
            raise ReachError(Why.AUTH_FAILED, f"{job.login.elevate} refused the password of login {job.login.name}")
        return raw
    finally:
        call.attempts.end(account, place, accepted)


def _asked(job: Job, attempts: Attempts, deadline: float, tell: Callable[[str], None]) -> Sequence[Evidence]:
    """Ask a server that takes a password: an account that was refused once in this run is not tried a second time."""
    assert job.ask is not None
    login, place = job.login, urlsplit(job.target.url or "").netloc
    if login is None or login.password is None or not place:
        return job.ask(Hearing(deadline, tell))
    attempts.begin(login, place)
    told: list[bool] = []

    def entered(accepted: bool) -> None:
        if not told:
            told.append(accepted)
            attempts.end(login, place, accepted)

    accepted: bool | None = None
    try:
        evidence = job.ask(Hearing(deadline, tell, entered))
        refused = any(item.absent is not None and item.absent.why is Why.AUTH_FAILED for item in evidence)
        accepted = False if refused else True if any(item.absent is None for item in evidence) else None
        return evidence
    finally:
        if not told:
            attempts.end(login, place, accepted)


UNREACHED = {Why.UNREACHABLE, Why.AUTH_FAILED, Why.HOST_KEY_UNKNOWN, Why.HOST_KEY_CHANGED, Why.DRIVER_MISSING}
"""Reasons that speak of the whole target."""


def _clean_all(evidence: Sequence[Evidence], job: Job) -> Iterator[Evidence]:
    probes = {slot.probe.id: slot.probe for slot in job.slots}
    for item in evidence:
        yield clean(item, probes[item.probe])


def failed(job: Job, absent: Absent, started: str, seconds: float) -> Outcome:
    """An outcome in which every slot is absent for one reason."""
    operator = job.login.name if job.login is not None else ""
    evidence = tuple(
        Evidence(target=slot.target, probe=slot.probe.id, absent=absent, started=started, seconds=round(seconds, 3), operator=operator)
        for slot in job.slots
    )
    return Outcome(job=job, evidence=evidence, reached=False, absent=absent, operator=operator, seconds=round(seconds, 3))
