"""Counting decisions: bounded, mergeable, and without a word of the records. Two halves of a table give what the whole gives."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.facts.holdings.record import CODES, Code, Decision
from scanner.facts.holdings.values import Meaning

KEYS = 20
"""Record keys kept per decision."""
VALUES = 64
"""Distinct values kept of the secrecy column; the rest is counted under ``other``."""
OTHER, NULL = "other", "null"
PLAIN = frozenset({"unmarked", "open", "denied", "work-secret", "trade-secret", "not-a-catalogue"})
"""Reasons of open rows."""
_KEY = re.compile(r"[A-Za-z0-9\u4e00-\u9fff·.〔〕\[\]()（）/\\_#:—–-]{1,64}")
_WORDS = re.compile(r"[\u4e00-\u9fff]{4,}|某|案(?!卷)")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SHORT_CODE = re.compile(r"[A-Za-z0-9_-]{1,4}")
OPENING = ("expired", "opened", "termless")
"""Lists for the opening review: period over and never reviewed; opened although marked; marked without a period."""


@dataclass
class Tally:
    """What was counted of one store so far."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """By decision."""
    levels: Counter[str] = field(default_factory=Counter)
    """Classified records by level."""
    histogram: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    keys: dict[str, list[str]] = field(default_factory=dict)
    """First record keys by decision; none of N."""
    opening: Counter[str] = field(default_factory=Counter)
    opening_keys: dict[str, list[str]] = field(default_factory=dict)
    deleted: int = 0
    """Classified or suspected rows that the store only marks as deleted."""

    def add(self, decision: Decision, key: str, value: str, rows: int = 1, *, deleted: bool = False, opening: Iterable[str] = ()) -> None:
        """Count rows that are alike. ``value`` is the shown form of their secrecy cell."""
        self.rows += rows
        self.counts[decision.code] += rows
        self.reasons[decision.reason] += rows
        self.count_value(value, rows)
        if decision.code == "C":
            self.levels[decision.level or "?"] += rows
        if decision.code != "N" and deleted:
            self.deleted += rows
        for name in opening:
            self.opening[name] += rows
        self.remember(decision, key, opening)

    def remember(self, decision: Decision, key: str, opening: Iterable[str] = ()) -> None:
        """Hold the key of a row that is counted elsewhere."""
        if decision.code != "N":
            _remember(self.keys, decision.code, key)
        for name in opening:
            _remember(self.opening_keys, name, key)

    def remembers(self, decision: Decision, opening: Iterable[str] = ()) -> bool:
        """Whether the key of another such row would be held."""
        lists = [self.opening_keys.get(name, ()) for name in opening]
        if decision.code != "N":
            lists.append(self.keys.get(decision.code, ()))
        return any(len(keys) < KEYS for keys in lists)

    def meet(self, value: str) -> None:
        """A value that will be counted: those met first are the ones kept."""
        self.count_value(value, 0)

    def count_value(self, value: str, number: int = 1) -> None:
        """Count one value of the secrecy column."""
        known = value if value in self.histogram or len(self.histogram) < VALUES else OTHER
        self.histogram[known] += number

    def add_plain(self, number: int, reason: str) -> None:
        """Count rows that were settled by arithmetic: the predicate would have brought them if they were anything but open."""
        if number < 0:
            raise ValueError("more rows were brought than there are")
        self.rows += number
        self.counts["N"] += number
        if number:
            self.reasons[reason] += number

    def move(self, number: int, code: Code, reason: str) -> None:
        """So many open rows are something else after all."""
        moved = left = min(number, self.counts["N"])
        if not moved:
            return
        self.counts["N"] -= moved
        self.counts[code] += moved
        for known, rows in sorted(self.reasons.items(), key=lambda item: (item[0] not in PLAIN, -item[1], item[0])):
            taken = min(left, rows)
            self.reasons[known] -= taken
            left -= taken
        self.reasons[reason] += moved

    def leave_out(self, number: int) -> None:
        """So many open rows without a level are no records."""
        left = number = min(number, self.counts["N"])
        self.rows -= number
        self.counts["N"] -= number
        for counter, names in ((self.reasons, ("unmarked", "open")), (self.histogram, (NULL, "open"))):
            left = number
            for name in names:
                # Names of which there were none are not made: what is told of a store is told of its values.
                taken = min(left, counter.get(name, 0))
                if taken:
                    counter[name] -= taken
                left -= taken

    def merge(self, other: Tally) -> Tally:
        """The tally of both halves together; ``self`` is the first."""
        out = Tally(self.rows + other.rows, self.counts + other.counts, self.levels + other.levels, Counter(self.histogram),
                    self.reasons + other.reasons, {}, self.opening + other.opening, {}, self.deleted + other.deleted)  # fmt: skip
        for value, number in other.histogram.items():
            out.count_value(value, number)
        for mine, theirs, target in ((self.keys, other.keys, out.keys), (self.opening_keys, other.opening_keys, out.opening_keys)):
            for name in {**mine, **theirs}:
                target[name] = [*mine.get(name, ()), *theirs.get(name, ())][:KEYS]
        return out

    def data(self) -> dict[str, Any]:
        """As it rests on the shelf."""
        return {
            "counts": {code: self.counts[code] for code in CODES},
            "levels": _plain(self.levels),
            "histogram": _plain(self.histogram),
            "reasons": _plain(self.reasons),
            "keys": {name: list(keys) for name, keys in sorted(self.keys.items())},
            "opening": {
                name: {"rows": self.opening[name], "keys": self.opening_keys.get(name, [])} for name in OPENING if self.opening[name]
            },
            "deleted": self.deleted,
        }


def shown_value(value: str | None, meaning: Meaning) -> str:
    """A secrecy cell as it may be kept: its sense, never its text, unless it is a short code."""
    if meaning.sense == "empty":
        return NULL
    if meaning.sense in ("level", "misread") and meaning.mark is not None:
        head = meaning.mark.level + (" misread" if meaning.sense == "misread" else "")
        said = meaning.mark.period
        if said is None:
            return head
        return f"{head} {'long' if said.endless else 'until' if said.until is not None else f'{said.months}m'}"
    if meaning.sense in ("code", "english") and value is not None and _SHORT_CODE.fullmatch(value.strip()):
        return value.strip()
    return meaning.sense if meaning.sense not in ("strange", "cipher", "code") else OTHER


def safe_key(text: str | None) -> str:
    """A record key as it may be kept: letters, digits and separators. Anything that reads like words, or is mostly words, is left out."""
    plain = (text or "").strip()
    if not _KEY.fullmatch(plain) or _WORDS.search(plain):
        return ""
    return plain if sum(map(str.isdigit, plain)) > len(_HAN.findall(plain)) else ""


def _remember(keys: dict[str, list[str]], name: str, key: str) -> None:
    held = keys.setdefault(name, [])
    if key and len(held) < KEYS:
        held.append(key)


def _plain(counter: Mapping[str, int]) -> dict[str, int]:
    return {str(name): number for name, number in sorted(counter.items()) if number}


__all__ = ["KEYS", "OPENING", "Code", "Tally", "safe_key", "shown_value"]
