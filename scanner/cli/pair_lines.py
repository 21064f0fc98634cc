"""One line per zone pair for the terminal: the conclusion in words, and how much stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.cli.words import say


def pair_lines(result: Mapping[str, Any]) -> list[str]:
    """Lines for every pair of ``views.isolation``, and the caution once when there is any."""
    pairs = result["views"].get("isolation") or []
    lines = [
        say(
            "pair.line",
            pair=pair["pair"],
            conclusion=say(f"isolation.{pair['conclusion'] or 'not_tested'}"),
            paths=len(pair["paths"]),
            leads=len(pair["leads"]),
        )
        for pair in pairs
    ]
    return [*lines, say("pair.caution")] if lines else []
