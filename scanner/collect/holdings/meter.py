"""How far a count has come, in words that a terminal can show: where it is, rows, rate, what is left. No text of any record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from scanner.collect.holdings.naming import told_place
from scanner.model.canonical import canonical, strict_loads

WORD = "counting"
EVERY = 0.5
"""Seconds between two messages of one target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """One message."""

    path: str
    """The container that is read now, relative to the target."""
    rows: int
    """Rows read so far."""
    done: int
    total: int
    """What there is to do, in ``unit``; 0 where nobody can tell."""
    unit: str
    """``bytes`` of a folder's files, ``rows`` as a server estimates them, or ``parts`` that other machines count."""
    rate: float
    """Units a second in this run."""

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take at this rate; None where nobody can tell."""
        return (self.total - self.done) / self.rate if self.rate > 0 and self.total > self.done else None

    def detail(self) -> str:
        """As a progress message carries it."""
        return f"{WORD} {canonical(asdict(self)).decode()}"

    @classmethod
    def read(cls, detail: str) -> Counting | None:
        """The message; None where the detail tells something else."""
        word, _, rest = detail.partition(" ")
        if word != WORD:
            return None
        try:
            data = strict_loads(rest.encode())
            return cls(**data) if isinstance(data, dict) else None
        except (ValueError, TypeError):
            return None


@dataclass(slots=True)
class Meter:
    """Adds up what is done in one target and tells it now and then."""

    tell: Callable[[str], None] = lambda _detail: None
    unit: str = "rows"
    rows: int = 0
    done: int = 0
    total: int = 0
    _path: str = ""
    _noted: int = 0
    """Of what is done, what an earlier run did."""
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    def expect(self, amount: int) -> None:
        """More to do."""
        self.total += amount

    def at(self, path: str, underway: int = 0, rows: int = 0) -> None:
        """Work goes on at a place; ``underway`` units and ``rows`` of it are done."""
        self._path = path
        self._say(underway, rows)

    def passed(self, amount: int, rows: int, noted: bool = False) -> None:
        """A container is done."""
        self.done += amount
        self.rows += rows
        self._noted += amount if noted else 0
        self._say(0, 0)

    def _say(self, underway: int, rows: int) -> None:
        now = time.monotonic()
        if now - self._told < EVERY:
            return
        self._told = now
        done = self.done + underway
        fresh = max(0, done - self._noted) / max(now - self._began, 0.001)
        # An estimate that turned out too low is no limit.
        total = max(self.total, done) if self.total else 0
        self.tell(
            Counting(
                path=told_place(self._path), rows=self.rows + rows, done=done, total=total, unit=self.unit, rate=round(fresh, 3)
            ).detail()
        )


def estimate(source: Any) -> int:
    """Rows that a server thinks a table has; 0 where it does not say."""
    return int(getattr(source, "estimate", None) or 0)
