"""Findings rolled up: by control point, and counted by layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.assess.rules import combine
from scanner.model.control import Profile
from scanner.model.finding import Finding, Result
from scanner.model.result import RESULTS, LayerCounts, PointResult


def point_results(profile: Profile, findings: Sequence[Finding]) -> list[PointResult]:
    """One result per control point, in the profile's order."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for control, finding in zip(profile.controls, findings, strict=True):
        groups.setdefault((control.layer, control.control_point), []).append(finding.result)
    return [{"layer": layer, "control_point": point, "result": combine(found).value} for (layer, point), found in groups.items()]


def layer_counts(profile: Profile, findings: Sequence[Finding]) -> list[LayerCounts]:
    """How many findings of each layer have which result, in the profile's order."""
    groups: dict[str, list[Finding]] = {}
    for control, finding in zip(profile.controls, findings, strict=True):
        groups.setdefault(control.layer, []).append(finding)
    return [{"layer": layer, "counts": counts(found)} for layer, found in groups.items()]


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """Findings by result; every result is there."""
    out = dict.fromkeys(RESULTS, 0)
    for finding in findings:
        out[finding.result.value] += 1
    return out
