"""English words for levels where marks stand. Which level they mean, nobody can tell; what speaks of other secrets is none of them."""

from __future__ import annotations

import re

from scanner.facts.holdings.normal import clean
from scanner.facts.holdings.words import ENGLISH_CLASSIFIED

CAPITALS = "SECRET"
"""As marks are written."""
WRITTEN = (CAPITALS, "Secret", "secret", "CONFIDENTIAL", "Confidential", "confidential")
_WORD = rf"(?:TOP[\s_-]*SECRET|{'|'.join(sorted(ENGLISH_CLASSIFIED - {'TOPSECRET'}))})"
_OPEN, _CLOSE = r"[\[(【{<]", r"[\])】}>]"
_SET_APART = re.compile(rf"^\s*{_OPEN}\s*{_WORD}\s*{_CLOSE}|{_OPEN}\s*{_WORD}\s*{_CLOSE}[\s.。]*$", re.IGNORECASE)
_CAPITALS = re.compile(rf"^\s*{_WORD}(?=\s*(?:$|[:/|—–-]|[\u4e00-\u9fff]))|(?:^|[\s:/|—–-]){_WORD}\s*$|\bTOP[\s_-]SECRET(?=$|[^A-Za-z])")
_WHOLE = re.compile(rf"\s*{_WORD}\s*", re.IGNORECASE)
_LABEL = re.compile(rf"(?:密级|classif\w+|security\s+level|marking)\s*[:=：]\s*{_WORD}\b", re.IGNORECASE)
_OTHERS = re.compile(r"(?:TRADE|COMMERCIAL(?:LY)?|BUSINESS|NOT|NON|UN)[\s_-]*$", re.IGNORECASE)
"""What stands before the same words where they speak of another secret, or of none."""


def may_be_marked(text: str) -> bool:
    """Whether one of the words may stand in a text."""
    return "ECRET" in text or "ecret" in text or "ONFIDENTIAL" in text or "onfidential" in text


def marked_in_title(text: str) -> bool:
    """A word for a level set apart at one end of a title."""
    return may_be_marked(text) and _any_of((_SET_APART, _CAPITALS), clean(text))


def marked_in_note(text: str) -> bool:
    """A remark or cell that is nothing but such a word, or that bears it with its label or as titles do."""
    return may_be_marked(text) and (_WHOLE.fullmatch(plain := clean(text)) is not None or _any_of((_SET_APART, _CAPITALS, _LABEL), plain))


def _any_of(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(_OTHERS.search(text[: found.start()]) is None for pattern in patterns for found in pattern.finditer(text))
