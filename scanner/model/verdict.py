"""Verdict: a fact about one check on one target. Never changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner.model.absent import Why


class Status(StrEnum):
    """The five answers of a judge."""

    MET = "met"
    UNMET = "unmet"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"
    AWAITS_PERSON = "awaits-person"


class Severity(StrEnum):
    """How grave an unmet check is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge returns; the engine adds check, target and evidence and makes a Verdict of it."""

    status: Status
    observed: Any = None
    """What was seen: JSON data (str, number, bool, list, dict), never a secret or a catalogue title."""
    wanted: Any = None
    """What would have been right: JSON data."""
    why: Why | None = None
    """Reason when unknown, not-applicable or awaits-person."""
    detail: str = ""
    """A short technical remark."""
    strength: str | None = None
    """Strength of proof, A (strongest) to D, for isolation."""
    scope: Any = None
    """What the verdict speaks about when it is less than the whole target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One check's answer on one target with the digests of the evidence it rests on."""

    check: str
    target: str
    status: Status
    severity: Severity
    observed: Any = None
    wanted: Any = None
    why: str | None = None
    detail: str = ""
    strength: str | None = None
    scope: Any = None
    evidence: tuple[str, ...] = ()
    references: Mapping[str, tuple[str, ...]] | None = None
