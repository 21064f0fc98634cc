"""Escalation (逐级上报) as arithmetic: which step is due for a hazard that is overdue. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from hub.days import late_by

RANKS = ("county", "city", "province", "nation")
"""From near to far."""
STEPS: Mapping[str, int] = {"county": 1, "city": 15, "province": 30, "nation": 90}
"""Days past the deadline after which a hazard is laid before each rank."""
MAJOR: Mapping[str, int] = {"county": 1, "city": 3, "province": 7, "nation": 30}
"""The same for major hazards."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step up."""

    rank: str
    day: str
    """On which it was taken."""
    deadline: str
    """That was missed: a new deadline starts anew."""


def due(deadline: str, today: str, level: str, above: Collection[str], taken: Sequence[Step]) -> list[Step]:
    """Steps to be taken today, the nearest first. ``above``: ranks that stand above the unit; the same day twice gives nothing the second time."""
    late = late_by(deadline, today)
    done = {step.rank for step in taken if step.deadline == deadline}
    days = MAJOR if level == "major" else STEPS
    return [Step(rank, today, deadline) for rank in RANKS if rank in above and rank not in done and late >= days[rank]]
