"""Escalation (逐级上报): hazards that stay overdue are laid before the rank above, and each step is recorded once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people import log
from hub.people.sight import Sight
from hub.registry.units import above, in_use
from hub.store.tables import hazard, unit
from hub.work.steps import Step, due
from scanner.model.hazard import CLOSED

MOST = 2000
"""Hazards of one round: the rest waits for the next, so that no writer waits long for this one."""


@dataclass(frozen=True, slots=True)
class Due:
    """A hazard that is laid before somebody."""

    id: int
    unit_id: int
    before: str
    """Steps as they are kept."""
    steps: Sequence[Step]
    """Those that are due."""


def escalate(connection: Connection, sight: Sight, day: str) -> int:
    """Take every step that is due on this day; returns how many. The same day twice takes none the second time. Raises Forbidden."""
    return apply(connection, sight, due_on(connection, sight, day))


def due_on(connection: Connection, sight: Sight, day: str) -> list[Due]:
    """Hazards with steps that are due; writes nothing."""
    sight.must("escalate")
    regions = sa.select(unit.c.id, unit.c.rank, unit.c.path)
    rows = {row.id: row for row in connection.execute(sight.narrow(regions, unit.c.id))}
    ranks: Mapping[int, str] = {number: row.rank for number, row in rows.items()}
    late = sa.select(hazard.c.id, hazard.c.unit_id, hazard.c.level, hazard.c.deadline, hazard.c.escalated).where(
        hazard.c.deadline > "", hazard.c.deadline < day, hazard.c.state != CLOSED, in_use(hazard.c.unit_id)
    )
    found: list[Due] = []
    for row in connection.execute(sight.narrow(late, hazard.c.unit_id)):
        over = {ranks[number] for number in above(rows[row.unit_id].path)[:-1] if number in ranks}
        steps = due(row.deadline, day, row.level, over, steps_of(row.escalated))
        if steps and len(found) < MOST:
            found.append(Due(row.id, row.unit_id, row.escalated, steps))
    return found


def apply(connection: Connection, sight: Sight, found: Sequence[Due]) -> int:
    """Record them; one that was recorded meanwhile is left out. Returns how many steps were taken."""
    sight.must("escalate")
    taken: Counter[tuple[int, str, str]] = Counter()
    for one in found:
        text = json.dumps([[step.day, step.rank, step.deadline] for step in (*steps_of(one.before), *one.steps)])
        condition = sa.and_(hazard.c.id == one.id, hazard.c.escalated == one.before)
        if connection.execute(hazard.update().where(condition).values(escalated=text)).rowcount:
            taken.update((one.unit_id, step.rank, step.day) for step in one.steps)
    log.write_many(
        connection,
        [
            log.Entry(sight.person, "hazard.escalate", number, {"rank": rank, "hazards": count, "day": day})
            for (number, rank, day), count in sorted(taken.items())
        ],
    )
    return sum(taken.values())


def steps_of(text: str) -> list[Step]:
    """Steps as the table keeps them: day, rank, deadline."""
    return [Step(rank, day, deadline) for day, rank, deadline in json.loads(text)]
