"""What runs on a Dask worker: the two functions that are called there by their import path, on the worker's installed package."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import msgspec

from scanner.collect.compose import Slot
from scanner.collect.gather import Hearing, Job, Progress, failed, now_text, run_job
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.parts import Part, do, plan
from scanner.collect.holdings.scan import Visit, about_of
from scanner.collect.jobs import make_job
from scanner.collect.login import Login, Reference
from scanner.engine.permits import FarAttempts, Post
from scanner.engine.wire import Reply, Task, installed, pack_reply, reply_of, unpack_task
from scanner.errors import ReachError, UseError
from scanner.facts.fact import spec_by_probe
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Evidence
from scanner.rulebook.book import rulebook
from scanner.secret import resolve_secret

TOLD_SECONDS = 0.5
"""Progress of one job is told at most so often."""


def identity() -> bytes:
    """What is installed here."""
    return msgspec.json.encode(installed())


def run(payload: bytes) -> bytes:
    """Run one job here; never raises for what a target does."""
    from distributed import get_worker

    worker = get_worker()
    task = unpack_task(payload)
    if task.installed != installed():
        return pack_reply(Reply(installed=installed(), worker=worker.address))
    post = Post(task.run, task.number, task.serial, worker.address, worker.log_event)
    job, lost = _job(task)
    counting = _Counting(task, job.login) if task.stage != "job" else None
    if counting is not None:
        job = replace(job, ask=counting.ask)
    outcome = failed(job, lost, now_text(), 0.0) if lost is not None else run_job(job, FarAttempts(post), _told(post))
    reply = reply_of(outcome, worker.address)
    return pack_reply(reply if counting is None else replace(reply, parts=tuple(counting.parts), rows=tuple(counting.notes.fresh)))


class _Counting:
    """One stage of counting a catalogue, in the place of a job's own asking."""

    def __init__(self, task: Task, login: Login | None) -> None:
        self._task, self._login = task, login
        self.notes = Notes(None, about_of(task.target, task.as_of))
        self.notes.absorb(row.encode() for row in task.notes)
        self.parts: list[Part] = []

    def ask(self, hearing: Hearing) -> list[Evidence]:
        """Evidence of the whole; none where only parts were looked for or counted."""
        task, started = self._task, now_text()
        probes = [spec_by_probe(probe).probe for _, probe in task.slots]
        visit = Visit(target=task.target, login=self._login, hearing=hearing, pins=task.pins, as_of=task.as_of, notes=self.notes)
        if task.stage == "part" and task.part is not None:
            do(visit, task.part)
            return []
        if task.stage == "plan":
            try:
                parts = plan(visit)
            except ReachError as error:
                return visit.told(error.absent, probes, started)
            if len(parts) > 1:
                self.parts = parts
                return []
        return visit.evidence(probes)


def _job(task: Task) -> tuple[Job, Absent | None]:
    """The job, made anew from data; and why it cannot be run, where its secrets are not to be had here."""
    rulebook()  # plug-ins bring facts of their own
    slots = tuple(Slot(target, spec_by_probe(probe).probe) for target, probe in task.slots)
    try:
        login, lost = _login(task.reference), None
    except UseError as error:
        # The sentence stands in the locale of the machine that reads it; code and name are enough to find it.
        bare = task.reference.login(lambda _: "") if task.reference is not None else None
        login, lost = bare, Absent(Why.NOT_DECLARED, f"{error} (on the worker)")
    return make_job(task.target, slots, login, {}, task.pins), lost


def _login(reference: Reference | None) -> Login | None:
    return None if reference is None else reference.login(lambda text: resolve_secret(text, ""))


def _told(post: Post) -> Progress:
    """Progress as messages to the run's own machine, not more often than a person can read."""
    last: list[float] = [0.0]
    lock = threading.Lock()

    def tell(_target: str, state: str, detail: str) -> None:
        with lock:
            if state != "asking" or time.monotonic() - last[0] < TOLD_SECONDS:
                return
            last[0] = time.monotonic()
        post.send("tell", detail=detail)

    return tell
