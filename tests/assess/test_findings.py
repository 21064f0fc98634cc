"""From verdicts to findings: each rule is one test. A false 合格 is the worst that can happen."""

from __future__ import annotations

import time
from dataclasses import replace

from scanner.model.finding import Result
from tests.assess.world import AWAITS, BOOK, MET, NA, UNKNOWN, UNMET, attestation, book, control, finding, run, target, verdict

C, P, N, X, I = Result.COMPLIANT, Result.PARTIAL, Result.NONCOMPLIANT, Result.NOT_APPLICABLE, Result.INSUFFICIENT  # noqa: E741
BOTH = control("X-1", "linux.a", "linux.b")
ONE = control("X-1", "linux.a")
HOST = [target("h")]


def test_automatic_all_met_is_compliant_and_asks_nobody() -> None:
    got = run(BOTH, HOST, [verdict("linux.a", "h", MET), verdict("linux.b", "h", MET)])
    assert got.findings[0].result is C and got.findings[0].basis == "judged" and got.findings[0].verdicts == (0, 1) and got.synthetic == ()


def test_unmet_with_met_is_partial() -> None:
    assert finding(BOTH, HOST, [verdict("linux.a", "h", MET), verdict("linux.b", "h", UNMET)]).result is P


def test_one_host_failing_makes_it_partial() -> None:
    verdicts = [verdict("linux.a", "h", MET), verdict("linux.a", "h2", UNMET)]
    assert finding(ONE, [*HOST, target("h2")], verdicts).result is P


def test_one_host_unknown_is_insufficient() -> None:
    verdicts = [verdict("linux.a", "h", MET), verdict("linux.a", "h2", UNKNOWN)]
    got = run(ONE, [*HOST, target("h2")], verdicts)
    assert got.findings[0].result is I and got.synthetic == ()


def test_one_host_failing_and_one_unknown_is_noncompliant() -> None:
    verdicts = [verdict("linux.a", "h", UNMET), verdict("linux.a", "h2", UNKNOWN)]
    assert finding(ONE, [*HOST, target("h2")], verdicts).result is N


def test_all_not_applicable_is_not_applicable() -> None:
    assert finding(BOTH, HOST, [verdict("linux.a", "h", NA), verdict("linux.b", "h", NA)]).result is X


def test_not_applicable_of_another_product_says_nothing_about_the_clause() -> None:
    """A check of nginx on a Tomcat: not-applicable must not take the clause out of the denominator."""
    got = run(control("X-1", "middleware.a"), [target("tomcat", "middleware")], [verdict("middleware.a", "tomcat", NA)])
    assert got.findings[0].result is I and got.synthetic[0].observed == {"uncovered": ["tomcat"], "count": 1}


def test_one_product_does_not_answer_for_another() -> None:
    targets = [target("nginx", "middleware"), target("tomcat", "middleware")]
    verdicts = [verdict("middleware.a", "nginx", MET), verdict("middleware.a", "tomcat", NA)]
    assert finding(control("X-1", "middleware.a"), targets, verdicts).result is I


def test_databases_of_one_product_answer_together() -> None:
    targets = [target("d1", "database", url="postgresql://a/b"), target("d2", "database", url="postgresql://c/d")]
    verdicts = [verdict("database.a", "d1", MET), verdict("database.a", "d2", NA)]
    assert finding(control("X-1", "database.a"), targets, verdicts).result is C


def test_a_covered_kind_without_any_check_keeps_it_open() -> None:
    got = run(ONE, [*HOST, target("db", "database", url="postgresql://a/b")], [verdict("linux.a", "h", MET)])
    assert got.findings[0].result is I
    (person,) = got.synthetic
    assert (person.check, person.target, person.status, person.why, person.severity) == ("person.X-1", "s", AWAITS, "person", "low")
    assert person.observed == {"uncovered": ["db"], "count": 1}
    assert got.findings[0].verdicts == (0, 1)


def test_a_covered_kind_that_is_only_not_applicable_keeps_it_open() -> None:
    of = control("X-1", "linux.a", "windows.a")
    verdicts = [verdict("linux.a", "h", NA), verdict("windows.a", "w", MET)]
    assert finding(of, [*HOST, target("w", "windows")], verdicts).result is I


def test_no_targets_is_insufficient() -> None:
    got = run(ONE, [], [])
    assert got.findings[0].result is I and got.synthetic[0].observed["count"] == 0


def test_targets_of_other_kinds_cannot_make_it_compliant() -> None:
    """A host's firewall does not answer for the boundary device that nobody declared."""
    of = control("X-1", "linux.a", objects=("boundary_device",))
    got = run(of, HOST, [verdict("linux.a", "h", MET)])
    assert got.findings[0].result is I and len(got.synthetic) == 1


def test_targets_of_other_kinds_can_speak_against_it() -> None:
    of = control("X-1", "linux.a", objects=("boundary_device",))
    assert finding(of, HOST, [verdict("linux.a", "h", UNMET)]).result is N


def test_unknown_on_a_target_of_another_kind_keeps_it_open() -> None:
    of = control("X-1", "linux.a", "site.a")
    verdicts = [verdict("linux.a", "h", MET), verdict("site.a", "unit", UNKNOWN)]
    assert finding(of, [*HOST, target("unit", "site")], verdicts).result is I


def test_a_question_left_out_keeps_it_open_and_closed_to_attestation() -> None:
    """``--skip`` must neither make a clause compliant nor clear the way for a signature."""
    got = run(BOTH, HOST, [verdict("linux.a", "h", MET)], attested=[attestation(BOTH)])
    assert got.findings[0].result is I and got.findings[0].basis == "judged" and got.synthetic[0].observed["unasked"] == 1


def test_verdicts_of_other_systems_do_not_count() -> None:
    got = run(ONE, HOST, [verdict("linux.a", "elsewhere", UNMET), verdict("linux.a", "h", MET)])
    assert got.findings[0].result is C and got.members == (1,)


def test_semi_automatic_is_never_compliant_on_machine_verdicts_alone() -> None:
    got = run(control("X-1", "linux.a", verify="semi_automatic"), HOST, [verdict("linux.a", "h", MET)])
    assert got.findings[0].result is I and len(got.synthetic) == 1


def test_semi_automatic_is_never_not_applicable_on_machine_verdicts_alone() -> None:
    assert finding(control("X-1", "linux.a", verify="semi_automatic"), HOST, [verdict("linux.a", "h", NA)]).result is I


def test_semi_automatic_unmet_is_noncompliant() -> None:
    of = control("X-1", "linux.a", "linux.b", verify="semi_automatic")
    assert finding(of, HOST, [verdict("linux.a", "h", UNMET), verdict("linux.b", "h", UNMET)]).result is N
    assert finding(of, HOST, [verdict("linux.a", "h", UNMET), verdict("linux.b", "h", MET)]).result is P


def test_attestation_item_awaits_a_person() -> None:
    got = run(control("X-1", verify="attestation", objects=("document",)), HOST, [])
    assert got.findings[0].result is I and got.findings[0].verdicts == (0,) and got.synthetic[0].status is AWAITS


def test_pending_check_keeps_an_automatic_clause_open() -> None:
    of = control("X-1", "linux.a", "linux.later", pending=("linux.later",))
    got = run(of, HOST, [verdict("linux.a", "h", MET)])
    assert got.findings[0].result is I and got.synthetic[0].observed["pending"] == ["linux.later"]


def test_attestation_settles_what_machines_left_open() -> None:
    of = control("X-1", "linux.a", verify="semi_automatic")
    got = run(of, HOST, [verdict("linux.a", "h", MET)], attested=[attestation(of)])
    assert got.findings[0].result is C and got.findings[0].basis == "attested" and got.synthetic == ()
    assert got.findings[0].attestation == {"id": "at-1", "by": "张三", "since": "2026-01-01", "until": "2026-12-31"}


def test_attestation_never_stands_against_unmet_or_unknown() -> None:
    of = control("X-1", "linux.a", verify="semi_automatic")
    for status, result in ((UNMET, N), (UNKNOWN, I)):
        got = finding(of, HOST, [verdict("linux.a", "h", status)], attested=[attestation(of)])
        assert got.result is result and got.basis == "judged"


def test_unit_wide_attestation_speaks_for_every_system() -> None:
    of = control("X-1", verify="attestation")
    assert finding(of, [], [], attested=[attestation(of, system=None)]).basis == "attested"


def test_attestations_that_do_not_count() -> None:
    of = control("X-1", verify="attestation")
    for change in (
        {"state": "draft"}, {"state": None}, {"until": "2026-06-30"}, {"since": "2026-07-02"},
        {"text_digest": "sha256:00"}, {"system": "other"},
        {"control": "X-2"}, {"until": "2026-13-01"}, {"until": None}, {"until": "20261231"}, {"since": ""},
    ):  # fmt: skip
        got = finding(of, [], [], attested=[attestation(of, **change)])
        assert got.result is I and got.attestation is None, change


def test_attestation_counts_on_its_first_and_last_day() -> None:
    of = control("X-1", verify="attestation")
    assert finding(of, [], [], attested=[attestation(of, since="2026-07-01", until="2026-07-01")]).result is C


def test_attestation_without_a_system_key_speaks_of_nobody() -> None:
    of = control("X-1", verify="attestation")
    line = attestation(of)
    del line["system"]
    assert finding(of, [], [], attested=[line]).result is I


def test_core_hazard_needs_a_machines_look_before_a_signature_counts() -> None:
    of = control("CH1", "site.a", verify="semi_automatic", objects=("catalogue",), core="CH1")
    unit = [target("unit", "site")]
    assert finding(of, unit, [], attested=[attestation(of)]).result is I
    assert finding(of, unit, [verdict("site.a", "unit", AWAITS)], attested=[attestation(of)]).result is C


WAIVER = {
    "id": "w-1", "control": "X-1", "system": "s", "approved_by": "李四", "reason": "…", "measure": "…",
    "since": "2026-01-01", "until": "2026-12-31",
}  # fmt: skip


def test_waiver_stands_beside_and_never_changes_a_result() -> None:
    got = finding(ONE, HOST, [verdict("linux.a", "h", UNMET)], waived=[WAIVER])
    assert got.result is N and got.waiver is not None and got.waiver["id"] == "w-1"


def test_expired_or_nameless_waiver_is_not_there() -> None:
    for change in ({"until": "2026-06-30"}, {"approved_by": ""}):
        assert finding(ONE, HOST, [verdict("linux.a", "h", UNMET)], waived=[{**WAIVER, **change}]).waiver is None


def test_core_hazard_cannot_be_waived() -> None:
    of = control("X-1", "linux.a", core="CH4")
    assert finding(of, HOST, [verdict("linux.a", "h", UNMET)], waived=[WAIVER]).waiver is None


def test_uncovered_targets_are_capped_and_counted() -> None:
    got = run(control("X-1", "linux.a", objects=("database",)), [target(f"d{n:03}", "database") for n in range(50)], [])
    assert len(got.synthetic[0].observed["uncovered"]) == 20 and got.synthetic[0].observed["count"] == 50


def test_thousand_targets_in_seconds() -> None:
    names = [f"linux_c{n}" for n in range(300)]
    installed = book(**dict.fromkeys(names, "linux"))
    checks = [name.replace("_", ".") for name in names]
    controls = [control(f"X-{n}", *checks[n * 3 : n * 3 + 3]) for n in range(100)]
    targets = [target(f"h{n}") for n in range(1000)]
    verdicts = [verdict(check, t.id, MET) for t in targets for check in checks]
    from scanner.assess.findings import assess
    from tests.assess.world import AS_OF, profile

    begun = time.process_time()
    got = assess(profile(*controls), "s", targets, verdicts, (), (), AS_OF, installed)
    assert all(f.result is C for f in got.findings)
    assert time.process_time() - begun < 20


def test_book_of_the_tests_is_what_it_says() -> None:
    assert BOOK.checks["linux.a"].sheet.kind == "linux"


def test_checks_that_answer_a_part_leave_the_clause_open() -> None:
    part = replace(ONE, settles=())
    assert finding(part, HOST, [verdict("linux.a", "h", MET)]).result is I


def test_checks_that_answer_a_part_still_speak_against_it() -> None:
    part = replace(ONE, settles=())
    assert finding(part, HOST, [verdict("linux.a", "h", UNMET)]).result is N


def test_a_statement_against_a_clause_counts_even_where_machines_found_it_met() -> None:
    got = finding(ONE, HOST, [verdict("linux.a", "h", MET)], attested=[attestation(ONE, says="noncompliant")])
    assert (got.result, got.basis) == (N, "attested")


def test_a_statement_against_a_clause_never_softens_what_machines_found() -> None:
    got = finding(ONE, HOST, [verdict("linux.a", "h", UNMET)], attested=[attestation(ONE, says="partial")])
    assert (got.result, got.basis) == (N, "judged")


def test_a_statement_against_goes_before_one_for_the_clause() -> None:
    of = control("X-1", verify="attestation")
    lines = [attestation(of, system=None), attestation(of, id="at-2", says="partial")]
    assert finding(of, [], [], attested=lines).result is P


def test_a_person_states_that_a_clause_does_not_apply() -> None:
    of = control("X-1", verify="attestation")
    assert finding(of, [], [], attested=[attestation(of, says="not_applicable")]).result is X


def test_nobody_states_away_what_a_machine_saw_at_work() -> None:
    of = control("X-1", "linux.a", verify="semi_automatic")
    assert finding(of, HOST, [verdict("linux.a", "h", MET)], attested=[attestation(of, says="not_applicable")]).result is I


def test_a_core_hazard_is_never_stated_not_applicable() -> None:
    of = control("CH4", "linux.a", verify="semi_automatic", core="CH4")
    assert finding(of, HOST, [verdict("linux.a", "h", AWAITS)], attested=[attestation(of, says="not_applicable")]).result is I


def test_an_unknown_word_states_nothing() -> None:
    of = control("X-1", verify="attestation")
    assert finding(of, [], [], attested=[attestation(of, says="fine")]).result is I


def test_a_finding_shows_the_papers_and_who_accepted_them() -> None:
    of = control("X-1", verify="attestation")
    got = finding(of, [], [], attested=[attestation(of, evidence=["sha256:a"], settled_by="王五", state="accepted")])
    assert got.attestation is not None and (got.attestation["evidence"], got.attestation["settled_by"]) == (["sha256:a"], "王五")
