"""The record of an end while it runs: written before anything is sent, and again and again, so that a kill loses seconds and not the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from scanner.errors import KeepError

Record = dict[str, Any]
Save = Callable[[Record], None]
SAVE_SECONDS = 10.0
"""How often the record is written."""
SHARE = 20
"""Seconds that pass at least for each second that a writing takes: a long record is written more seldom."""


class Saver:
    """Asks for the record and hands it over, from a thread of its own."""

    def __init__(self, make: Callable[[], Record], save: Save, halt: threading.Event) -> None:
        """``halt`` is set when the record can no more be written: what is found then would be lost."""
        self._make, self._save, self._halt = make, save, halt
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._cost = 0.0
        self._thread = threading.Thread(target=self._run, name="saving", daemon=True)

    def __enter__(self) -> Saver:
        """Write the first one, which says no more than that this end began. Raises KeepError."""
        self.now()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def now(self) -> None:
        """Write it. Raises KeepError."""
        with self._lock:
            began = time.monotonic()
            self._save(self._make())
            self._cost = time.monotonic() - began

    def _run(self) -> None:
        while not self._over.wait(max(SAVE_SECONDS, SHARE * self._cost)):
            try:
                self.now()
            except KeepError:
                # The last writing fails as well, and says so to the person.
                self._halt.set()
                return
