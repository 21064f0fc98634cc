"""Texts that hold records otherwise than separated, as sources."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.collect.holdings.files import printed, typed
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.fields import Grid, grid_in
from scanner.collect.holdings.files.word import Part
from scanner.facts.holdings.reading import Group


def lists(content: Content) -> Group | None:
    """The records of a text, typed into columns or field by field; None where it has none."""
    text = typed.whole_text(content)
    if not text or not printed.may_be(text):
        return None
    group = typed.lists(content, text)
    found = grid_in(re.split(r"\r\n?|[\n\x0c]", text)) if group is None else None
    return group if found is None else group_of(content, *found)


def group_of(content: Content, grid: Grid, rest: Sequence[str]) -> Group:
    """The records as a source, and the other lines around it."""
    lines: list[Part] = [("line", line) for line in rest]
    return Group(content.path, printed.sources(content, [grid], whole=True), {"": tuple(lines)})
