"""The book of an end: what runs is not done, and the steps are those that a clean verdict asks for."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest

from scanner.collect.trial.inner import Inner
from scanner.collect.trial.journal import DENSE, MANY_CONTROLS, Journal
from scanner.collect.trial.outer import Outer
from scanner.facts.network.coverage import FULL_STEPS, INNER_STEPS, OUTER_STEPS
from tests.facts.network.made import Bench


def test_a_step_that_still_runs_is_not_done() -> None:
    journal = Journal(Bench().plan, "in")
    with journal.step("relay") as progress:
        progress.of = 5
        (step,) = journal.data()["coverage"]
        assert (step["state"], step["why"]) == ("not-tested", "interrupted") and step["ended"] >= step["started"]
    (step,) = journal.data()["coverage"]
    assert (step["state"], step["why"]) == ("done", "")


@pytest.mark.parametrize(
    ("source", "wanted"),
    [(Inner._steps, {*INNER_STEPS, *FULL_STEPS} - {"discovery", "controls"}), (Outer._work, set(OUTER_STEPS) - {"discovery"})],
)
def test_the_steps_that_an_end_takes_are_those_that_the_judge_asks_for(source: Callable[..., Any], wanted: set[str]) -> None:
    rows = re.findall(r'\("([a-z0-9-]+)", (True|False|self\.depth == "full"),', inspect.getsource(source))
    assert {name for name, mandatory in rows if mandatory != "False"} == wanted


def test_a_resident_end_keeps_its_controls_apart_and_every_bad_one() -> None:
    journal = Journal(Bench().plan, "in")
    for turn in range(MANY_CONTROLS + 10_000):
        journal.control(turn % 5000 != 4999, "icmp", t=3.0 * turn)
    times = [control["t"] for control in journal.controls]
    assert len(times) < MANY_CONTROLS + 5000 and max(later - sooner for sooner, later in itertools.pairwise(times)) <= DENSE
    assert [control["t"] for control in journal.controls if not control["ok"]] == [3.0 * 4999, 3.0 * 9999]
