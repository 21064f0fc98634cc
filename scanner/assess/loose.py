"""Reading JSON data that a judge or a declaration may have left incomplete: what is not there is null or empty, never an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]


def mapping(value: Any) -> Data:
    """A mapping; an empty one for everything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """A list; an empty one for everything else."""
    return value if isinstance(value, list | tuple) else ()


def mappings(value: Any) -> list[Data]:
    """The mappings of a list."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def text(value: Any) -> str | None:
    """A text, or a number as it is written; None for everything else and for an empty text."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def texts(value: Any) -> list[str]:
    """The texts of a list."""
    return [found for item in items(value) if (found := text(item)) is not None]


def number(value: Any) -> int | float | None:
    """A number that is no truth value."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole(value: Any) -> int | None:
    """A whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def truth(value: Any) -> bool | None:
    """True or False; None for everything else."""
    return value if isinstance(value, bool) else None
