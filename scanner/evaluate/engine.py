"""Shelf + Check -> Verdict. Pure: no clock, no random, no environment, no I/O. Reads each fact once per target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from scanner.facts.fact import FactSpec, read
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer
from scanner.model.verdict import Opinion, Status, Verdict
from scanner.rulebook.book import Check
from scanner.rulebook.check import Across

MEMO = 2048
"""How many facts are held for answers that are the same on many hosts."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One piece of evidence as it rests on a shelf."""

    digest: str
    absent: Absent | None
    load: Callable[[], Answer]
    """Fetches the answer's bytes; asked only when no fact was read from this digest yet."""


class Shelf(Protocol):
    """What the engine needs of a shelf."""

    def get(self, target: str, probe: str) -> Stored | None:
        """The evidence of one probe on one target, None when it was never asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One line of what was asked: every one gets exactly one verdict."""

    target: str
    check: str
    why_not: Absent | None = None
    """Set when it could not even be put (target not reached, skipped …)."""


class Bench:
    """Judges one run: the memo of facts lives here, as long as the run does."""

    def __init__(self, shelf: Shelf, targets_by_kind: Mapping[str, Sequence[str]], unit: str = "unit") -> None:
        self._shelf = shelf
        self._targets_by_kind = targets_by_kind
        self._unit = unit
        self._by_target: dict[tuple[str, type], tuple[Any, str | None]] = {}
        self._by_digest: dict[tuple[type, str], Any] = {}
        self._across: dict[type, tuple[Any, tuple[str, ...]]] = {}
        self._target: str | None = None

    def fact(self, target: str, spec: FactSpec[Any]) -> tuple[Any, str | None]:
        """The fact of one target (or Absent) and the digest of the evidence it was read from."""
        key = (target, spec.type)
        known = self._by_target.get(key)
        if known is None:
            known = self._by_target[key] = self._read(target, spec)
        return known

    def _read(self, target: str, spec: FactSpec[Any]) -> tuple[Any, str | None]:
        stored = self._shelf.get(target, spec.probe.id)
        if stored is None:
            return Absent(Why.NOT_ASKED, spec.probe.id), None
        if stored.absent is not None:
            return stored.absent, stored.digest
        key = (spec.type, stored.digest)
        if key not in self._by_digest:
            if len(self._by_digest) >= MEMO:
                self._by_digest.pop(next(iter(self._by_digest)))
            self._by_digest[key] = read(spec, stored.load())
        return self._by_digest[key], stored.digest

    def judge(self, check: Check, target: str, values: Mapping[str, Any]) -> Verdict:
        """One verdict. A judge that raises, or returns anything but an Opinion, gives unknown with ``defect``."""
        if target != self._target:
            # Facts are read once per target; only those of the target at hand are worth holding.
            self._by_target.clear()
            self._target = target
        arguments: dict[str, Any] = {}
        digests: list[str] = []
        missing: Absent | None = None
        for need in check.judge.needs:
            if need.across:
                arguments[need.name], seen = self._everywhere(need.spec)
                digests.extend(seen)
                continue
            owner = target
            if need.spec.probe.via == "declared" and self._shelf.get(target, need.spec.probe.id) is None:
                owner = self._unit
            value, seen_digest = self.fact(owner, need.spec)
            if seen_digest is not None:
                digests.append(seen_digest)
            if isinstance(value, Absent) and not need.absent_too:
                missing = _graver(missing, value)
            arguments[need.name] = value
        opinion = _absence(missing) if missing is not None else _ask(check, arguments, values)
        return verdict_of(check, target, opinion, tuple(dict.fromkeys(digests)))

    def digests(self, check: Check, target: str) -> tuple[str, ...]:
        """The digests of the evidence that stands for the check's needs on the target."""
        found = (self._shelf.get(target, need.spec.probe.id) for need in check.judge.needs if not need.across)
        return tuple(dict.fromkeys(stored.digest for stored in found if stored is not None))

    def _everywhere(self, spec: FactSpec[Any]) -> tuple[Any, tuple[str, ...]]:
        known = self._across.get(spec.type)
        if known is None:
            facts: dict[str, Any] = {}
            digests: list[str] = []
            for kind in spec.probe.kinds:
                for target in self._targets_by_kind.get(kind, ()):
                    facts[target], seen = self._read(target, spec)
                    if seen is not None:
                        digests.append(seen)
            known = self._across[spec.type] = (Across(facts), tuple(digests))
        return known


def verdict_of(check: Check, target: str, opinion: Opinion, evidence: tuple[str, ...]) -> Verdict:
    """Make the verdict of an opinion."""
    return Verdict(
        check=check.id,
        target=target,
        status=opinion.status,
        severity=check.sheet.severity,
        observed=opinion.observed,
        wanted=opinion.wanted,
        why=opinion.why.value if opinion.why is not None else None,
        detail=opinion.detail,
        strength=opinion.strength,
        scope=opinion.scope,
        evidence=evidence,
        references=check.sheet.references,
    )


def _graver(one: Absent | None, other: Absent) -> Absent:
    """Of two absences the one that leaves more open: not-present only wins when nothing else is missing."""
    if one is None or one.why is Why.NOT_PRESENT:
        return other
    return one


def _absence(absent: Absent) -> Opinion:
    status = Status.NOT_APPLICABLE if absent.why is Why.NOT_PRESENT else Status.UNKNOWN
    return Opinion(status, None, None, absent.why, absent.detail)


def _ask(check: Check, arguments: Mapping[str, Any], values: Mapping[str, Any]) -> Opinion:
    try:
        opinion = check.judge.function(**arguments, **values)
    except Exception as error:  # noqa: BLE001  (one of the two documented places: a judge's fault must not end the run)
        return Opinion(Status.UNKNOWN, None, None, Why.DEFECT, f"{type(error).__name__}: {error}"[:200])
    if not isinstance(opinion, Opinion):
        return Opinion(Status.UNKNOWN, None, None, Why.DEFECT, f"judge returned {type(opinion).__name__}")
    return opinion


def values_for(check: Check, given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameter values for one check: given ones (already converted) over the defaults."""
    return {name: given.get(f"{check.id}:{name}", default) for name, default in check.judge.parameters.items()}


def judge_all(bench: Bench, checks: Mapping[str, Check], asked: Iterable[Asked], values: Mapping[str, Any]) -> Iterable[Verdict]:
    """One verdict for every line asked, in the same order."""
    parameters = {check_id: values_for(check, values) for check_id, check in checks.items()}
    for line in asked:
        check = checks[line.check]
        if line.why_not is not None:
            # Whatever a judge could make of absences: a target that was not reached is unknown.
            yield verdict_of(check, line.target, _absence(line.why_not), bench.digests(check, line.target))
        else:
            yield bench.judge(check, line.target, parameters[line.check])
