"""report.html: one file without any request, both languages, readable on paper and without scripts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from reports import annex, glossary, inert
from reports.document.front import OPENSSL
from reports.frames import moment
from reports.grouping import Hazard, grouped, is_person, title_of
from reports.holdings import holdings
from reports.holdings import overview as holdings_overview
from reports.isolation import pairs
from reports.json_file import code as result_code
from reports.marking import marking_of
from reports.overview import core_hazards, coverage, system_view
from reports.plain import grouped_digits, plain, short
from reports.trend import trend
from reports.words import Pair, catalogue, pair, words
from scanner.model.result import STATUSES

PARTS: Mapping[str, tuple[str, ...]] = {
    "leader": ("conclusion", "core", "isolation", "holdings", "scope", "layers", "trend", "worst", "foreign", "verify"),
    "liaison": (
        "conclusion",
        "core",
        "isolation",
        "holdings",
        "scope",
        "layers",
        "trend",
        "findings",
        "hazards",
        "unknown",
        "foreign",
        "targets",
        "verdicts",
        "evidence",
        "verify",
    ),
    "annex": (
        "scope",
        "isolation",
        "holdings",
        "hazards",
        "trend",
        "unknown",
        "foreign",
        "targets",
        "sheets",
        "verdicts",
        "evidence",
        "verify",
    ),
}
"""Parts of the report by reader, in order."""

TAGS = {"zh": "zh-CN", "en": "en"}
CORE_CHECKS = ("isolation.no-path", "holdings.segregated", "holdings.classified-storage", "holdings.custody")
LIMITS = {"groups": 8, "targets": 24, "rows": 300, "sheets": 4000, "target_rows": 1500, "worst": 12, "excerpts": 3}
"""How much stands on the page itself; what exceeds is counted there and found by the page's search."""


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """Return the whole page. ``lang`` (zh, en) is shown first, ``reader`` is leader, liaison or annex.

    The same result gives the same bytes. Raises KeyError for another language or reader.
    """
    zone_pairs = pairs(result, reader)
    held = holdings(result, reader)
    runs = trend(result)
    empty = {"isolation": not zone_pairs, "holdings": not held, "trend": not runs, "foreign": not result["views"].get("foreign")}
    parts = [part for part in PARTS[reader] if not empty.get(part)]
    mark = marking_of(result, marking, lang)
    css = _asset("report.css") + (_on_paper(mark) if mark else "")
    scope = coverage(result)
    hazards = grouped(result, [n for n, verdict in enumerate(result["verdicts"]) if verdict["status"] == "unmet"])
    reached = {target["id"]: target["reached"] for target in result["targets"]}
    view = {
        "result": result,
        "run": result["run"],
        "unit": result["run"]["unit"],
        "texts": result["texts"],
        "parts": parts,
        "lang": TAGS[lang],
        "lang_words": words(lang),
        "reader": reader,
        "short_code": result_code(result),
        "openssl": OPENSSL,
        "marking": mark if marking or not mark else _both("report.marking-open"),
        "limits": LIMITS,
        "scope": scope,
        "core": core_hazards(result),
        "zone_pairs": zone_pairs,
        "holdings": held,
        "runs": runs,
        "held_overview": holdings_overview(result),
        "path_counts": {entry["pair"]["pair"]: len(entry["pair"]["paths"]) for entry in zone_pairs},
        "systems": [system_view(system, result) for system in result["systems"]],
        "hazards": hazards,
        "excerpt_homes": _excerpt_homes(hazards),
        "unmet": sum(hazard.verdicts for hazard in hazards),
        "unknowns": grouped(result, _unknown(result, reached)) if "unknown" in parts else [],
        "persons": grouped(result, _persons(result)) if "unknown" in parts else [],
        "core_verdicts": [verdict for verdict in result["verdicts"] if verdict["check"] in CORE_CHECKS],
        "sheets": _sheets(result) if "sheets" in parts else {},
        "target_counts": _target_counts(result),
        "css": Markup(css),  # noqa: S704  (our own files, and the mark in numbers)
        "js": Markup(_asset("report.js")),  # noqa: S704
        "csp": _policy(css),
        "data": Markup(inert.json_block(annex.index(result))) if "verdicts" in parts else None,  # noqa: S704
        "chrome": Markup(inert.json_block(annex.chrome(result))),  # noqa: S704
    }
    return _environment().get_template("page.html.j2").render(view).encode("utf-8")


def _excerpt_homes(hazards: Sequence[Hazard]) -> dict[str, int]:
    """The number of the hazard that shows each excerpt: one answer serves many checks, the paper carries it once."""
    homes: dict[str, int] = {}
    for number, hazard in enumerate(hazards, 1):
        for group in hazard.groups[: LIMITS["excerpts"]]:
            if group.evidence:
                homes.setdefault(group.evidence[0], number)
    return homes


def _unknown(result: Mapping[str, Any], reached: Mapping[str, bool]) -> list[int]:
    return [n for n, verdict in enumerate(result["verdicts"]) if verdict["status"] == "unknown" and reached.get(verdict["target"], True)]


def _persons(result: Mapping[str, Any]) -> list[int]:
    return [n for n, verdict in enumerate(result["verdicts"]) if verdict["status"] == "awaits-person" and not is_person(verdict)]


def _sheets(result: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    sheets: dict[str, list[Mapping[str, Any]]] = {}
    if len(result["verdicts"]) <= LIMITS["sheets"]:
        for verdict in result["verdicts"]:
            if not is_person(verdict):
                sheets.setdefault(verdict["target"], []).append(verdict)
    return sheets


def _target_counts(result: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for verdict in result["verdicts"]:
        if not is_person(verdict):
            mine = counts.setdefault(verdict["target"], {})
            mine[verdict["status"]] = mine.get(verdict["status"], 0) + 1
    return counts


@cache
def _asset(name: str) -> str:
    return files("reports").joinpath("templates", "html", name).read_text("utf-8")


def _on_paper(mark: str) -> str:
    """The mark at the head and the foot of every printed page; as numbers, so that no text can end the string."""
    text = "".join(f"\\{ord(char):06x}" for char in inert.line(mark))
    look = 'font:700 11pt "Noto Sans CJK SC","Source Han Sans SC","黑体",sans-serif;color:#000'
    return "".join(
        f'@page{name}{{@top-left{{content:"{text}";{look}}}@bottom-left{{content:"{text}";{look}}}}}' for name in ("", " front", " english")
    )


def _policy(css: str) -> str:
    """Nothing may load, be sent or run but our own style and script, named by their hashes."""

    def hashed(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    return f"default-src 'none'; style-src {hashed(css)}; script-src {hashed(_asset('report.js'))}; base-uri 'none'; form-action 'none'"


def _finalize(value: Any) -> Any:
    """Every expression of every template goes through here: text is made inert before it is escaped."""
    if isinstance(value, Markup):
        return value
    return inert.line(value) if isinstance(value, str) else value


def _both(words_pair: Pair | str, element: str = "span", /, **fields: object) -> Markup:
    """Both languages side by side, of which the style shows one; one text when they are the same."""
    given = catalogue()[words_pair] if isinstance(words_pair, str) else words_pair
    texts = {lang: given[lang] for lang in TAGS}
    for name, value in fields.items():
        texts = {lang: text.replace("{" + name + "}", str(value)) for lang, text in texts.items()}
    zh, en = (escape(inert.line(texts[lang])) for lang in TAGS)
    if zh == en:
        return zh
    return Markup('<{0} lang="zh-CN">{1}</{0}><{0} lang="en">{2}</{0}>').format(Markup(element), zh, en)  # noqa: S704  (our own word)


def _code(prefix: str, value: str | None, element: str = "span") -> Markup:
    """Both words of a code; the code itself when the catalogue has none."""
    return _both(pair(f"{prefix}.{value}", value), element) if value else escape("—")


def _drawn(words_pair: Pair | str, **fields: object) -> Markup:
    """Like :func:`_both`, for text inside an SVG picture."""
    return _both(words_pair, "tspan", **fields)


def _block(text: str) -> Markup:
    """Text that keeps its lines, for pre elements."""
    return escape(inert.block(text))


def _tally(statuses: Mapping[str, int]) -> Markup:
    """``不满足 3 · 满足 5`` in both languages."""
    texts = catalogue()
    rows = [(status, statuses[status]) for status in STATUSES if statuses.get(status)]
    return _both({lang: " · ".join(f"{texts['status.' + status][lang]} {n}" for status, n in rows) for lang in TAGS})


def _percent(rate: float) -> str:
    return f"{100 * rate:.2f}%"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports", "templates/html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        comma=_both({"zh": "、", "en": ", "}),
        stop=_both({"zh": "。", "en": "."}),
        b=_both,
        d=_drawn,
        code=_code,
        tally=_tally,
        spoken=glossary,
        title_of=title_of,
    )
    environment.filters.update(
        block=_block,
        moment=moment,
        plain=plain,
        short=short,
        percent=_percent,
        thousands=lambda n: f"{n:,}",
        hex=_hex,
        grouped=grouped_digits,
    )
    return environment


def _hex(digest: str, digits: int = 64) -> str:
    return digest.removeprefix("sha256:")[:digits]
