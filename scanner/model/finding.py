"""Finding: per clause, with waiver and attestation as separate columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """符合 / 部分符合 / 不符合 / 不适用 / 证据不足."""

    COMPLIANT = "compliant"
    PARTIAL = "partial"
    NONCOMPLIANT = "noncompliant"
    NOT_APPLICABLE = "not_applicable"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One clause of one system."""

    control: str
    result: Result
    basis: str = "judged"
    """``judged`` or ``attested``."""
    verdicts: tuple[int, ...] = ()
    """Indices into result.json's ``verdicts``."""
    waiver: dict[str, Any] | None = None
    attestation: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The conclusion of one system; never of one that holds classified data."""

    template: str
    """``2025``."""
    rate: float
    """符合率: compliant over (all minus not applicable), 0 to 1, rounded to 4 places; insufficient stays below the line."""
    rate_half_credit: float
    """The same with half a point for 部分符合, for reference only."""
    major: int
    """Number of major-risk triggers that the evidence hit."""
    triggers: tuple[str, ...]
    """Their ids."""
    verdict: str
    """符合 / 基本符合 / 不符合."""
    score_2021: float
    """Score by the 2021 formula with all weights 1 (the official weights are not public)."""
    grade_2021: str
    """优 / 良 / 中 / 差."""
    counts: dict[str, int]
    """Findings by result."""
    vetoed_by: tuple[str, ...] = ()
    """Core hazards that are confirmed."""
