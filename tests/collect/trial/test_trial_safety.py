"""What an end never does: say more than it sent, or send more than it may."""

from __future__ import annotations

from scanner.collect.trial.journal import ALL_BATCHES, Journal
from scanner.collect.trial.pace import Pacer
from scanner.facts.network.records import Trial
from tests.facts.network.made import Bench


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_device_is_never_asked_faster_by_connections_than_by_packets() -> None:
    clock = Clock()
    pacer = Pacer(2000, 500, 50, clock, clock.sleep)
    starts = []
    for _ in range(100):
        pacer.connection("d", 6)
        starts.append(clock.now)
    worst = max(6 * sum(start <= other < start + 1 for other in starts) for start in starts)
    assert worst <= 50 + 6 and 100 * 6 / 50 <= clock.now <= 100 * 6 / 40


def test_what_the_kernel_sends_of_itself_is_waited_for() -> None:
    clock = Clock()
    pacer = Pacer(2000, 500, 50, clock, clock.sleep)
    pacer.owe("d", 48)
    pacer.take(1, device="d")
    assert 0.9 <= clock.now <= 1.2
    pacer.take(1, device="other")
    assert clock.now <= 1.2


def test_a_record_of_many_trials_stays_small_and_is_read_as_it_was() -> None:
    import msgspec

    journal = Journal(Bench().plan, "in")
    for _ in range(2000):
        draft = journal.trial("beacon", "routed", "tcp", port=80)
        for turn in range(100):
            draft.went([(float(turn), 1)], [turn])
    rows = journal.data()["trials"]
    assert sum(len(row["batches"]) for row in rows) <= ALL_BATCHES
    read = msgspec.convert(rows[7], Trial)
    assert (read.n, read.port, read.sent, read.ranges, read.source, read.template) == (8, 80, 100, [(0, 99)], "", None)
