"""The conclusion of 2025 and the score of 2021, with the unit tests that the public sources give."""

from fractions import Fraction

import pytest

from scanner.assess.conclusion import conclude, grade_2021, score_2021, verdict_2025
from scanner.model.control import MajorTrigger, Words
from scanner.model.finding import Conclusion, Finding, Result
from scanner.model.verdict import Severity, Verdict
from tests.assess.world import MET, UNKNOWN, UNMET, control, profile, verdict

C, P, N, X, I = Result.COMPLIANT, Result.PARTIAL, Result.NONCOMPLIANT, Result.NOT_APPLICABLE, Result.INSUFFICIENT  # noqa: E741
TRIGGERS = (
    MajorTrigger(id="A-18", text=Words(zh="弱口令", en="weak"), checks=("linux.a", "linux.b")),
    MajorTrigger(id="A-21", text=Words(zh="服务", en="service"), checks=("linux.b",)),
    MajorTrigger(id="A-01", text=Words(zh="机房", en="room")),
)


def concluded(results: list[Result], verdicts: list[Verdict], confirmed: tuple[str, ...] = (), sector: int = 0) -> Conclusion:
    controls = [control(f"X-{n}", domain="technical" if n % 2 else "management") for n in range(len(results))]
    controls += [control(f"S-{n}", domain="") for n in range(sector)]
    findings = [Finding(control=c.id, result=r) for c, r in zip(controls, results + [N] * sector, strict=True)]
    got, why = conclude(profile(*controls, triggers=TRIGGERS), findings, verdicts, "unclassified", range(len(verdicts)), confirmed)
    assert got is not None and why is None
    return got


@pytest.mark.parametrize(
    ("rate", "major", "words"),
    [
        ("0.95", 0, "符合"),
        ("0.95", 1, "基本符合"),
        ("0.90", 0, "基本符合"),
        ("0.75", 3, "基本符合"),
        ("0.60", 0, "基本符合"),
        ("0.59", 0, "不符合"),
    ],
)
def test_verdict_2025(rate: str, major: int, words: str) -> None:
    assert verdict_2025(Fraction(rate), major) == words


def test_a_confirmed_core_hazard_vetoes() -> None:
    assert verdict_2025(Fraction(1), 0, ("CH4",)) == "不符合"
    got = concluded([C] * 10, [], ("CH4", "CH1"))
    assert got.verdict == "不符合" and got.vetoed_by == ("CH1", "CH4") and got.grade_2021 == "差"


def test_score_2021_worked_example() -> None:
    none, half = Fraction(0), Fraction(1, 2)
    score = score_2021(200, [(1, none)] * 10 + [(3, half)] * 4, [(2, half)] * 6)
    assert score == 89 and grade_2021(score, high=False, medium=True) == "良"
    assert score_2021(200, [(1, none)] * 10 + [(3, half)] * 4, []) == 42 + 50


def test_score_never_falls_below_nothing() -> None:
    assert score_2021(2, [(3, Fraction(0))] * 2, [(3, Fraction(0))] * 2) == 0


@pytest.mark.parametrize(
    ("score", "high", "medium", "grade"),
    [(95, False, False, "优"), (90, False, False, "优"), (95, False, True, "良"), (89, False, False, "良"), (80, False, True, "良"),
     (79, False, False, "中"), (70, False, False, "中"), (69, False, False, "差"), (99, True, False, "差")],
)  # fmt: skip
def test_grade_2021(score: int, high: bool, medium: bool, grade: str) -> None:
    assert grade_2021(Fraction(score), high, medium) == grade


def test_insufficient_stays_below_the_line_and_scores_nothing() -> None:
    got = concluded([C, C, C, I], [])
    assert got.rate == 0.75 and got.score_2021 == 75.0 and got.counts["insufficient"] == 1


def test_not_applicable_leaves_the_denominator() -> None:
    got = concluded([C, C, X, N], [])
    assert got.rate == round(2 / 3, 4) and got.counts["not_applicable"] == 1


def test_partial_gives_no_credit_but_beside() -> None:
    got = concluded([C, P], [])
    assert got.rate == 0.5 and got.rate_half_credit == 0.75


def test_clauses_of_the_sector_do_not_count() -> None:
    got = concluded([C] * 4, [], sector=5)
    assert got.rate == 1.0 and sum(got.counts.values()) == 4


def test_major_counts_triggers_not_verdicts() -> None:
    verdicts = [
        verdict("linux.a", "h", UNMET),
        verdict("linux.a", "h2", UNMET),
        verdict("linux.b", "h", UNKNOWN),
        verdict("linux.c", "h", UNMET),
    ]
    got = concluded([C] * 20, verdicts)
    assert got.major == 1 and got.triggers == ("A-18",) and got.verdict == "基本符合" and got.grade_2021 == "差"


def test_one_check_may_show_two_triggers() -> None:
    assert concluded([C] * 20, [verdict("linux.b", "h", UNMET)]).triggers == ("A-18", "A-21")


def test_high_and_medium_risks_hold_the_grade_down() -> None:
    assert concluded([C] * 20, [verdict("x.y", "h", UNMET, Severity.HIGH)]).grade_2021 == "差"
    assert concluded([C] * 20, [verdict("x.y", "h", UNMET, Severity.MEDIUM)]).grade_2021 == "良"
    assert concluded([C] * 20, [verdict("x.y", "h", UNMET, Severity.LOW)]).grade_2021 == "优"
    assert concluded([C] * 20, [verdict("x.y", "h", MET, Severity.HIGH)]).grade_2021 == "优"


def test_verdicts_of_other_systems_do_not_count() -> None:
    made = profile(control("X-1"), triggers=TRIGGERS)
    got, _ = conclude(made, [Finding(control="X-1", result=C)], [verdict("linux.a", "elsewhere", UNMET)], "unclassified", ())
    assert got is not None and got.major == 0


@pytest.mark.parametrize(
    ("results", "holds", "scored", "why"),
    [([C], "classified", True, "holds-classified"), ([C], "", True, "holds-classified"), ([C], "unclassified", False, "not-scored"),
     ([I, I], "unclassified", True, "nothing-judged"), ([I, X], "unclassified", True, "nothing-judged"), ([X],
     "unclassified", True, "nothing-applicable"),
     ([], "unclassified", True, "nothing-applicable")],
)  # fmt: skip
def test_no_conclusion_and_why(results: list[Result], holds: str, scored: bool, why: str) -> None:
    controls = [control(f"X-{n}") for n in range(len(results))]
    findings = [Finding(control=c.id, result=r) for c, r in zip(controls, results, strict=True)]
    assert conclude(profile(*controls, scored=scored), findings, [], holds, ()) == (None, why)
