"""Hazards from run to run. Pure: what the ledger said before, and this run's verdicts, give what each hazard is now.

Closed only by an explicit met on the same target and check, under an equal or newer rulebook and the same parameters, with every
probe answered at no lower privilege than when it was found. Absence closes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from scanner.assess.place import other_place
from scanner.model.absent import Why
from scanner.model.canonical import canonical, digest
from scanner.model.hazard import (
    CLOSED,
    LEVELS,
    RECTIFYING,
    RECURRED,
    REGISTERED,
    REVIEW,
    Closing,
    HazardLine,
    Sight,
    hazard_id,
)  # fmt: skip
from scanner.model.result import PERSON_PREFIX
from scanner.model.verdict import Verdict
from scanner.rulebook.yaml_lines import load_lined

RANK = {"root": 2, "sudo": 2, "su": 2, "user": 1}
"""Privileges in order; whatever else is less than all of them."""
STATED = {"compliant": "met", "not_applicable": "not-applicable"}
"""What a finding that rests on a person's statement says of its hazard; every other result speaks against the clause."""
NOTHING: Mapping[str, Any] = {"rows": 0, "head": "", "rulebooks": [], "hazards": [], "history": []}
"""What a run saw of a ledger that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """This run, as far as hazards need it."""

    run: Mapping[str, Any]
    targets: Mapping[str, Mapping[str, Any]]
    evidence: Mapping[str, Mapping[str, Any]]
    gravest: frozenset[str]
    """Checks that speak to a core hazard or a major-risk trigger: what they find is 重大."""
    rulebooks: Sequence[str]
    """As in :class:`scanner.model.hazard.LedgerSight`."""
    values: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One verdict, or one statement of a person, brought to one shape."""

    target: str
    check: str
    status: str
    level: str
    risk: str
    system: str
    evidence: Sequence[str]
    verdict: int | None


def follow(
    before: Mapping[str, Any], document: Mapping[str, Any], papers: Mapping[str, Sequence[str]], since: Collection[str] = ()
) -> list[HazardLine]:
    """Every hazard as it is after this run, the gravest first; lines that the run touched say how in ``event``.

    ``before`` is a :class:`scanner.model.hazard.LedgerSight`, ``document`` the data of ``result.json``, ``papers`` the digests that
    stand beside each attestation, by its id. ``since`` are hazards that somebody looked at after this run had begun: only there do
    clocks decide which look is the newer one; everything else is older than the run, whatever its clock said.
    """
    looked = _looked(before, document)
    out: dict[str, HazardLine] = {line["id"]: cast(HazardLine, _without_run(line)) for line in before["hazards"]}
    known = frozenset(out)
    for seen in (*_of_verdicts(document["verdicts"], looked, known), *_of_persons(document, papers)):
        key = hazard_id(seen.target, seen.check)
        if key in known:
            # An older look says nothing about what was seen since; nor does the same one.
            if key not in since or looked.run["finished"] > _last_look(out[key]):
                out[key] = _again(out[key], seen, looked)
        elif seen.status == "unmet":
            out[key] = _first(key, seen, looked)
    return sorted(out.values(), key=lambda line: (LEVELS.index(line["level"]), line["state"] == CLOSED, line["id"]))


def papers(attestations: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Attestation id to the digests of the papers beside it."""
    return {str(line.get("id")): list(line.get("evidence") or ()) for line in attestations}


def _looked(before: Mapping[str, Any], document: Mapping[str, Any]) -> _Looked:
    core = {number for hazard in document["core_hazards"] for number in hazard.get("verdicts", ())}
    gravest = {field(document["verdicts"][number], "check") for number in core}
    gravest |= {check for trigger in document["texts"]["triggers"].values() for check in trigger.get("checks", ())}
    return _Looked(
        run=document["run"],
        targets={line["id"]: line for line in document["targets"]},
        evidence=document["evidence"],
        gravest=frozenset(gravest),
        rulebooks=before["rulebooks"],
        values=digest(canonical(document["run"]["values"])),
    )


def field(verdict: Verdict | Mapping[str, Any], name: str) -> Any:
    """A part of a verdict, before or after it became a line of ``result.json``."""
    return verdict[name] if isinstance(verdict, Mapping) else getattr(verdict, name)


def _without_run(line: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in ("event", "verdict")}


def _of_verdicts(verdicts: Iterable[Verdict | Mapping[str, Any]], looked: _Looked, known: Collection[str]) -> Iterable[_Seen]:
    for number, verdict in enumerate(verdicts):
        check, target, status = field(verdict, "check"), field(verdict, "target"), str(field(verdict, "status"))
        if check.startswith(PERSON_PREFIX) or (status != "unmet" and (not known or hazard_id(target, check) not in known)):
            continue
        severity = str(field(verdict, "severity"))
        yield _Seen(
            target=target,
            check=check,
            status=status,
            level="major" if check in looked.gravest else "high" if severity == "critical" else severity,
            risk=_map()["families"].get(check.partition(".")[0], _map()["family"]),
            system=str(looked.targets.get(target, {}).get("system") or ""),
            evidence=field(verdict, "evidence"),
            verdict=number,
        )


def _of_persons(document: Mapping[str, Any], papers: Mapping[str, Sequence[str]]) -> Iterable[_Seen]:
    """What persons stated: against a clause it makes a hazard, for it it closes one."""
    for system in document["systems"]:
        for finding in system["findings"]:
            if finding["basis"] != "attested" or not finding["attestation"]:
                continue
            words = document["texts"]["controls"][finding["control"]]
            yield _Seen(
                target=system["id"],
                check=PERSON_PREFIX + finding["control"],
                status=STATED.get(str(finding["result"]), "unmet"),
                level="medium",
                risk=_risk_of_clause(words["layer"], words["control_point"] + words["zh"]),
                system=system["id"],
                evidence=papers.get(finding["attestation"]["id"], ()),
                verdict=None,
            )


def _first(key: str, seen: _Seen, looked: _Looked) -> HazardLine:
    line: HazardLine = {
        "id": key,
        "target": seen.target,
        "check": seen.check,
        "system": seen.system,
        "risk": seen.risk,
        "level": seen.level,
        "state": REGISTERED,
        "found": _sight(seen, looked),
        "last": looked.run["finished"],
        "status": "unmet",
        "open_why": "unmet",
        "times": 0,
        "owner": "",
        "deadline": "",
        "measure": "",
        "closed": None,
        "event": "registered",
    }
    return _numbered(line, seen)


def _again(old: HazardLine, seen: _Seen, looked: _Looked) -> HazardLine:
    """A hazard that is known and that this run looked at."""
    line = cast(HazardLine, {**old, "status": seen.status})
    if seen.status == "unmet":
        line |= {"last": looked.run["finished"], "open_why": "unmet"}
        if old["state"] == CLOSED:
            line |= {"state": RECURRED, "times": old["times"] + 1, "closed": None, "found": _sight(seen, looked), "event": "recurred"}
        elif old["state"] == REVIEW:
            line |= {"state": RECTIFYING, "event": "refound"}
    elif old["state"] != CLOSED:
        lacking = _lacking(old["found"], seen, looked) if seen.status == "met" else seen.status
        line["open_why"] = lacking
        if lacking is None:
            line |= {"state": CLOSED, "closed": _closing(seen, looked), "event": "closed"}
        elif seen.status == "met" and old["state"] != REVIEW:
            line |= {"state": REVIEW, "event": "review"}
    return _numbered(line, seen)


def _last_look(line: HazardLine) -> str:
    return max(line["last"], line["closed"]["time"] if line["closed"] else "")


def _numbered(line: HazardLine, seen: _Seen) -> HazardLine:
    if seen.verdict is not None:
        line["verdict"] = seen.verdict
    return line


def _closing(seen: _Seen, looked: _Looked) -> Closing:
    return {
        "how": "met", "run": looked.run["id"], "time": looked.run["finished"], "evidence": list(seen.evidence), "by": [], "statement": "",
    }  # fmt: skip


def _sight(seen: _Seen, looked: _Looked) -> Sight:
    target = looked.targets.get(seen.target, {})
    return {
        "run": looked.run["id"],
        "time": looked.run["finished"],
        "version": looked.run["version"],
        "rulebook": looked.run["rulebook"],
        "values": looked.values,
        "kind": "person" if seen.verdict is None else str(target.get("kind") or ""),
        "address": target.get("address"),
        "place": dict(target.get("place") or {}),
        "probes": _probes(() if seen.verdict is None else seen.evidence, looked.evidence),
        "evidence": list(seen.evidence),
    }


def _probes(keys: Iterable[str], index: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Probe to the lowest privilege and the gravest absence among its pieces (a check across hosts has many)."""
    out: dict[str, list[str]] = {}
    for key in keys:
        item = index[key]
        privilege, why = str(item.get("privilege") or ""), str(item["why"] or "")
        held = out.setdefault(item["probe"], [privilege, why])
        if RANK.get(privilege, 0) < RANK.get(held[0], 0):
            held[0] = privilege
        held[1] = held[1] or why
    return out


def _lacking(found: Sight, seen: _Seen, looked: _Looked) -> str | None:
    """What is lacking for a met to be proof; None when nothing is."""
    if not seen.evidence:
        return "no-evidence"
    if seen.verdict is None:
        return None
    now = _sight(seen, looked)
    if other_place(found, now):
        return "target-changed"
    if now["values"] != found["values"]:
        return "values-differ"
    if not _not_older(found, now, looked.rulebooks):
        return "rulebook-older"
    return _lacking_probe(found, now)


def _lacking_probe(found: Sight, now: Sight) -> str | None:
    then, floor = found["probes"], min((RANK.get(privilege, 0) for privilege, _ in found["probes"].values()), default=0)
    if now["rulebook"] == found["rulebook"] and not then.keys() <= now["probes"].keys():
        return "probe-unanswered"
    for probe, (privilege, why) in now["probes"].items():
        # Looked for and positively not there is an answer; so is what was no more than that when it was found.
        if why not in ("", Why.NOT_PRESENT.value) and why != then.get(probe, ["", ""])[1]:
            return "probe-unanswered"
        if RANK.get(privilege, 0) < (RANK.get(then[probe][0], 0) if probe in then else floor):
            return "privilege-lower"
    return None


def _not_older(found: Sight, now: Sight, order: Sequence[str]) -> bool:
    """Equal, or of no earlier release and not seen by the ledger before the one that found it."""
    if now["rulebook"] == found["rulebook"]:
        return True
    if _release(now["version"]) < _release(found["version"]):
        return False
    if found["rulebook"] not in order or now["rulebook"] not in order:
        return now["rulebook"] not in order
    return order.index(now["rulebook"]) > order.index(found["rulebook"])


def _release(version: str) -> tuple[int, ...]:
    """The numbers at the beginning of a version."""
    numbers: list[int] = []
    for part in version.split("."):
        digits = part[: next((at for at, char in enumerate(part) if not char.isdigit()), len(part))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _risk_of_clause(layer: str, text: str) -> str:
    table = _map()
    if layer in table["layers"]:
        return str(table["layers"][layer])
    return str(next((line["risk"] for line in table["words"] if line["word"] in text), table["layer"]))


@cache
def _map() -> Mapping[str, Any]:
    return cast(Mapping[str, Any], load_lined(files("scanner.assess").joinpath("risk.yaml").read_text("utf-8"), "risk.yaml"))
