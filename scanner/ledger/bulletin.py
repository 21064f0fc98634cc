"""The bulletin: a run as it goes upward, in figures, under aliases, or whole. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from scanner.ledger.bulletin_shape import check_bulletin as check_bulletin
from scanner.model.canonical import canonical_unchecked, digest
from scanner.model.dispatch import BULLETIN, FIGURES, FULL, Bulletin, HazardFigures, SystemFigures
from scanner.model.hazard import HazardLine, open_hazard
from scanner.model.result import PERSON_PREFIX, RESULTS, STATUSES

Alias = Callable[[str], str]
"""Name to what stands for it outside: the same for the same name, in every bulletin of one unit."""
CIVIL = timedelta(hours=8)
"""Deadlines are days of the one civil time of the country."""


def alias_with(secret: bytes) -> Alias:
    """Aliases that nobody without the secret can tell names from, or try names against."""

    def alias(name: str) -> str:
        code = base64.b32encode(hmac.digest(secret, name.encode("utf-8", "surrogatepass"), hashlib.sha256)).decode()[:12]
        return "-".join(code[at : at + 4] for at in range(0, 12, 4))

    return alias


def bulletin_of(result: Mapping[str, Any], disclosure: str, alias: Alias) -> Bulletin:
    """What a result tells the hub at this level of disclosure. ``alias`` is not called for a full one."""
    named = _names if disclosure == FULL else _aliases(alias)
    hazards: list[HazardLine] = result.get("hazards", [])
    standing = [line for line in hazards if open_hazard(line)]
    day = (datetime.fromisoformat(_utc(result["run"]["finished"])) + CIVIL).date().isoformat()
    bulletin: Bulletin = {
        "schema": BULLETIN,
        "unit": str(result["run"]["unit"].get("code") or ""),
        "run": _run(result["run"]),
        "result": digest(canonical_unchecked(result)),
        "gate": result["gate"],
        "core": {line["id"]: line["state"] for line in result["core_hazards"]},
        "systems": [_system(system, named) for system in result["systems"]],
        "counts": family_counts((verdict["check"], verdict["status"]) for verdict in result["verdicts"]),
        "severities": dict(Counter(verdict["severity"] for verdict in result["verdicts"] if verdict["status"] == "unmet")),
        "hazard_counts": _two_deep((line["level"], line["state"]) for line in hazards),
        "risk_counts": dict(Counter(line["risk"] for line in standing)),
        "overdue": sum(1 for line in standing if line["deadline"] and line["deadline"] < day),
        "targets": dict(Counter(line["kind"] for line in result["targets"])),
        "unreached": sum(not line["reached"] for line in result["targets"]),
    }
    return bulletin if disclosure == FIGURES else _with_lines(bulletin, result, hazards, named)


Named = Callable[[str, str], str]
"""(sort, name) to what the bulletin says."""


def _names(_sort: str, name: str) -> str:
    return name


def _aliases(alias: Alias) -> Named:
    def named(sort: str, name: str) -> str:
        return f"{sort}-{alias(name)}"

    return named


def _with_lines(bulletin: Bulletin, result: Mapping[str, Any], hazards: Iterable[HazardLine], named: Named) -> Bulletin:
    verdicts, core = result["verdicts"], result["core_hazards"]
    bulletin["core_targets"] = {
        line["id"]: sorted({_where(verdicts[number], named) for number in line.get("verdicts", ()) if verdicts[number]["status"] != "met"})
        for line in core
    }
    bulletin["verdicts"] = [(_where(line, named), line["check"], line["status"], line["severity"]) for line in verdicts]
    bulletin["findings"] = [
        (named("S", system["id"]), line["control"], line["result"], line["basis"])
        for system in result["systems"]
        for line in system["findings"]
    ]
    bulletin["hazards"] = [_hazard(line, named) for line in hazards]
    bulletin["titles"] = _titles(bulletin, result["texts"])
    return bulletin


def _where(line: Mapping[str, Any], named: Named) -> str:
    """A person is asked about a system, everything else about a target."""
    return named("S" if line["check"].startswith(PERSON_PREFIX) else "T", line["target"])


def _hazard(line: HazardLine, named: Named) -> HazardFigures:
    return {
        "id": line["id"] if named is _names else named("H", line["id"]),
        "target": _where(line, named),
        "check": line["check"],
        "risk": line["risk"],
        "level": line["level"],
        "state": line["state"],
        "first": line["found"]["time"],
        "last": line["last"],
        "status": line["status"],
        "deadline": line["deadline"],
        "times": line["times"],
        "closed": line["closed"]["how"] if line["closed"] is not None else None,
    }


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: run[key] for key in ("id", "version", "rulebook", "shelf", "profiles")}
    said |= {"started": _utc(run["started"]), "finished": _utc(run["finished"])}
    return said | {"interrupted": bool(run["interrupted"]), "narrowed": bool(run.get("narrowed", False))}


def _utc(text: str) -> str:
    """A time in the one form in which times are compared as text."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo is None else time.astimezone(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _float(number: float | None) -> float | None:
    return None if number is None else float(number)


def _system(system: Mapping[str, Any], named: Named) -> SystemFigures:
    conclusion = system["conclusion"]
    said: Mapping[str, Any] = conclusion or dict.fromkeys(("rate", "score_2021", "major", "verdict"))
    return {
        "id": named("S", system["id"]),
        "grade": system["grade"],
        "holds": system["holds"],
        "profile": system["profile"]["id"],
        "profile_digest": system["profile"]["digest"],
        "rate": _float(said["rate"]),
        "score_2021": _float(said["score_2021"]),
        "major": said["major"],
        "verdict": said["verdict"],
        "why": system["why_no_conclusion"],
        "layers": {line["layer"]: {key: line["counts"].get(key, 0) for key in RESULTS} for line in system["layers"]},
    }


def _titles(bulletin: Bulletin, texts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Words of the checks and controls that the bulletin names; a question to a person has those of its control."""
    found: dict[str, dict[str, str]] = {}
    checks = {line[1] for line in bulletin["verdicts"]} | {line["check"] for line in bulletin["hazards"]}
    for check in sorted(checks):
        if check in texts["checks"]:
            found[check] = _pair(texts["checks"][check]["title"])
    controls = {line[1] for line in bulletin["findings"]} | {check.removeprefix(PERSON_PREFIX) for check in checks}
    for control in sorted(controls):
        if control in texts["controls"]:
            found[control] = _pair(texts["controls"][control])
    return found


def _pair(words: Mapping[str, Any]) -> dict[str, str]:
    return {lang: " ".join(words[lang].split()) for lang in ("zh", "en")}


def family_counts(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Family of checks to status to number, of (check, status); every family has every status."""
    found: dict[str, dict[str, int]] = {}
    for check, status in pairs:
        family = check.partition(".")[0]
        found.setdefault(family, dict.fromkeys(STATUSES, 0))[status] += 1
    return found


def _two_deep(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (outer, inner), count in Counter(pairs).items():
        found.setdefault(outer, {})[inner] = count
    return found


def sealed(bulletin: Bulletin, seal: str) -> Bulletin:
    """The bulletin with the digest of the statement that seals its result."""
    return cast(Bulletin, {**bulletin, "run": {**bulletin["run"], "seal": seal}})
