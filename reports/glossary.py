"""What judges observed, in Chinese: names of fields, fixed phrases and phrases with a changing part (``reports/glossary/*.yaml``).

``result.json`` keeps the judges' own English words; this is a rendering of them. What no list holds is shown as it is: a value may be
the name of an account or a file, so single words are translated only where a judge says what it wants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from reports.plain import LIMIT, condensed, cut, plain, short, spread
from reports.words import Pair, catalogue, pair, sentence

_LACK = re.compile(r"(in|out:[^: ]+)(?:: (\S+))? (\S+)(?: (\S+))?")
_LEFT = re.compile(r"(?:(\S+): )?unread: (\d+), first (.*) \(([a-z-]+)\)", re.DOTALL)
_NESTED = "{1}"
"""In words for why something was not read: the first group, itself in words."""
_PATH = re.compile(r"(\S+)( \S+)? (\S+) -> (\S+)(?: via (\S+))? \[(\S)\]")


@cache
def _list(name: str) -> Any:
    return yaml.load(files("reports").joinpath("glossary", f"{name}.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)


@cache
def _unread() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _list("unread"))


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _list("patterns"))


def phrase(text: str, words: Mapping[str, str] | None = None) -> str:
    """A phrase in Chinese, or as it is when no list holds it."""
    if words and text in words:
        return words[text]
    found = _list("phrases").get(text)
    if found is not None:
        return str(found)
    for pattern, said in _patterns():
        whole = pattern.fullmatch(text)
        if whole is not None:
            return whole.expand(said).strip()
    if (left := _left(text)) is not None:
        return left
    if "; " in text:
        return "；".join(phrase(part, words) for part in text.split("; "))
    return _lack(text)


def _left(text: str) -> str | None:
    """What a count of catalogues left open, ``TARGET: unread: 3, first PATH (WHY)``, in words."""
    found = _LEFT.fullmatch(text)
    if found is None:
        return None
    target, count, path, why = found.groups()
    said = sentence("held.left-unread", "zh", {"count": count, "why": pair(f"why.{why}", why)["zh"], "path": path})
    return f"{target}：{said}" if target else said


def unread(text: str | None, limit: int = LIMIT) -> Pair:
    """Why a reader did not read something, in both languages."""
    return {"zh": cut(_unread_in_chinese(text or ""), limit), "en": short(text or None, limit)}


def _unread_in_chinese(text: str) -> str:
    for pattern, said in _unread():
        whole = pattern.fullmatch(text)
        if whole is not None:
            first, _, rest = said.partition(_NESTED)
            return whole.expand(said) if _NESTED not in said else f"{first}{_unread_in_chinese(whole[1])}{whole.expand(rest)}"
    return phrase(text)


def _lack(text: str) -> str:
    """What isolation lacks, ``out:NAME: STEP WHY DETAIL``, in words; any other text as it is."""
    found = _LACK.fullmatch(text)
    if found is None or f"lack.{found[3]}" not in catalogue():
        return text
    end, step, why, detail = found.groups()
    place = pair("end.inner")["zh"] if end == "in" else f"{pair('end.outer')['zh']} {end.removeprefix('out:')}"
    what = f" {pair(f'trial-step.{step}', step)['zh']}" if step else ""
    more = f"（{pair(f'cover-why.{detail}', detail)['zh']}）" if detail else ""
    return f"{place}{what}：{pair(f'lack.{why}')['zh']}{more}"


def chinese(value: Any, words: Mapping[str, str] | None = None) -> str:
    """Like :func:`reports.plain.plain`, with Chinese names and phrases."""
    if value is None:
        return ""
    if isinstance(value, str):
        return phrase(value, words) if value else '""'
    if isinstance(value, dict):
        names = _list("keys")
        return "；".join(f"{names.get(key, key)}：{_inner(coded(key, item), words)}" for key, item in sorted(value.items()))
    if isinstance(value, list | tuple):
        return "，".join(_inner(item, words) for item in value) if value else "无"
    return _inner(value, words)


def coded(key: str, value: Any) -> Any:
    """A judge's code word in Chinese, where the field's name says that it is one."""
    return _list("values").get(key, {}).get(value, value) if isinstance(value, str) else value


def _inner(value: Any, words: Mapping[str, str] | None) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None:
        return "—"
    if isinstance(value, dict):
        return "｛" + chinese(value, words) + "｝" if value else "无"
    if isinstance(value, list | tuple):
        return "，".join(_bracketed(item, words) for item in value) if value else "无"
    return chinese(value, words) if isinstance(value, str) else str(value)


def _bracketed(value: Any, words: Mapping[str, str] | None) -> str:
    text = _inner(value, words)
    return f"［{text}］" if isinstance(value, list | tuple) else text


def observed(check: str, value: Any, limit: int = LIMIT) -> Pair:
    """What a check observed, in both languages, each at most ``limit`` characters; what was cut is said."""
    value = condensed(check, value)
    spoken = _with_paths(value) if check == "isolation.no-path" else value
    return {"zh": cut(chinese(spoken), limit), "en": short(value, limit)}


def spread_out(check: str, value: Any, limit: int = LIMIT) -> tuple[Pair, ...]:
    """Like :func:`observed`, a line for each of several records."""
    if not isinstance(value, dict) or check == "isolation.no-path":
        return (observed(check, value, limit),)
    value, names = condensed(check, value), _list("keys")
    zh = spread(value, chinese, lambda key: f"{names.get(key, key)}：")
    return tuple(
        {"zh": cut(one, limit), "en": cut(other, limit)} for one, other in zip(zh, spread(value, plain, lambda key: f"{key}:"), strict=True)
    )


def _with_paths(value: Any) -> Any:
    """Lines of :func:`reports.plain.condensed` about paths, in Chinese."""
    if not isinstance(value, dict) or not isinstance(value.get("paths"), list):
        return value
    return {**value, "paths": [_path(one) if isinstance(one, str) else one for one in value["paths"]]}


def _path(text: str) -> str:
    found = _PATH.fullmatch(text)
    if found is None:
        return phrase(text)
    kind, what, start, end, via, strength = found.groups()
    through = f"，经 {via}" if via else ""
    return f"{pair(f'path-kind.{kind}', kind)['zh']}{what or ''} {start} → {end}{through}（力度 {strength}）"


def wanted(value: Any, limit: int = LIMIT) -> Pair:
    """What a check wants to see, in both languages."""
    return {"zh": cut(chinese(value, _list("wanted")), limit), "en": short(value, limit)}


def detail(text: str | None, limit: int = LIMIT) -> Pair:
    """A judge's or a reader's remark, in both languages."""
    return {"zh": cut(phrase(text or ""), limit), "en": short(text or None, limit)}
