"""The two rules, every case."""

import pytest

from scanner.assess.rules import combine, of_target
from scanner.model.finding import Result
from scanner.model.verdict import Status

MET, UNMET, NA, UNKNOWN, AWAITS = Status.MET, Status.UNMET, Status.NOT_APPLICABLE, Status.UNKNOWN, Status.AWAITS_PERSON
C, P, N, X, I = Result.COMPLIANT, Result.PARTIAL, Result.NONCOMPLIANT, Result.NOT_APPLICABLE, Result.INSUFFICIENT  # noqa: E741


@pytest.mark.parametrize(
    ("statuses", "result"),
    [
        ([], I), ([MET], C), ([MET, MET], C), ([UNMET], N), ([UNMET, UNMET], N), ([MET, UNMET], P), ([MET, UNMET, UNKNOWN], P),
        ([UNMET, UNKNOWN], N), ([UNMET, AWAITS], N), ([MET, UNKNOWN], I), ([MET, AWAITS], I), ([UNKNOWN], I), ([AWAITS], I),
        ([NA], X), ([NA, NA], X), ([NA, MET], C), ([NA, UNMET], N), ([NA, UNKNOWN], I), ([NA, MET, UNMET], P),
    ],
)  # fmt: skip
def test_verdicts_on_one_target(statuses: list[Status], result: Result) -> None:
    assert of_target(statuses) is result


@pytest.mark.parametrize(
    ("results", "result"),
    [
        ([], I), ([X], X), ([C, C], C), ([C, X], C), ([N, N], N), ([N, X], N), ([C, N], P), ([C, P], P), ([P], P), ([P, N], P),
        ([C, I], I), ([I], I), ([I, X], I), ([I, N], N), ([I, P], P), ([I, C, N], P), ([I, C, P], P),
    ],
)  # fmt: skip
def test_results_of_several_targets(results: list[Result], result: Result) -> None:
    assert combine(results) is result
