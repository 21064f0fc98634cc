"""Rows of a ``sql`` answer: one canonical JSON object a line."""

from __future__ import annotations

from typing import Any

from scanner.facts.fact import Unreadable
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer


def rows(answer: Answer) -> list[dict[str, Any]]:
    """Every row as a dict of column to value. Raises Unreadable for anything that is not one object a line."""
    if answer.exit != 0:
        raise Unreadable(f"the query ended with {answer.exit}")
    out = []
    for line in answer.stdout.split(b"\n"):
        if not line:
            continue
        try:
            row = strict_loads(line)
        except (ValueError, RecursionError):
            raise Unreadable(f"not a JSON row: {line[:40]!r}") from None
        if not isinstance(row, dict):
            raise Unreadable(f"not a row: {line[:40]!r}")
        out.append(row)
    return out


def one_row(answer: Answer) -> dict[str, Any]:
    """The only row. Raises Unreadable when there are none or more."""
    found = rows(answer)
    if len(found) != 1:
        raise Unreadable(f"{len(found)} rows instead of one")
    return found[0]


def text(row: dict[str, Any], key: str) -> str:
    """A column that is text and never null. Raises Unreadable."""
    value = row.get(key)
    if not isinstance(value, str):
        raise Unreadable(f"{key} is not text")
    return value


def flag(row: dict[str, Any], key: str) -> bool:
    """A column that is true or false. Raises Unreadable."""
    value = row.get(key)
    if not isinstance(value, bool):
        raise Unreadable(f"{key} is neither true nor false")
    return value


def number(row: dict[str, Any], key: str) -> int:
    """A column that is a whole number. Raises Unreadable."""
    value = row.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable(f"{key} is not a whole number")
    return value


def maybe_number(row: dict[str, Any], key: str) -> int | None:
    """A column that is a whole number or null. Raises Unreadable."""
    return None if row.get(key) is None else number(row, key)


def texts(row: dict[str, Any], key: str) -> tuple[str, ...]:
    """A column that is a list of text; null is an empty list. Raises Unreadable."""
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unreadable(f"{key} is not a list of text")
    return tuple(value)
