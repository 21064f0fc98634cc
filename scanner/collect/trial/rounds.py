"""A sentinel's duties over and over: nobody tells it when the probe begins to listen, and a token that went before that is heard by none."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from scanner.collect.trial.end import End
from scanner.collect.trial.journal import Draft
from scanner.collect.trial.relays import Relays
from scanner.facts.network.coverage import INWARD

PAUSE, LONGEST = 1.0, 600.0
"""Least and most seconds between two rounds."""
SHARE = 0.05
"""A pause is this part of the time since the start: whoever begins soon is met soon, and an end that stays does not load its network."""
WAYS = 8
"""Stations that are served side by side."""
PROBE = 4
"""A pause is at most this part of a probe's window."""


def pause(took: float, elapsed: float, window: float) -> float:
    """Seconds until the next round, after one that took so long, in an end that is so old, for a probe with such a window."""
    return min(max(PAUSE, took, SHARE * elapsed), max(PAUSE, window / PROBE), LONGEST)


class Rounds:
    """Sends everything again that the mandatory steps sent; what the wide sweep adds is no duty."""

    def __init__(self, end: End, relays: Relays) -> None:
        self._end, self._relays = end, relays
        self._duties: dict[str, list[Draft]] = {}
        """By the station that they go through or to: each has its own cap."""
        for draft in end.journal.trials:
            if draft.template is not None and draft.step in INWARD:
                self._duties.setdefault(draft.via, []).append(draft)
        self._began = time.monotonic()

    def run(self) -> None:
        """Until the end is over."""
        end = self._end
        while True:
            began = time.monotonic()
            with ThreadPoolExecutor(WAYS) as pool, end.pacer.urgent():
                list(pool.map(self._again, self._duties.values()))
            self._relays.repeat()
            while not self._relays.idle and not end.over:
                end.halt.wait(0.1)
            if end.over:
                return
            end.tell("round")
            now = time.monotonic()
            end.halt.wait(pause(now - began, now - self._began, end.plan.seconds))

    def _again(self, drafts: list[Draft]) -> None:
        for draft in drafts:
            indices = [index for low, high in draft.ranges for index in range(low, high + 1)]
            assert draft.template is not None
            self._end.put(draft, draft.template, indices, via=draft.via or None, device=draft.via if draft.own else None)
