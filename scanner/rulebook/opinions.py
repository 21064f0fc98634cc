"""The five answers a judge may give."""

from __future__ import annotations

from typing import Any

from scanner.model.absent import Why
from scanner.model.verdict import Opinion, Status


def met(observed: Any, *, wanted: Any = None, detail: str = "", scope: Any = None, strength: str | None = None) -> Opinion:
    """The requirement is positively shown to hold."""
    return Opinion(Status.MET, observed, wanted, None, detail, strength, scope)


def unmet(observed: Any, *, wanted: Any, detail: str = "", scope: Any = None, strength: str | None = None) -> Opinion:
    """The requirement is positively shown not to hold."""
    return Opinion(Status.UNMET, observed, wanted, None, detail, strength, scope)


def not_applicable(detail: str, observed: Any = None) -> Opinion:
    """The subject of the check is positively not there."""
    return Opinion(Status.NOT_APPLICABLE, observed, None, Why.NOT_PRESENT, detail)


def unknown(why: Why, detail: str = "", observed: Any = None) -> Opinion:
    """It cannot be said, and why."""
    return Opinion(Status.UNKNOWN, observed, None, why, detail)


def awaits_person(observed: Any, *, wanted: Any = None, detail: str = "", strength: str | None = None) -> Opinion:
    """Facts are gathered; a person has to decide."""
    return Opinion(Status.AWAITS_PERSON, observed, wanted, Why.PERSON, detail, strength)
