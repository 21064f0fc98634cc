"""Attestations and waivers that count at a given time. What is expired, not accepted or about other words is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from scanner.model.control import Control
from scanner.model.declaration import ACCEPTED, ATTESTATION_DAYS, SAYS, WAIVER_DAYS, text_digest

MORE = ("statement", "evidence", "settled_by", "settled")
"""What a finding shows of an attestation where it is there: what was stated, the papers' digests, who accepted it and when."""
AGAINST = frozenset({"partial", "noncompliant"})
"""Statements that speak against a clause: they need no machine to stand beside them."""
Lines = Sequence[Mapping[str, Any]]
"""As :class:`scanner.model.declaration.AttestationLine` or ``WaiverLine``; a line that lacks a key does not count."""


def attestation_for(lines: Lines, control: Control, system: str | None, as_of: str) -> dict[str, Any] | None:
    """The first attestation that counts for a clause of a system (None: for the whole unit), cut to what a finding shows.

    One that speaks against the clause goes before every other.
    """
    found: dict[str, Any] | None = None
    for line in lines:
        if line.get("state") != ACCEPTED or not _speaks(line, control, system) or not _holds(line, as_of, ATTESTATION_DAYS):
            continue
        says = line.get("says", SAYS[0])
        if line.get("text_digest") != text_digest(control) or says not in SAYS:
            continue
        cut = {key: line.get(key) for key in ("id", "by", "since", "until")} | {key: line[key] for key in MORE if key in line}
        if says in AGAINST:
            return cut | {"says": says}
        found = found or (cut if says == SAYS[0] else cut | {"says": says})
    return found


def of_unit(lines: Lines, unit: str) -> Lines:
    """Those of one unit: a line says whose it is, but for lines of earlier releases."""
    return [line for line in lines if line.get("unit") in (None, unit)]


def said(attestation: Mapping[str, Any] | None) -> str | None:
    """What an attestation states; None without one."""
    return None if attestation is None else str(attestation.get("says", SAYS[0]))


def waiver_for(lines: Lines, control: Control, system: str, as_of: str) -> dict[str, Any] | None:
    """The first waiver in force for a clause of a system. A core hazard cannot be waived, nor can anybody waive unnamed."""
    if control.core_hazard is not None:
        return None
    for line in lines:
        if line.get("approved_by") and _speaks(line, control, system) and _holds(line, as_of, WAIVER_DAYS):
            return {key: line.get(key) for key in ("id", "approved_by", "reason", "measure", "since", "until")}
    return None


def _speaks(line: Mapping[str, Any], control: Control, system: str | None) -> bool:
    """A line without the key ``system`` speaks of nobody; one with None speaks of the whole unit."""
    return line.get("control") == control.id and line.get("system", "") in (None, system)


def _holds(line: Mapping[str, Any], as_of: str, longest: int) -> bool:
    """Whether a line is in force. One for longer than may be approved was not approved by the commands: it is not there."""
    day = _day(as_of[:10])
    since, until = _day(line.get("since")), _day(line.get("until"))
    if day is None or since is None or until is None or (until - since).days > longest:
        return False
    return since <= day <= until


def _day(text: Any) -> date | None:
    """A day written ``YYYY-MM-DD``, None for anything else."""
    if not isinstance(text, str) or len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
