"""What was asked, what was answered and what each system came to: plain data for any renderer of a page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from reports.grouping import CheckCount, by_check, is_person
from scanner.model.result import CORE_HAZARDS, PERSON_PREFIX, RESULTS, STATUSES

MARKS = {"M": "※", "V1": "†", "P": "‡"}
"""Mark behind a clause whose source is not verified, by the clause's status."""


def coverage(result: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of targets, questions and answers, unreached targets first, and reasons for what has no answer."""
    targets = {target["id"]: target for target in result["targets"]}
    unreached = {name: target for name, target in targets.items() if not target["reached"]}
    statuses: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    open_rows: Counter[tuple[str, str]] = Counter()
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    lost: Counter[str] = Counter()
    persons = 0
    for verdict in result["verdicts"]:
        if is_person(verdict):
            persons += 1
            continue
        status, name = verdict["status"], verdict["target"]
        statuses[status] += 1
        kinds[targets[name]["kind"] if name in targets else "site"][status] += 1
        if status == "unknown":
            why = verdict["why"] or "defect"
            reasons[why][name] += 1
            if name in unreached:
                lost[name] += 1
            else:
                open_rows[(name, why)] += 1
    total = sum(statuses.values())
    return {
        "targets": len(targets),
        "reached": len(targets) - len(unreached),
        "unreached": len(unreached),
        "asked": len(result["asked"]) - persons,
        "judged": total,
        "person_items": persons,
        "mismatch": len(result["asked"]) != len(result["verdicts"]),
        "statuses": {status: statuses[status] for status in STATUSES},
        "answered": statuses["met"] + statuses["unmet"] + statuses["not-applicable"],
        "lost": [(target, lost[name]) for name, target in unreached.items()],
        "reasons": sorted(((why, sum(by.values()), len(by)) for why, by in reasons.items()), key=lambda row: (-row[1], row[0])),
        "open": [
            (targets.get(name, {"id": name, "address": None}), why, n)
            for (name, why), n in sorted(open_rows.items(), key=lambda row: (-row[1], row[0]))
        ],
        "kinds": [(kind, counts) for kind, counts in sorted(kinds.items())],
    }


def core_hazards(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All four core hazards, always; one that the result does not name is not tested."""
    named = {hazard["id"]: hazard for hazard in result["core_hazards"]}
    return [{"verdicts": [], **named.get(key, {"id": key, "state": "not_tested"})} for key in CORE_HAZARDS]


def system_view(system: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """One system: its layers with control points and findings, and how sure its sources are."""
    texts = result["texts"]["controls"]
    points = {(point["layer"], point["control_point"]): point["result"] for point in system["points"]}
    layers: dict[str, dict[str, list[dict[str, Any]]]] = {}
    sources: Counter[str] = Counter()
    persons = 0
    for finding in system["findings"]:
        control = texts[finding["control"]]
        sources[control["status"]] += 1
        checks = by_check(finding["verdicts"], result["verdicts"])
        persons += finding["result"] == "insufficient" and _only_person(checks)
        row = {"finding": finding, "control": control, "checks": checks, "mark": MARKS.get(control["status"], "")}
        layers.setdefault(control["layer"], {}).setdefault(control["control_point"], []).append(row)
    counts = Counter(finding["result"] for finding in system["findings"])
    return {
        "system": system,
        "counts": {name: counts[name] for name in RESULTS},
        "sources": sources,
        "persons": persons,
        "profile": result["texts"]["profiles"].get(system["profile"]["id"]),
        "bars": [_bar(layer["layer"], layer["counts"], system["why_no_conclusion"] != UNSCORED) for layer in system["layers"]],
        "layers": [
            {
                "name": name,
                "points": [(point, points.get((name, point)), rows) for point, rows in groups.items()],
                "total": sum(map(len, groups.values())),
            }
            for name, groups in layers.items()
        ],
    }


def _only_person(checks: Sequence[CheckCount]) -> bool:
    return bool(checks) and all(one.check.startswith(PERSON_PREFIX) for one in checks)


UNSCORED = "holds-classified"
"""Why a system has no conclusion when graded protection does not score it: a rate beside that would contradict it."""
BAR_WIDTH = 280
"""Width of a stacked bar, in user units."""


def _bar(layer: str, counts: Mapping[str, int], scored: bool) -> dict[str, Any]:
    """Segments of one stacked bar: exact positions, whole bar always full; a rate only where the system is scored at all."""
    total = sum(counts.values())
    at, segments, seen = 0.0, [], 0
    for name in RESULTS:
        n = counts.get(name, 0)
        if n:
            seen += n
            end = round(BAR_WIDTH * seen / total, 2)
            segments.append({"result": name, "n": n, "x": at, "width": round(end - at, 2), "middle": round((at + end) / 2, 2)})
            at = end
    counted = total - counts.get("not_applicable", 0)
    rate = counts.get("compliant", 0) / counted if scored and counted else None
    return {"layer": layer, "counts": counts, "total": total, "segments": segments, "rate": rate}
