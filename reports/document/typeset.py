"""What both paged formats share: the packaged fonts and what they can draw, the file's date, how long an excerpt may be."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib.resources import files

import typst

from reports.document.model import Block, Bullets, Facts, Figure, Heading, Para, Table

INTRODUCTION = 400
"""Characters up to which a paragraph is one that leads to what follows it."""
LONGEST_EXCERPT, EXCERPT_LINES = 1600, 36
"""Characters and lines of an excerpt on paper; the whole of it is in the shelf."""


@cache
def fonts() -> typst.Fonts:
    """The packaged fonts and no others: no machine's own fonts change a page."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(files("reports").joinpath("fonts"))])


@cache
def covered() -> frozenset[str]:
    """Characters that the packaged fonts can draw, from the list made with them."""
    text = files("reports").joinpath("fonts", "covered.txt").read_text("utf-8")
    return frozenset(text)


def drawn(text: str) -> str:
    """Characters that no packaged font has are named by their number instead of an empty box."""
    known = covered()
    return text if known.issuperset(text) else "".join(char if char in known else f"〔U+{ord(char):04X}〕" for char in text)


def excerpt(text: str) -> str:
    """An excerpt no longer than fits on paper, with its full length when it was cut."""
    shown = "\n".join(text[:LONGEST_EXCERPT].split("\n")[:EXCERPT_LINES])
    return text if len(shown) >= len(text.rstrip()) else f"{shown}… [{len(text)}]"


def keeps(one: Para, before: Block | None, after: Block | None) -> bool:
    """Whether a paragraph must not be left alone at the foot of a page: what it introduces follows."""
    if len(one.text) > INTRODUCTION:
        return False
    return isinstance(after, Table | Facts | Figure | Bullets) or (isinstance(after, Heading) and isinstance(before, Heading))


def when(finished: str) -> int:
    """The end of the run in seconds; 0 for a text that is no time."""
    try:
        return max(0, int(datetime.fromisoformat(finished).timestamp()))
    except (ValueError, OverflowError):
        return 0
