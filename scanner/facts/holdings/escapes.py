"""Characters that are written by their numbers: ``\\u5bc6``, ``&#23494;``."""

from __future__ import annotations

import html
import re

NUMBERED = ("\\u5bc6", "\\u5BC6", "%u5bc6", "%u5BC6", "#23494", "#x5bc6", "#x5BC6", "#X5BC6")
"""The character of all levels by its number, as programs write it; the first character of each is a sign that few texts hold."""
_NUMBER = re.compile(r"[\\%]u([0-9a-fA-F]{4})")
_TIMES = 2
"""Texts that went through two programs are written so twice."""


def is_spelt(text: str) -> bool:
    """Whether a text may hold characters by their numbers."""
    return "\\u" in text or "&" in text or "%u" in text


def spelt_out(text: str) -> str:
    """The text with those characters as themselves."""
    if not is_spelt(text):
        return text
    for _ in range(_TIMES):
        before = text
        if "\\u" in text or "%u" in text:
            text = _NUMBER.sub(lambda found: chr(int(found[1], 16)), text)
        if "&" in text:
            text = html.unescape(text)
        if text == before:
            break
    return text
