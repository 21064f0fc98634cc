"""report.sarif.json: SARIF 2.1.0. All five verdicts have a kind of their own there; only ``met`` is a pass.

A waiver is a property, never a suppression: viewers hide what is suppressed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from reports.grouping import title_of
from reports.inert import line
from reports.interchange import PROGRAM, SLOT, both, decisions, encoded, fingerprints, quiet, remark, stable_id
from reports.marking import marking_of
from reports.overview import core_hazards
from reports.plain import seen
from reports.tables.table import Sight
from scanner.model.result import PERSON_PREFIX, STATUSES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KINDS = {"met": "pass", "unmet": "fail", "unknown": "open", "awaits-person": "review", "not-applicable": "notApplicable"}
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""Severity as a number in a text, as code-scanning viewers sort by it."""
FOR_LEADER = ("unmet", "unknown", "awaits-person")
TAGS = {"zh": "zh-CN", "en": "en-US"}
BASE = "TARGETS"

_LINK = re.compile(r"\]\(")
_PLACE = re.compile(r"\{(?=\d+\})")


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """The log of one run. The leader's holds what is unmet or open, the others' everything. Raises KeyError for another language or reader."""
    statuses = {"leader": FOR_LEADER, "liaison": STATUSES, "annex": STATUSES}[reader]
    sight, marking = Sight(result, lang), marking_of(result, marking, lang)
    checks = list(dict.fromkeys(verdict["check"] for verdict in result["verdicts"]))
    profiles = list(dict.fromkeys(system["profile"]["id"] for system in result["systems"]))
    run = result["run"]
    driver = {
        "name": PROGRAM,
        "version": line(run["version"]),
        "rules": _rules(sight, checks, profiles),
        "supportedTaxonomies": [{"name": line(profile), "index": n} for n, profile in enumerate(profiles)],
        "properties": {"rulebook": run["rulebook"]},
    }
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "language": TAGS[lang],
                "columnKind": "unicodeCodePoints",
                "automationDetails": {
                    "id": f"{PROGRAM}/{line(str(run['unit'].get('code') or ''))}/{line(run['id'])}",
                    "guid": stable_id("run", run["id"], run["shelf"]),
                },
                "invocations": [_invocation(sight)],
                "originalUriBaseIds": {BASE: {"description": {"text": sight.words["interchange.targets"]}}},
                "taxonomies": [_taxonomy(sight, profile) for profile in profiles],
                "results": [SLOT],
                "properties": _properties(sight, reader, marking),
            }
        ],
    }
    return encoded(log, _results(sight, {check: n for n, check in enumerate(checks)}, statuses))


def message(text: str) -> dict[str, str]:
    """A message whose text holds neither a link nor a placeholder."""
    return {"text": _PLACE.sub("{ ", _LINK.sub("] (", text))}


def _rules(sight: Sight, checks: Iterable[str], profiles: Sequence[str]) -> list[dict[str, Any]]:
    severities: dict[str, str] = {}
    for verdict in sight.result["verdicts"]:
        severities.setdefault(verdict["check"], verdict["severity"])
    places = _places(sight, profiles)
    texts = sight.result["texts"]
    return [_rule(sight, check, severities[check], texts["checks"].get(check), places.get(check, ())) for check in checks]


def _rule(sight: Sight, check: str, severity: str, words: Mapping[str, Any] | None, places: Iterable[Any]) -> dict[str, Any]:
    title = title_of(check, sight.result["texts"])
    rule: dict[str, Any] = {
        "id": line(check),
        "name": line(check),
        "shortDescription": message(both(title, sight.lang)),
        "fullDescription": message(both(words["why"] if words else title, sight.lang)),
        "help": message(both(words["remedy"] if words else title, sight.lang)),
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"severity": severity, "security-severity": SCORES[severity], "tags": ["security", "compliance"]},
    }
    if places:
        rule["relationships"] = list(places)
    return rule


def _places(sight: Sight, profiles: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Check to the clauses that it speaks to, by profile."""
    found: dict[str, list[dict[str, Any]]] = {}
    for system in {system["profile"]["id"]: system for system in sight.result["systems"]}.values():
        profile = system["profile"]["id"]
        component = {"name": line(profile), "index": profiles.index(profile)}
        for control in dict.fromkeys(finding["control"] for finding in system["findings"]):
            place = {"target": {"id": line(control), "toolComponent": component}, "kinds": ["relevant"]}
            for check in [*sight.result["texts"]["controls"][control]["checks"], PERSON_PREFIX + control]:
                found.setdefault(check, []).append(place)
    return found


def _taxonomy(sight: Sight, profile: str) -> dict[str, Any]:
    result = sight.result
    controls = dict.fromkeys(f["control"] for system in result["systems"] if system["profile"]["id"] == profile for f in system["findings"])
    title = result["texts"]["profiles"].get(profile)
    texts = result["texts"]["controls"]
    return {
        "name": line(profile),
        "shortDescription": message(both(title["title"], sight.lang) if title else line(profile)),
        "taxa": [
            {"id": line(one), "name": line(texts[one]["clause"]), "shortDescription": message(both(texts[one], sight.lang))}
            for one in controls
        ],
    }


def _results(sight: Sight, index: Mapping[str, int], statuses: Sequence[str]) -> Iterable[dict[str, Any]]:
    for number, (verdict, mark) in enumerate(zip(sight.result["verdicts"], fingerprints(sight.result))):
        if verdict["status"] not in statuses:
            continue
        target = line(verdict["target"])
        status = verdict["status"]
        findings = sight.findings_of(number)
        observed = seen(verdict["check"], verdict["observed"])
        yield {
            "ruleId": line(verdict["check"]),
            "ruleIndex": index[verdict["check"]],
            "kind": KINDS[status],
            "level": LEVELS[verdict["severity"]] if status == "unmet" else "none",
            "message": message(remark(sight, verdict)),
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": quote(target, safe="-._~"), "uriBaseId": BASE}},
                    "logicalLocations": [{"fullyQualifiedName": target, "kind": "resource"}],
                }
            ],
            "partialFingerprints": {"checkTarget/v1": mark},
            "properties": {
                "number": number,
                "status": status,
                "severity": verdict["severity"],
                "observed": sight.text(observed),
                "wanted": quiet(verdict["wanted"]),
                "why": verdict["why"],
                "strength": verdict["strength"],
                "evidence": list(verdict["evidence"]),
                "findings": [{"control": line(one["control"]), "result": one["result"]} for one in findings],
                "waivers": decisions(findings, "waiver"),
                "attestations": decisions(findings, "attestation"),
            },
        }


def _invocation(sight: Sight) -> dict[str, Any]:
    run = sight.result["run"]
    lost = [
        {
            "level": "error",
            "message": message(
                f"{line(one['id'])}: {sight.words['col.reached']}: {sight.words['word.no']}; {sight.code('why', one['why'])}"
            ),
            "properties": {"target": line(one["id"]), "why": one["why"], "detail": sight.text(one["detail"])},
        }
        for one in sight.result["targets"]
        if not one["reached"]
    ]
    return {
        "executionSuccessful": not run["interrupted"],
        "startTimeUtc": run["started"],
        "endTimeUtc": run["finished"],
        "toolExecutionNotifications": lost,
    }


def _properties(sight: Sight, reader: str, marking: str | None) -> dict[str, Any]:
    result = sight.result
    counts = Counter(verdict["status"] for verdict in result["verdicts"])
    return {
        "note": sight.words["report.not-an-evaluation"],
        "marking": line(marking) if marking else None,
        "reader": reader,
        "unit": quiet(result["run"]["unit"]),
        "shelf": result["run"]["shelf"],
        "gate": result["gate"],
        "coreHazards": [{"id": one["id"], "state": one["state"]} for one in core_hazards(result)],
        "statuses": {status: counts[status] for status in STATUSES},
        "systems": [
            {
                "id": line(system["id"]),
                "name": line(system["name"]),
                "profile": quiet(system["profile"]),
                "conclusion": quiet(system["conclusion"]),
                "whyNoConclusion": system["why_no_conclusion"],
                "findings": [
                    quiet({key: one[key] for key in ("control", "result", "basis", "waiver", "attestation")}) for one in system["findings"]
                ],
            }
            for system in result["systems"]
        ],
    }
