"""How often one account may send what is refused, in memory: each costs a check of its bytes and a row of the log."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MOST, SECONDS, NAMES = 200, 600.0, 10_000


class Throttle:
    """Failures by name, the newest names only."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._held: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def full(self, name: str) -> bool:
        """Whether it has to wait."""
        with self._lock:
            return len(self._fresh(name)) >= self._most

    def failed(self, name: str) -> None:
        """Once more."""
        with self._lock:
            self._held[name] = [*self._fresh(name), self._clock()]
            self._held.move_to_end(name)
            while len(self._held) > NAMES:
                self._held.popitem(last=False)

    def _fresh(self, name: str) -> list[float]:
        since = self._clock() - self._seconds
        return [moment for moment in self._held.get(name, []) if moment > since]
