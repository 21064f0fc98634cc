"""Records of a two-ended test that were changed, or say what cannot be, are not read."""

from __future__ import annotations

import json

import pytest

from scanner.facts.fact import Unreadable
from scanner.facts.network.records import read_record
from scanner.facts.network.trials import Trials
from scanner.model.canonical import canonical
from scanner.model.evidence import Answer
from tests.facts.network.made import Bench


@pytest.mark.parametrize("trial", [{"ranges": [[0, 1 << 40]]}, {"ranges": [[5, 4]]}, {"ranges": [[-1, 4]]}, {"n": 1 << 32}, {"n": -1}])
def test_numbers_that_no_token_has_are_unreadable(trial: dict[str, object]) -> None:
    bench = Bench()
    bench.routed()
    record = bench.record("in")
    record["trials"][0] |= trial
    with pytest.raises(Unreadable):
        read_record(record)


def test_a_time_that_no_calendar_has_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_record(Bench().record("in") | {"finished": 1e300})


def changed(joined: bytes, change: str) -> bytes:
    data = json.loads(joined)
    if change == "a frame":
        data["outers"][0]["record"]["heard"] = []
    elif change == "a control":
        data["inner"]["record"]["controls"][0]["ok"] = False
    elif change == "the seed":
        data["plan"]["seed"] = "ff" * 32
    else:
        data["outers"].append(data["outers"][0])
    return canonical(data)


@pytest.mark.parametrize("change", ["a frame", "a control", "the seed", "a sentinel twice"])
def test_changed_records_are_unreadable(change: str) -> None:
    bench = Bench()
    bench.arrives(bench.routed()[0])
    with pytest.raises(Unreadable):
        Trials.read(Answer(changed(bench.joined(), change)))
