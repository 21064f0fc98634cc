"""What runs on a Dask worker: the two functions that are called there by their import path, on the worker's installed package."""

from __future__ import annotations

import threading
import time

import msgspec

from scanner.collect.compose import Slot
from scanner.collect.gather import Job, Progress, failed, now_text, run_job
from scanner.collect.jobs import make_job
from scanner.collect.login import Login, Reference, resolve_secret
from scanner.engine.permits import FarAttempts, Post
from scanner.engine.wire import Reply, Task, installed, pack_reply, reply_of, unpack_task
from scanner.errors import UseError
from scanner.facts.fact import spec_by_probe
from scanner.model.absent import Absent, Why
from scanner.rulebook.book import rulebook

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
    post = Post(task.run, task.number, worker.address, worker.log_event)
    job, lost = _job(task)
    outcome = failed(job, lost, now_text(), 0.0) if lost is not None else run_job(job, FarAttempts(post), _told(post))
    return pack_reply(reply_of(outcome, worker.address))


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
