"""A notice as people read it: an official letter from templates, in an internal and a masked wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from hub.days import in_words
from hub.words import say
from hub.work.proof import Named

INTERNAL, MASKED = "internal", "masked"
"""Internal names what is wrong and where; masked only numbers, levels and classes, so that it may pass through other hands."""


def docx(letter: Mapping[str, Any], lang: str, marking: str | None = None) -> bytes:
    """The file, by whatever renderer of letters is installed."""
    (found,) = entry_points(group="shiqu.letters", name="docx")
    render: Callable[..., bytes] = found.load()
    return render(letter, lang=lang, marking=marking)


def letter(one: Mapping[str, Any], wording: str, lang: str) -> dict[str, Any]:
    """``one``: number, kind, title, issuer, to (names), issued, deadline (days), text (paragraphs), hazards, report, figures."""
    blocks: list[dict[str, Any]] = [{"style": "body", "text": say(f"letter.{one['kind']}.opening", lang, to=one["to"])}]
    blocks += [{"style": "body", "text": text} for text in one["text"]]
    blocks += _figures(one, lang) + _hazards(one, wording, lang) + _demands(one, lang)
    note = say(f"letter.note.{wording}", lang)
    return {
        "head": one["issuer"],
        "number": one["number"],
        "title": one["title"],
        "to": say("letter.to", lang, to=one["to"]),
        "blocks": blocks,
        "issuer": one["issuer"],
        "date": in_words(one["issued"]) if lang == "zh" else one["issued"],
        "after": [{"style": "note", "text": note}],
    }


def _section(number: int, key: str, lang: str) -> dict[str, str]:
    return {"style": "section", "text": f"{'一二三四五'[number]}、{say(key, lang)}" if lang == "zh" else f"{number + 1}. {say(key, lang)}"}


def _figures(one: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    rows = one.get("figures") or []
    if not rows:
        return []
    head = [say("letter.figure", lang), say("letter.count", lang)]
    shown = [[say(key, lang), str(count)] for key, count in rows]
    return [{"caption": say("letter.figures", lang), "head": head, "shares": [3, 1], "rows": shown}]


def _hazards(one: Mapping[str, Any], wording: str, lang: str) -> list[dict[str, Any]]:
    named: Sequence[Named] = one["hazards"]
    if not named:
        return []
    keys = ["letter.no", "letter.hazard", "letter.level", "letter.risk"]
    shares = [1.0, 3.2, 1.2, 4.0]
    if wording == INTERNAL:
        keys, shares = [*keys, "letter.what", "letter.where"], [0.8, 2.6, 1.0, 2.6, 3.6, 2.2]
    rows = []
    for number, line in enumerate(named, 1):
        row = [str(number), line["code"], say(f"hazard.level.{line['level']}", lang), say(f"hazard.risk.{line['risk']}", lang)]
        if wording == INTERNAL:
            row += [line.get("title", {}).get(lang) or line["check"], line["target"]]
        rows.append(row)
    caption = say("letter.hazards", lang, count=len(named))
    return [{"caption": caption, "head": [say(key, lang) for key in keys], "shares": shares, "rows": rows}]


def _demands(one: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    deadline = (in_words(one["deadline"]) if lang == "zh" else one["deadline"]) if one["deadline"] else ""
    out: list[dict[str, Any]] = []
    if one["hazards"]:
        out = [_section(0, "letter.section.mend", lang), {"style": "body", "text": say("letter.mend", lang, deadline=deadline)}]
        out += [_section(1, "letter.section.proof", lang), {"style": "body", "text": say("letter.proof", lang)}]
        out += [_section(2, "letter.section.reply", lang), {"style": "body", "text": say("letter.reply", lang)}]
    elif one.get("report"):
        text = say("letter.report", lang, profile=one["report"]["profile"], deadline=deadline)
        out = [_section(0, "letter.section.report", lang), {"style": "body", "text": text}]
        out += [_section(1, "letter.section.reply", lang), {"style": "body", "text": say("letter.reply", lang)}]
    elif deadline:
        out = [{"style": "body", "text": say("letter.by", lang, deadline=deadline)}]
    return out
