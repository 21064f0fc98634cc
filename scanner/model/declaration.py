"""What people declare about a clause: attestation and waiver. They enter as evidence and never change a verdict.

On a shelf and in the ledger they are JSON objects of these shapes.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from scanner.model.canonical import canonical, digest
from scanner.model.control import Control

ACCEPTED = "accepted"
"""The only state in which an attestation counts; draft, submitted, rejected, withdrawn … do not."""

ATTESTATION_DAYS = 1096
"""For so long a statement may hold: whoever signed three years ago looks again."""
WAIVER_DAYS = 366
"""For so long an exception may be approved: then it is decided again."""
SAYS = ("compliant", "partial", "noncompliant", "not_applicable")
"""What a person can state of a clause."""


class AttestationLine(TypedDict):
    """A person's statement that a clause holds, with evidence and a validity date. Expired means not there."""

    id: str
    control: str
    """Id of the control it speaks to."""
    system: str | None
    """Id of the system it speaks of; None for the whole unit."""
    state: str
    since: str
    """First day on which it holds, ``YYYY-MM-DD`` (UTC)."""
    until: str
    """Last day on which it holds, ``YYYY-MM-DD`` (UTC)."""
    text_digest: str
    """Digest of the clause's words as the person signed them, see :func:`text_digest`."""
    by: NotRequired[str]
    """Who states it."""
    says: NotRequired[str]
    """One of :data:`SAYS`; ``compliant`` where it is missing."""
    statement: NotRequired[str]
    evidence: NotRequired[list[str]]
    """Digests of papers and photographs."""
    unit: NotRequired[str]
    """Code of the unit that it speaks of; lines of earlier releases do not say."""


class WaiverLine(TypedDict):
    """A decision to live with a result for a time. It stands beside the result and never changes it."""

    id: str
    control: str
    """Id of the control; a core hazard cannot be waived."""
    system: str | None
    """Id of the system; None for the whole unit."""
    approved_by: str
    reason: str
    measure: str
    """What is done instead."""
    since: str
    """First day, ``YYYY-MM-DD`` (UTC)."""
    until: str
    """Last day, ``YYYY-MM-DD`` (UTC)."""
    unit: NotRequired[str]
    """As of an attestation."""


def text_digest(control: Control) -> str:
    """Digest of a clause's words: an attestation of other words is not an attestation of this clause."""
    return digest(canonical([control.id, control.clause, control.text.zh, control.text.en]))
