"""Roll-up by control point, counts by layer."""

from scanner.assess.points import layer_counts, point_results
from scanner.model.finding import Finding, Result
from tests.assess.world import control, profile

C, N, X, I = Result.COMPLIANT, Result.NONCOMPLIANT, Result.NOT_APPLICABLE, Result.INSUFFICIENT  # noqa: E741


def test_points_and_layers() -> None:
    made = profile(
        control("1", layer="甲", point="p"), control("2", layer="甲", point="p"), control("3", layer="甲", point="q"),
        control("4", layer="乙", point="p"), control("5", layer="乙", point="p"),
    )  # fmt: skip
    findings = [Finding(control=c.id, result=r) for c, r in zip(made.controls, (C, N, X, C, I), strict=True)]
    assert [row["result"] for row in point_results(made, findings)] == ["partial", "not_applicable", "insufficient"]
    assert layer_counts(made, findings) == [
        {"layer": "甲", "counts": {"compliant": 1, "partial": 0, "noncompliant": 1, "not_applicable": 1, "insufficient": 0}},
        {"layer": "乙", "counts": {"compliant": 1, "partial": 0, "noncompliant": 0, "not_applicable": 0, "insufficient": 1}},
    ]
