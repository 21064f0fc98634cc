"""The gate: four core hazards veto whatever a policy says; what is not shown is insufficient, never a pass."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scanner.assess.policy import Before, Behind, Outcome, pass_gate
from scanner.errors import UseError
from scanner.rulebook.policies import PROOF, parse_policy, policies, policy_named
from scanner.rulebook.yaml_lines import load_lined

DAY = date(2026, 7, 1)
RULEBOOK = "sha256:" + "1" * 64
RUN: dict[str, Any] = {"id": "r", "finished": "2026-06-30T00:00:00Z", "interrupted": False, "unit": {"code": "u"}, "rulebook": RULEBOOK}
PROVEN = Behind(seal="sealed", replay="judged")
ATTACHED = [key for rule in policies()["acceptance"].rules if rule["rule"] == "controls" for key in rule["of"]]


def finding(control: str, result: str = "compliant", waiver: Any = None) -> dict[str, Any]:
    return {"control": control, "result": result, "waiver": waiver, "attestation": None, "verdicts": []}


def result(**changes: Any) -> dict[str, Any]:
    core = changes.pop("core", {})
    system: dict[str, Any] = {"id": "dams", "name": "系统", "grade": 3, "holds": "unclassified", "conclusion": None}
    system |= {"findings": [finding(control) for control in ATTACHED]} | changes.pop("system", {})
    base: dict[str, Any] = {
        "run": RUN,
        "core_hazards": [{"id": key, "state": core.get(key, "cleared"), "until": "2026-12-31"} for key in ("CH1", "CH2", "CH3", "CH4")],
        "systems": [system],
        "targets": [{"id": "web01", "reached": True}],
        "verdicts": [],
    }
    return base | changes


def gate(*results: dict[str, Any], hazards: Any = (), rules: Any = None, scenario: str = "build", day: date = DAY) -> Outcome:
    used = policies()["acceptance"].rules if rules is None else rules
    held = results or (result(),)
    behind = [PROVEN] * len(held)
    return pass_gate(used, Before(results=held, hazards=hazards, day=day, scenario=scenario, behind=behind, rulebook=RULEBOOK))


def hazard(level: str = "major", state: str = "registered", deadline: str = "") -> dict[str, Any]:
    return {"id": "H-1", "level": level, "state": state, "deadline": deadline}


def controls(control: str, value: str) -> dict[str, Any]:
    return {"findings": [finding(key, value if key == control else "compliant") for key in ATTACHED]}


def test_everything_in_order_passes() -> None:
    assert gate().verdict == "pass"


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("confirmed", "fail"),
        ("suspected", "insufficient"),
        ("scan_clean_only", "insufficient"),
        ("not_tested", "insufficient"),
        ("odd", "insufficient"),
    ],
)
@pytest.mark.parametrize("key", ["CH1", "CH2", "CH3", "CH4"])
def test_only_cleared_core_hazards_pass(key: str, state: str, verdict: str) -> None:
    assert gate(result(core={key: state})).verdict == verdict


def test_a_run_is_as_old_as_its_beginning() -> None:
    """What was resumed today may rest on what was seen long ago."""
    assert gate(result(run=RUN | {"started": "2026-06-29T00:00:00Z"})).verdict == "pass"
    assert gate(result(run=RUN | {"started": "2024-06-29T00:00:00Z"})).verdict == "insufficient"


def test_what_the_unit_has_now_and_no_result_was_asked_about_is_insufficient() -> None:
    for declared, verdict in ((["web01"], "pass"), (["web01", "db"], "insufficient")):
        found = pass_gate(
            (), Before(results=[result()], hazards=(), day=DAY, scenario="build", behind=[PROVEN], rulebook=RULEBOOK, declared=declared)
        )
        assert found.verdict == verdict
        assert [line.fields["names"] for line in found.lines if line.code == "targets-missing"] == ([] if verdict == "pass" else ["db"])


def test_a_narrowed_run_is_insufficient_and_other_parameters_are_named() -> None:
    assert gate(result(run=RUN | {"narrowed": True})).verdict == "insufficient"
    found = gate(result(run=RUN | {"values": {"linux.x:days": 9000}}))
    assert found.verdict == "pass" and [line.fields["names"] for line in found.lines if line.code == "values"] == ["linux.x:days"]


def test_an_empty_policy_still_asks_for_the_core_hazards() -> None:
    assert gate(result(core={"CH2": "confirmed"}), rules=()).verdict == "fail"
    assert gate(result(core_hazards=[]), rules=()).verdict == "insufficient"


def test_no_waiver_touches_a_core_hazard() -> None:
    waiver = {"approved_by": "馆长", "until": "2027-01-01", "measure": "-"}
    one = result(core={"CH4": "confirmed"}, system={"findings": [finding(key, waiver=waiver) for key in ("CH4", *ATTACHED)]})
    assert gate(one).verdict == "fail"


def test_a_waiver_stands_beside_and_changes_nothing() -> None:
    waiver = {"approved_by": "馆长", "until": "2027-01-01", "measure": "专人值守"}
    one = result(system={"findings": [finding(key, "insufficient" if key == "AC-11" else "compliant", waiver) for key in ATTACHED]})
    outcome = gate(one)
    assert outcome.verdict == "insufficient"
    assert {line.state for line in outcome.lines if line.rule == "waiver"} == {"note"}


@pytest.mark.parametrize("value", ["partial", "noncompliant"])
def test_an_attachment_that_is_not_in_order_fails(value: str) -> None:
    assert gate(result(system=controls("AC-FILING", value))).verdict == "fail"


@pytest.mark.parametrize("control", ["AC-GRADE", "AC-FILING", "AC-EVALUATION", "AC-02", "AC-20"])
def test_an_open_attachment_is_no_pass(control: str) -> None:
    assert gate(result(system=controls(control, "insufficient"))).verdict == "insufficient"


def test_a_result_without_the_acceptance_clauses_is_no_pass() -> None:
    outcome = gate(result(system={"findings": []}))
    assert outcome.verdict == "insufficient" and any(line.code == "control-unasked" for line in outcome.lines)


def test_what_either_of_two_results_shows_against_counts() -> None:
    assert gate(result(), result(core={"CH1": "confirmed"})).verdict == "fail"


def test_a_system_without_a_grade_is_no_pass() -> None:
    assert gate(result(system={"grade": None})).verdict == "insufficient"


def test_a_hazard_that_stands_and_is_major_fails() -> None:
    assert [gate(hazards=[one]).verdict for one in (hazard(), hazard("high"), hazard(state="closed"), hazard(state="review"))] == [
        "fail", "pass", "pass", "fail",
    ]  # fmt: skip


def test_a_declaration_that_says_no_fails() -> None:
    assert gate(result(verdicts=[{"check": "site.graded-filed", "status": "unmet"}])).verdict == "fail"


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ({"compliant": 50, "insufficient": 5, "noncompliant": 45}, "fail"),
        ({"compliant": 50, "insufficient": 20, "noncompliant": 30}, "insufficient"),
    ],
)
def test_a_low_rate_fails_only_when_what_is_open_cannot_lift_it(counts: dict[str, int], verdict: str) -> None:
    conclusion = {"rate": 0.5, "triggers": [], "major": 0, "counts": {"partial": 0, "not_applicable": 0, **counts}}
    assert gate(result(system={"conclusion": conclusion})).verdict == verdict


def test_a_major_risk_trigger_fails() -> None:
    conclusion = {"rate": 0.95, "triggers": ["A-18"], "major": 1, "counts": {"compliant": 95, "insufficient": 0, "not_applicable": 0}}
    assert gate(result(system={"conclusion": conclusion})).verdict == "fail"


@pytest.mark.parametrize(
    "change",
    [
        {"targets": [{"id": "a", "reached": True}, {"id": "b", "reached": False}]},
        {"targets": []},
        {"run": RUN | {"interrupted": True}},
        {"run": RUN | {"finished": "2026-01-01T00:00:00Z"}},
        {"run": RUN | {"finished": "2027-01-01T00:00:00Z"}},
    ],
    ids=["unreached", "nothing", "interrupted", "old", "future"],
)
def test_a_run_that_shows_too_little_is_no_pass(change: Any) -> None:
    assert gate(result(**change)).verdict == "insufficient"


@pytest.mark.parametrize("until", ["2026-06-30", "", None])
def test_what_was_cleared_for_a_time_that_ran_out_is_cleared_no_more(until: str | None) -> None:
    one = result()
    one["core_hazards"][3]["until"] = until
    outcome = gate(one)
    assert outcome.verdict == "insufficient" and "core-scan_clean_only" in {line.code for line in outcome.lines}


@pytest.mark.parametrize(("until", "verdict"), [("2026-06-30", "insufficient"), ("2026-07-01", "pass")])
def test_a_statement_must_hold_on_the_day_of_the_gate_too(until: str, verdict: str) -> None:
    one = result()
    one["systems"][0]["findings"][0] |= {"basis": "attested", "attestation": {"until": until}}
    assert gate(one).verdict == verdict


@pytest.mark.parametrize(("day", "verdict"), [("2026-06-30T00:00:01Z", "insufficient"), ("2026-06-30T00:00:00Z", "pass")])
def test_an_older_run_does_not_stand_for_a_newer_one(day: str, verdict: str) -> None:
    before = Before(results=(result(),), hazards=(), day=DAY, scenario="build", behind=[PROVEN], rulebook=RULEBOOK, latest=("later", day))
    assert pass_gate(policies()["acceptance"].rules, before).verdict == verdict


@pytest.mark.parametrize(("ledger", "told"), [(None, True), ({"rows": 0, "head": ""}, True), ({"rows": 3, "head": "x"}, False)])
def test_an_empty_ledger_before_the_run_is_told(ledger: Any, told: bool) -> None:
    outcome = gate(result(run=RUN | {"ledger": ledger}))
    assert outcome.verdict == "pass" and any(line.code == "ledger-empty" for line in outcome.lines) == told


def shown(behind: list[Behind], proof: tuple[str, ...] = PROOF, rulebook: str = RULEBOOK) -> Outcome:
    before = Before(results=(result(),), hazards=(), day=DAY, scenario="build", behind=behind, rulebook=rulebook)
    return pass_gate(policies()["acceptance"].rules, before, proof)


@pytest.mark.parametrize(
    ("behind", "rulebook", "code"),
    [
        ([Behind(seal="not-sealed", replay="judged")], RULEBOOK, "proof-sealed-not-sealed"),
        ([Behind(seal="not-trusted", replay="judged")], RULEBOOK, "proof-sealed-not-trusted"),
        ([Behind(seal="sealed", replay="no-shelf")], RULEBOOK, "proof-replayed-no-shelf"),
        ([Behind(seal="sealed", replay="other-rulebook")], RULEBOOK, "proof-replayed-other-rulebook"),
        ([PROVEN], "sha256:" + "2" * 64, "proof-rulebook-other"),
        ([], RULEBOOK, "proof-sealed-not-sealed"),
    ],
)
def test_a_result_with_too_little_behind_it_is_no_pass(behind: list[Behind], rulebook: str, code: str) -> None:
    outcome = shown(behind, rulebook=rulebook)
    assert outcome.verdict == "insufficient"
    assert code in {line.code for line in outcome.lines if line.state == "insufficient"}


def test_a_policy_may_ask_for_no_seal_and_the_minutes_still_say_so() -> None:
    outcome = shown([Behind(seal="not-sealed", replay="judged")], ("replayed", "rulebook"))
    assert outcome.verdict == "pass"
    assert [line.state for line in outcome.lines if line.code == "proof-sealed-not-sealed"] == ["note"]


def test_a_policy_that_does_not_say_asks_for_everything() -> None:
    read = parse_policy(load_lined(GOOD, "p.yaml"), "p.yaml")
    assert read.proof == PROOF == policies()["acceptance"].proof
    assert parse_policy(load_lined(GOOD + "proof: []\n", "p.yaml"), "p.yaml").proof == ()


def test_the_occasion_decides_what_is_asked() -> None:
    one = result(system=controls("AC-21", "insufficient"))
    assert (gate(one).verdict, gate(one, scenario="risk_check").verdict) == ("pass", "insufficient")


def test_overdue_hazards_count_by_the_given_day() -> None:
    rules = [{"rule": "overdue", "most": 0, "otherwise": "fail"}]
    late = [hazard("low", deadline="2026-06-30")]
    assert (gate(hazards=late, rules=rules).verdict, gate(hazards=late, rules=rules, day=date(2026, 6, 30)).verdict) == ("fail", "pass")


GOOD = "policy: p\ntitle: {zh: 甲, en: a}\nrules:\n  - {rule: age, days: 3}\n"


def test_a_policy_of_ones_own_is_read() -> None:
    assert parse_policy(load_lined(GOOD, "p.yaml"), "p.yaml").rules == ({"rule": "age", "days": 3},)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (GOOD.replace("age", "ages"), "policy-rule-unknown", "4"),
        (GOOD.replace("days", "day"), "policy-key-missing", "4"),
        (GOOD.replace("days: 3", "days: three"), "policy-value", "4"),
        (GOOD.replace("days: 3", "days: -1"), "policy-value", "4"),
        (GOOD.replace("days: 3", "days: true"), "policy-value", "4"),
        (GOOD.replace("days: 3", "days: 3, waive: CH1"), "policy-key-unknown", "4"),
        (GOOD.replace("days: 3", "days: 3, otherwise: pass"), "policy-value", "4"),
        (GOOD.replace("rules:", "rule:"), "policy-key-unknown", "3"),
        (GOOD + "proof: [sealed, waived]\n", "policy-value", "5"),
        (GOOD + "proof: none\n", "policy-value", "5"),
        ("- 1\n", "policy-not-mapping", "1"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_with_its_line(text: str, code: str, line: str) -> None:
    with pytest.raises(UseError) as caught:
        parse_policy(load_lined(text, "p.yaml"), "p.yaml")
    assert (caught.value.code, caught.value.fields["line"]) == (code, line)


def test_an_unknown_policy_names_those_that_there_are() -> None:
    with pytest.raises(UseError, match="acceptance"):
        policy_named("none-such")
