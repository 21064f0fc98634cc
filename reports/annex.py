"""All verdicts and evidence as compact data for the page's own search: every text once, rows as numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from reports import glossary
from reports.grouping import title_of
from reports.inert import block, line
from reports.plain import seen, short
from reports.words import LANGUAGES, Pair, catalogue, pair, words
from scanner.model.result import SEVERITIES, STATUSES

EXCERPT_BUDGET = 6_000_000
"""Characters of excerpts that one page carries; the rest is found in the shelf by digest."""

STRIDE = 8
"""Numbers per row: check, target, status, why, observed, wanted, remark, set of digests."""

_CHROME = ("ui.", "col.", "word.")


class Table:
    """Gives every different text one number, in the order of first use; number 0 is the empty text."""

    def __init__(self) -> None:
        self.texts: list[str | list[str]] = [""]
        """A text, or its Chinese and English words when they differ."""
        self._numbers: dict[str, int] = {"": 0}

    def number(self, text: str, both: Callable[[], Pair] | None = None) -> int:
        """The number of a raw text; it is put into words and made inert once."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            said = both() if both else {"zh": text, "en": text}
            zh, en = line(said["zh"]), line(said["en"])
            self.texts.append(en if zh == en else [zh, en])
        return found


def chrome(result: Mapping[str, Any]) -> dict[str, list[str]]:
    """The words that the page's script needs, key to [zh, en]: its own, and those of the codes that the result holds."""
    keys = [key for key in catalogue() if key.startswith(_CHROME)]
    keys += [f"status.{one}" for one in STATUSES] + [f"severity.{one}" for one in SEVERITIES]
    codes = {("kind", target["kind"]) for target in result["targets"]}
    for item in result["evidence"].values():
        codes |= {("evidence-kind", item["kind"]), ("why", item["why"])}
    chosen = {key: list(_both(key, key)) for key in keys}
    return chosen | {f"{name}.{code}": list(_both(f"{name}.{code}", code)) for name, code in codes if code}


def index(result: Mapping[str, Any]) -> dict[str, Any]:
    """All verdicts, excerpts and evidence as tables of numbers."""
    strings, digests = Table(), _Numbers()
    checks, targets, sets, whys = _Numbers(), _Numbers(), _Numbers(), _Numbers()
    whys.number(None)
    status_number = {status: number for number, status in enumerate(STATUSES)}
    rows: list[int] = []
    severities: dict[str, str] = {}
    wanted_excerpts: dict[str, None] = {}
    for target in result["targets"]:
        targets.number(target["id"])
    for verdict in result["verdicts"]:
        cited = tuple(digests.number(one) for one in verdict["evidence"])
        check, status = verdict["check"], verdict["status"]
        severities.setdefault(check, verdict["severity"])
        rows += (
            checks.number(check),
            targets.number(verdict["target"]),
            status_number[status],
            whys.number(verdict["why"]),
            strings.number(seen(check, verdict["observed"]), partial(glossary.observed, check, verdict["observed"])),
            strings.number(short(verdict["wanted"]), partial(glossary.wanted, verdict["wanted"])),
            strings.number(_remark(verdict), partial(_remarks, verdict)),
            sets.number(cited),
        )
        if status in ("unmet", "unknown"):
            wanted_excerpts.update(dict.fromkeys(verdict["evidence"]))
    kinds = {target["id"]: target["kind"] for target in result["targets"]}
    texts = result["texts"]
    titles = [title_of(check, texts) for check in checks.values]
    return {
        "checks": [
            [line(check), line(title["zh"]), line(title["en"]), SEVERITIES.index(severities[check])]
            for check, title in zip(checks.values, titles)
        ],
        "targets": [[line(target), kinds.get(target, "")] for target in targets.values],
        "whys": [[why or "", *(_both("why." + why, why) if why else ("", ""))] for why in whys.values],
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "strings": strings.texts,
        "sets": sets.values,
        "rows": rows,
        "excerpts": _excerpts(result["excerpts"], wanted_excerpts, digests),
        "evidence": _evidence(result["evidence"], digests, strings),
        "digests": [line(digest.removeprefix("sha256:")) for digest in digests.values],
    }


class _Numbers:
    """Gives every different value a number, in the order of first use."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> list[Any]:
        return list(self._numbers)


def _both(key: str, fallback: str) -> tuple[str, str]:
    found = pair(key, fallback)
    return line(found["zh"]), line(found["en"])


def _remark(verdict: Mapping[str, Any]) -> str:
    parts = [verdict["detail"]]
    if verdict["strength"]:
        parts.append(f"strength={verdict['strength']}")
    if verdict["scope"] is not None:
        parts.append(f"scope={short(verdict['scope'], 200)}")
    return "; ".join(part for part in parts if part)


def _remarks(verdict: Mapping[str, Any]) -> Pair:
    """The remark in both languages."""
    detail, scope = glossary.detail(verdict["detail"]), glossary.wanted(verdict["scope"], 200)
    found = {}
    for lang in LANGUAGES:
        parts = [detail[lang]]
        if verdict["strength"]:
            parts.append(f"{words(lang)['col.strength']} {verdict['strength']}")
        if verdict["scope"] is not None:
            parts.append(f"{words(lang)['col.scope']} {scope[lang]}")
        found[lang] = "; ".join(part for part in parts if part)
    return found


def _excerpts(texts: Mapping[str, str], wanted: Mapping[str, None], digests: _Numbers) -> list[list[Any]]:
    left, found = EXCERPT_BUDGET, []
    for digest in wanted:
        text = texts.get(digest)
        if text is None:
            continue
        left -= len(text)
        if left < 0:
            break
        found.append([digests.number(digest), block(text)])
    return found


def _evidence(lines: Mapping[str, Any], digests: _Numbers, strings: Table) -> list[list[Any]]:
    return [
        [
            digests.number(digest),
            strings.number(item["probe"]),
            item["kind"],
            item["exit"],
            item["bytes"],
            item["stderr_bytes"],
            item["why"] or "",
            strings.number(item["detail"], partial(glossary.detail, item["detail"])),
        ]
        for digest, item in ((digest, lines[digest]) for digest in sorted(lines))
    ]
