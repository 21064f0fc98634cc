"""The unit as a target of its own: what lies across several catalogue targets is said of it, once."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact
from scanner.model.absent import Absent
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer, Probe

PROBE = "holdings.unit"


@fact(Probe(PROBE, "unit", ("unit",), kinds=("unit",)))
@dataclass(frozen=True, slots=True)
class Span:
    """Says that the target is the unit itself."""

    unit: str
    """The unit's code."""

    @classmethod
    def read(cls, answer: Answer) -> Span | Absent:
        """Read ``{"unit": CODE}``."""
        data = strict_loads(answer.stdout)
        if not isinstance(data, dict) or not isinstance(data.get("unit"), str):
            raise Unreadable("no unit")
        return cls(data["unit"])
