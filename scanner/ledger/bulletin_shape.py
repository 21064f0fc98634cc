"""Reading a bulletin: strict, bounded before anything is built from it, and refused where it contradicts itself. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import msgspec

from scanner.errors import KeepError
from scanner.model.canonical import canonical_unchecked
from scanner.model.dispatch import BULLETIN, FIGURES, MASKED, Bulletin
from scanner.model.hazard import CLASSES, LEVELS, STATES
from scanner.model.result import CORE_HAZARDS, PERSON_PREFIX, RESULTS, SEVERITIES, STATUSES

MAX_BYTES = 8 * 1024 * 1024
MAX_COST = 40 * 1024 * 1024
"""Bytes of memory that the decoded bulletin may take; eighty thousand verdicts stay below."""
STRING, LIST, MAPPING = 64, 96, 320
"""What each costs, about, as an object."""
PRESENT = int(BULLETIN.rpartition("/")[2])
LINES = ("core_targets", "verdicts", "findings", "hazards", "titles")
"""What all stands in a bulletin that discloses more than figures, and not at all in one that does not."""
CORE_STATES = ("confirmed", "suspected", "scan_clean_only", "cleared", "not_tested")
GATES = ("pass", "fail", "insufficient")
HOLDS = ("unclassified", "classified")
MAX_COUNT, MAX_SYSTEMS, MAX_KEYS, MAX_TEXT, MAX_WORDS = 10**9, 2000, 500, 200, 4000
_ALIAS = re.compile(r"[STH]-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}")
_SCHEMA = re.compile(r"shiqu/bulletin/([1-9]\d{0,3})")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
_DAY = re.compile(r"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))?")
_RUN = {
    **dict.fromkeys(("id", "started", "finished", "version", "rulebook", "shelf"), str),
    **{"profiles": list, "interrupted": bool, "narrowed": bool},
}


class _Head(msgspec.Struct):
    schema: str


_HEAD, _BULLETIN = msgspec.json.Decoder(_Head), msgspec.json.Decoder(Bulletin)
"""Made once, while only one thread runs: two threads that are the first to name a type to msgspec tear its plan out of each other's hands and crash."""


def check_bulletin(data: bytes, disclosure: str | None = None) -> Bulletin:
    """The bulletin. With ``disclosure`` it must also tell what that level tells and no more. Raises KeepError."""
    if len(data) > MAX_BYTES or _cost(data) > MAX_COST:
        raise KeepError("bulletin-large", size=f"{len(data) / 1048576:.1f}", limit=MAX_BYTES >> 20)
    try:
        found = _decoded(data)
        # There is one way to write it: no unknown or doubled key, nothing behind.
        if canonical_unchecked(found) != data:
            raise ValueError("canonical")
        _check(found)
        if disclosure is not None:
            _disclosed(found, disclosure)
    except msgspec.ValidationError as error:
        raise KeepError("bulletin-form", where=str(error).rpartition("$.")[2].rstrip("`")[:60] or "json") from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise KeepError("bulletin-form", where="json") from None
    except ValueError as error:
        raise KeepError("bulletin-form", where=str(error)[:60]) from None
    return found


def _decoded(data: bytes) -> Bulletin:
    try:
        found = _BULLETIN.decode(data)
    except msgspec.ValidationError:
        # Of another version the shape says nothing: that is what it shall be told for.
        _version(_HEAD.decode(data).schema)
        raise
    _version(found["schema"])
    return found


def _cost(data: bytes) -> int:
    """What decoding takes at most, from a count of what stands there."""
    return len(data) + STRING * (data.count(b'"') // 2) + LIST * data.count(b"[") + MAPPING * data.count(b"{")


def _version(schema: str) -> None:
    number = _SCHEMA.fullmatch(schema)
    if number is None:
        raise ValueError("schema")
    if int(number[1]) > PRESENT:
        raise KeepError("bulletin-newer", schema=schema, mine=BULLETIN)
    if int(number[1]) < PRESENT - 1:
        raise KeepError("bulletin-older", schema=schema, mine=BULLETIN)


def _must(holds: bool, where: str) -> None:
    if not holds:
        raise ValueError(where)


def _texts(texts: Iterable[str], where: str, most: int = MAX_TEXT) -> None:
    held = list(texts)
    # All of them at once: a hub reads thousands of lines a second.
    _must(max(map(len, held), default=0) <= most and "".join(held).isprintable(), where)


def _counted(counts: Mapping[str, int], keys: Iterable[str] | None, where: str) -> None:
    _must(keys is None or set(counts) <= set(keys), where)
    _must(len(counts) <= MAX_KEYS and all(0 <= count <= MAX_COUNT for count in counts.values()), where)
    _texts(counts, where)


def _check(found: Bulletin) -> None:
    """Raise ValueError naming the key that cannot be."""
    _run(found["run"])
    _texts([found["unit"]], "unit")
    _must(bool(_DIGEST.fullmatch(found["result"])), "result")
    core = found["core"]
    _must(tuple(core) == CORE_HAZARDS and set(core.values()) <= set(CORE_STATES), "core")
    _must(found["gate"] in GATES, "gate")
    _must(found["gate"] != "pass" or set(core.values()) == {"cleared"}, "gate")
    _must(len(found["systems"]) <= MAX_SYSTEMS, "systems")
    for system in found["systems"]:
        _system(system)
    _must(len(found["counts"]) <= MAX_KEYS, "counts")
    _texts(found["counts"], "counts")
    for by_status in found["counts"].values():
        _counted(by_status, STATUSES, "counts")
    _counted(found["severities"], SEVERITIES, "severities")
    _must(sum(found["severities"].values()) == sum(line.get("unmet", 0) for line in found["counts"].values()), "severities")
    _must(set(found["hazard_counts"]) <= set(LEVELS), "hazard_counts")
    for by_state in found["hazard_counts"].values():
        _counted(by_state, STATES, "hazard_counts")
    _counted(found["risk_counts"], CLASSES, "risk_counts")
    _counted(found["targets"], None, "targets")
    _must(0 <= found["overdue"] <= sum(found["risk_counts"].values()), "overdue")
    _must(0 <= found["unreached"] <= sum(found["targets"].values()), "unreached")
    present = [key for key in LINES if key in found]
    _must(present in ([], list(LINES)), "verdicts")
    if present:
        _lines(found)


def _run(run: dict[str, Any]) -> None:
    _must(set(_RUN) <= set(run) <= {*_RUN, "seal"} and all(type(run[key]) is kind for key, kind in _RUN.items()), "run")
    _must(len(run["profiles"]) <= MAX_KEYS and all(type(name) is str for name in run["profiles"]), "run.profiles")
    _texts([*run["profiles"], *(run[key] for key in ("id", "version", "rulebook", "shelf"))], "run")
    _must(all(_TIME.fullmatch(run[key]) for key in ("started", "finished")), "run.finished")
    seal = run.get("seal")
    _must(seal is None or (type(seal) is str and bool(_DIGEST.fullmatch(seal))), "run.seal")


def _system(system: Mapping[str, Any]) -> None:
    _texts([system["id"], system["profile"], system["profile_digest"], system["verdict"] or "", system["why"] or ""], "systems")
    _must(system["holds"] in HOLDS and (system["grade"] is None or 1 <= system["grade"] <= 5), "systems")
    _must(system["rate"] is None or 0 <= system["rate"] <= 1, "systems.rate")
    # What holds classified data is not scored by the graded protection.
    _must(system["holds"] != "classified" or (system["verdict"] is None and system["rate"] is None), "systems.verdict")
    _must(system["major"] is None or 0 <= system["major"] <= MAX_COUNT, "systems.major")
    _must(len(system["layers"]) <= MAX_KEYS, "systems.layers")
    _texts(system["layers"], "systems.layers")
    for counts in system["layers"].values():
        _counted(counts, RESULTS, "systems.layers")


def _lines(found: Bulletin) -> None:
    """The lines are well formed, and the figures are their sums."""
    targets, checks, statuses, severities = _columns(found["verdicts"])
    _texts({*targets, *checks}, "verdicts")
    _must({*statuses} <= set(STATUSES) and {*severities} <= set(SEVERITIES), "verdicts")
    counted = Counter(zip((check.partition(".")[0] for check in checks), statuses, strict=True))
    said = {(family, status): n for family, line in found["counts"].items() for status, n in line.items() if n}
    _must(said == counted, "counts")
    unmet = (severity for severity, status in zip(severities, statuses, strict=True) if status == "unmet")
    _must(_bare(found["severities"]) == Counter(unmet), "severities")
    systems, controls, results, bases = _columns(found["findings"])
    _texts({*systems, *controls, *results, *bases}, "findings")
    _must({*results} <= set(RESULTS) and {*bases} <= {"judged", "attested"}, "findings")
    summed: Counter[tuple[str, str]] = Counter()
    for system in found["systems"]:
        for counts in system["layers"].values():
            summed.update({(system["id"], key): n for key, n in counts.items() if n})
    _must(summed == Counter(zip(systems, results, strict=True)), "findings")
    _hazards(found)
    _must(set(found["core_targets"]) <= set(CORE_HAZARDS), "core_targets")
    _texts({name for names in found["core_targets"].values() for name in names}, "core_targets")
    _titles(found["titles"], {*checks, *controls, *(line["check"] for line in found["hazards"])})


def _columns(lines: Iterable[tuple[str, str, str, str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(zip(*lines, strict=True)) or ((), (), (), ())


def _titles(titles: Mapping[str, Mapping[str, str]], named: set[str]) -> None:
    """Nothing has a title but what is named, with or without what says that a person is asked."""
    rest = titles.keys() - named
    _must(not rest or rest <= {name.removeprefix(PERSON_PREFIX) for name in named}, "titles")
    _must(all(len(pair) == 2 and "zh" in pair and "en" in pair for pair in titles.values()), "titles")
    _texts(chain.from_iterable(pair.values() for pair in titles.values()), "titles", MAX_WORDS)


def _hazards(found: Bulletin) -> None:
    hazards = found["hazards"]
    _must(len({line["id"] for line in hazards}) == len(hazards), "hazards.id")
    for line in hazards:
        _texts([line["id"], line["target"], line["check"], line["status"]], "hazards")
        _must(line["level"] in LEVELS and line["state"] in STATES and line["risk"] in CLASSES, "hazards")
        _must((line["state"] == "closed") == (line["closed"] in ("met", "reviewed")), "hazards.closed")
        _must(0 <= line["times"] <= MAX_COUNT and line["status"] in STATUSES, "hazards")
        _must(all(_TIME.fullmatch(line[key]) for key in ("first", "last")), "hazards.first")
        _must(bool(_DAY.fullmatch(line["deadline"])), "hazards.deadline")
    said = {(level, state): n for level, line in found["hazard_counts"].items() for state, n in line.items() if n}
    _must(said == Counter((line["level"], line["state"]) for line in hazards), "hazard_counts")
    _must(_bare(found["risk_counts"]) == Counter(line["risk"] for line in hazards if line["state"] != "closed"), "risk_counts")


def _bare(counts: Mapping[str, int]) -> dict[str, int]:
    return {key: n for key, n in counts.items() if n}


def _disclosed(found: Bulletin, disclosure: str) -> None:
    """Raise KeepError when it tells more, or less, than it says."""
    if ("verdicts" in found) == (disclosure == FIGURES):
        raise KeepError("dispatch-discloses-more", disclosure=disclosure)
    if disclosure not in (FIGURES, MASKED):
        return
    names = {system["id"] for system in found["systems"]}
    if disclosure == MASKED:
        names |= {line[0] for line in found["verdicts"]} | {line[0] for line in found["findings"]}
        names |= {name for line in found["hazards"] for name in (line["id"], line["target"])}
        names |= {name for held in found["core_targets"].values() for name in held}
    if not all(_ALIAS.fullmatch(name) for name in names):
        raise KeepError("dispatch-discloses-more", disclosure=disclosure)
