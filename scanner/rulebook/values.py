"""Parameter values from ``--values``: by our names or by ComplianceAsCode variable names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.rulebook.book import Rulebook


def values_by_check(given: Mapping[str, Any], book: Rulebook) -> tuple[dict[str, Any], list[str]]:
    """``--values`` by our names (``check-id:parameter`` or ``parameter``) or by ComplianceAsCode variable names.

    Returns ``check:parameter`` to value, converted to the default's type, and the names that nothing answers to.
    Raises ValueError naming the key when a value cannot be converted.
    """
    out: dict[str, Any] = {}
    strange: list[str] = []
    for key, value in given.items():
        hits = 0
        for check in book.checks.values():
            for name, default in check.judge.parameters.items():
                words = check.sheet.parameters.get(name)
                if key in (f"{check.id}:{name}", f"{check.id}.{name}") or (
                    words is not None and words.cac is not None and key == words.cac
                ):
                    out[f"{check.id}:{name}"] = _convert(key, value, default)
                    hits += 1
        if not hits:
            strange.append(key)
    return out, strange


def _convert(key: str, value: Any, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return (
                value
                if isinstance(value, bool)
                else {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[str(value).lower()]
            )
        if isinstance(default, int):
            return int(str(value), 10)
        if isinstance(default, float):
            return float(value)
        if isinstance(default, tuple | list | frozenset):
            items = value if isinstance(value, list) else [part.strip() for part in str(value).split(",")]
            return type(default)(type(next(iter(default), ""))(item) for item in items)
        return type(default)(value)
    except (ValueError, TypeError, KeyError):
        raise ValueError(key) from None
