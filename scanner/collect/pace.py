"""A bound on packets that holds in every window of a second, retransmissions of the kernel included."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

WINDOW = 1.1
"""Seconds. A little more than one: the kernel's timers are late by some hundredths."""
STEP = 0.005
"""Seconds between two looks whether there is room."""


class Pace:
    """Gives leave to send. Every attempt books the packets that it may cause, now and later, and gives back what it did not need."""

    def __init__(self, rate: int) -> None:
        """``rate`` in packets a second in all."""
        self._rate = rate
        self._booked: list[float] = []
        self._lock = asyncio.Lock()

    async def turn(self, offsets: Iterable[float]) -> list[float]:
        """Wait until packets at these offsets (seconds from now) fit, and book them. The longest list may hold ``rate`` of them."""
        planned = sorted(offsets)
        async with self._lock:
            while True:
                now = time.monotonic()
                self._booked = [when for when in self._booked if when > now - WINDOW]
                times = [now + offset for offset in planned]
                if self._fits(times):
                    self._booked = sorted([*self._booked, *times])
                    return times
                await asyncio.sleep(STEP)

    def give_back(self, times: Iterable[float]) -> None:
        """Booked packets that will never be sent."""
        for when in times:
            self._booked.remove(when) if when in self._booked else None

    def _fits(self, times: list[float]) -> bool:
        together = sorted([*self._booked, *times])
        first = 0
        for last, when in enumerate(together):
            while when - together[first] >= WINDOW:
                first += 1
            if last - first + 1 > self._rate:
                return False
        return True
