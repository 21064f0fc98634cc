"""When is a notice met? Only when an envelope's own result proves it. Pure: a notice's demands and a bulletin in, a proof or reasons out.

Absence proves nothing: a hazard that is not mentioned, a check that was not asked or could not be told, a run that is older, was broken off, or was
judged by an older or unknown rulebook leaves the notice open, and each of these is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from scanner.model.hazard import CLOSED

MET = "met"
REVIEWED = "reviewed"
PERSON = "person."
"""Prefix of checks that no machine can see: two persons close those."""


class Named(TypedDict):
    """One hazard that a notice names."""

    code: str
    check: str
    target: str
    """As the basis called it: an alias, or the id."""
    last: str
    """Finish time of the last run that had shown it when the notice was written."""
    level: str
    risk: str
    state: str
    times: int
    title: NotRequired[dict[str, str]]


class Demand(TypedDict):
    """What has to be shown before a notice is closed."""

    unit: str
    """Code of the addressee."""
    hazards: list[Named]
    """Each must be closed, its check met."""
    report: NotRequired[dict[str, str]]
    """Or a run is asked for: ``profile`` and ``after``, the time it must have begun after."""
    finished: str
    """Finish time of the newest run that was known when the notice was written; empty when there was none."""
    version: str
    """Of the program that made that run; empty when there was none."""
    rulebook: str
    """Its rulebook digest."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an envelope does not close a notice."""

    code: str
    """Words stand in the locale under ``proof.<code>``."""
    hazard: str = ""
    """Which one, when it is about one."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What closes a notice."""

    run: str
    finished: str
    result: str
    """Digest of the result that it rests on."""
    hazards: tuple[str, ...]
    """Codes that are shown to be mended."""


def proves(demand: Demand, bulletin: Mapping[str, Any], rulebooks: Sequence[str] = ()) -> Proof | list[Reason]:
    """Whether the bulletin shows everything that the notice demands.

    ``rulebooks``: digests in the order in which the hub first saw them; what stands later is newer. A list of reasons is never empty.
    """
    reasons = [*_whose(demand, bulletin), *_newer(demand, bulletin), *_rules(demand, bulletin, rulebooks), *_asked(demand, bulletin)]
    if demand["hazards"]:
        reasons += _mended(demand["hazards"], bulletin)
    elif "report" not in demand:
        reasons.append(Reason("nothing-named"))
    if reasons:
        return reasons
    run = bulletin["run"]
    return Proof(run["id"], run["finished"], bulletin["result"], tuple(sorted(one["code"] for one in demand["hazards"])))


def _whose(demand: Demand, bulletin: Mapping[str, Any]) -> list[Reason]:
    return [] if bulletin["unit"] == demand["unit"] else [Reason("other-unit")]


def _newer(demand: Demand, bulletin: Mapping[str, Any]) -> list[Reason]:
    """The run is newer than what the notice rests on, and came to its end."""
    run, out = bulletin["run"], []
    # Both times are UTC text of one form, so that text order is time order.
    if demand["finished"] and not run["started"] > demand["finished"]:
        out.append(Reason("run-not-newer"))
    if run.get("interrupted"):
        out.append(Reason("run-broken-off"))
    return out


def _rules(demand: Demand, bulletin: Mapping[str, Any], rulebooks: Sequence[str]) -> list[Reason]:
    """Equal or newer rules."""
    run = bulletin["run"]
    if not demand["rulebook"] or run["rulebook"] == demand["rulebook"]:
        return []
    before, now = _version(demand["version"]), _version(str(run.get("version", "")))
    if before and now and before != now:
        return [] if now > before else [Reason("rulebook-older")]
    known = {digest: place for place, digest in enumerate(rulebooks)}
    if demand["rulebook"] not in known or run["rulebook"] not in known:
        return [Reason("rulebook-unknown")]
    return [] if known[run["rulebook"]] > known[demand["rulebook"]] else [Reason("rulebook-older")]


def _version(text: str) -> tuple[int, ...]:
    """Numbers of a release; empty for one that is no plain release."""
    return tuple(int(part) for part in text.split(".")) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6}){1,3}", text) else ()


def _asked(demand: Demand, bulletin: Mapping[str, Any]) -> list[Reason]:
    """A run of the profile that was asked for, whole."""
    if "report" not in demand:
        return []
    run, asked, out = bulletin["run"], demand["report"], []
    if asked["profile"] not in _profiles(bulletin):
        out.append(Reason("other-profile"))
    if not run["started"] >= asked["after"]:
        out.append(Reason("run-too-early"))
    if run.get("narrowed"):
        out.append(Reason("run-narrowed"))
    return out


def _profiles(bulletin: Mapping[str, Any]) -> set[str]:
    named = bulletin["run"].get("profiles") or []
    return {str(one) for one in named} | {str(system["profile"]) for system in bulletin["systems"]}


def _mended(named: Sequence[Named], bulletin: Mapping[str, Any]) -> list[Reason]:
    """Every named hazard is closed in the unit's ledger by a run, and the check is met there, in these very verdicts."""
    if "hazards" not in bulletin:
        return [Reason("figures-only")]
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for line in bulletin["hazards"]:
        lines.setdefault(line["id"], []).append(line)
    statuses: dict[tuple[str, str], list[str]] = {}
    for target, check, status, _ in bulletin.get("verdicts", ()):
        statuses.setdefault((target, check), []).append(status)
    return [reason for one in named for reason in _one(one, lines.get(one["code"], []), statuses)]


def _one(one: Named, lines: Sequence[Mapping[str, Any]], statuses: Mapping[tuple[str, str], Sequence[str]]) -> list[Reason]:
    code = one["code"]
    if len(lines) != 1:
        return [Reason("hazard-twice" if lines else "hazard-absent", code)]
    line = lines[0]
    if (line["target"], line["check"]) != (one["target"], one["check"]):
        return [Reason("hazard-other", code)]
    if line["state"] != CLOSED:
        return [Reason("hazard-stands", code)]
    if one["check"].startswith(PERSON):
        return [] if line["closed"] == REVIEWED else [Reason("hazard-not-reviewed", code)]
    if line["closed"] != MET:
        return [Reason("hazard-not-by-run", code)]
    seen = statuses.get((one["target"], one["check"]), [])
    if not seen:
        return [Reason("check-not-asked", code)]
    return [] if all(status == MET for status in seen) else [Reason("check-not-met", code)]
