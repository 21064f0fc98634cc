"""Many units that report at a steady rate, each through a courier that keeps its envelope until the receipt is there.

The couriers wait and try again as `shiqu dispatch send` does; few threads walk for all of them.
"""

from __future__ import annotations

import hashlib
import http.client
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple
from urllib.parse import urlsplit

from hub.clock import now
from scanner.ledger.envelope import make, open_envelope
from scanner.ledger.reply import FIRST_WAIT, LONGEST_WAIT, read_receipt, wait_asked
from scanner.model.canonical import canonical
from tests.hub.post import Sender, bulletin

VERDICTS, FINDINGS = 250, 50
STATUSES = ("met", "unmet", "unknown", "not-applicable", "met", "met")
CONCLUSIONS = ("compliant", "noncompliant", "partial", "insufficient")
MADE_UP, MOMENT = "u00000", "2026-02-01T00:00:00Z"
TURNS = 6
THREADS, SECONDS = 16, 30.0
AGAIN = 20
"""Every so manieth envelope of a unit is sent once more after its receipt: the courier lost it."""
AWAY, UNAVAILABLE, FULL, TAKEN = 0, 503, 507, 200


class Try(NamedTuple):
    """One upload."""

    start: float
    seconds: float
    status: int
    """0: nobody answered."""


class Sample(NamedTuple):
    """How many reports were due and not acknowledged."""

    at: float
    waiting: int


@dataclass(slots=True)
class Unit:
    """One unit's outbox; its courier carries one envelope at a time."""

    sender: Sender
    owed: deque[float] = field(default_factory=deque)
    """When each report was due that is not acknowledged."""
    letter: bytes = b""
    digest: str = ""
    wait: float = FIRST_WAIT
    repeated: bool = False
    head: int = 0
    """Of the hub's log, in the last receipt."""


@dataclass
class Couriers:
    """``start``, do harm, ``finish``."""

    url: Callable[[], str]
    bearer: str
    units: list[Unit]
    rate: float
    hurry: float = 1.0
    """How many times faster than real ones they try again."""
    most: int = 1_000_000
    """No new report while so many wait."""
    tries: list[Try] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    receipts: dict[str, str] = field(default_factory=dict)
    """Digest of an envelope to that of its receipt."""
    failures: list[BaseException] = field(default_factory=list)
    waiting: int = 0

    def __post_init__(self) -> None:
        self._bodies = [_template(turn) for turn in range(TURNS)]
        self._due: list[tuple[float, int, Unit]] = []
        self._number = 0
        self._change, self._enough, self._over = threading.Condition(), threading.Event(), False
        self._threads = [threading.Thread(target=self._tick, daemon=True)]
        self._threads += [threading.Thread(target=self._walk, daemon=True) for _ in range(THREADS)]

    def start(self) -> None:
        """Begin to report."""
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """No new reports; wait until every one is acknowledged, at most so long."""
        self._enough.set()
        end = time.monotonic() + seconds
        while self.waiting and not self.failures and time.monotonic() < end:
            time.sleep(0.05)
        with self._change:
            self._over = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def _tick(self) -> None:
        start, number = time.monotonic(), 0
        while not self._enough.wait(max(0.0, start + number / self.rate - time.monotonic())):
            unit, moment = self.units[number % len(self.units)], time.monotonic()
            if self.waiting < self.most:
                with self._change:
                    unit.owed.append(moment)
                    self.waiting += 1
                    if len(unit.owed) == 1:
                        self._queue(moment, unit)
            if not self.samples or moment - self.samples[-1].at > 0.2:
                self.samples.append(Sample(moment, self.waiting))
            number += 1

    def _queue(self, moment: float, unit: Unit) -> None:
        self._number += 1
        heappush(self._due, (moment, self._number, unit))
        self._change.notify()

    def _walk(self) -> None:
        connection: http.client.HTTPConnection | None = None
        try:
            while (unit := self._next()) is not None:
                if not unit.letter:
                    self._write(unit)
                netloc = urlsplit(self.url()).netloc
                connection = connection or http.client.HTTPConnection(netloc, timeout=SECONDS)
                start = time.monotonic()
                try:
                    connection.request("POST", "/api/v1/envelopes", unit.letter, {"Authorization": f"Bearer {self.bearer}"})
                    answer = connection.getresponse()
                    status, asked, body = answer.status, wait_asked(answer.headers), answer.read()
                except (OSError, http.client.HTTPException):
                    connection.close()
                    connection, status, asked, body = None, AWAY, 0.0, b""
                self.tries.append(Try(start, time.monotonic() - start, status))
                self._answered(unit, status, asked, body)
        except BaseException as failure:  # noqa: BLE001 - reported by the test, whatever it is
            self.failures.append(failure)
        finally:
            if connection is not None:
                connection.close()

    def _next(self) -> Unit | None:
        with self._change:
            while not self._over:
                moment = time.monotonic()
                if self._due and self._due[0][0] <= moment:
                    return heappop(self._due)[2]
                self._change.wait(min(0.5, self._due[0][0] - moment) if self._due else 0.5)
        return None

    def _write(self, unit: Unit) -> None:
        moment, sender = now(), unit.sender
        body = (
            self._bodies[sender.sequence % TURNS].replace(MADE_UP.encode(), sender.code.encode()).replace(MOMENT.encode(), moment.encode())
        )
        sender.sequence += 1
        row = {"sequence": sender.sequence, "previous": sender.previous}
        sealed = {"bulletin.json": body}
        unit.letter = make("report", sender.code, "", sealed, created=moment, disclosure="masked", marking="", key=sender.key, **row)
        unit.digest = sender.previous = open_envelope(unit.letter).digest

    def _answered(self, unit: Unit, status: int, asked: float, body: bytes) -> None:
        if status == TAKEN:
            self._received(unit, body)
            return
        assert status in (AWAY, UNAVAILABLE, FULL), (status, body)
        wait = max(unit.wait, min(asked, LONGEST_WAIT))
        unit.wait = min(2 * wait, LONGEST_WAIT)
        with self._change:
            self._queue(time.monotonic() + wait / self.hurry, unit)

    def _received(self, unit: Unit, body: bytes) -> None:
        envelope, mark = open_envelope(body), hashlib.sha256(body).hexdigest()
        said = read_receipt(envelope.members["receipt.json"])
        assert said["envelope"] == unit.digest and said["sequence"] == unit.sender.sequence
        assert self.receipts.setdefault(unit.digest, mark) == mark, "another receipt for the same envelope"
        moment = time.monotonic()
        if unit.sender.sequence % AGAIN == 0 and not unit.repeated:
            unit.repeated = True
            with self._change:
                self._queue(moment, unit)
            return
        assert said["log"] > unit.head, "the hub's own counter went back"
        unit.head, unit.letter, unit.wait, unit.repeated = said["log"], b"", FIRST_WAIT, False
        with self._change:
            unit.owed.popleft()
            self.waiting -= 1
            if unit.owed:
                self._queue(moment, unit)


def _template(turn: int) -> bytes:
    """A run's bulletin in which the unit and the time are yet to be put; a few results differ from turn to turn."""
    statuses = [STATUSES[(place + (turn if place % 16 == 0 else 0)) % len(STATUSES)] for place in range(VERDICTS)]
    results = [CONCLUSIONS[place % len(CONCLUSIONS)] for place in range(FINDINGS)]
    return canonical(bulletin(MADE_UP, finished=MOMENT, statuses=statuses, results=results))
