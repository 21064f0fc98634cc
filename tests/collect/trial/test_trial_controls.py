"""Positive controls: who is asked for what, and in which trial it is booked."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

from scanner.collect.trial.controls import Controls
from scanner.collect.trial.journal import Journal
from tests.facts.network.made import Bench


def test_all_controls_by_one_neighbour_are_one_trial() -> None:
    end: Any = SimpleNamespace(journal=Journal(Bench().plan, "in"))
    controls = Controls(end)
    asked = [controls.draft(mac, "192.0.2.1") for mac in ("02:00:00:00:00:99", "02:00:00:00:00:98", "02:00:00:00:00:99")]
    assert [(draft.n, turn) for draft, turn in asked] == [(1, 0), (2, 0), (1, 1)]
    for draft, turn in itertools.chain(asked, (controls.draft("02:00:00:00:00:99", "192.0.2.1") for _ in range(100))):
        draft.went([(1.0 + turn, 1)], [turn])
    assert [(draft.ranges, draft.sent) for draft in end.journal.trials] == [([(0, 101)], 102), ([(0, 0)], 1)]
