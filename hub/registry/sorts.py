"""Sorts of units, among which like is compared with like. People write them in words, in either language; they are kept by one key."""

from __future__ import annotations

from hub.words import say

SORTS = ("comprehensive", "special", "department", "enterprise")
"""Those that have words of their own; any other text stands for itself."""


def sort_of(text: str) -> str:
    """The key of a sort that is told in words or by its key."""
    told = " ".join(text.split())
    words = {said.casefold(): key for key in SORTS for said in (key, say(f"tree.sort.{key}", "zh"), say(f"tree.sort.{key}", "en"))}
    return words.get(told.casefold(), told)
