"""What one end writes down while it works: trials with their numbers, controls, steps, stations, and in the end the record of it all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from scanner.facts.network import tokens
from scanner.facts.network.craft import Template
from scanner.facts.network.plan import Plan
from scanner.facts.network.records import SCHEMA

ALL_BATCHES = 120_000
"""The same of all trials together."""
MANY_CONTROLS, DENSE = 2000, 10.0
"""After so many controls good ones are kept this many seconds apart."""
ROWS = 4000
MOST_ROWS = {"matrix": 6000, "forged-source": 6000, "beacon": 6000, "inward": 24_000, "control": 500}
"""Trials of one step that a record has room for: each is a row of some 900 bytes, and a segment on which somebody makes up a MAC for every frame
must not make a record that nobody can read. What is more is not sent, and is counted."""
ALL_ROWS = 36_000
"""The same of all steps together."""
MOST_IDENTITIES = 4000
FINEST = 0.01
"""Shortest stretch of time, in seconds, whose batches are added up where there are too many."""
RUNNING = "running"
"""State of a step that has not ended."""
MAX_BATCHES = 600
"""Batch times kept of one trial."""


@dataclass(slots=True)
class Draft:
    """A trial that is being made."""

    n: int
    step: str
    kind: str
    protocol: str
    family: str = ""
    via: str = ""
    via_address: str = ""
    to: str = ""
    source: str = ""
    port: int = 0
    what: str = "count"
    ranges: list[tuple[int, int]] = field(default_factory=list)
    template: Template | None = None
    carried: str = ""
    sent: int = 0
    passes: int = 0
    started: float = 0.0
    ended: float = 0.0
    batches: list[tuple[float, int]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    note: str = ""
    own: bool = False
    """Addressed to a device's own address: such frames have a cap of their own."""
    refused: bool = False
    """No room in the book: then nothing of it may be sent, since a token that nobody wrote down explains nothing."""

    def went(self, batches: Sequence[tuple[float, int]], indices: Iterable[int] = ()) -> int:
        """Book frames that were sent; how many. ``indices`` are those of the frames, all of which went."""
        count = sum(number for _, number in batches)
        if count:
            self.started = self.started or batches[0][0]
            self.ended = max(self.ended, batches[-1][0])
        self.sent += count
        self.passes += 1
        self.batches += [(round(t, 6), number) for t, number in batches]
        if len(self.batches) > 2 * MAX_BATCHES:
            self.batches = thinned(self.batches)
        self.ranges = merged([*self.ranges, *spans(indices)])
        return count

    def data(self, batches: int = MAX_BATCHES) -> dict[str, Any]:
        """As the record holds it, with at most so many batch times; what is empty is left out."""
        found = {
            name: value
            for name in self.__slots__
            if name not in ("template", "batches", "own", "refused") and (value := getattr(self, name))
        }
        found |= {
            "n": self.n,
            "ranges": [list(span) for span in self.ranges],
            "passes": max(1, self.passes),
            "batches": thinned(self.batches, batches),
        }
        return found | ({"template": self.template.data()} if self.template is not None else {})


def thinned(batches: Sequence[tuple[float, int]], most: int = MAX_BATCHES) -> list[tuple[float, int]]:
    """At most so many: those of a short stretch of time are added up under the time of the first, of no longer one than is needed."""
    found, stretch = list(batches), FINEST
    while len(found) > most:
        found, stretch = _together(batches, stretch), 2 * stretch
    return found


def _together(batches: Sequence[tuple[float, int]], stretch: float) -> list[tuple[float, int]]:
    found: list[tuple[float, int]] = []
    for t, count in batches:
        if found and abs(t - found[-1][0]) < stretch:
            found[-1] = (found[-1][0], found[-1][1] + count)
        else:
            found.append((t, count))
    return found


def spans(indices: Iterable[int]) -> list[tuple[int, int]]:
    """Indices as ranges, both ends included."""
    out: list[tuple[int, int]] = []
    for index in sorted(set(indices)):
        if out and index == out[-1][1] + 1:
            out[-1] = (out[-1][0], index)
        else:
            out.append((index, index))
    return out


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges that touch as one."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return out


@dataclass(slots=True)
class Progress:
    """How far a step came; filled in while it runs."""

    step: str
    mandatory: bool = True
    state: str = RUNNING
    why: str = ""
    tried: int = 0
    of: int = 0
    started: float = 0.0
    ended: float = 0.0

    def data(self) -> dict[str, Any]:
        """As the record holds it; a step that still runs was not brought to its end."""
        running = (
            {"state": "partial" if self.tried else "not-tested", "why": "interrupted", "ended": time.time()}
            if self.state == RUNNING
            else {}
        )
        return asdict(self) | running

    def cut(self, why: str) -> None:
        """It could not be brought to its end."""
        self.state, self.why = ("partial" if self.tried else "not-tested"), why

    def skip(self, why: str) -> None:
        """There was nothing to do."""
        self.state, self.why = "not-applicable", why


class Journal:
    """One end's book. Several threads write."""

    def __init__(self, plan: Plan, end: str) -> None:
        self.plan, self.end = plan, end
        self.seed = plan.key
        self.trials: list[Draft] = []
        self.controls: list[dict[str, Any]] = []
        self.steps: list[Progress] = []
        self.identities: list[dict[str, Any]] = []
        self.blind: list[str] = []
        self.notes: list[str] = []
        self.started = time.time()
        self.first = 1
        """Number of the first trial: a run that goes on from an earlier one numbers on."""
        self.left: dict[str, int] = {}
        """By step, trials that found no room; ``identity`` for services that found none."""
        self._rows: dict[str, int] = {}
        self._before = 0
        self._lock = threading.Lock()

    def trial(self, step: str, kind: str, protocol: str, **more: Any) -> Draft:
        """Open a trial; its number belongs to the label of its tokens. One that finds no room is refused: it has no number and is not sent."""
        with self._lock:
            rows = self._rows[step] = self._rows.get(step, 0) + 1
            if rows > MOST_ROWS.get(step, ROWS) or len(self.trials) + self._before >= ALL_ROWS:
                self.left[step] = self.left.get(step, 0) + 1
                return Draft(0, step, kind, protocol, refused=True, **more)
            draft = Draft(self.first + len(self.trials), step, kind, protocol, **more)
            self.trials.append(draft)
        return draft

    def goes_on(self, before: Iterable[str], first: int) -> None:
        """Number on from ``first``, with less room: an earlier record holds trials of these steps."""
        self.first = first
        for step in before:
            self._rows[step] = self._rows.get(step, 0) + 1
            self._before += 1

    def label(self, draft: Draft) -> str:
        """The label of a trial's tokens."""
        return tokens.label(self.end, draft.n)

    def token(self, draft: Draft, index: int) -> bytes:
        """One of its tokens."""
        return tokens.token(self.seed, self.label(draft), index)

    def payload(self, draft: Draft, index: int) -> bytes:
        """One of its payload tokens."""
        return tokens.payload(self.seed, self.end, draft.n, index)

    def control(self, ok: bool, how: str, neighbour: str = "", t: float | None = None) -> None:
        """Note a positive control."""
        found = {"t": round(time.time() if t is None else t, 6), "ok": ok, "how": how, "neighbour": neighbour}
        with self._lock:
            last = self.controls[-2:]
            same = len(self.controls) > MANY_CONTROLS and all(one["ok"] is ok for one in last)
            if same and (not ok or found["t"] - last[0]["t"] < DENSE):
                # An end that stays for weeks: one good control in so many seconds says the same, and the first and the last of a row of bad ones.
                self.controls[-1] = found
            else:
                self.controls.append(found)

    @contextmanager
    def step(self, name: str, mandatory: bool = True) -> Iterator[Progress]:
        """A step; what it notes stands in the record even when it is broken off."""
        progress = Progress(name, mandatory, started=time.time())
        with self._lock:
            self.steps.append(progress)
        try:
            yield progress
        except BaseException:
            progress.cut("interrupted")
            raise
        finally:
            progress.ended = time.time()
            if progress.state == RUNNING:
                progress.state = "done"

    def note(self, text: str) -> None:
        """Remark something once."""
        with self._lock:
            if text not in self.notes:
                self.notes.append(text)

    def identity(self, **found: Any) -> None:
        """Note what a service says of itself."""
        with self._lock:
            if found in self.identities:
                return
            if len(self.identities) < MOST_IDENTITIES:
                self.identities.append(found)
            else:
                self.left["identity"] = self.left.get("identity", 0) + 1

    def data(self, **more: Any) -> dict[str, Any]:
        """The record. ``more`` brings interface, stations, what was heard and how it ended."""
        with self._lock:
            trials = [draft for draft in self.trials if draft.sent]
            most = max(4, min(MAX_BATCHES, ALL_BATCHES // max(1, len(trials))))
            return {
                "schema": SCHEMA,
                "plan": self.plan.id,
                "plan_digest": self.plan.digest,
                "end": self.end,
                "role": "inner" if self.end == tokens.INNER else "outer",
                "pair": self.plan.pair,
                "started": round(self.started, 6),
                "trials": [draft.data(most) for draft in trials],
                "controls": list(self.controls),
                "coverage": [step.data() for step in self.steps],
                "identities": list(self.identities),
                "blind": list(self.blind),
                "notes": list(self.notes),
                **more,
            }
