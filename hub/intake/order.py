"""What counts of a unit's envelopes, whatever the order in which they came. Pure.

The counter of the sender is what is believed, not its clock. Within a stretch in which the clock only went forward, the run that finished
later is the newer one, so that an old result sent again replaces nothing; where the clock went back, a new stretch begins. Only times of
the sender are compared: the hub's own clock may be set at any moment, and must not make an old run count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

NOT_TESTED = "not_tested"


@dataclass(frozen=True, slots=True)
class Line:
    """One envelope of a unit."""

    id: int
    sequence: int
    created: str
    """The sender's clock when the envelope was made."""
    told: str
    """When the run finished by the same clock, at the latest when the envelope was made."""
    finished: str
    """When the run finished, at the latest when it was received."""
    period: str
    """Month of that."""
    profiles: tuple[str, ...]
    """What it can stand for; empty for a narrowed or broken run."""
    core: Mapping[str, str]
    """Core hazard to state."""
    gate: str


@dataclass(frozen=True, slots=True)
class Core:
    """What is known of a core hazard."""

    state: str
    since: str
    """Finish time of the first run in a row that said so."""
    envelope: int


def ordered(lines: Iterable[Line]) -> list[Line]:
    """Oldest run first."""
    stretch, before = 0, ""
    keyed: list[tuple[int, str, int, Line]] = []
    for line in sorted(lines, key=lambda one: one.sequence):
        stretch += line.created < before
        before = line.created
        keyed.append((stretch, line.told, line.sequence, line))
    return [key[3] for key in sorted(keyed, key=lambda key: key[:3])]


def standing(in_order: Iterable[Line]) -> dict[str, Line]:
    """Profile to the envelope that counts for it."""
    return {profile: line for line in in_order for profile in line.profiles}


def cores(in_order: Iterable[Line]) -> dict[str, Core]:
    """Core hazard to what was last found. A run that did not test takes back nothing: not having looked is no finding."""
    found: dict[str, Core] = {}
    for line in in_order:
        for code, state in line.core.items():
            held = found.get(code)
            if held is None or (state not in (NOT_TESTED, held.state)):
                found[code] = Core(state, line.finished, line.id)
    return found


def until(in_order: Sequence[Line], period: str) -> list[Line]:
    """What was known at the end of a month."""
    return [line for line in in_order if line.period <= period]
