"""The secrecy mark of a report: given by a person, or plainly undecided. A program never decides a degree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.words import words


def concerns_secrets(result: Mapping[str, Any]) -> bool:
    """Whether a system of the result holds classified data or a zone is a classified network."""
    zones = result["views"].get("zones") or {}
    return any(system["holds"] != "unclassified" for system in result["systems"]) or any(
        isinstance(zone, Mapping) and zone.get("kind") == "classified" for zone in zones.values()
    )


def marking_of(result: Mapping[str, Any], given: str | None, lang: str = "zh") -> str | None:
    """What every page must carry: the given mark, else ``密级待定`` when the result concerns classified matters, else nothing."""
    if given is not None:
        return given
    return words(lang)["report.marking-open"] if concerns_secrets(result) else None
