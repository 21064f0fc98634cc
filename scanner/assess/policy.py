"""The gate: a policy laid on a result. Pure; the day is given. What is not shown is insufficient, never a pass.

The four core hazards are asked first, whatever a policy says: confirmed fails, only cleared passes, and no waiver touches them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, repeat
from typing import Any

from scanner.model.hazard import LEVELS, open_hazard
from scanner.model.result import CORE_HAZARDS
from scanner.rulebook.policies import PROOF

OK, FAIL, INSUFFICIENT = "ok", "fail", "insufficient"
NOTE = "note"
"""A line that decides nothing."""
SEALED, NOT_TRUSTED, NOT_SEALED = "sealed", "not-trusted", "not-sealed"
JUDGED, OTHER_RULEBOOK, NO_SHELF = "judged", "other-rulebook", "no-shelf"
GOOD = frozenset({"compliant", "not_applicable"})
BAD = frozenset({"partial", "noncompliant"})


@dataclass(frozen=True, slots=True)
class Line:
    """What one rule found."""

    rule: str
    state: str
    code: str
    """Words stand in reports/locale under ``gate.line.<code>``."""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The gate's answer."""

    verdict: str
    """``pass``, ``fail`` or ``insufficient``."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What stands behind one result."""

    seal: str
    """:data:`SEALED`, :data:`NOT_TRUSTED` or :data:`NOT_SEALED`."""
    replay: str
    """:data:`JUDGED`, :data:`OTHER_RULEBOOK` or :data:`NO_SHELF`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is laid before the gate."""

    results: Sequence[Mapping[str, Any]]
    """Of one unit: say the graded one and the one by the acceptance profile. What any of them shows against counts."""
    hazards: Sequence[Mapping[str, Any]]
    """As the ledger has them now, else as the results had them."""
    day: date
    scenario: str
    behind: Sequence[Behind] = ()
    """Of each result in turn; a result of which nothing is said has nothing behind it."""
    rulebook: str = ""
    """Digest of the installed one."""
    latest: tuple[str, str] | None = None
    """Id and finish time of the newest whole run that the ledger knows, where one was named."""
    declared: Sequence[str] = ()
    """Targets and zone pairs that the inventory has now, where one was named."""


def pass_gate(rules: Iterable[Mapping[str, Any]], before: Before, proof: Collection[str] = PROOF) -> Outcome:
    """Every rule speaks, so that the reader sees all that is lacking, not the first. ``proof`` is what is asked of every result."""
    lines = [*_core(before), *_whole(before.results), *_proof(before, proof), *_signed(before), *_newest(before), *_left_out(before)]
    for rule in rules:
        if _applies(rule, before):
            lines += _RULES[rule["rule"]](rule, before)
    lines += _waivers(before.results)
    states = {line.state for line in lines}
    return Outcome("fail" if FAIL in states else "insufficient" if INSUFFICIENT in states else "pass", tuple(lines))


def _applies(rule: Mapping[str, Any], before: Before) -> bool:
    if before.scenario not in rule.get("scenario", (before.scenario,)):
        return False
    if "grade" in rule and not any((system["grade"] or 0) >= rule["grade"] for system in _systems(before)):
        return False
    waived = any(finding["waiver"] for system in _systems(before) for finding in system["findings"])
    return not rule.get("waived", False) or waived


def _systems(before: Before) -> Iterable[Mapping[str, Any]]:
    return (system for result in before.results for system in result["systems"])


def _core(before: Before) -> Iterable[Line]:
    day = before.day.isoformat()
    for key in CORE_HAZARDS:
        found = [hazard for result in before.results for hazard in result["core_hazards"] if hazard["id"] == key]
        # What was signed for a time and has run out since is as if nobody had signed.
        states = ["scan_clean_only" if _ran_out(hazard, day) else hazard["state"] for hazard in found]
        state = next((one for one in ("confirmed", "suspected", "not_tested", "scan_clean_only") if one in states), None)
        if state is None:
            state = "cleared" if states and set(states) == {"cleared"} else "not_tested"
        verdict = FAIL if state == "confirmed" else OK if state == "cleared" else INSUFFICIENT
        yield Line("core", verdict, f"core-{state}", {"id": key})


def _whole(results: Sequence[Mapping[str, Any]]) -> Iterable[Line]:
    """A run that was stopped, or asked for some checks or targets only, says nothing of what it did not get to."""
    for result in results:
        if result["run"]["interrupted"]:
            yield Line("whole", INSUFFICIENT, "interrupted", {"run": result["run"]["id"]})
        if result["run"].get("narrowed"):
            yield Line("whole", INSUFFICIENT, "narrowed", {"run": result["run"]["id"]})
        if result["run"].get("values"):
            yield Line("whole", NOTE, "values", {"run": result["run"]["id"], "names": _some(sorted(result["run"]["values"]))})
        if (result["run"].get("ledger") or {"rows": 0})["rows"] == 0:
            yield Line("whole", NOTE, "ledger-empty", {"run": result["run"]["id"]})


def _proof(before: Before, asked: Collection[str]) -> Iterable[Line]:
    """What a result rests on: said of each, and counted where the policy asks for it."""
    nothing = Behind(seal=NOT_SEALED, replay=NO_SHELF)
    for result, behind in zip(before.results, chain(before.behind, repeat(nothing))):
        run = result["run"]
        rulebook = "installed" if run["rulebook"] == before.rulebook else "other"
        fields = {"run": run["id"], "rulebook": run["rulebook"][7:19]}
        for name, code, good in (("sealed", behind.seal, SEALED), ("replayed", behind.replay, JUDGED), ("rulebook", rulebook, "installed")):
            state = OK if code == good else INSUFFICIENT if name in asked else NOTE
            yield Line("proof", state, f"proof-{name}-{code}", fields)


def _ran_out(hazard: Mapping[str, Any], day: str) -> bool:
    return hazard["state"] == "cleared" and str(hazard.get("until") or "") < day


def _signed(before: Before) -> Iterable[Line]:
    """Statements that a finding rests on held on the day of the run; they must hold today as well."""
    day = before.day.isoformat()
    for system in _systems(before):
        for finding in system["findings"]:
            attested = finding.get("attestation")
            if finding.get("basis") == "attested" and attested and str(attested.get("until") or "") < day and finding["result"] in GOOD:
                yield Line("signed", INSUFFICIENT, "attestation-expired", {"id": finding["control"], "until": attested.get("until")})


def _left_out(before: Before) -> Iterable[Line]:
    """What the unit has now and no result was asked about may be what is wrong."""
    asked = {target["id"] for result in before.results for target in result["targets"]}
    missing = [name for name in before.declared if name not in asked]
    if missing:
        yield Line("whole", INSUFFICIENT, "targets-missing", {"names": _some(missing), "count": len(missing)})


def _newest(before: Before) -> Iterable[Line]:
    """An older run must not stand for a newer one that says otherwise."""
    newest = max((str(result["run"]["finished"]) for result in before.results), default="")
    if before.latest is not None and before.latest[1] > newest:
        yield Line("newest", INSUFFICIENT, "newer-run", {"run": before.latest[0], "day": before.latest[1]})


def _hazards(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    worst = LEVELS.index(rule["level"])
    found = [line for line in before.hazards if open_hazard(line) and LEVELS.index(line["level"]) <= worst]
    return [_most("hazards", len(found), rule, level=rule["level"], names=_some(line["id"] for line in found))]


def _overdue(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    day = before.day.isoformat()
    found = [line["id"] for line in before.hazards if open_hazard(line) and line["deadline"] and line["deadline"] < day]
    return [_most("overdue", len(found), rule, names=_some(found))]


def _triggers(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    found = sorted({key for system in _systems(before) if system["conclusion"] for key in system["conclusion"]["triggers"]})
    return [_most("triggers", len(found), rule, names=_some(found))]


def _most(code: str, count: int, rule: Mapping[str, Any], **fields: Any) -> Line:
    good = count <= rule["most"]
    return Line(
        code,
        OK if good else rule.get("otherwise", INSUFFICIENT),
        f"{code}-{'ok' if good else 'many'}",
        {"count": count, "most": rule["most"], **fields},
    )


def _grade(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    # A system that holds classified data follows the secrecy rules, not the graded protection.
    graded = {system["id"]: system["grade"] for system in _systems(before) if system["holds"] == "unclassified"}
    bare = [key for key, grade in graded.items() if grade is None]
    return [
        Line(
            "grade",
            INSUFFICIENT if bare else OK,
            "grade-missing" if bare else "grade-ok",
            {"names": _some(bare or graded), "count": len(bare or graded)},
        )
    ]


def _controls(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    unasked: list[str] = []
    for control in rule["of"]:
        results = [f["result"] for system in _systems(before) for f in system["findings"] if f["control"] == control]
        if BAD & set(results):
            yield Line("controls", FAIL, "control-bad", {"id": control})
        elif not results:
            unasked.append(control)
        else:
            good = set(results) <= GOOD
            yield Line("controls", OK if good else INSUFFICIENT, "control-ok" if good else "control-open", {"id": control})
    if unasked:
        yield Line("controls", INSUFFICIENT, "control-unasked", {"names": _some(unasked), "count": len(unasked)})


def _checks(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    """Checks that can only speak against: what a declaration itself says is missing."""
    for check in rule["of"]:
        statuses = {v["status"] for result in before.results for v in result["verdicts"] if v["check"] == check}
        if "unmet" in statuses:
            yield Line("checks", rule.get("otherwise", FAIL), "check-unmet", {"id": check})
        elif "unknown" in statuses:
            yield Line("checks", INSUFFICIENT, "check-unknown", {"id": check})


def _rate(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    scored = [system for system in _systems(before) if system["conclusion"]]
    if not scored:
        return [Line("rate", NOTE, "rate-none")]
    out = []
    for system in scored:
        rate = system["conclusion"]["rate"]
        good = rate >= rule["least"]
        # What is open may still turn out well: only a rate that it cannot lift any more is too low.
        state = OK if good else INSUFFICIENT if _best(system["conclusion"]) >= rule["least"] else rule.get("otherwise", INSUFFICIENT)
        fields = {"system": system["name"], "rate": f"{rate:.1%}", "least": f"{rule['least']:.0%}"}
        out.append(Line("rate", state, "rate-ok" if good else "rate-low", fields))
    return out


def _best(conclusion: Mapping[str, Any]) -> float:
    """The rate if everything that is insufficient turned out compliant."""
    counts = conclusion["counts"]
    applicable = sum(counts.values()) - counts["not_applicable"]
    return float((counts["compliant"] + counts["insufficient"]) / applicable) if applicable else 0.0


def _verdicts(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    count = sum(v["status"] == rule["status"] for result in before.results for v in result["verdicts"])
    return [_most("verdicts", count, rule, status=rule["status"])]


def _reached(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    targets = [target for result in before.results for target in result["targets"]]
    dark = sorted({target["id"] for target in targets if not target["reached"]})
    share = 1 - len(dark) / len({target["id"] for target in targets}) if targets else 0.0
    good = bool(targets) and share >= rule["share"]
    state = OK if good else rule.get("otherwise", INSUFFICIENT)
    return [Line("reached", state, "reached-ok" if good else "reached-few", {"count": len(dark), "names": _some(dark)})]


def _age(rule: Mapping[str, Any], before: Before) -> Iterable[Line]:
    out = []
    # By its beginning: a run that was stopped and resumed long after holds what was seen before.
    runs = [result["run"] for result in before.results]
    for begun in sorted({str(min(run.get("started") or run["finished"], run["finished"]))[:10] for run in runs}):
        days = (before.day - date.fromisoformat(begun)).days
        # A run from the future proves nothing of today.
        good = -1 <= days <= rule["days"]
        state = OK if good else rule.get("otherwise", INSUFFICIENT)
        out.append(Line("age", state, "age-ok" if good else "age-old", {"day": begun, "days": days, "most": rule["days"]}))
    return out


def _waivers(results: Sequence[Mapping[str, Any]]) -> Iterable[Line]:
    """Shown beside, deciding nothing."""
    for result in results:
        for system in result["systems"]:
            for finding in system["findings"]:
                if finding["waiver"]:
                    waiver = finding["waiver"]
                    fields = {
                        "control": finding["control"],
                        "by": waiver["approved_by"],
                        "until": waiver["until"],
                        "measure": waiver["measure"],
                    }
                    yield Line("waiver", NOTE, "waiver", fields)


def _some(names: Iterable[str]) -> str:
    found = list(names)
    return " ".join(found[:20]) + (" …" if len(found) > 20 else "") or "-"


_RULES: Mapping[str, Callable[[Mapping[str, Any], Before], Iterable[Line]]] = {
    "hazards": _hazards,
    "overdue": _overdue,
    "triggers": _triggers,
    "grade": _grade,
    "controls": _controls,
    "checks": _checks,
    "rate": _rate,
    "verdicts": _verdicts,
    "reached": _reached,
    "age": _age,
}
