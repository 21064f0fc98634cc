"""``--marking``: the secrecy mark of a report. A person gives it; the program only looks at its form and says when it is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

from scanner.cli.words import say
from scanner.errors import UseError

STATE = re.compile(r"(?:秘密|机密|绝密)★[^\s★]{1,20}")
"""A state secret: degree, star, term (or date, or condition) of secrecy."""
OTHER = re.compile(r"\w{1,12}")
NO_STATE_SECRET = ("工作秘密", "商业秘密")
MARKED = ("html", "docx", "pdf", "xlsx")
"""Formats that are looked at page by page."""


def checked_marking(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The mark as given. Raises UseError for one that looks like a state secret and lacks its term, and for anything that is no mark."""
    if value is None or STATE.fullmatch(value) or value in NO_STATE_SECRET:
        return value
    if OTHER.fullmatch(value) is None or any(level in value for level in ("秘密", "机密", "绝密")):
        raise UseError("marking-form", value=value)
    return value


def checked_markings(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """As :func:`checked_marking`, of several."""
    return tuple(mark for value in values if (mark := checked_marking(context, option, value)) is not None)


def tell_unmarked(result: Mapping[str, Any], marking: str | None, formats: Sequence[str]) -> None:
    """Say that every page is marked as undecided, when the result concerns classified matters and nobody gave a mark."""
    zones = (result.get("views") or {}).get("zones") or {}
    classified = any(system["holds"] != "unclassified" for system in result["systems"]) or any(
        isinstance(zone, Mapping) and zone.get("kind") == "classified" for zone in zones.values()
    )
    if classified and marking is None and any(name in MARKED for name in formats):
        click.echo(say("report.unmarked"), err=True)
