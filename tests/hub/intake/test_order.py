from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hub.intake.order import Line, cores, ordered, standing, until


def line(
    sequence: int,
    finished: str,
    created: str | None = None,
    *,
    told: str = "",
    core: str = "not_tested",
    profiles: tuple[str, ...] = ("a",),
) -> Line:
    return Line(sequence * 10, sequence, created or finished, told or finished, finished, finished[:7], profiles, {"CH1": core}, "fail")


def numbers(lines: list[Line]) -> list[int]:
    return [one.sequence for one in ordered(lines)]


def test_runs_follow_their_finish() -> None:
    assert numbers([line(2, "2026-02"), line(1, "2026-01"), line(3, "2026-03")]) == [1, 2, 3]


def test_an_old_result_sent_again_stays_old() -> None:
    assert numbers([line(1, "2026-02"), line(2, "2026-01", created="2026-03")]) == [2, 1]


def test_a_clock_set_back_begins_anew() -> None:
    assert numbers([line(1, "2026-05"), line(2, "2026-01"), line(3, "2026-02")]) == [1, 2, 3]


def test_an_untested_core_hazard_keeps_what_was_found() -> None:
    lines = [line(1, "2026-01", core="confirmed"), line(2, "2026-02"), line(3, "2026-03", core="confirmed")]
    found = cores(lines)["CH1"]
    assert (found.state, found.since, found.envelope) == ("confirmed", "2026-01", 10)
    assert cores([*lines, line(4, "2026-04", core="cleared")])["CH1"].state == "cleared"
    assert cores([line(1, "2026-01")])["CH1"].state == "not_tested"


def test_each_profile_has_its_own_standing() -> None:
    lines = [line(1, "2026-01", profiles=("a", "b")), line(2, "2026-02", profiles=("a",)), line(3, "2026-03", profiles=())]
    assert {profile: one.sequence for profile, one in standing(lines).items()} == {"a": 2, "b": 1}


def test_the_end_of_a_month_knows_nothing_later() -> None:
    assert [one.sequence for one in until([line(1, "2026-01"), line(2, "2026-02")], "2026-01")] == [1]


MONTHS = st.integers(1, 9).map(lambda month: f"2026-0{month}")
LINES = st.lists(st.tuples(MONTHS, MONTHS, st.sampled_from(["not_tested", "confirmed", "cleared"])), min_size=1, max_size=8)


@given(LINES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(held: list[tuple[str, str, str]], random_: random.Random) -> None:
    lines = [line(number, finished, created, core=core) for number, (finished, created, core) in enumerate(held, 1)]
    shuffled = lines.copy()
    random_.shuffle(shuffled)
    assert ordered(shuffled) == ordered(lines)
    assert sorted(ordered(lines), key=lambda one: one.sequence) == lines


@given(LINES)
def test_without_a_step_back_the_order_is_that_of_the_runs(held: list[tuple[str, str, str]]) -> None:
    lines = [line(number, finished, "2026-09", core=core) for number, (finished, _, core) in enumerate(held, 1)]
    assert [(one.finished, one.sequence) for one in ordered(lines)] == sorted((one.finished, one.sequence) for one in lines)


def test_what_the_hubs_clock_said_orders_nothing() -> None:
    """The hub's clock was a year behind when it took in the second: only the sender's own times are compared."""
    assert numbers([line(1, "2026-01"), line(2, "2025-01", created="2026-02", told="2026-02")]) == [1, 2]
