"""Core hazards: a scan confirms or suspects, a person clears, and only four times cleared lets the gate pass."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.assess.core import confirmed, core_hazards, gate
from scanner.model.verdict import Status, Verdict
from tests.assess.world import AS_OF, AWAITS, MET, NA, UNKNOWN, UNMET, attestation, control, verdict

PATH = control("CH4", "isolation.no-path", core="CH4", objects=("zone_pair",))
STORE = control("CH2", "holdings.segregated", core="CH2", objects=("catalogue",))


def path(status: Status, conclusion: str, paths: list[Any] | None = None) -> Verdict:
    return verdict("isolation.no-path", "lan:internet", status, observed={"conclusion": conclusion, "paths": paths or []})


def store(status: Status, **observed: Any) -> Verdict:
    return verdict("holdings.segregated", "catalogue", status, observed=observed)


def state(verdicts: list[Verdict], attested: Any = (), systems: tuple[str, ...] = ("s",)) -> str:
    of = {"isolation.no-path": PATH, "holdings.segregated": STORE}[verdicts[0].check] if verdicts else PATH
    return {h["id"]: h["state"] for h in core_hazards(verdicts, attested, AS_OF, [of], systems)}[str(of.core_hazard)]


CLEAN = path(AWAITS, "no_path_observed")


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([], "not_tested"),
        ([path(UNMET, "breach_proven")], "confirmed"),
        ([path(UNMET, "logical_only"), CLEAN], "confirmed"),
        ([CLEAN], "scan_clean_only"),
        ([path(AWAITS, "approved_crossing", [{"kind": "crossing"}])], "scan_clean_only"),
        ([path(AWAITS, "no_path_observed", [{"kind": "rogue-ra", "strength": "D"}])], "suspected"),
        ([path(UNKNOWN, "approved_crossing_unproven")], "suspected"),
        ([path(UNKNOWN, "not_tested")], "not_tested"),
        ([CLEAN, path(UNKNOWN, "not_tested")], "not_tested"),
        ([verdict("isolation.no-path", "lan:internet", UNKNOWN)], "not_tested"),
        ([verdict("isolation.no-path", "lan:internet", NA)], "not_tested"),
        ([store(UNMET, mixing=[{"degree": "D1", "certainty": "confirmed"}])], "confirmed"),
        ([store(AWAITS, mixing=[{"degree": "D4", "certainty": "suspected"}])], "suspected"),
        ([store(UNKNOWN, stores=[{"suspected": 3}])], "suspected"),
        ([store(MET, stores=[{"suspected": 0}])], "scan_clean_only"),
        ([store(AWAITS, suspected=3)], "suspected"),
        ([store(UNKNOWN, suspected=3)], "suspected"),
        ([store(AWAITS, suspected=0)], "scan_clean_only"),
        ([store(MET), store(UNKNOWN)], "not_tested"),
    ],
)
def test_state(verdicts: list[Verdict], expected: str) -> None:
    assert state(verdicts) == expected


@pytest.mark.parametrize(
    "change",
    [{"by": "张三"}, {"by": "张三、张 三（馆长）"}, {"by": ""}, {"evidence": []}, {"evidence": None}, {"settled_by": "李四"}],
    ids=["one", "one-twice", "nobody", "no-paper", "none", "accepted-by-one-of-them"],
)
def test_a_core_hazard_is_not_cleared_by_one_person_nor_without_a_paper(change: Any) -> None:
    assert state([CLEAN], [attestation(PATH, **change)]) == "scan_clean_only"


def test_what_is_cleared_says_until_when() -> None:
    (hazard,) = (h for h in core_hazards([CLEAN], [attestation(PATH, until="2026-10-01")], AS_OF, [PATH], ["s"]) if h["id"] == "CH4")
    assert (hazard["state"], hazard["until"]) == ("cleared", "2026-10-01")


def test_a_signature_clears_what_was_searched_and_clean() -> None:
    assert state([CLEAN], [attestation(PATH)]) == "cleared"
    assert state([CLEAN], [attestation(PATH, system=None)], ("a", "b")) == "cleared"


def test_a_signature_clears_a_suspicion_that_awaited_a_person() -> None:
    assert state([store(AWAITS, mixing=[{"degree": "D4", "certainty": "suspected"}])], [attestation(STORE)]) == "cleared"


@pytest.mark.parametrize(
    "verdicts", [[], [path(UNMET, "breach_proven")], [path(UNKNOWN, "approved_crossing_unproven")], [CLEAN, path(UNKNOWN, "not_tested")]]
)
def test_a_signature_clears_nothing_else(verdicts: list[Verdict]) -> None:
    assert state(verdicts, [attestation(PATH)]) != "cleared"


def test_expired_signature_or_one_system_of_two_clears_nothing() -> None:
    assert state([CLEAN], [attestation(PATH, until="2026-06-30")]) == "scan_clean_only"
    assert state([CLEAN], [attestation(PATH)], ("s", "other")) == "scan_clean_only"
    assert state([CLEAN], [attestation(PATH)], ()) == "scan_clean_only"


def test_what_some_targets_or_checks_only_were_asked_for_is_never_cleared() -> None:
    for verdicts in ([CLEAN], [path(AWAITS, "approved_crossing")]):
        part, all_of_it = (core_hazards(verdicts, [attestation(PATH)], AS_OF, [PATH], ["s"], whole=asked)[3] for asked in (False, True))
        assert (part["state"], all_of_it["state"]) == ("scan_clean_only", "cleared") and "until" not in part


def test_half_of_the_checks_is_not_the_whole_search() -> None:
    of = control("CH1", "holdings.classified-storage", "holdings.segregated", core="CH1")
    got = core_hazards([store(MET)], [attestation(of)], AS_OF, [of], ["s"])
    assert got[0] == {"id": "CH1", "state": "not_tested", "verdicts": [0]}
    suspected = store(AWAITS, mixing=[{"degree": "D4", "certainty": "suspected"}])
    assert core_hazards([suspected], [attestation(of)], AS_OF, [of], ["s"])[0]["state"] == "suspected"


def test_all_four_always() -> None:
    assert [h["id"] for h in core_hazards([], (), AS_OF, (), ())] == ["CH1", "CH2", "CH3", "CH4"]


def _hazards(*states: str) -> Any:
    return [{"id": f"CH{n}", "state": s} for n, s in enumerate(states, 1)]


def test_gate() -> None:
    clear = ("cleared",) * 4
    assert gate(_hazards(*clear), []) == "pass"
    assert gate(_hazards("confirmed", *clear[1:]), []) == "fail"
    for doubt in ("suspected", "scan_clean_only", "not_tested"):
        assert gate(_hazards(doubt, *clear[1:]), []) == "insufficient"
    assert gate(_hazards(*clear[1:]), []) == "insufficient"
    assert gate(_hazards(*clear), [{"conclusion": {"major": 1}}]) == "fail"
    assert gate(_hazards(*clear), [{"conclusion": None}, {"conclusion": {"major": 0}}]) == "pass"
    assert confirmed(_hazards("confirmed", "suspected", "confirmed", "cleared")) == ("CH1", "CH3")
