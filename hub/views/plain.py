"""Views as data for programs: dataclasses become objects, hidden counts become text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from hub.views.scope import Few, Place

FOR_PROGRAMS = ("code", "name", "rank", "sort")
"""What a place is to a program: neither its number nor its path leaves the hub."""


def plain(value: Any) -> Any:
    """Only texts, numbers, truth values, lists and objects are left."""
    if isinstance(value, Few):
        return str(value)
    if isinstance(value, Place):
        return {name: getattr(value, name) for name in FOR_PROGRAMS}
    if is_dataclass(value) and not isinstance(value, type):
        named = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: plain(one) for name, one in named.items() if name != "id"}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
