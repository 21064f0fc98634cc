"""What the last run found, line by line, down to the evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from hub.desk.pages.start import STATUS_ORDER, counted
from hub.desk.router import Ask, page
from hub.web.ask import Page
from scanner.errors import UseError
from scanner.model.result import SEVERITIES

EACH = 100
FILTERS = ("status", "severity", "target", "check")


@page("/findings", menu="findings")
def show(ask: Ask) -> Page:
    """The list; what is not right stands first."""
    result = ask.place.latest()
    if result is None:
        return Page("desk_none.html", {"what": "findings"})
    lines = [line for line in numbered(result) if _wanted(line, ask.query)]
    lines.sort(key=lambda line: (STATUS_ORDER.index(line["status"]), SEVERITIES.index(line["severity"]), line["check"], line["target"]))
    at = ask.query.get("page", "1")
    pages = max(1, -(-len(lines) // EACH))
    number = min(max(1, int(at)), pages) if at.isdecimal() and len(at) < 6 else 1
    values = {
        "run": result["run"],
        "lines": lines[(number - 1) * EACH : number * EACH],
        "found": len(lines),
        "page": number,
        "pages": pages,
        "counts": counted(result["verdicts"]),
        "targets": sorted({line["target"] for line in result["verdicts"]}),
        "severities": SEVERITIES,
        "chosen": {name: ask.query.get(name, "") for name in (*FILTERS, "q")},
    }
    return Page("desk_findings.html", values)


def numbered(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every verdict with its number and the words that were frozen with it."""
    checks, controls = result["texts"]["checks"], result["texts"]["controls"]
    for number, line in enumerate(result["verdicts"]):
        control = controls.get(line["check"].removeprefix("person."))
        words = checks.get(line["check"]) or ({"title": {"zh": control["zh"], "en": control["en"]}} if control else {})
        yield {**line, "number": number, "title": words.get("title") or {"zh": line["check"], "en": line["check"]}, "words": words}


def _wanted(line: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    if any(query.get(name) and line[name] != query[name] for name in FILTERS):
        return False
    words = query.get("q", "").casefold().split()
    text = f"{line['check']} {line['target']} {line['title']['zh']} {line['title']['en']}".casefold()
    return all(word in text for word in words)


@page("/findings/{number:int}")
def one(ask: Ask) -> Page:
    """One verdict: seen, wanted, why, remedy, evidence, clauses."""
    result = ask.place.latest()
    number = int(ask.path["number"])
    if result is None or number >= len(result["verdicts"]):
        raise UseError("desk-verdict", number=number)
    line = next(line for line in numbered(result) if line["number"] == number)
    controls = [
        (system["name"] or system["id"], finding, result["texts"]["controls"].get(finding["control"]))
        for system in result["systems"]
        for finding in system["findings"]
        if number in finding["verdicts"]
    ]
    evidence = [(key, result["evidence"].get(key), result["excerpts"].get(key)) for key in line["evidence"]]
    hazard = next((held for held in result.get("hazards", ()) if held.get("verdict") == number), None)
    values = {
        "line": line,
        "observed": _told(line["observed"], "observed", line["check"], line["observed"]),
        "wanted": _told(line["wanted"], "wanted", line["wanted"]),
        "detail": _told(line["detail"], "detail", line["detail"]),
        "controls": controls,
        "evidence": evidence,
        "hazard": hazard,
        "run": result["run"],
    }
    return Page("desk_finding.html", values)


def _told(value: Any, name: str, *given: Any) -> Sequence[Mapping[str, str]]:
    """In both languages, a line for each of several records: in the words of the reports, else as it stands in the result."""
    if value is None or value in ("", [], {}):
        return ()
    words = _spoken().get(name)
    if words is None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        return ({"zh": text, "en": text},)
    said: Mapping[str, str] | Sequence[Mapping[str, str]] = words(*given)
    return (said,) if isinstance(said, Mapping) else said


@cache
def _spoken() -> Mapping[str, Callable[..., Any]]:
    return {point.name: point.load() for point in entry_points(group="shiqu.spoken")}
