"""Verdicts put together for people: identical observations over many targets become one row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from reports import glossary
from reports.plain import seen, short
from reports.words import Pair
from scanner.model.result import PERSON_PREFIX, SEVERITIES


@dataclass(frozen=True, slots=True)
class Group:
    """One observation of one check, and every target where it was made."""

    observed: str
    wanted: str
    why: str | None
    detail: str
    strength: str | None
    scope: str
    targets: tuple[str, ...]
    evidence: tuple[str, ...]
    """Digests cited by the first target's verdict."""
    number: int
    """Index of the first verdict."""
    said: Mapping[str, Pair]
    """``observed``, ``wanted``, ``detail`` and ``scope`` in both languages."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """All verdicts of one status of one check."""

    check: str
    severity: str
    title: Pair
    why: Pair | None
    remedy: Pair | None
    groups: tuple[Group, ...]
    """The ones with most targets first."""
    verdicts: int
    targets: int
    clauses: tuple[str, ...]
    """Control ids."""
    triggers: tuple[str, ...]
    """Ids of the major-risk triggers that this check can show, when the result says so."""
    references: Mapping[str, Sequence[str]]


def title_of(check: str, texts: Mapping[str, Any]) -> Pair:
    """Title of a check; a ``person.`` check has its control's words, an unknown one its id."""
    found = texts["checks"].get(check)
    if found is not None:
        title: Pair = found["title"]
        return title
    control = texts["controls"].get(check.removeprefix(PERSON_PREFIX))
    return {"zh": control["zh"], "en": control["en"]} if control is not None else {"zh": check, "en": check}


def is_person(verdict: Mapping[str, Any]) -> bool:
    """Whether the verdict only says that a person must look at a clause."""
    return str(verdict["check"]).startswith(PERSON_PREFIX)


class _Key(NamedTuple):
    """What makes two verdicts of one check the same row."""

    observed: str
    wanted: str
    why: str | None
    detail: str
    strength: str | None
    scope: str


def grouped(result: Mapping[str, Any], numbers: Iterable[int]) -> list[Hazard]:
    """The verdicts with these numbers, by check and observation; the gravest and most frequent first."""
    verdicts, texts = result["verdicts"], result["texts"]
    by_check: dict[str, dict[_Key, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number in numbers:
        verdict = verdicts[number]
        key = _Key(
            seen(verdict["check"], verdict["observed"]),
            short(verdict["wanted"]),
            verdict["why"],
            verdict["detail"],
            verdict["strength"],
            short(verdict["scope"]),
        )
        by_check[verdict["check"]][key].append(number)
    clauses = _clauses(texts["controls"])
    triggers = _triggers(texts["triggers"])
    found = [_hazard(check, groups, verdicts, texts, clauses, triggers) for check, groups in by_check.items()]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), not one.triggers, -one.verdicts, one.check))


def _hazard(
    check: str,
    groups: Mapping[_Key, list[int]],
    verdicts: Sequence[Mapping[str, Any]],
    texts: Mapping[str, Any],
    clauses: Mapping[str, list[str]],
    triggers: Mapping[str, list[str]],
) -> Hazard:
    rows = [
        Group(
            *key,
            targets=tuple(verdicts[n]["target"] for n in found),
            evidence=tuple(verdicts[found[0]]["evidence"]),
            number=found[0],
            said=said(verdicts[found[0]]),
        )
        for key, found in sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0]))
    ]
    first = verdicts[rows[0].number]
    words = texts["checks"].get(check, {})
    return Hazard(
        check=check,
        severity=min((verdicts[g.number]["severity"] for g in rows), key=SEVERITIES.index),
        title=title_of(check, texts),
        why=words.get("why"),
        remedy=words.get("remedy"),
        groups=tuple(rows),
        verdicts=sum(len(g.targets) for g in rows),
        targets=len({target for g in rows for target in g.targets}),
        clauses=tuple(clauses.get(check, ())),
        triggers=tuple(triggers.get(check, ())),
        references=first["references"] or {},
    )


def said(verdict: Mapping[str, Any]) -> dict[str, Pair]:
    """What a verdict observed, wanted and remarked, in both languages."""
    return {
        "observed": glossary.observed(verdict["check"], verdict["observed"]),
        "wanted": glossary.wanted(verdict["wanted"]),
        "detail": glossary.detail(verdict["detail"]),
        "scope": glossary.observed("", verdict["scope"], 200),
    }


def _clauses(controls: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for control in controls:
        for check in controls[control]["checks"]:
            found[check].append(control)
    return found


def _triggers(texts: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for trigger in sorted(texts):
        for check in texts[trigger].get("checks", ()):
            found[check].append(trigger)
    return found


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How the verdicts of one check stand within one finding."""

    check: str
    statuses: Mapping[str, int]
    number: int
    """Index of the first verdict."""


def by_check(numbers: Sequence[int], verdicts: Sequence[Mapping[str, Any]]) -> list[CheckCount]:
    """Statuses by check for the verdicts of one finding, in the order of their first appearance."""
    found: dict[str, tuple[int, Counter[str]]] = {}
    for number in numbers:
        verdict = verdicts[number]
        found.setdefault(verdict["check"], (number, Counter()))[1][verdict["status"]] += 1
    return [CheckCount(check, dict(counts), number) for check, (number, counts) in found.items()]
