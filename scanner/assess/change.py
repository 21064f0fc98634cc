"""Two results of one unit side by side: what became worse, better, or was lost from sight. Pure.

Keyed on target and check, system and clause: what is not there any more was lost from sight, and that is worse, not gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.assess.place import other_place
from scanner.model.finding import Result

WORSE, BETTER, OTHER = "worse", "better", "other"
_VERDICT = {"met": 3, "not-applicable": 3, "awaits-person": 2, "unknown": 1, "unmet": 0}
"""How much a verdict says for the target; equal ones are no change for the worse."""
_RESULT = {Result.COMPLIANT: 3, Result.NOT_APPLICABLE: 3, Result.INSUFFICIENT: 2, Result.PARTIAL: 1, Result.NONCOMPLIANT: 0}
_CORE = {"cleared": 4, "scan_clean_only": 3, "not_tested": 2, "suspected": 1, "confirmed": 0}
_GATE = {"pass": 2, "insufficient": 1, "fail": 0}
BLIND = frozenset({"unknown", "awaits-person", "not-applicable", "not_applicable", "insufficient", "not_tested"})
"""What shows nothing for the better, though it be less bad than what was."""
_NONE = "-"
"""Stands for what was not asked."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    sort: str
    """``worse``, ``better`` or ``other``."""
    what: str
    """``verdict``, ``finding``, ``core``, ``gate`` or ``target``."""
    subject: str
    """Target, system or core hazard."""
    key: str
    """Check or clause."""
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs, and what else a reader must know."""

    changes: tuple[Change, ...]
    same: int
    """Verdicts that are as they were."""
    notes: tuple[str, ...]
    """Code words: ``rulebook``, ``values``, ``profiles``, ``unit``, ``place``, ``order``, ``interrupted``."""

    def of(self, sort: str) -> list[Change]:
        """Changes of one sort."""
        return [change for change in self.changes if change.sort == sort]


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two results; the order of their lines says nothing."""
    verdicts = list(_pairs("verdict", _verdicts(old), _verdicts(new), _VERDICT))
    changes = [
        *_pairs("gate", {("", ""): old["gate"]}, {("", ""): new["gate"]}, _GATE),
        *_pairs("core", _core(old), _core(new), _CORE),
        *_pairs("target", _targets(old), _targets(new), {"reached": 1, "unreached": 0}),
        *verdicts,
        *_pairs("finding", _findings(old), _findings(new), _RESULT),
    ]
    same = len(_verdicts(old).keys() & _verdicts(new).keys()) - sum(change.old != _NONE != change.new for change in verdicts)
    return Comparison(tuple(changes), same, tuple(_notes(old, new)))


def _pairs(what: str, old: Mapping[tuple[str, str], str], new: Mapping[tuple[str, str], str], worth: Mapping[Any, int]) -> Iterable[Change]:
    for subject, key in sorted(old.keys() | new.keys()):
        before, after = old.get((subject, key), _NONE), new.get((subject, key), _NONE)
        if before != after:
            yield Change(_sort(before, after, worth), what, subject, key, before, after)


def _sort(before: str, after: str, worth: Mapping[Any, int]) -> str:
    """Lost from sight is worse, unless it was bad before; new and bad is worse; new and unknown is only new."""
    lowest, highest = min(worth.values()), max(worth.values())
    if after == _NONE:
        return WORSE if worth[before] > lowest else OTHER
    if before == _NONE:
        return WORSE if worth[after] == lowest else BETTER if worth[after] == highest and after not in BLIND else OTHER
    if worth[before] == worth[after]:
        return OTHER
    if worth[after] < worth[before]:
        return WORSE
    return OTHER if after in BLIND else BETTER


def _verdicts(result: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(line["target"], line["check"]): line["status"] for line in result["verdicts"] if not line["check"].startswith("person.")}


def _findings(result: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(system["id"], finding["control"]): finding["result"] for system in result["systems"] for finding in system["findings"]}


def _core(result: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(hazard["id"], ""): hazard["state"] for hazard in result["core_hazards"]}


def _targets(result: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {(line["id"], ""): "reached" if line["reached"] else "unreached" for line in result["targets"]}


def _notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    before, after = old["run"], new["run"]
    for key in ("rulebook", "values", "profiles"):
        if before[key] != after[key]:
            yield key
    if (before["unit"] or {}).get("code") != (after["unit"] or {}).get("code"):
        yield "unit"
    there = {target["id"]: target for target in old["targets"]}
    if any(target["id"] in there and other_place(there[target["id"]], target) for target in new["targets"]):
        yield "place"
    if after["finished"] < before["finished"]:
        yield "order"
    if before["interrupted"] or after["interrupted"]:
        yield "interrupted"
