"""Where a line may break that has no space: in long runs, and in words that are wider than their column."""

from __future__ import annotations

import re

UNSEEN = "\u200b"
"""A place where a line may break; a renderer shows nothing there."""
HYPHEN = "\u00ad"
"""The same, but a hyphen is seen when the line does break."""
LETTERS = 1.7
"""Latin letters in the room of a wide character, on the narrow side."""
_RUN = re.compile(r"[!-~]{17,}")
_TIGHT = re.compile(r"[!-~]{9,}")
_BREAK = re.compile(r"([!-~]{1,12}?[/._:;,=&?@#|+-]|[!-~]{12})(?=[!-~])")
_WORD = re.compile(r"\b[A-Za-z]{7,}\b")
_C, _V = "[b-df-gj-np-tv-xz]", "[aeiouy]"
"""Consonants but h, which ends no syllable's break (th, ch, sh), and vowels."""
_SYLLABLES = re.compile(rf"(?<={_V}{_C})(?={_C}[lr]?{_V})|(?<={_V})(?={_C}{_V}{_C})", re.IGNORECASE)


def soft(text: str) -> str:
    """Long runs without a space get places where a line may break."""
    return _RUN.sub(lambda run: _BREAK.sub(r"\1" + UNSEEN, run[0]), text)


def fitted(text: str, room: float) -> str:
    """A text for a column that holds so many wide characters: shorter runs break as well, and words too long for it are hyphenated."""
    most, least = int(room * LETTERS), max(1, min(12, int(room)))

    def run(found: re.Match[str]) -> str:
        part = found[0]
        if part.isalpha() and len(part) <= most:
            return part
        return _WORD.sub(word, part) if part.strip(".,;:()").isalpha() else _BREAK.sub(r"\1" + UNSEEN, part)

    def word(found: re.Match[str]) -> str:
        if len(found[0]) <= most:
            return found[0]
        parts = _SYLLABLES.sub(HYPHEN, found[0]).split(HYPHEN)
        return HYPHEN.join(part if len(part) <= most else UNSEEN.join(_chunks(part, least)) for part in parts)

    return _TIGHT.sub(run, text)


def _chunks(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def divided(text: str, room: float) -> str:
    """A text whose words may be divided at their syllables where one is wider than the column."""
    most = int(room * LETTERS)
    return _WORD.sub(lambda word: word[0] if len(word[0]) <= most else _SYLLABLES.sub(HYPHEN, word[0]), text)


def width(text: str) -> float:
    """Of a text, in wide characters: one of Latin takes about half the room."""
    return len(text) / LETTERS if text.isascii() else len(text)
