"""How often one address may try to come in: what the lock of an account does not see, many names from one place."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

MOST, SECONDS, ADDRESSES = 30, 600.0, 10_000


class Throttle:
    """Failures by address, the newest addresses only."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._held: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def full(self, address: str) -> bool:
        """Whether it has to wait."""
        with self._lock:
            return len(self._fresh(address)) >= self._most

    def failed(self, address: str) -> None:
        """Once more."""
        with self._lock:
            self._held[address] = [*self._fresh(address), self._clock()]
            self._held.move_to_end(address)
            while len(self._held) > ADDRESSES:
                self._held.popitem(last=False)

    def _fresh(self, address: str) -> list[float]:
        since = self._clock() - self._seconds
        return [moment for moment in self._held.get(address, []) if moment > since]
