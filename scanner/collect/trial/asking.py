"""Who are you: every service that was met and every SNMP engine is asked, several at a time, until the window ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from scanner.collect.trial.end import End
from scanner.collect.trial.identities import engine, identify
from scanner.collect.trial.journal import Progress
from scanner.collect.trial.knocking import Knocking
from scanner.collect.trial.relays import Service


def who_are_you(end: End, knocking: Knocking, progress: Progress) -> None:
    """Read the identity of every service and SNMP engine that was not read yet."""
    fresh = [service for service in knocking.services() if service not in knocking.identified]
    engines = [Service(s.mac, a, 161) for s in end.devices() for v in (4, 6) for a in end.addresses(s, v)[:1]]
    engines = [service for service in engines if service not in knocking.identified]
    knocking.identified.update(fresh, engines)
    progress.of += len(fresh) + len(engines)
    at_once(end, progress, [partial(identify, end, one, progress) for one in fresh] + [partial(engine, end, one) for one in engines])


def at_once(end: End, progress: Progress, jobs: Sequence[Callable[[], None]], workers: int = 8) -> None:
    """Run small jobs side by side; stops with the window."""
    pool = ThreadPoolExecutor(workers)
    try:
        for future in [pool.submit(job) for job in jobs]:
            while not future.done() and not end.over:
                end.wait(0.05)
            if not future.done():
                progress.cut("window")
                return
            future.result()
            progress.tried += 1
    finally:
        # What still waits for an answer is not waited for.
        pool.shutdown(wait=False, cancel_futures=True)
