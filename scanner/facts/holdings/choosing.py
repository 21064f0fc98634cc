"""Cells of forms that hold everything there is to choose from: what is ticked is what they say."""

from __future__ import annotations

import re

EMPTY, TICKED = "□○◯☐", "☑✓✔√🗹☒■●◉▣"
_SIGNS = re.compile(f"[{EMPTY}{TICKED}]")
_BEFORE = re.compile(rf"([{EMPTY}{TICKED}])([^\W\d_]{{1,6}})")
_BEHIND = re.compile(rf"([^\W\d_]{{1,6}})([{EMPTY}{TICKED}])")
_BETWEEN = re.compile(r"[,，、;；/|\s]*")


def ticked(text: str) -> str | None:
    """The one of several choices that is ticked in a folded cell, the others having empty boxes; None for anything else."""
    signs = _SIGNS.findall(text)
    if len(signs) < 2 or sum(sign in TICKED for sign in signs) != 1:
        return None
    before = text[0] in signs
    found = (_BEFORE if before else _BEHIND).findall(text)
    rest = (_BEFORE if before else _BEHIND).sub("", text)
    if len(found) != len(signs) or _BETWEEN.fullmatch(rest) is None:
        return None
    told = [pair if before else (pair[1], pair[0]) for pair in found]
    return next((str(word) for sign, word in told if sign in TICKED), None)
