"""A notice is met by positive proof alone: everything else leaves it open, and says why."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.work.proof import Demand, Named, Proof, Reason, proves

OLD, NEW, ODD = ("sha256:" + digit * 64 for digit in "123")
CHECK, TARGET, CODE = "linux.ssh-root-login", "T-0001", "H-AAAA-BBBB-CCCC"


def named(**more: Any) -> Named:
    line: dict[str, Any] = {"code": CODE, "check": CHECK, "target": TARGET, "last": "2026-10-01T02:00:00Z"}
    return {**line, "level": "high", "risk": "RC5", "state": "registered", "times": 0, **more}  # type: ignore[typeddict-item]


def demand(*hazards: Named, **more: Any) -> Demand:
    base: dict[str, Any] = {"unit": "330100-001", "hazards": list(hazards) or [named()], "finished": "2026-10-01T02:00:00Z"}
    return {**base, "version": "0.1.0", "rulebook": OLD, **more}  # type: ignore[typeddict-item]


def hazard(**more: Any) -> dict[str, Any]:
    line = {
        "id": CODE,
        "target": TARGET,
        "check": CHECK,
        "risk": "RC5",
        "level": "high",
        "state": "closed",
        "first": "2026-09-01T02:00:00Z",
    }
    return {**line, "last": "2026-10-01T02:00:00Z", "status": "met", "deadline": "", "times": 0, "closed": "met", **more}


def bulletin(**more: Any) -> dict[str, Any]:
    run = {"id": "R-2", "started": "2026-11-01T01:00:00Z", "finished": "2026-11-01T02:00:00Z", "version": "0.1.0", "rulebook": OLD}
    run |= {"interrupted": False, "narrowed": False, "profiles": ["archives-l3"]}
    base = {"unit": "330100-001", "run": run, "result": "sha256:" + "9" * 64, "systems": [], "hazards": [hazard()]}
    return {**base, "verdicts": [(TARGET, CHECK, "met", "high"), ("T-0002", CHECK, "unmet", "high")], **more}


def why(found: Proof | list[Reason]) -> list[str]:
    assert isinstance(found, list) and found
    return [reason.code for reason in found]


def run(**more: Any) -> dict[str, Any]:
    return {**bulletin()["run"], **more}


def test_proof() -> None:
    found = proves(demand(), bulletin())
    assert found == Proof("R-2", "2026-11-01T02:00:00Z", "sha256:" + "9" * 64, (CODE,))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit": "330100-002"}, "other-unit"),
        ({"run": run(started="2026-10-01T02:00:00Z")}, "run-not-newer"),
        ({"run": run(started="2026-09-01T01:00:00Z", finished="2026-12-01T01:00:00Z")}, "run-not-newer"),
        ({"run": run(interrupted=True)}, "run-broken-off"),
        ({"run": run(rulebook=ODD)}, "rulebook-unknown"),
        ({"run": run(rulebook=ODD, version="0.0.9")}, "rulebook-older"),
        ({"run": run(rulebook=ODD, version="0.2.0.dev1")}, "rulebook-unknown"),
        ({"hazards": []}, "hazard-absent"),
        ({"hazards": [hazard(), hazard()]}, "hazard-twice"),
        ({"hazards": [hazard(id="H-DDDD-EEEE-FFFF")]}, "hazard-absent"),
        ({"hazards": [hazard(target="T-0009")]}, "hazard-other"),
        ({"hazards": [hazard(check="linux.other")]}, "hazard-other"),
        ({"hazards": [hazard(state="review", closed=None)]}, "hazard-stands"),
        ({"hazards": [hazard(state="recurred", closed=None, times=1)]}, "hazard-stands"),
        ({"hazards": [hazard(closed="reviewed")]}, "hazard-not-by-run"),
        ({"hazards": [hazard(closed=None)]}, "hazard-not-by-run"),
        ({"verdicts": []}, "check-not-asked"),
        ({"verdicts": [("T-0002", CHECK, "met", "high")]}, "check-not-asked"),
        ({"verdicts": [(TARGET, "linux.other", "met", "high")]}, "check-not-asked"),
        *(
            ({"verdicts": [(TARGET, CHECK, status, "high")]}, "check-not-met")
            for status in ("unmet", "unknown", "awaits-person", "not-applicable")
        ),
        ({"verdicts": [(TARGET, CHECK, "met", "high"), (TARGET, CHECK, "unmet", "high")]}, "check-not-met"),
    ],
)
def test_what_is_no_proof(change: dict[str, Any], code: str) -> None:
    assert why(proves(demand(), bulletin(**change))) == [code]


def test_figures_prove_nothing() -> None:
    data = bulletin()
    del data["hazards"], data["verdicts"]
    assert why(proves(demand(), data)) == ["figures-only"]


def test_hazards_without_verdicts_prove_nothing() -> None:
    data = bulletin()
    del data["verdicts"]
    assert why(proves(demand(), data)) == ["check-not-asked"]


def test_a_notice_that_names_nothing_is_never_proven() -> None:
    asked = demand()
    asked["hazards"] = []
    assert why(proves(asked, bulletin())) == ["nothing-named"]


def test_each_hazard_is_proven_by_itself() -> None:
    second = named(code="H-GGGG", check="linux.b", target="T-0005")
    found = proves(demand(named(), second), bulletin())
    assert found == [Reason("hazard-absent", "H-GGGG")]


def test_a_newer_release_is_newer() -> None:
    assert isinstance(proves(demand(), bulletin(run=run(rulebook=NEW, version="0.10.0"))), Proof)


def test_versions_are_compared_as_numbers() -> None:
    assert why(proves(demand(version="0.10.0"), bulletin(run=run(rulebook=NEW, version="0.9.0")))) == ["rulebook-older"]


def test_declared_order_of_rulebooks() -> None:
    newer = bulletin(run=run(rulebook=NEW))
    assert isinstance(proves(demand(), newer, [OLD, NEW]), Proof)
    assert why(proves(demand(), newer, [NEW, OLD])) == ["rulebook-older"]
    assert why(proves(demand(), newer, [OLD])) == ["rulebook-unknown"]


def test_what_no_machine_sees_two_persons_close() -> None:
    asked = demand(named(check="person.L3-8.1.1.1-a", target="S-0001"))
    line = hazard(check="person.L3-8.1.1.1-a", target="S-0001", closed="reviewed", status="met")
    assert isinstance(proves(asked, bulletin(hazards=[line])), Proof)
    assert why(proves(asked, bulletin(hazards=[{**line, "closed": "met"}]))) == ["hazard-not-reviewed"]


ASKED = {"profile": "archives-l3", "after": "2026-10-15T16:00:00Z"}


def report(**more: Any) -> Demand:
    asked = demand(finished="", version="", rulebook="", report=ASKED)
    asked["hazards"] = []
    return {**asked, **more}  # type: ignore[typeddict-item]


def test_a_report_that_was_asked_for() -> None:
    assert isinstance(proves(report(), bulletin()), Proof)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"run": run(profiles=["isolation"])}, "other-profile"),
        ({"run": run(started="2026-10-15T15:59:59Z")}, "run-too-early"),
        ({"run": run(narrowed=True)}, "run-narrowed"),
        ({"run": run(interrupted=True)}, "run-broken-off"),
    ],
)
def test_what_is_no_such_report(change: dict[str, Any], code: str) -> None:
    assert why(proves(report(), bulletin(**change))) == [code]


WORSE: list[Callable[[dict[str, Any]], None]] = [
    lambda data: data["hazards"].clear(),
    lambda data: data["hazards"][0].update(state="registered"),
    lambda data: data["hazards"][0].update(closed=None),
    lambda data: data["verdicts"].clear(),
    lambda data: data["verdicts"].append((TARGET, CHECK, "unknown", "high")),
    lambda data: data["run"].update(interrupted=True),
    lambda data: data["run"].update(started="2026-01-01T00:00:00Z"),
    lambda data: data.update(unit="x"),
]


@given(st.lists(st.sampled_from(WORSE), min_size=1, max_size=4))
def test_nothing_that_makes_it_worse_makes_it_a_proof(changes: list[Callable[[dict[str, Any]], None]]) -> None:
    data = copy.deepcopy(bulletin())
    for change in changes:
        if data["hazards"] or change not in WORSE[1:3]:
            change(data)
    assert isinstance(proves(demand(), data), list)
