"""How several verdicts make one result: the same two rules from verdict to target, target to clause, clause to control point."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scanner.model.finding import Result
from scanner.model.verdict import Status


def of_target(statuses: Collection[Status]) -> Result:
    """One clause on one target. Nothing asked is insufficient; not-applicable verdicts do not count."""
    counted = set(statuses) - {Status.NOT_APPLICABLE}
    if not counted:
        return Result.NOT_APPLICABLE if statuses else Result.INSUFFICIENT
    if Status.UNMET in counted:
        return Result.PARTIAL if Status.MET in counted else Result.NONCOMPLIANT
    return Result.COMPLIANT if counted == {Status.MET} else Result.INSUFFICIENT


def combine(results: Iterable[Result]) -> Result:
    """Several results of equal rank make one. Nothing at all is insufficient; not-applicable ones do not count.

    Insufficient beside nothing but noncompliant stays noncompliant: a hole in the evidence never softens what was shown.
    """
    seen = set(results)
    counted = seen - {Result.NOT_APPLICABLE}
    if not counted:
        return Result.NOT_APPLICABLE if seen else Result.INSUFFICIENT
    if counted == {Result.COMPLIANT}:
        return Result.COMPLIANT
    if not counted & {Result.NONCOMPLIANT, Result.PARTIAL}:
        return Result.INSUFFICIENT
    return Result.NONCOMPLIANT if counted <= {Result.NONCOMPLIANT, Result.INSUFFICIENT} else Result.PARTIAL
