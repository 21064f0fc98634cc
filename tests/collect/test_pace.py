"""Never more packets than the rate, in any window of a second."""

from __future__ import annotations

import asyncio

import pytest

from scanner.collect import pace
from scanner.collect.pace import Pace


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(pace.time, "monotonic", found.monotonic)
    monkeypatch.setattr(pace.asyncio, "sleep", found.sleep)
    return found


def worst(times: list[float], window: float = 1.0) -> int:
    return max(sum(start <= when < start + window for when in times) for start in times)


@pytest.mark.parametrize("offsets", [(0.0,), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 3.0)])
@pytest.mark.parametrize("rate", [10, 50])
def test_no_window_holds_more_than_the_rate(clock: Clock, offsets: tuple[float, ...], rate: int) -> None:
    async def run() -> list[float]:
        booked = Pace(rate)
        return [when for _ in range(120) for when in await booked.turn(offsets)]

    assert worst(asyncio.run(run())) <= rate


def test_what_is_given_back_makes_room(clock: Clock) -> None:
    async def run() -> float:
        booked = Pace(10)
        for _ in range(50):
            times = await booked.turn((0.0, 0.0, 0.0, 1.0, 2.0))
            booked.give_back(times[1:])
        return clock.now

    # 50 single packets at ten a second, with a little slack for the window.
    assert 4.0 < asyncio.run(run()) - 100.0 < 8.0
