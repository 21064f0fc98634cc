"""Verdicts + Profile -> Findings. Pure. A false 合格 is the worst that can happen here; every doubt ends as 证据不足.

Who may settle a clause: machines alone only where its ``verify`` is ``automatic``; else a person, and machines only against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scanner.assess.declared import AGAINST, Lines, attestation_for, said, waiver_for
from scanner.assess.rules import combine, of_target
from scanner.model.absent import Why
from scanner.model.control import Control, Profile
from scanner.model.finding import Finding, Result
from scanner.model.result import PERSON_PREFIX
from scanner.model.target import Target
from scanner.model.verdict import Severity, Status, Verdict
from scanner.rulebook.book import Rulebook
from scanner.rulebook.objects import PRODUCT_KINDS, kinds_of

SHOWN = 20
"""How many uncovered targets a synthetic verdict names; it counts all."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """One system, judged."""

    findings: tuple[Finding, ...]
    """One per control of the profile, in its order."""
    synthetic: tuple[Verdict, ...]
    """Verdicts ``person.<control>`` that say a person must look. Findings number them on from the verdicts given, so they
    must be appended to those, in this order, and to what was asked."""
    members: tuple[int, ...]
    """Numbers of the verdicts about this system's targets; synthetic ones are not among them."""


@dataclass(frozen=True, slots=True)
class _Site:
    """The system at hand: targets by kind, and its verdicts by check and target."""

    system: str
    by_kind: Mapping[str, Sequence[Target]]
    by_check: Mapping[str, Mapping[str, Sequence[int]]]
    verdicts: Sequence[Verdict]
    kind_of: Mapping[str, str]
    """Check id to target kind, for every check that is installed."""


@dataclass(slots=True)
class _Sight:
    """What machines say about one clause."""

    numbers: list[int] = field(default_factory=list)
    statuses: set[Status] = field(default_factory=set)
    results: list[Result] = field(default_factory=list)
    """One per target."""
    uncovered: list[str] = field(default_factory=list)
    """Targets that the clause covers and no check says anything of."""
    unasked: int = 0
    """Questions that an installed check could have put to a covered target and that were left out."""
    counted: bool = False
    """Whether any covered target stands for anything but not-applicable."""


def assess(
    profile: Profile,
    system: str,
    targets: Sequence[Target],
    verdicts: Sequence[Verdict],
    attestations: Lines,
    waivers: Lines,
    as_of: str,
    book: Rulebook,
) -> Assessment:
    """Every clause of a profile for one system.

    ``targets`` are all that speak for the system; ``verdicts`` are those of the whole run, numbered by position; ``as_of``
    is the shelf's finish time in ISO 8601.
    """
    site, members = _site(system, targets, verdicts, book)
    findings: list[Finding] = []
    synthetic: list[Verdict] = []
    for control in profile.controls:
        sight = _look(control, site)
        machine = _machine_result(control, sight)
        attested = attestation_for(attestations, control, system, as_of)
        stated = _stated(said(attested), machine, control, sight)
        numbers = list(sight.numbers)
        if stated is None and _needs_person(control, sight, machine):
            numbers.append(len(verdicts) + len(synthetic))
            synthetic.append(_person(control, system, sight))
        findings.append(
            Finding(
                control=control.id,
                result=stated or machine,
                basis="attested" if stated else "judged",
                verdicts=tuple(numbers),
                waiver=waiver_for(waivers, control, system, as_of),
                attestation=attested,
            )
        )
    return Assessment(tuple(findings), tuple(synthetic), members)


def _site(system: str, targets: Sequence[Target], verdicts: Sequence[Verdict], book: Rulebook) -> tuple[_Site, tuple[int, ...]]:
    by_kind: dict[str, list[Target]] = {}
    for target in targets:
        by_kind.setdefault(target.kind, []).append(target)
    names = {target.id for target in targets}
    by_check: dict[str, dict[str, list[int]]] = {}
    members: list[int] = []
    for number, verdict in enumerate(verdicts):
        if verdict.target in names:
            members.append(number)
            by_check.setdefault(verdict.check, {}).setdefault(verdict.target, []).append(number)
    kind_of = {check.id: check.sheet.kind for check in book.checks.values()}
    return _Site(system, by_kind, by_check, verdicts, kind_of), tuple(members)


def _look(control: Control, site: _Site) -> _Sight:
    """Gather per target what the clause's checks said, and who was passed over."""
    sight = _Sight()
    statuses: dict[str, list[Status]] = {}
    for check in control.checks:
        for target, numbers in site.by_check.get(check, {}).items():
            sight.numbers.extend(numbers)
            statuses.setdefault(target, []).extend(site.verdicts[number].status for number in numbers)
    sight.numbers.sort()
    for found in statuses.values():
        sight.statuses.update(found)
    quiet: list[tuple[str, list[str]]] = []
    for kind in sorted(kinds_of(control.objects)):
        speaking = [check for check in control.checks if site.kind_of.get(check) == kind]
        for group in _groups(site.by_kind.get(kind, ())):
            _look_at_group(group, speaking, statuses, site, sight, quiet, control.verify != "automatic" or _settles(control, kind))
    # Targets of other kinds can only take away: what they meet is not what the clause asks of its own objects.
    others = [of_target(found) for found in statuses.values()]
    sight.results += [result for result in others if result not in (Result.COMPLIANT, Result.NOT_APPLICABLE)]
    for kind, names in quiet:
        if sight.counted or kind in PRODUCT_KINDS or sight.results:
            sight.uncovered += names
            sight.results.append(Result.INSUFFICIENT)
        else:
            sight.results.append(Result.NOT_APPLICABLE)
    return sight


def _look_at_group(
    group: Sequence[Target],
    speaking: Sequence[str],
    statuses: dict[str, list[Status]],
    site: _Site,
    sight: _Sight,
    quiet: list[tuple[str, list[str]]],
    settled: bool,
) -> None:
    """Targets of one sort: covered when at least one of them gave a verdict that counts.

    Where the checks do not answer the whole clause (``settled`` is False), what they find met leaves it open.
    """
    kept: list[tuple[str, Result]] = []
    for target in group:
        found = statuses.pop(target.id, [])
        missing = sum(target.id not in site.by_check.get(check, ()) for check in speaking)
        sight.unasked += missing
        if not found and not missing:
            sight.uncovered.append(target.id)
        kept.append((target.id, of_target([*found, *([Status.AWAITS_PERSON] if missing else [])])))
    if all(result is Result.NOT_APPLICABLE for _, result in kept):
        quiet.append((group[0].kind, [name for name, _ in kept]))
        return
    sight.counted = True
    for name, result in kept:
        if result is Result.COMPLIANT and not settled:
            sight.uncovered.append(name)
            sight.results.append(Result.INSUFFICIENT)
        else:
            sight.results.append(result)


def _settles(control: Control, kind: str) -> bool:
    """Whether the clause's checks answer all of it for a kind of target."""
    return "*" in control.settles or kind in control.settles


def _groups(targets: Sequence[Target]) -> Iterable[Sequence[Target]]:
    """Targets that the same checks can speak of: of one kind, and where a kind has many products, of one product."""
    found: dict[str, list[Target]] = {}
    for target in targets:
        product = ""
        if target.kind in PRODUCT_KINDS:
            product = target.platform or (urlsplit(target.url).scheme if target.kind == "database" and target.url else target.id)
        found.setdefault(product, []).append(target)
    return found.values()


def _machine_result(control: Control, sight: _Sight) -> Result:
    """What machines may say: everything against a clause, for it only where they can settle it alone."""
    result = combine(sight.results)
    if result is Result.COMPLIANT or result is Result.NOT_APPLICABLE:
        return result if control.verify == "automatic" and not control.pending else Result.INSUFFICIENT
    return result


def _stated(says: str | None, machine: Result, control: Control, sight: _Sight) -> Result | None:
    """The result that a person's statement makes, None where it makes none. Against a clause it always counts."""
    if says in AGAINST:
        return Result(says) if machine not in (Result.PARTIAL, Result.NONCOMPLIANT) else None
    if says is None or machine is not Result.INSUFFICIENT or not _open_to_persons(control, sight):
        return None
    if says == Result.NOT_APPLICABLE and (control.core_hazard is not None or Status.MET in sight.statuses):
        return None
    return Result(says)


def _open_to_persons(control: Control, sight: _Sight) -> bool:
    """An attestation never stands against an unmet or unknown verdict, nor against a question that was left out.

    For a core hazard it stands only beside a machine's look: nobody signs for what nobody searched.
    """
    if sight.unasked or sight.statuses & {Status.UNMET, Status.UNKNOWN}:
        return False
    return control.core_hazard is None or bool(sight.statuses & {Status.MET, Status.AWAITS_PERSON})


def _needs_person(control: Control, sight: _Sight, machine: Result) -> bool:
    """Whether the clause asks for a person beyond the verdicts there are."""
    if sight.uncovered or control.pending:
        return True
    if machine is not Result.INSUFFICIENT:
        return False
    # A machine's own open verdict says enough; without one the reader must be told what is missing.
    return control.verify != "automatic" or sight.unasked > 0 or not sight.statuses & {Status.UNKNOWN, Status.AWAITS_PERSON}


def _person(control: Control, system: str, sight: _Sight) -> Verdict:
    """The verdict that says a person must look, and at what."""
    observed: dict[str, Any] = {"uncovered": sight.uncovered[:SHOWN], "count": len(sight.uncovered)}
    if control.pending:
        observed["pending"] = list(control.pending)
    if sight.unasked:
        observed["unasked"] = sight.unasked
    return Verdict(
        check=PERSON_PREFIX + control.id,
        target=system,
        status=Status.AWAITS_PERSON,
        severity=Severity.LOW,
        observed=observed,
        why=Why.PERSON.value,
    )
