"""The plan: a judge's signature says what is needed; this unions it over the checks that apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scanner.model.evidence import Probe
from scanner.model.target import Target
from scanner.rulebook.book import Check, Rulebook


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of whom: the union of what the chosen checks' signatures need."""

    checks: Mapping[str, tuple[Check, ...]]
    """Target id to its checks, by id."""
    probes: Mapping[str, tuple[Probe, ...]]
    """Target id to its probes, by id."""


def make_plan(targets: Sequence[Target], book: Rulebook, only: Sequence[str] = (), skip: Sequence[str] = ()) -> Plan:
    """Union the needs of every check that applies. Raises nothing: an empty plan is the caller's business."""
    checks: dict[str, tuple[Check, ...]] = {}
    probes: dict[str, dict[str, Probe]] = {target.id: {} for target in targets}
    by_kind: dict[str, list[Target]] = {}
    for target in targets:
        by_kind.setdefault(target.kind, []).append(target)
    for kind, members in by_kind.items():
        chosen = tuple(check for check in book.for_kind(kind) if chosen_by(check.id, only, skip))
        for target in members:
            checks[target.id] = chosen
        for check in chosen:
            for need in check.judge.needs:
                askers = [t for k in need.spec.probe.kinds for t in by_kind.get(k, ())] if need.across else members
                for target in askers:
                    if target.kind in need.spec.probe.kinds:
                        probes[target.id][need.spec.probe.id] = need.spec.probe
    return Plan(checks, {key: tuple(found[name] for name in sorted(found)) for key, found in probes.items()})


def chosen_by(check_id: str, only: Sequence[str], skip: Sequence[str]) -> bool:
    """Whether ``--only`` and ``--skip`` globs leave the check in."""
    if only and not any(fnmatchcase(check_id, pattern) for pattern in only):
        return False
    return not any(fnmatchcase(check_id, pattern) for pattern in skip)
