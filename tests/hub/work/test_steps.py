"""Which step up is due, and that each is taken once."""

from __future__ import annotations

import pytest

from hub.work.steps import Step, due

ABOVE = {"county", "city", "province"}


@pytest.mark.parametrize(
    ("today", "level", "ranks"),
    [
        ("2026-11-01", "high", []),
        ("2026-11-02", "high", ["county"]),
        ("2026-11-15", "high", ["county"]),
        ("2026-11-16", "high", ["county", "city"]),
        ("2026-12-01", "high", ["county", "city", "province"]),
        ("2027-11-01", "high", ["county", "city", "province"]),
        ("2026-11-04", "major", ["county", "city"]),
        ("2026-11-08", "major", ["county", "city", "province"]),
    ],
)
def test_steps(today: str, level: str, ranks: list[str]) -> None:
    assert [step.rank for step in due("2026-11-01", today, level, ABOVE, ())] == ranks


def test_no_deadline_no_step() -> None:
    assert due("", "2026-11-16", "major", ABOVE, ()) == []


def test_the_same_day_twice_takes_nothing_the_second_time() -> None:
    first = due("2026-11-01", "2026-11-16", "high", ABOVE, ())
    assert due("2026-11-01", "2026-11-16", "high", ABOVE, first) == []


def test_a_new_deadline_starts_anew() -> None:
    before = [Step("county", "2026-11-02", "2026-11-01"), Step("city", "2026-11-16", "2026-11-01")]
    assert due("2026-12-01", "2026-12-05", "high", ABOVE, before) == [Step("county", "2026-12-05", "2026-12-01")]


def test_only_ranks_that_stand_above() -> None:
    assert [step.rank for step in due("2026-01-01", "2026-11-16", "high", {"province"}, ())] == ["province"]
