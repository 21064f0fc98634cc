"""result.json: the canonical form of the result itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.inert import mend
from scanner.model.canonical import canonical, canonical_unchecked
from scanner.model.short_code import short_code


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison") -> bytes:
    """Return canonical JSON, the same bytes as ``result.json``. Language and reader change nothing.

    A lone surrogate has no UTF-8 form; it is written out as ``\\udXXX`` so that one odd byte never costs a report.
    """
    try:
        return canonical(result)
    except UnicodeEncodeError:
        return canonical(mend(result))


def code(result: Mapping[str, Any]) -> str:
    """What matches a report to its result file. A result was read strictly, so its numbers need no second look."""
    try:
        return short_code(canonical_unchecked(result))
    except UnicodeEncodeError:
        return short_code(canonical_unchecked(mend(result)))
