"""A hub under a steady rate of uploads, and harm of every kind that it must come back from by itself."""

from __future__ import annotations

import hashlib
import itertools
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from hub.intake import fold
from hub.people import log
from hub.registry.own import Own
from hub.store import tables as t
from tests.hub.ops.couriers import FINDINGS, TAKEN, VERDICTS, Couriers, Sample, Try
from tests.hub.ops.kills import rolled

SETTLED, NORMAL = 60.0, 2.0
"""Seconds in which all must be well again, and in which a report is acknowledged when all is well."""
PATIENCE = 600.0
NOTICED = 1.5
"""Seconds until the hub's process sees that its clock was set."""
LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


@dataclass(frozen=True, slots=True)
class Fault:
    """One harm: done, left for some seconds, taken away."""

    name: str
    begin: Callable[[], object]
    seconds: float
    end: Callable[[], object]
    felt: bool | None
    """Whether uploads must fail meanwhile; None where both may be."""


@dataclass(frozen=True, slots=True)
class Window:
    """When it was."""

    fault: Fault
    begin: float
    end: float


@dataclass
class Soak:
    """What was done and seen."""

    couriers: Couriers
    windows: list[Window] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Of the hub's process, before each harm and in the end: KiB in memory, open files."""

    def run(self, faults: Iterable[Fault], quiet: float, process: Callable[[], int]) -> None:
        """The harms one after the other, so many quiet seconds before each and after the last."""
        self.couriers.start()
        try:
            for fault in faults:
                self._wait(quiet)
                self.sizes.append(size_of(process()))
                begin = time.monotonic()
                fault.begin()
                self._wait(fault.seconds)
                if fault.felt is not None:
                    self._until(begin, taken=not fault.felt)
                fault.end()
                self.windows.append(Window(fault, begin, time.monotonic()))
                self._until(self.windows[-1].end, taken=True)
            self._wait(quiet)
            self.sizes.append(size_of(process()))
        finally:
            self.couriers.finish(PATIENCE)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.couriers.failures:
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))

    def _until(self, begin: float, *, taken: bool) -> None:
        """Until an upload was answered so that was begun when what began then had come through: on a slow machine that may be late."""
        end = time.monotonic() + PATIENCE
        while not self.couriers.failures and time.monotonic() < end:
            if any(one.start >= begin + NOTICED and (one.status == TAKEN) == taken for one in reversed(self.couriers.tries[-200:])):
                return
            time.sleep(0.05)

    def tries(self, window: Window) -> list[Try]:
        """Those that were begun in a window."""
        return [one for one in self.couriers.tries if window.begin <= one.start < window.end]

    def answered(self, window: Window) -> float:
        """Seconds from its end to the first receipt of an upload begun since."""
        found = (one.start + one.seconds for one in self.couriers.tries if one.status == TAKEN and one.start >= window.end)
        return max(0.0, min(found, default=float("inf")) - window.end)

    def normal(self, window: Window) -> float:
        """Seconds from its end until no more reports waited than come in while one is taken."""
        later = [other.begin for other in self.windows if other.begin > window.begin]
        until, most = min(later, default=float("inf")), self.couriers.rate * NORMAL
        late = [one.at for one in self.couriers.samples if window.end <= one.at < until and one.waiting > most]
        return max(late, default=window.end) - window.end

    def calm(self) -> list[float]:
        """Seconds of the uploads that no harm and no minute after one touched."""
        shut = [(window.begin, window.end + SETTLED) for window in self.windows]
        return [one.seconds for one in self.couriers.tries if not any(begin <= one.start < end for begin, end in shut)]

    def told(self) -> Iterator[str]:
        """The figures, a line each."""
        couriers = self.couriers
        counts = Counter(one.status for one in couriers.tries)
        yield f"{len(couriers.receipts)} envelopes acknowledged of {len(couriers.units)} units at {couriers.rate:g}/s; answers {dict(sorted(counts.items()))}"
        yield f"most that waited: {max(couriers.samples, key=lambda one: one.waiting, default=Sample(0, 0)).waiting}"
        for window in self.windows:
            held = Counter(one.status for one in self.tries(window))
            yield (
                f"  {window.fault.name} ({window.end - window.begin:.1f} s): answers {dict(sorted(held.items()))}; "
                f"receipts again after {self.answered(window):.1f} s, nothing late any more after {self.normal(window):.1f} s"
            )
        calm = self.calm()
        if len(calm) > 100:
            cuts = statistics.quantiles(calm, n=100)
            yield f"outside of harm and the minute after: {len(calm)} uploads, p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, worst {max(calm):.1f} s"
        yield f"the hub's process, KiB in memory and open files: {self.sizes}"


def size_of(process: int) -> tuple[int, int]:
    """KiB in memory, open files."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(lines["VmRSS"].split()[0]), len(os.listdir(f"/proc/{process}/fd"))


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of one process, which can be set while it runs."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """For the process; its time-outs go by the clock that cannot be set, as they do on a machine."""
        told = {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_CACHE_DURATION": "1"}
        # The last: without it the waits of threads go by the set clock after all, and half of the process's time goes into that.
        return told | {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}

    def set(self, step: str) -> None:
        """``+3600``: so many seconds off."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{step}\n")
        new.replace(self.file)

    def off(self, step: str, name: str, seconds: float) -> Fault:
        """A step there and one back."""
        return Fault(name, lambda: self.set(step), seconds, lambda: self.set("+0"), False)


def check(own: Own, soak: Soak) -> None:
    """What was acknowledged is there, once, with its one receipt; the newest run of each unit counts; the log and the roll-up are true."""
    couriers = soak.couriers
    assert couriers.failures == []
    assert couriers.waiting == 0, "reports that were never acknowledged"
    for window in soak.windows:
        refused = [one for one in soak.tries(window) if one.status != TAKEN]
        assert window.fault.felt is None or bool(refused) == window.fault.felt, (window.fault.name, len(refused))
    with own.database.reading() as connection:
        held = sa.select(t.envelope.c.digest, t.receipt.c.data).join(t.receipt, t.receipt.c.envelope_id == t.envelope.c.id, isouter=True)
        kept = [(row.digest, hashlib.sha256(row.data or b"").hexdigest()) for row in connection.execute(held)]
        assert len(kept) == len(couriers.receipts) == sum(unit.sender.sequence for unit in couriers.units)
        assert dict(kept) == couriers.receipts
        rows = connection.execute(sa.select(sa.func.count()).select_from(t.result)).scalar_one()
        assert rows == len(kept) * (VERDICTS + FINDINGS)
        accepted = connection.execute(
            sa.select(sa.func.count()).select_from(t.log).where(t.log.c.action == "envelope.accepted")
        ).scalar_one()
        assert accepted == len(kept)
        newest = sa.select(t.envelope.c.unit_id, sa.func.max(t.envelope.c.sequence)).group_by(t.envelope.c.unit_id)
        counts = sa.select(t.standing.c.unit_id, t.envelope.c.sequence).join(t.envelope, t.envelope.c.id == t.standing.c.envelope_id)
        assert set(map(tuple, connection.execute(counts))) == set(map(tuple, connection.execute(newest))), "an older run counts"
        assert log.verify(connection, own.code, [own.sign.public]) == []
    _rolled_up(own)


def _rolled_up(own: Own) -> None:
    fold.fold_all(own.database)
    before = rolled(own)
    fold.rebuild(own.database)
    assert rolled(own) == before


def backlog(own: Own) -> int:
    """Envelopes that are not in the roll-up yet."""
    with own.database.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(t.queue)).scalar_one())


def went_back(own: Own) -> int:
    """How often the clock did, as the times of the log show; it says so itself each time."""
    with own.database.reading() as connection:
        rows = connection.execute(sa.select(t.log.c.at, t.log.c.action).order_by(t.log.c.n)).all()
    found = [later.action for earlier, later in itertools.pairwise(rows) if later.at < earlier.at]
    assert found == [log.BACK] * len(found)
    return len(found)
