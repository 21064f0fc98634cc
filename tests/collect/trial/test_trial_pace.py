"""The pacer under a clock of our own: in no second more than the cap, also when every sender is late."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.trial.pace import BATCH, UNBOUND, Pacer, depth


class Clock:
    """A clock that moves only by sleeping, and a little late."""

    def __init__(self, late: float, seed: int) -> None:
        self.now, self.late, self.random = 100.0, late, random.Random(seed)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds + self.random.random() * self.late


def most_in_a_second(times: list[tuple[float, int]]) -> int:
    most, total, first = 0, 0, 0
    for when, count in times:
        total += count
        while when - times[first][0] >= 1.0:
            total -= times[first][1]
            first += 1
        most = max(most, total)
    return most


@settings(deadline=None)
@given(st.sampled_from([1, 2, 3, 7, 50, 100, 500, 2000, 20_000]), st.floats(0, 0.3), st.integers(0, 9))
def test_never_over_the_cap_in_any_second(cap: int, late: float, seed: int) -> None:
    clock = Clock(late, seed)
    pacer = Pacer(cap, None, None, clock, clock.sleep)
    times = []
    for _ in range(400):
        count = pacer.take(1000)
        assert 1 <= count <= BATCH
        # Held up between the leave and the wire.
        clock.now += clock.random.random() * late / 10
        times.append((clock.now, count))
    assert most_in_a_second(times) <= cap


@pytest.mark.parametrize("cap", [50, 500, 2000, 20_000])
def test_most_of_the_cap_is_used(cap: int) -> None:
    clock = Clock(0.001, 1)
    pacer = Pacer(cap, None, None, clock, clock.sleep)
    sent = 0
    while clock.now < 110.0:
        sent += pacer.take(1000)
    assert sent > 10 * cap * 0.9


def test_each_next_hop_and_each_device_has_its_own_bound() -> None:
    clock = Clock(0.002, 3)
    pacer = Pacer(2000, 500, 50, clock, clock.sleep)
    hops: dict[str, list[tuple[float, int]]] = {"a": [], "b": []}
    devices: dict[str, list[tuple[float, int]]] = {"x": [], "y": [], "z": []}
    for turn in range(3000):
        hop = "ab"[turn % 2]
        hops[hop].append((clock.now, pacer.take(40, via=hop)))
        hops[hop][-1] = (clock.now, hops[hop][-1][1])
        if turn % 3 == 0:
            order = ["x", "y", "z", "x"]
            count = pacer.take_each(order)
            for name in order[:count]:
                devices[name].append((clock.now, 1))
    assert max(most_in_a_second(times) for times in hops.values()) <= 500
    assert max(most_in_a_second(times) for times in devices.values()) <= 50
    assert min(len(times) for times in devices.values()) > 100


def test_no_cap_is_no_wait() -> None:
    def never(_: float) -> None:
        raise AssertionError

    pacer = Pacer(None, None, None, lambda: 0.0, never)
    assert pacer.take(10, via="a", device="b") == 10
    assert pacer.take(5000) == UNBOUND


def test_one_frame_is_not_waited_for_longer_than_it_needs() -> None:
    clock = Clock(0, 0)
    pacer = Pacer(2000, 500, 50, clock, clock.sleep)
    assert pacer.take(1, via="a", device="d") == 1
    assert clock.now == 100.0
    assert pacer.take(1, via="a", device="d") == 1
    assert 0.02 < clock.now - 100.0 < 0.025


def test_forecast() -> None:
    pacer = Pacer(2000, 500, 50)
    assert pacer.seconds(2000) == 1.0
    assert pacer.seconds(1000, via=True) == 2.0
    assert pacer.seconds(100, via=True, device=True) == 2.0


def test_depths() -> None:
    assert [depth(cap) for cap in (1, 50, 500, 2000, 64_000, 1_000_000)] == [1, 1, 10, 40, 64, 1000]


def test_what_gives_way_waits_for_what_is_urgent() -> None:
    clock = Clock(0.0, 1)
    pacer = Pacer(100, None, None, clock, clock.sleep)
    pacer.give_way()
    assert pacer.take(1) == 1
    naps = 0

    def sleep(seconds: float) -> None:
        nonlocal naps
        naps += 1
        clock.sleep(seconds)
        if naps == 3:
            hurry.__exit__(None, None, None)

    pacer._sleep = sleep
    hurry = pacer.urgent()
    hurry.__enter__()
    assert (pacer.take(1), naps) == (1, 3)


def test_who_never_gave_way_does_not_wait_for_what_is_urgent() -> None:
    clock = Clock(0.0, 1)
    pacer = Pacer(100, None, None, clock, clock.sleep)
    with pacer.urgent():
        assert (pacer.take(1), clock.now) == (1, 100.0)
