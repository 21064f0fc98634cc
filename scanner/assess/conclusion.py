"""The conclusion of one system: the 2025 template's rate and major risks, and the score of 2021 beside it.

Only clauses of graded protection count (those with a ``domain``). Insufficient evidence stays below the line of the rate and
scores nothing in 2021. Rates are compared as fractions, so that 90 % and 60 % fall where the rule says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

from scanner.assess.points import counts
from scanner.model.control import Profile
from scanner.model.finding import Conclusion, Finding, Result
from scanner.model.verdict import Severity, Status, Verdict

WORTH = {Result.COMPLIANT: Fraction(1), Result.PARTIAL: Fraction(1, 2), Result.NONCOMPLIANT: Fraction(0), Result.INSUFFICIENT: Fraction(0)}
"""Score of one finding in 2021; insufficient counts as nothing reached. Not-applicable is left out."""

TECHNICAL_SHARE = Fraction(1, 2)
"""Share of the technical clauses in the score of 2021 (关注系数)."""


def conclude(
    profile: Profile,
    findings: Sequence[Finding],
    verdicts: Sequence[Verdict],
    holds: str,
    members: Iterable[int],
    confirmed: Sequence[str] = (),
) -> tuple[Conclusion | None, str | None]:
    """The conclusion, or the code of the reason why there is none.

    ``members`` are the numbers of the verdicts about the system, ``confirmed`` the core hazards that are confirmed: each of
    them vetoes. Reasons: ``holds-classified``, ``not-scored``, ``nothing-applicable``, ``nothing-judged``.
    """
    if holds != "unclassified":
        return None, "holds-classified"
    if not profile.scored:
        return None, "not-scored"
    domains = [control.domain for control in profile.controls]
    graded = [(domain, finding) for domain, finding in zip(domains, findings, strict=True) if domain]
    applicable = [(domain, finding.result) for domain, finding in graded if finding.result is not Result.NOT_APPLICABLE]
    if not applicable:
        return None, "nothing-applicable"
    if all(result is Result.INSUFFICIENT for _, result in applicable):
        return None, "nothing-judged"
    unmet = [verdicts[number] for number in members if verdicts[number].status is Status.UNMET]
    failed = {verdict.check for verdict in unmet}
    triggers = tuple(trigger.id for trigger in profile.triggers if failed & set(trigger.checks))
    results = [result for _, result in applicable]
    rate = Fraction(results.count(Result.COMPLIANT), len(results))
    half = rate + Fraction(results.count(Result.PARTIAL), 2 * len(results))
    score = score_2021(
        len(results),
        [(1, WORTH[result]) for domain, result in applicable if domain == "technical"],
        [(1, WORTH[result]) for domain, result in applicable if domain == "management"],
    )
    vetoed = tuple(sorted(set(confirmed)))
    high = bool(vetoed or triggers) or has_risk(unmet, (Severity.CRITICAL, Severity.HIGH))
    conclusion = Conclusion(
        template="2025",
        rate=round(float(rate), 4),
        rate_half_credit=round(float(half), 4),
        major=len(triggers),
        triggers=triggers,
        verdict=verdict_2025(rate, len(triggers), vetoed),
        score_2021=round(float(score), 2),
        grade_2021=grade_2021(score, high, has_risk(unmet, (Severity.MEDIUM,))),
        counts=counts(finding for _, finding in graded),
        vetoed_by=vetoed,
    )
    return conclusion, None


def verdict_2025(rate: Fraction, major: int, vetoed_by: Sequence[str] = ()) -> str:
    """符合 / 基本符合 / 不符合. Exactly 90 % and exactly 60 % are 基本符合; a confirmed core hazard is 不符合 at any rate."""
    if vetoed_by or rate < Fraction(60, 100):
        return "不符合"
    return "符合" if rate > Fraction(90, 100) and major == 0 else "基本符合"


def score_2021(
    applicable: int,
    technical: Iterable[tuple[int, Fraction]],
    management: Iterable[tuple[int, Fraction]],
    share: Fraction = TECHNICAL_SHARE,
) -> Fraction:
    """Score by the formula of 2021, 0 to 100: (weight, worth) of clauses, those fully met may be left out.

    The official weights are not public; callers give 1.
    """
    step = Fraction(100, applicable)
    lost = [sum((weight * (1 - worth) * step for weight, worth in part), Fraction(0)) for part in (technical, management)]
    return max(Fraction(0), 100 * share - lost[0]) + max(Fraction(0), 100 * (1 - share) - lost[1])


def grade_2021(score: Fraction, high: bool, medium: bool) -> str:
    """优 (from 90, no high or medium risk), 良 (from 80), 中 (from 70), else 差; any high risk is 差."""
    if high or score < 70:
        return "差"
    if score >= 90 and not medium:
        return "优"
    return "良" if score >= 80 else "中"


def has_risk(unmet: Iterable[Verdict], severities: Collection[Severity]) -> bool:
    """Whether an unmet verdict has one of the severities."""
    return any(verdict.severity in severities for verdict in unmet)
