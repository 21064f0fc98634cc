"""Reading the roll-up: counts of a region by part, for the standing envelopes or for a period."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.parts import UNITS
from hub.people.sight import Sight
from hub.store.tables import tier
from hub.views.scope import shown
from scanner.model.hazard import CLASSES, CLOSED, LEVELS, STATES
from scanner.model.result import CORE_HAZARDS

NOW, OVERDUE = "now", "overdue"
GATES = ("pass", "fail", "insufficient")
PERIODS = 12
"""Of a trend."""
CORE_STATES = ("confirmed", "suspected", "scan_clean_only", "cleared", "not_tested")
"""As they stand in results, the gravest first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the standing envelopes of a region say."""

    units: int
    """With an envelope."""
    gate: Mapping[str, int]
    core: Mapping[str, Mapping[str, int]]
    """Core hazard to state to number of units."""
    hazards: Mapping[str, Mapping[str, int]]
    """Level to state to number."""
    risks: Mapping[str, int]
    """Class of risk to hazards that stand."""
    overdue: int
    """As the runs themselves counted it on the day they finished."""
    open: Mapping[str, int]
    """Level to number of hazards that stand."""
    total: int
    """Of all levels."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One period of a trend."""

    period: str
    figures: Figures


def wanted() -> list[str]:
    """The parts that figures are made of."""
    parts = [UNITS, *(f"gate:{gate}" for gate in GATES)]
    parts += [f"core:{code}:{state}" for code in CORE_HAZARDS for state in CORE_STATES]
    parts += [f"hazard:{level}:{state}" for level in LEVELS for state in STATES]
    return [*parts, OVERDUE, *(f"risk:{risk}" for risk in CLASSES)]


def figures(counts: Mapping[str, int]) -> Figures:
    """Of one region's parts."""
    hazards = {level: {state: counts.get(f"hazard:{level}:{state}", 0) for state in STATES} for level in LEVELS}
    opened = {level: sum(count for state, count in states.items() if state != CLOSED) for level, states in hazards.items()}
    return Figures(
        open=opened,
        total=sum(opened.values()),
        units=counts.get(UNITS, 0),
        gate={gate: counts.get(f"gate:{gate}", 0) for gate in GATES},
        core={code: {state: counts.get(f"core:{code}:{state}", 0) for state in CORE_STATES} for code in CORE_HAZARDS},
        hazards=hazards,
        risks={risk: counts.get(f"risk:{risk}", 0) for risk in CLASSES},
        overdue=counts.get(OVERDUE, 0),
    )


def of_regions(connection: Connection, sight: Sight, regions: Collection[int]) -> dict[int, Figures]:
    """Region to its present figures; a region without any has zeros."""
    statement = sa.select(tier.c.region_id, tier.c.part, tier.c.count).where(
        tier.c.region_id.in_(regions), tier.c.period == NOW, tier.c.part.in_(wanted())
    )
    found: dict[int, Counter[str]] = {region: Counter() for region in regions}
    for region, part, count in connection.execute(sight.narrow(statement, tier.c.region_id)):
        found[region][part] += count
    return {region: figures(counts) for region, counts in found.items()}


def trend(connection: Connection, sight: Sight, region: int) -> list[Moment]:
    """The last periods of a region, oldest first."""
    statement = sa.select(tier.c.period, tier.c.part, tier.c.count).where(
        tier.c.region_id == region, tier.c.period != NOW, tier.c.part.in_(wanted())
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for period, part, count in connection.execute(sight.narrow(statement, tier.c.region_id)):
        found[period][part] += count
    return [Moment(period, figures(found[period])) for period in sorted(found)[-PERIODS:]]


def hushed(one: Figures, sight: Sight) -> Figures:
    """As the person may see them: of fewer than a handful of units nothing is told but zero."""
    if sight.may("see-results"):
        return one

    def few(count: int) -> int:
        return shown(count, sight, one.units)

    return Figures(
        units=few(one.units),
        gate={key: few(count) for key, count in one.gate.items()},
        core={code: {state: few(count) for state, count in states.items()} for code, states in one.core.items()},
        hazards={level: {state: few(count) for state, count in states.items()} for level, states in one.hazards.items()},
        risks={risk: few(count) for risk, count in one.risks.items()},
        overdue=few(one.overdue),
        open={level: few(count) for level, count in one.open.items()},
        total=few(one.total),
    )
