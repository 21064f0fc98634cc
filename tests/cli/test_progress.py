"""What a count shows while it goes on: on a terminal, and in plain lines."""

from __future__ import annotations

import io
import sys

import pytest

from scanner.cli import progress
from scanner.cli.progress import Display, counted
from scanner.collect.holdings import meter
from scanner.collect.holdings.meter import Counting, Meter

NOW = Counting(path="archive#wj", rows=1234567, done=400, total=1000, unit="rows", rate=10.0)


def test_a_count_says_where_it_is_how_far_how_fast_and_how_long() -> None:
    assert counted(NOW) == "archive#wj  1,234,567 行  400/1,000（40%）  每秒 10  还要约 1:00"


def test_files_are_told_in_bytes() -> None:
    now = Counting(path="a/" + "很长的文件夹名" * 9 + "/b.csv", rows=0, done=1_500_000, total=9_400_000_000, unit="bytes", rate=2_500_000.0)
    text = counted(now)
    assert "1.5 MB/9.4 GB（0%）" in text and "每秒 2.5 MB" in text and "还要约 1:02:39" in text
    assert text.startswith("…") and text.index("/b.csv") < 40


def test_what_nobody_knows_is_left_out() -> None:
    assert counted(Counting(path="x", rows=0, done=0, total=0, unit="rows", rate=0.0)) == "x  0 行"


def test_a_path_cannot_draw_on_the_terminal() -> None:
    assert "\x1b" not in counted(Counting(path="a\x1b[2Jb", rows=0, done=0, total=0, unit="rows", rate=0.0))


def test_a_message_is_read_back_and_anything_else_is_none() -> None:
    assert Counting.read(NOW.detail()) == NOW
    assert [Counting.read(text) for text in ("asking 3/10", "counting", "counting {", "counting []", 'counting {"path":1}')] == [None] * 5


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


def test_a_meter_tells_a_rate_without_what_was_noted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, told = Clock(), list[str]()
    monkeypatch.setattr(meter, "time", clock)
    found = Meter(told.append, _began=clock.now)
    found.expect(1000)
    found.passed(500, 500, noted=True)
    clock.now += 10
    found.passed(100, 90)
    now = Counting.read(told[-1])
    assert now is not None and (now.rows, now.done, now.total, now.rate, now.left) == (590, 600, 1000, 10.0, 40.0)


def test_a_meter_does_not_flood_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, told = Clock(), list[str]()
    monkeypatch.setattr(meter, "time", clock)
    found = Meter(told.append)
    for _ in range(1000):
        clock.now += 0.01
        found.passed(1, 1)
    assert 15 <= len(told) <= 25


def test_plain_lines_come_now_and_then_and_none_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, out = Clock(), io.StringIO()
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(sys, "stderr", out)
    for quiet in (True, False):
        with Display(1, quiet) as display:
            for _ in range(100):
                clock.now += 1
                display.tell("cat", "asking", NOW.detail())
    lines = out.getvalue().strip().split("\n")
    assert len(lines) == 3 and set(lines) == {"cat 正在清点：" + counted(NOW)}
