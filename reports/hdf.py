"""report.hdf.json: the Heimdall data format. A profile per system, a control per clause, a result per verdict.

A control's status is worked out by the reader's program: an error outranks all, then an impact of 0 (not applicable), a failure,
a pass, and last a skip. So every control's first result is the clause's own, chosen such that the sum can never be better than the finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.inert import line
from reports.interchange import PROGRAM, both, encoded, gravest, quiet, remark
from reports.marking import marking_of
from reports.tables.table import Sight
from scanner.model.result import SEVERITIES

IMPACTS = {"critical": 0.9, "high": 0.7, "medium": 0.5, "low": 0.3}
_STATUSES = {"met": "passed", "unmet": "failed", "unknown": "skipped", "awaits-person": "skipped", "not-applicable": "skipped"}
_RESULTS = {"compliant": "passed", "partial": "failed", "noncompliant": "failed", "insufficient": "error", "not_applicable": "skipped"}
_LOOSE = {"met": "passed", "unmet": "failed", "unknown": "error", "awaits-person": "error", "not-applicable": "skipped"}


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """The whole run; the leader's has clauses without their single verdicts. Raises KeyError for another language or reader."""
    single = {"leader": False, "liaison": True, "annex": True}[reader]
    sight, marking = Sight(result, lang), marking_of(result, marking, lang)
    profiles = [_profile(sight, system, single, marking) for system in result["systems"]]
    if single:
        cited = {number for system in result["systems"] for finding in system["findings"] for number in finding["verdicts"]}
        rest = [number for number in range(len(result["verdicts"])) if number not in cited]
        if rest or not profiles:
            profiles.append(_rest(sight, rest, marking))
    run = result["run"]
    return encoded(
        {
            "platform": {"name": PROGRAM, "release": line(run["version"]), "target_id": line(str(run["unit"].get("name") or ""))},
            "version": line(run["version"]),
            "statistics": {"duration": None},
            "profiles": profiles,
            "passthrough": {"run": line(run["id"]), "shelf": run["shelf"], "rulebook": run["rulebook"], "gate": result["gate"],
                            "unit": quiet(run["unit"]), "core_hazards": quiet(result["core_hazards"]),
                            "marking": line(marking) if marking else None},
        }
    )  # fmt: skip


def _profile(sight: Sight, system: Mapping[str, Any], single: bool, marking: str | None) -> dict[str, Any]:
    words = sight.result["texts"]["profiles"].get(system["profile"]["id"])
    controls = [_control(sight, finding, single) for finding in system["findings"]]
    title = f"{sight.text(system['name'])} · {line(words['title'][sight.lang]) if words else line(system['profile']['id'])}"
    return _frame(sight, f"{line(system['id'])}.{line(system['profile']['id'])}", title, system["profile"]["digest"], controls, marking)


def _frame(sight: Sight, name: str, title: str, mark: str, controls: Sequence[Mapping[str, Any]], marking: str | None) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "summary": sight.words["report.not-an-evaluation"] + (f" · {line(marking)}" if marking else ""),
        "sha256": mark.removeprefix("sha256:"),
        "supports": [],
        "attributes": [],
        "groups": [],
        "controls": list(controls),
        "status": "loaded",
    }


def _control(sight: Sight, finding: Mapping[str, Any], single: bool) -> dict[str, Any]:
    result, numbers = finding["result"], finding["verdicts"]
    words = sight.result["texts"]["controls"][finding["control"]]
    lines = [sight.result["verdicts"][number] for number in numbers]
    against = [verdict["severity"] for verdict in lines if verdict["status"] == "unmet"]
    severity = gravest(against or [verdict["severity"] for verdict in lines], SEVERITIES, "medium")
    own = {
        **_line(sight, _RESULTS[result], f"{sight.code('result', result)} · {sight.code('basis', finding['basis'])}", result),
        "resource": "finding",
    }
    return {
        "id": line(finding["control"]),
        "title": line(words[sight.lang]),
        "desc": both(words, sight.lang),
        "descriptions": list(_descriptions(sight, finding, words)),
        "impact": 0.0 if result == "not_applicable" else IMPACTS[severity],
        "refs": [],
        "tags": {
            "clause": line(words["clause"]),
            "layer": line(words["layer"]),
            "result": result,
            "basis": finding["basis"],
            "severity": severity if result != "not_applicable" else "none",
            "waiver": quiet(finding["waiver"]),
            "attestation": quiet(finding["attestation"]),
        },
        "code": None,
        "source_location": {},
        "results": [own, *(_verdict(sight, number, _STATUSES) for number in numbers if single)],
        "waiver_data": _waiver(sight, finding["waiver"]),
    }


def _descriptions(sight: Sight, finding: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    checks = sight.result["texts"]["checks"]
    remedies = [both(checks[check]["remedy"], sight.lang) for check in words["checks"] if check in checks]
    if remedies:
        yield {"label": "fix", "data": "\n\n".join(dict.fromkeys(remedies))}
    for kind in ("waiver", "attestation"):
        if finding[kind]:
            yield {"label": kind, "data": sight.decision(finding[kind])}


def _waiver(sight: Sight, waiver: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A waiver is shown; it never skips anything, for the reader's program would call that not applicable."""
    if waiver is None:
        return None
    return {
        "justification": sight.decision(waiver),
        "expiration_date": line(str(waiver.get("until") or "")) or None,
        "run": True,
        "skipped_due_to_waiver": False,
        "message": "",
    }


def _verdict(sight: Sight, number: int, statuses: Mapping[str, str]) -> dict[str, Any]:
    verdict = sight.result["verdicts"][number]
    text = remark(sight, verdict)
    head = f"{line(verdict['target'])} {line(verdict['check'])} {sight.title(verdict['check'])}"
    found = _line(sight, statuses[verdict["status"]], head, verdict["status"], text)
    return found | {"resource": line(verdict["check"]), "resource_id": line(verdict["target"]), "evidence": list(verdict["evidence"])}


def _line(sight: Sight, status: str, head: str, code: str, text: str = "") -> dict[str, Any]:
    """One result. ``code`` is our own word for it, kept beside the format's."""
    said = f"[{code}] {text or head}"
    found: dict[str, Any] = {"status": status, "code_desc": head, "start_time": sight.result["run"]["finished"], "verdict": code}
    if status == "skipped":
        return found | {"skip_message": said}
    return found | ({} if status == "passed" else {"message": said})


def _rest(sight: Sight, numbers: Sequence[int], marking: str | None) -> dict[str, Any]:
    """Verdicts that no clause rests on, by check; what is open there is an error, so that no pass beside it covers it."""
    by_check: dict[str, list[int]] = {}
    for number in numbers:
        by_check.setdefault(sight.result["verdicts"][number]["check"], []).append(number)
    controls = [_loose(sight, check, mine) for check, mine in by_check.items()]
    return _frame(sight, "other", sight.words["interchange.rest"], sight.result["run"]["rulebook"], controls, marking)


def _loose(sight: Sight, check: str, numbers: Sequence[int]) -> dict[str, Any]:
    lines = [sight.result["verdicts"][number] for number in numbers]
    words = sight.result["texts"]["checks"].get(check)
    nothing = all(verdict["status"] == "not-applicable" for verdict in lines)
    return {
        "id": line(check),
        "title": sight.title(check),
        "desc": both(words["why"], sight.lang) if words else sight.title(check),
        "descriptions": [{"label": "fix", "data": both(words["remedy"], sight.lang)}] if words else [],
        "impact": 0.0 if nothing else IMPACTS[gravest([verdict["severity"] for verdict in lines], SEVERITIES, "medium")],
        "refs": [],
        "tags": {"severity": "none" if nothing else lines[0]["severity"]},
        "code": None,
        "source_location": {},
        "results": [_verdict(sight, number, _LOOSE) for number in numbers],
    }
