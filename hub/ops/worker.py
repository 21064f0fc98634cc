"""What the hub does beside answering: it keeps the roll-up up with what came in. A thread of its own; trouble is told and tried again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.intake.door import DEFECTS
from hub.intake.fold import fold
from hub.store.database import Database
from scanner.errors import KeepError, ShiquError

TROUBLE = (ShiquError, *DEFECTS)
"""What ends one step and no thread: what nobody follows up any more would look like what nobody is late with."""
IDLE_SECONDS, TROUBLE_SECONDS = 1.0, 5.0
LOG = logging.getLogger("shiqu.hub")


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done again and again."""

    seconds: float
    """Between two times."""
    run: Callable[[Database], object]
    """Raises KeepError when the database fails."""


class Worker:
    """Starts and stops the threads; a kill at any time costs nothing but the step that was not finished."""

    def __init__(self, database: Database, jobs: Sequence[Job] = ()) -> None:
        self._database, self._stop = database, threading.Event()
        self._threads = [threading.Thread(target=self._fold, name="fold", daemon=True)]
        self._threads += [threading.Thread(target=self._again, args=(job,), name="job", daemon=True) for job in jobs]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the steps that are under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _fold(self) -> None:
        while not self._stop.is_set():
            try:
                if not fold(self._database):
                    self._stop.wait(IDLE_SECONDS)
            except TROUBLE as error:
                _tell("fold", error)
                self._stop.wait(TROUBLE_SECONDS)

    def _again(self, job: Job) -> None:
        while not self._stop.wait(job.seconds):
            try:
                job.run(self._database)
            except TROUBLE as error:
                _tell("job", error)


def _tell(what: str, error: Exception) -> None:
    LOG.error("%s: %s", what, error, exc_info=None if isinstance(error, KeepError) else error)
