"""Everything that a run says, as the data of ``result.json``. Pure but for the shelf that it is given to look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from scanner.assess.conclusion import conclude
from scanner.assess.core import confirmed, core_hazards, gate
from scanner.assess.declared import of_unit
from scanner.assess.findings import Assessment, assess
from scanner.assess.foreign import foreign
from scanner.assess.hazards import NOTHING, follow, papers
from scanner.assess.holdings import holdings, paces_of
from scanner.assess.isolation import isolation
from scanner.assess.narrowed import is_narrowed
from scanner.assess.place import device_name, place_of
from scanner.assess.points import layer_counts, point_results
from scanner.assess.trend import figures
from scanner.model.absent import Absent, Why
from scanner.model.control import Control, Profile, Words
from scanner.model.result import SCHEMA
from scanner.model.target import Target
from scanner.model.verdict import Status, Verdict
from scanner.rulebook.book import Rulebook

EXCERPT = 2048
"""Longest excerpt, in bytes of UTF-8."""
ALL_EXCERPTS = 24 * 1024 * 1024
"""All excerpts together, in bytes: in very large runs the shelf alone holds the rest."""
SHOWN = (Status.UNMET, Status.UNKNOWN, Status.AWAITS_PERSON, Status.MET)
"""Whose evidence is shown first when room is short."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One system and the profile it is measured by."""

    system: Mapping[str, Any]
    profile: Profile


class Line(Protocol):
    """One line of what was asked."""

    @property
    def target(self) -> str: ...
    @property
    def check(self) -> str: ...
    @property
    def why_not(self) -> Absent | None: ...


class Source(Protocol):
    """Looks evidence up."""

    def look(self, key: str) -> tuple[dict[str, Any], bytes]:
        """Header and text of one object."""


def build(
    head: Mapping[str, Any],
    shelf: str,
    rulebook: str,
    asked: Sequence[Line],
    verdicts: Sequence[Verdict],
    subjects: Sequence[Subject],
    book: Rulebook,
    source: Source,
    core: Sequence[Control],
) -> dict[str, Any]:
    """Assess every system and put everything together. ``core`` are the clauses that stand for core hazards."""
    members: Mapping[str, Mapping[str, Any]] = head["members"]
    targets = [Target(**member) for member in members.values()]
    everything: list[Verdict] = list(verdicts)
    lines = [
        {"target": line.target, "check": line.check, "why_not": line.why_not.why.value if line.why_not is not None else None}
        for line in asked
    ]
    as_of, unit = head["run"]["finished"], str(head["run"]["unit"].get("code") or "")
    narrowed = is_narrowed(head)
    attestations = of_unit(head.get("attestations", ()), unit)
    hazards = core_hazards(everything, attestations, as_of, core, [str(s.system["id"]) for s in subjects], whole=not narrowed)
    vetoes = confirmed(hazards)
    waivers = _may_be_waived(of_unit(head.get("waivers", ()), unit), subjects, core)
    blocks = []
    for subject in subjects:
        mine = [target for target in targets if _speaks_for(target, subject.system)]
        assessment = assess(subject.profile, str(subject.system["id"]), mine, everything, attestations, waivers, as_of, book)
        lines += [{"target": v.target, "check": v.check, "why_not": v.why} for v in assessment.synthetic]
        everything.extend(assessment.synthetic)
        blocks.append(_system(subject, assessment, everything, vetoes))
    digests = _digests(everything)
    index, excerpts = _evidence(digests, source)
    names = _device_names(targets, verdicts, source)
    run = dict(head["run"])
    run |= {"rulebook": rulebook, "shelf": shelf, "profiles": sorted({s.profile.id for s in subjects}), "values": dict(head["values"])}
    if narrowed:
        run["narrowed"] = True
    document = {
        "schema": SCHEMA,
        "run": run,
        "targets": [_target(member, head["targets"], members, names.get(member["id"], "")) for member in members.values()],
        "asked": lines,
        "verdicts": everything,
        "systems": blocks,
        "core_hazards": hazards,
        "gate": gate(hazards, blocks),
        "texts": _texts(subjects, everything, book),
        "evidence": index,
        "excerpts": excerpts,
        "views": {
            "zones": head["inventory"].get("zones", {}),
            "isolation": isolation(everything, targets, head["inventory"], as_of),
            "holdings": holdings(everything, targets, head["inventory"], paces_of(head.get("evidence", ()))),
            "foreign": foreign(head.get("evidence", ()), source.look, everything, targets, book),
        },
    }
    before = head.get("ledger") or NOTHING
    run["ledger"] = {"rows": before["rows"], "head": before["head"]}
    document["hazards"] = follow(before, document, papers(attestations))
    document["trend"] = [*before["history"], figures(document)]
    return document


def _may_be_waived(waivers: Sequence[Mapping[str, Any]], subjects: Sequence[Subject], core: Sequence[Control]) -> list[Mapping[str, Any]]:
    """Without those of clauses that speak to a core hazard, under whatever name: a ledger may have been written by hand."""
    checks = {check for control in core for check in control.checks}
    never = {
        control.id for subject in subjects for control in subject.profile.controls if control.core_hazard or checks & set(control.checks)
    }
    return [line for line in waivers if line.get("control") not in never]


def _speaks_for(target: Target, system: Mapping[str, Any]) -> bool:
    """A zone pair speaks for every system that stands in one of its zones."""
    if target.system == system["id"]:
        return True
    return target.kind == "pair" and system.get("zone") is not None and system["zone"] in target.id.split(":")


def _system(subject: Subject, assessment: Assessment, verdicts: Sequence[Verdict], vetoes: Sequence[str]) -> dict[str, Any]:
    system, profile = subject.system, subject.profile
    conclusion, why = conclude(profile, assessment.findings, verdicts, str(system["holds"]), assessment.members, vetoes)
    return {
        "id": system["id"],
        "name": system["name"],
        "grade": system["grade"],
        "holds": system["holds"],
        "profile": {"id": profile.id, "digest": profile.digest},
        "findings": [asdict(finding) for finding in assessment.findings],
        "layers": layer_counts(profile, assessment.findings),
        "points": point_results(profile, assessment.findings),
        "conclusion": asdict(conclusion) if conclusion is not None else None,
        "why_no_conclusion": why,
    }


def _target(member: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]], members: Mapping[str, Any], name: str) -> dict[str, Any]:
    host = member["host"] if member["kind"] == "middleware" and member["host"] in members else member["id"]
    record = records.get(host)
    return {
        "id": member["id"],
        "kind": member["kind"],
        "zone": member["zone"],
        "system": member["system"],
        "address": member["address"] or member["url"],
        "reached": bool(record and record["reached"]),
        "why": Why.INTERRUPTED.value if record is None else record["why"],
        "detail": record["detail"] if record is not None else "",
        "privilege": record["privilege"] if record is not None else "",
        "operator": record["operator"] if record is not None else "",
        "seconds": record["seconds"] if record is not None else 0.0,
        "place": place_of(member, record, name),
    }


def _device_names(targets: Iterable[Target], verdicts: Iterable[Verdict], source: Source) -> dict[str, str]:
    """The names that configurations give the devices they are of."""
    devices = {target.id for target in targets if target.kind == "netdev"}
    pieces: dict[str, dict[str, None]] = {}
    for verdict in verdicts:
        if verdict.target in devices:
            pieces.setdefault(verdict.target, {}).update(dict.fromkeys(verdict.evidence))
    return {target: next(filter(None, (device_name(source.look(key)[1]) for key in keys)), "") for target, keys in pieces.items()}


def _digests(verdicts: Iterable[Verdict]) -> list[str]:
    by_status: dict[Status, dict[str, None]] = {status: {} for status in SHOWN}
    for verdict in verdicts:
        if verdict.status in by_status:
            by_status[verdict.status].update(dict.fromkeys(verdict.evidence))
    found: dict[str, None] = {}
    for status in SHOWN:
        found.update(by_status[status])
    for verdict in verdicts:
        found.update(dict.fromkeys(verdict.evidence))
    return list(found)


def _evidence(digests: Sequence[str], source: Source) -> tuple[dict[str, Any], dict[str, str]]:
    index: dict[str, Any] = {}
    excerpts: dict[str, str] = {}
    room = ALL_EXCERPTS
    for key in digests:
        head, data = source.look(key)
        index[key] = {
            "probe": head["probe"],
            "kind": head["kind"],
            "exit": head["exit"],
            "bytes": head["stdout"],
            "stderr_bytes": head["stderr"],
            "why": head["why"],
            "detail": head["detail"],
            "privilege": head.get("privilege", ""),
        }
        if data and room > 0:
            text = _cut(data)
            room -= len(text)
            excerpts[key] = text
    return index, excerpts


def _cut(data: bytes) -> str:
    text = data[:EXCERPT].decode("utf-8", "backslashreplace")
    while len(text.encode("utf-8")) > EXCERPT:
        text = text[: -max(1, (len(text.encode("utf-8")) - EXCERPT) // 4)]
    return text


def _texts(subjects: Sequence[Subject], verdicts: Sequence[Verdict], book: Rulebook) -> dict[str, Any]:
    used = sorted({verdict.check for verdict in verdicts})
    return {
        "checks": {name: _check(name, book) for name in used if name in book.checks},
        "controls": {control.id: _control(control) for subject in subjects for control in subject.profile.controls},
        "profiles": {
            s.profile.id: {"title": _pair(s.profile.title), "note": _pair(s.profile.note) if s.profile.note is not None else None,
                           "level": s.profile.level, "scored": s.profile.scored}
            for s in subjects
        },
        "triggers": {
            trigger.id: _pair(trigger.text) | {"checks": list(trigger.checks)} for subject in subjects for trigger in subject.profile.triggers
        },
    }  # fmt: skip


def _check(name: str, book: Rulebook) -> dict[str, Any]:
    sheet = book[name].sheet
    return {"title": _pair(sheet.title), "why": _pair(sheet.why), "remedy": _pair(sheet.remedy)}


def _control(control: Control) -> dict[str, Any]:
    return {
        "clause": control.clause,
        "layer": control.layer,
        "control_point": control.control_point,
        "zh": control.text.zh,
        "en": control.text.en,
        "method": list(control.method),
        "verify": control.verify,
        "sag": control.sag,
        "status": control.status,
        "unit_code": control.unit_code,
        "checks": list(control.checks),
    }


def _pair(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
