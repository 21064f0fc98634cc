"""A table, and the words and look-ups that every table needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reports import glossary
from reports.grouping import title_of
from reports.inert import line
from reports.plain import plain, seen
from reports.words import Pair, pair, words

Cell = str | int | float | None
"""Text is inert already; None is an empty cell."""

Row = Sequence[Cell]

LIMIT = 2000
"""Characters of one cell; the rest stands in result.json, and the cell says how much there is."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    key: str
    """Key of its head in the catalogue."""
    width: int
    """Width in characters."""
    codes: str = ""
    """What the cells' codes are words of (``status``, ``severity``, ``result``), when a writer may colour them."""


@dataclass(frozen=True, slots=True)
class Table:
    """A head and its rows."""

    key: str
    """Key of its title in the catalogue."""
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    """Read once."""


class Sight:
    """One result, seen in one language."""

    def __init__(self, result: Mapping[str, Any], lang: str) -> None:
        self.result = result
        self.lang = lang
        self.words = words(lang)
        self.targets: dict[str, Mapping[str, Any]] = {target["id"]: target for target in result["targets"]}
        self.systems: dict[str, str] = {system["id"]: system["name"] for system in result["systems"]}
        self._clauses: dict[int, list[Mapping[str, Any]]] | None = None
        self._texts: dict[str, str] = {}
        self._said: dict[tuple[str, str], str] = {}

    def text(self, value: str) -> str:
        """A raw text made inert and, when it is very long, cut."""
        found = self._texts.get(value)
        if found is None:
            found = self._texts[value] = line(value if len(value) <= LIMIT else f"{value[:LIMIT]}… [{len(value)}]")
        return found

    def plain(self, value: Any) -> str:
        """JSON data as one inert line."""
        return self.text(plain(value))

    def observed(self, verdict: Mapping[str, Any]) -> str:
        """What a verdict observed, in the reader's language."""
        check, value = verdict["check"], verdict["observed"]
        return self._spoken(check, seen(check, value), partial(glossary.observed, check, value))

    def wanted(self, verdict: Mapping[str, Any]) -> str:
        """What a verdict wanted to see, in the reader's language."""
        value = verdict["wanted"]
        return self._spoken("wanted", plain(value), partial(glossary.wanted, value))

    def detail(self, verdict: Mapping[str, Any]) -> str:
        """A verdict's remark, in the reader's language."""
        return self._spoken("detail", verdict["detail"] or "", partial(glossary.detail, verdict["detail"]))

    def _spoken(self, kind: str, english: str, make: Callable[[], Pair]) -> str:
        """Judges' words in the reader's language; the same words are looked up once."""
        if not english:
            return ""
        found = self._said.get((kind, english))
        if found is None:
            found = self._said[kind, english] = self.text(make()[self.lang])
        return found

    def code(self, prefix: str, code: str | None) -> str:
        """The word for a code; the code itself where the catalogue has none."""
        return self.text(pair(f"{prefix}.{code}", code)[self.lang]) if code else ""

    def title(self, check: str) -> str:
        """A check's title."""
        return self.text(title_of(check, self.result["texts"])[self.lang])

    def findings_of(self, number: int) -> Sequence[Mapping[str, Any]]:
        """The findings that rest on a verdict."""
        if self._clauses is None:
            self._clauses = defaultdict(list)
            for system in self.result["systems"]:
                for finding in system["findings"]:
                    for one in finding["verdicts"]:
                        self._clauses[one].append(finding)
        return self._clauses.get(number, ())

    def decision(self, fields: Mapping[str, Any] | None) -> str:
        """A waiver or an attestation: who, why, until when."""
        if not fields:
            return ""
        named = ((pair(f"field.{key}", key)[self.lang], value) for key, value in sorted(fields.items()) if value is not None)
        return self.text("; ".join(f"{name}: {plain(value)}" for name, value in named))
