"""Boxes beside the levels of a form: which of them is ticked, and whether a level is a choice that nobody made."""

from __future__ import annotations

import re

from scanner.facts.holdings.marking import LEVELS

_LEVEL = "|".join(LEVELS)
_TICK = r"(?:[☑☒✓✔√\U0001f5f9]|[\[(【]\s*[√✓✔xX×]\s*[\])】])"
_NONE = r"(?:[□○◯☐]|[\[(【]\s*[\])】])"
_BEFORE = re.compile(rf"{_TICK}\s*(?P<level>{_LEVEL})")
_BEHIND = re.compile(rf"(?P<level>{_LEVEL})(?:级|件)?\s*{_TICK}")
_FIRST = re.compile(rf"(?:{_LEVEL}|公开|内部|国内|限制|工作秘密|商业秘密|非密|涉密|无|一般|普通)(?:级|件)?(?:{_TICK}|{_NONE})")
"""A choice with its box behind it, without a space between."""
_LAST = re.compile(rf"(?:{_TICK}|{_NONE})\s*[.。;；]?\s*$")
_BOX = re.compile(rf"{_TICK}|{_NONE}")
_UNTICKED = re.compile(rf"{_NONE}\s*(?:{_LEVEL})|(?:{_LEVEL})(?:级|件)?{_NONE}")
_FILLED, _EMPTY = str.maketrans(dict.fromkeys("■●◉▣", "☑")), re.compile(r"[□○◯☐]")
"""Filled signs are ticks where there are empty ones."""


def ticked(text: str) -> str | None:
    """The level at a box that is ticked; where each of them is, they are a list."""
    plain = text.translate(_FILLED) if _EMPTY.search(text) is not None else text
    first = _BOX.search(plain)
    if first is None:
        return None
    behind = _LAST.search(plain) is not None or _FIRST.search(plain[: first.end()]) is not None
    found = (_BEHIND if behind else _BEFORE).findall(plain)
    return found[0] if len(found) == 1 else None


def is_choice(text: str) -> bool:
    """Whether a level has an empty box: those beside it are choices, too."""
    return _UNTICKED.search(text) is not None
