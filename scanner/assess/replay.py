"""Two results of one shelf set side by side: what is judged otherwise, and which part of the rulebook made the difference. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COMPARED = ("status", "observed", "wanted", "why", "severity", "strength", "scope")
"""Keys of a verdict that make it another one."""
Parts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two results say differently."""

    kind: str
    """``verdict``, ``finding``, ``hazard``, ``conclusion`` or ``gate``."""
    what: str
    """``check @ target``, ``control / system``, or an id."""
    old: str
    """What was said; empty when nothing was."""
    new: str
    """What is said now."""
    reasons: tuple[str, ...]
    """Why: code words, some with ``:`` and a name; the words stand in the locale under ``replay.why.<code>``."""


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Verdicts, findings, core hazards, conclusions and gate that differ, with their reasons; the same order for the same two."""
    verdicts = list(_verdicts(old, new))
    moved = {difference.what.partition(" @ ")[0] for difference in verdicts}
    return [*verdicts, *_findings(old, new, moved), *_hazards(old, new), *_conclusions(old, new), *_gate(old, new)]


def _verdicts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = ({(line["check"], line["target"]): line for line in result["verdicts"]} for result in (old, new))
    for key in sorted({*before, *after}):
        one, two = before.get(key), after.get(key)
        if one == two:
            continue
        said, says = ("" if line is None else str(line["status"]) for line in (one, two))
        keys = [name for name in COMPARED if one is not None and two is not None and one[name] != two[name]]
        if one is not None and two is not None and not keys:
            continue
        inside = tuple(f"key:{name}" for name in keys) if said == says else ()
        yield Difference("verdict", f"{key[0]} @ {key[1]}", said, says, inside + _why(key[0], old, new))


def _why(check: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What of the check and its surroundings is not what it was; ``unexplained`` when nothing that is written down is."""
    if old["run"].get("values") != new["run"].get("values"):
        return ("values",)
    one, two = old.get("rulebook"), new.get("rulebook")
    if one is None or two is None:
        return ("not-written-down",)
    mine, now = one["checks"].get(check), two["checks"].get(check)
    if check.startswith("person."):
        return tuple(_profiles(old, new)) or ("machine:assess",)
    if mine is None or now is None:
        return ("check-new" if mine is None and now is not None else "check-gone",)
    found = [name for name in ("judge", "sheet") if mine[name] != now[name]]
    found += [
        f"parameter:{name}"
        for name in sorted({*mine["parameters"], *now["parameters"]})
        if mine["parameters"].get(name) != now["parameters"].get(name)
    ]
    found += [f"facts:{name}" for name in sorted({*mine["facts"], *now["facts"]}) if one["facts"].get(name) != two["facts"].get(name)]
    return tuple(found) or tuple(_surroundings(one, two)) or ("unexplained",)


def _surroundings(one: Parts, two: Parts) -> Iterator[str]:
    """What is shared by all checks."""
    for group, word in (("machine", "machine"), ("libraries", "library")):
        for name in sorted({*one[group], *two[group]}):
            if one[group].get(name) != two[group].get(name):
                yield f"{word}:{name}"


def _profiles(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Profiles that were exchanged or changed, each once."""
    before, after = ({system["id"]: system["profile"] for system in result["systems"]} for result in (old, new))
    return list(dict.fromkeys(f"profile:{after[key]['id']}" for key in sorted({*before} & {*after}) if before[key] != after[key]))


def _findings(old: Mapping[str, Any], new: Mapping[str, Any], moved: set[str]) -> Iterator[Difference]:
    before, after = (
        {(line["control"], system["id"]): (line, system, result) for system in result["systems"] for line in system["findings"]}
        for result in (old, new)
    )
    for key in sorted({*before, *after}):
        one, two = before.get(key), after.get(key)
        said, says = (held[0]["result"] if held is not None else "" for held in (one, two))
        if said == says:
            continue
        reasons: list[str] = []
        if one is None or two is None or one[1]["profile"] != two[1]["profile"]:
            reasons += [f"profile:{(two or one)[1]['profile']['id']}"]  # type: ignore[index]
        reasons += [f"verdict:{check}" for check in sorted(_checks(one) | _checks(two)) if check in moved]
        yield Difference("finding", f"{key[0]} / {key[1]}", said, says, tuple(reasons) or _rest(old, new))


def _checks(held: tuple[Mapping[str, Any], Any, Mapping[str, Any]] | None) -> set[str]:
    if held is None:
        return set()
    return {held[2]["verdicts"][index]["check"] for index in held[0]["verdicts"]}


def _hazards(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = ({line["id"]: line["state"] for line in result["core_hazards"]} for result in (old, new))
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield Difference("hazard", key, before.get(key, ""), after.get(key, ""), ("follows",))


def _conclusions(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = ({system["id"]: system["conclusion"] or {} for system in result["systems"]} for result in (old, new))
    for key in sorted({*before, *after}):
        one, two = (held.get(key, {}) for held in (before, after))
        if one != two:
            said, says = (f"{held['verdict']} {held['rate']:.1%} {held['score_2021']:.1f}" if held else "" for held in (one, two))
            yield Difference("conclusion", key, said, says, ("follows",) if said != says else _rest(old, new))


def _gate(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    if old["gate"] != new["gate"]:
        yield Difference("gate", "gate", str(old["gate"]), str(new["gate"]), ("follows",))


def _rest(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What else can move a finding: the profiles, or the rooms that assess."""
    one, two = old.get("rulebook"), new.get("rulebook")
    if one is None or two is None:
        return ("not-written-down",)
    return tuple(_profiles(old, new)) or tuple(_surroundings(one, two)) or ("unexplained",)
