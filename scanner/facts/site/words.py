"""Small readers of what people write into a form: dates, "none", placeholders."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

_WORDS = yaml.load(importlib.resources.files(__package__).joinpath("words.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
NONE_WORDS = frozenset(str(word) for word in _WORDS["none"])
PLACEHOLDERS = frozenset(str(word) for word in _WORDS["placeholders"])


@dataclass(frozen=True, slots=True)
class Dated:
    """A statement with a day."""

    state: str
    """``given``, ``none`` (stated that there is none), ``silent`` (nothing is said) or ``unclear`` (cannot be read)."""
    text: str = ""
    """Number, title or conclusion; empty when it is missing or a placeholder."""
    on: date | None = None
    """Its day, None when it is missing."""


def mapping(value: Any) -> Mapping[str, Any]:
    """The value when it is a mapping; raises ValueError otherwise."""
    if not isinstance(value, Mapping):
        raise ValueError(f"no mapping: {type(value).__name__}")
    return value


def day(text: str) -> date | None:
    """``2026-03-01`` or the date of an ISO time; None for anything else."""
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?", text, re.ASCII)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def named(value: Any) -> str:
    """The text when it says something; empty for blanks and placeholders."""
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.casefold() in PLACEHOLDERS or text.casefold() in NONE_WORDS or not text.strip("-_/.·xX× ") else text


def is_none(value: Any) -> bool:
    """Says that there is none."""
    return value is False or (isinstance(value, str) and value.strip().casefold() in NONE_WORDS)


def dated(value: Any, text_key: str) -> Dated:
    """Read ``{number: …, date: 2026-03-01}``, a plain word for none, or nothing."""
    if value is None or value == {}:
        return Dated("silent")
    if is_none(value):
        return Dated("none")
    if not isinstance(value, Mapping):
        return Dated("unclear")
    text, raw = named(value.get(text_key)), value.get("date")
    if raw is None:
        return Dated("given", text, None) if text else Dated("silent")
    on = day(str(raw))
    return Dated("unclear", text, None) if on is None else Dated("given", text, on)
