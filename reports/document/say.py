"""Words of one language for a document that is written in it alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports import glossary
from reports.words import Pair, pair, words


@dataclass(frozen=True, slots=True)
class Say:
    """Looks up sentences of the catalogue in one language."""

    lang: str

    def __call__(self, key: str, **fields: object) -> str:
        """The sentence of a key, its ``{fields}`` filled in. Raises KeyError for an unknown key."""
        text = words(self.lang)[key]
        for name, value in fields.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def code(self, prefix: str, value: str | None) -> str:
        """The word of a code; the code itself when there is none, a dash for no code."""
        return pair(f"{prefix}.{value}", value)[self.lang] if value else "—"

    def of(self, both: Pair | None) -> str:
        """The sentence of a pair."""
        return both[self.lang] if both else "—"

    def join(self, texts: Iterable[str]) -> str:
        """An enumeration."""
        return ("、" if self.lang == "zh" else ", ").join(texts)

    def named(self, name: str, text: str) -> str:
        """``name: text``, with the colon of the language."""
        return f"{name}：{text}" if self.lang == "zh" else f"{name}: {text}"

    def aside(self, text: str) -> str:
        """A text in brackets, to stand behind another."""
        return f"（{text}）" if self.lang == "zh" else f" ({text})"

    def names(self, names: Iterable[str], limit: int) -> str:
        """At most so many names, and how many there are."""
        found = list(names)
        shown = self.join(found[:limit])
        return shown if len(found) <= limit else f"{shown} {self('word.and-more', n=len(found))}"

    def seen(self, check: str, value: Any, limit: int = 240) -> str:
        """What a check observed."""
        return self.of(glossary.observed(check, value, limit))

    def wanted(self, value: Any, limit: int = 160) -> str:
        """What a check wants to see."""
        return self.of(glossary.wanted(value, limit))

    def coded(self, field: str, value: Any) -> str:
        """What a field holds, where it is a judge's code word; a dash for nothing."""
        if value in (None, ""):
            return "—"
        return str(glossary.coded(field, value)) if self.lang == "zh" else str(value)

    def remark(self, text: str | None, limit: int = 200) -> str:
        """A judge's remark."""
        return self.of(glossary.detail(text, limit))

    def system(self, system: Mapping[str, Any]) -> str:
        """The name of a system."""
        return str(system["name"] or system["id"])

    def grade(self, system: Mapping[str, Any]) -> str:
        """Its grade in words."""
        return self("label.grade-n", n=system["grade"]) if system["grade"] else self("label.grade-none")

    @property
    def blank(self) -> str:
        """What stands where a person has to write."""
        return self("doc.blank")


def percent(rate: float | None) -> str:
    """A rate with two digits; a dash for none."""
    return "—" if rate is None else f"{100 * rate:.2f}%"
