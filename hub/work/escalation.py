"""Escalation (逐级上报): hazards that stay overdue are laid before the rank above, and each step is recorded once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people import log
from hub.people.sight import Sight
from hub.registry.units import above
from hub.store.tables import hazard, unit
from hub.work.steps import Step, due
from scanner.model.hazard import CLOSED


def escalate(connection: Connection, sight: Sight, day: str) -> int:
    """Take every step that is due on this day; returns how many. The same day twice takes none the second time. Raises Forbidden."""
    sight.must("escalate")
    regions = sa.select(unit.c.id, unit.c.rank, unit.c.path)
    rows = {row.id: row for row in connection.execute(sight.narrow(regions, unit.c.id))}
    ranks: Mapping[int, str] = {number: row.rank for number, row in rows.items()}
    late = sa.select(hazard.c.id, hazard.c.unit_id, hazard.c.level, hazard.c.deadline, hazard.c.escalated).where(
        hazard.c.deadline > "", hazard.c.deadline < day, hazard.c.state != CLOSED
    )
    taken: Counter[tuple[int, str]] = Counter()
    changed = []
    for row in connection.execute(sight.narrow(late, hazard.c.unit_id)):
        before = steps_of(row.escalated)
        over = {ranks[number] for number in above(rows[row.unit_id].path)[:-1] if number in ranks}
        steps = due(row.deadline, day, row.level, over, before)
        if steps:
            text = json.dumps([[step.day, step.rank, step.deadline] for step in (*before, *steps)])
            changed.append({"number": row.id, "text": text})
            taken.update((row.unit_id, step.rank) for step in steps)
    if changed:
        connection.execute(hazard.update().where(hazard.c.id == sa.bindparam("number")).values(escalated=sa.bindparam("text")), changed)
        entries = [
            log.Entry(sight.person, "hazard.escalate", number, {"rank": rank, "hazards": count, "day": day})
            for (number, rank), count in sorted(taken.items())
        ]
        log.write_many(connection, entries)
    return sum(taken.values())


def steps_of(text: str) -> list[Step]:
    """Steps as the table keeps them: day, rank, deadline."""
    return [Step(rank, day, deadline) for day, rank, deadline in json.loads(text)]
