"""Profiles as found on this machine: entry points, ``extends``, maps from checks to clauses, and what they cover."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from scanner.model.canonical import canonical, digest
from scanner.model.control import Control, MajorTrigger, Profile
from scanner.rulebook.book import Rulebook, rulebook
from scanner.rulebook.objects import kinds_of
from scanner.rulebook.profile_files import Place, Raw, RawControl, RawMapping, RawPending, RawProfile, RawTriggers, read_package

GROUP = "shiqu.profiles"


@cache
def profiles() -> Mapping[str, Profile]:
    """Every installed profile by id. Raises UseError naming file and line when one is broken."""
    raws: list[Raw] = []
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        raws += read_package(importlib.resources.files(importlib.import_module(point.value)), point.value.replace(".", "/"))
    return join(raws, {check.id: check.sheet.kind for check in rulebook().checks.values()})


def join(raws: Iterable[Raw], installed: Mapping[str, str]) -> Mapping[str, Profile]:
    """Make profiles of the files' parts.

    ``installed`` is check id to target kind. A map may name a check that is installed or listed as pending.
    Raises UseError naming file and line: twice the same id, an unknown parent, control, trigger or check.
    """
    parts = list(raws)
    by_id: dict[str, RawProfile] = {}
    for raw in parts:
        if isinstance(raw, RawProfile):
            if raw.id in by_id:
                raise raw.place.error("profile-id-twice", id=raw.id, other=by_id[raw.id].place.file)
            by_id[raw.id] = raw
    known = frozenset(installed) | {raw.check for raw in parts if isinstance(raw, RawPending)}
    clauses = {key: _flatten(raw, by_id, ()) for key, raw in by_id.items()}
    _check_likes(clauses)
    mappings = _mappings([raw for raw in parts if isinstance(raw, RawMapping)], by_id.values(), clauses, known)
    triggers = _triggers([raw for raw in parts if isinstance(raw, RawTriggers)], mappings, by_id, known)
    made = {
        key: _profile(by_id[key], clauses[key], mappings, _inherited(by_id[key], by_id, triggers), installed, known)
        for key in sorted(by_id)
        if not by_id[key].abstract
    }
    return MappingProxyType(made)


def sealed(profile: Profile) -> Profile:
    """The profile with the digest of everything else in it."""
    bare = replace(profile, digest="")
    return replace(bare, digest=digest(canonical(bare)))


def _flatten(raw: RawProfile, by_id: Mapping[str, RawProfile], path: tuple[str, ...]) -> dict[str, RawControl]:
    """Controls of the parents in their order, then its own."""
    out: dict[str, RawControl] = {}
    groups: list[Iterable[RawControl]] = []
    for parent in raw.extends:
        if parent not in by_id:
            raise raw.place.error("profile-extends-unknown", id=parent)
        if parent == raw.id or parent in path:
            raise raw.place.error("profile-extends-loop", id=parent)
        groups.append(_flatten(by_id[parent], by_id, (*path, raw.id)).values())
    for item in [item for group in (*groups, raw.controls) for item in group]:
        other = out.setdefault(item.control.id, item)
        if other is not item:
            raise item.place.error("profile-control-twice", id=item.control.id, other=f"{other.place.file}:{other.place.line}")
    return out


def _mappings(
    lines: Sequence[RawMapping], raws: Iterable[RawProfile], clauses: Mapping[str, Mapping[str, RawControl]], known: frozenset[str]
) -> dict[str, RawMapping]:
    """Check id to its line, each verified against the profiles of its folder."""
    out: dict[str, RawMapping] = {}
    levels: dict[tuple[str, int], set[str]] = {}
    for raw in raws:
        if raw.level is not None:
            levels.setdefault((raw.folder, raw.level), set()).update(clauses[raw.id])
    for line in lines:
        if line.check in out:
            other = out[line.check].place
            raise line.place.error("profile-check-twice", id=line.check, other=f"{other.file}:{other.line}")
        _must_know(line.check, known, line.place)
        for level, ids in line.items.items():
            for control in ids:
                if control not in levels.get((line.folder, level), ()):
                    raise line.place.error("profile-map-item-unknown", id=control, check=line.check)
        out[line.check] = line
    return out


def _triggers(
    files: Sequence[RawTriggers], mappings: Mapping[str, RawMapping], by_id: Mapping[str, RawProfile], known: frozenset[str]
) -> dict[str, tuple[MajorTrigger, ...]]:
    """Profile id to its triggers, with the checks of the maps."""
    named: dict[str, set[str]] = {}
    for line in mappings.values():
        for trigger_id in line.triggers:
            named.setdefault(trigger_id, set()).add(line.check)
    seen: set[str] = set()
    out: dict[str, tuple[MajorTrigger, ...]] = {}
    for file in files:
        made: list[MajorTrigger] = []
        for trigger, place in file.triggers:
            if trigger.id in seen:
                raise place.error("profile-trigger-twice", id=trigger.id)
            seen.add(trigger.id)
            for check in trigger.checks:
                _must_know(check, known, place)
            made.append(replace(trigger, checks=tuple(sorted({*trigger.checks, *named.get(trigger.id, ())}))))
        for profile in file.profiles:
            if profile not in by_id:
                raise file.place.error("profile-extends-unknown", id=profile)
            out[profile] = (*out.get(profile, ()), *made)
    for line in mappings.values():
        for trigger_id in line.triggers:
            if trigger_id not in seen:
                raise line.place.error("profile-map-trigger-unknown", id=trigger_id, check=line.check)
    return out


def _inherited(
    raw: RawProfile, by_id: Mapping[str, RawProfile], triggers: Mapping[str, tuple[MajorTrigger, ...]]
) -> tuple[MajorTrigger, ...]:
    found = {t.id: t for parent in raw.extends for t in _inherited(by_id[parent], by_id, triggers)}
    found.update((t.id, t) for t in triggers.get(raw.id, ()))
    return tuple(found.values())


def _profile(
    raw: RawProfile,
    clauses: Mapping[str, RawControl],
    mappings: Mapping[str, RawMapping],
    triggers: tuple[MajorTrigger, ...],
    installed: Mapping[str, str],
    known: frozenset[str],
) -> Profile:
    named: dict[str, set[str]] = {key: set(item.control.checks) for key, item in clauses.items()}
    for item in clauses.values():
        for check in item.control.checks:
            _must_know(check, known, item.place)
    for line in mappings.values():
        for ids in line.items.values():
            for control in ids:
                if control in named:
                    named[control].add(line.check)
    own = {key: frozenset(checks) for key, checks in named.items()}
    for key, item in clauses.items():
        named[key] |= _alike(item, clauses, own, installed)
    controls = tuple(_control(item.control, named[key], installed) for key, item in clauses.items())
    return sealed(
        Profile(id=raw.id, title=raw.title, level=raw.level, controls=controls, triggers=triggers, scored=raw.scored, note=raw.note)
    )


def _control(control: Control, checks: Iterable[str], installed: Mapping[str, str]) -> Control:
    found = tuple(sorted(checks))
    return replace(control, checks=found, pending=tuple(check for check in found if check not in installed))


def _alike(
    item: RawControl, clauses: Mapping[str, RawControl], named: Mapping[str, frozenset[str]], installed: Mapping[str, str]
) -> set[str]:
    """Checks of the clauses that ``like`` points at, as far as they look at this clause's objects."""
    kinds = kinds_of(item.control.objects)
    found: set[str] = set()
    for pattern in item.like:
        hits = [key for key, other in clauses.items() if pattern in _names(other.control)]
        found.update(check for key in hits for check in named[key] if installed.get(check) in kinds)
    return found


def _names(control: Control) -> tuple[str, ...]:
    return (control.layer, f"{control.layer}/{control.control_point}") if control.domain else ()


def _check_likes(clauses: Mapping[str, Mapping[str, RawControl]]) -> None:
    """Every ``like`` must name a layer or control point of some profile; a lower level may lack it."""
    everything = [item for group in clauses.values() for item in group.values()]
    names = {name for item in everything for name in _names(item.control)}
    for item in everything:
        for pattern in item.like:
            if pattern not in names:
                raise item.place.error("profile-like-unknown", id=pattern)


def _must_know(check: str, known: frozenset[str], place: Place) -> None:
    if check not in known:
        raise place.error("profile-check-unknown", id=check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of one layer machines speak to, with the checks that are installed here."""

    layer: str
    automatic: int
    """A machine can settle the clause."""
    with_help: int
    """A machine gathers facts, a person decides."""
    attestation: int
    """No installed check speaks to it."""

    @property
    def total(self) -> int:
        return self.automatic + self.with_help + self.attestation


def coverage(profile: Profile, book: Rulebook) -> list[Coverage]:
    """One row per layer, in the profile's order. A clause whose checks are not installed counts as attestation."""
    rows: dict[str, list[int]] = {}
    for control in profile.controls:
        row = rows.setdefault(control.layer, [0, 0, 0])
        here = [check for check in control.checks if check in book.checks]
        machine = control.verify == "automatic" and len(here) == len(control.checks) and bool(control.settles)
        row[2 if not here else 0 if machine else 1] += 1
    return [Coverage(layer=layer, automatic=row[0], with_help=row[1], attestation=row[2]) for layer, row in rows.items()]


def core_controls() -> tuple[Control, ...]:
    """The clauses that stand for core hazards, of all installed profiles, each once, by id."""
    found = {control.id: control for profile in profiles().values() for control in profile.controls if control.core_hazard}
    return tuple(found[key] for key in sorted(found))
