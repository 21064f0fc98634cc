"""What a hub below told of its units, masked: how each stands, under aliases that only that hub can resolve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.summary import Row
from hub.intake.told import newest
from hub.people.sight import Sight
from hub.store.tables import envelope
from hub.views.scope import Place, at, find
from scanner.model.dispatch import FULL, MASKED
from scanner.model.hazard import CLOSED, LEVELS
from scanner.model.result import CORE_HAZARDS


@dataclass(frozen=True, slots=True)
class Line:
    """One unit."""

    alias: str
    finished: str
    """Day; empty of a silent one."""
    profiles: Sequence[str]
    gate: str
    core: Mapping[str, str]
    open: Mapping[str, int]
    """Level to hazards that stand."""
    overdue: int


class _Rows(msgspec.Struct):
    units: list[Row] = []


_ROWS = msgspec.json.Decoder(_Rows)


def masked(connection: Connection, sight: Sight, code: str) -> tuple[Place, list[Line]]:
    """By its newest summary, those that fail first and then the silent; nothing where it told figures only. Raises Hidden, Forbidden."""
    sight.must("see-results")
    where = find(connection, sight, code)
    row = connection.execute(at(sight, where).narrow(newest(where.id), envelope.c.unit_id)).first()
    lines = [_line(one) for one in _ROWS.decode(row.data).units] if row is not None else []
    return where, sorted(lines, key=lambda line: (line.gate != "fail", line.finished != "", -line.overdue, line.alias))


def is_masked(connection: Connection, sight: Sight, where: Place) -> bool:
    """Whether there is such a list."""
    last = sa.select(envelope.c.disclosure).where(envelope.c.unit_id == where.id, envelope.c.kind == "summary")
    last = last.order_by(envelope.c.sequence.desc()).limit(1)
    return connection.execute(at(sight, where).narrow(last, envelope.c.unit_id)).scalar() in (MASKED, FULL)


def _line(row: Row) -> Line:
    parts = {part: count for part, count in row["parts"].items() if count}
    core = {code: state for code in CORE_HAZARDS for _, _, state in (part.split(":") for part in parts if part.startswith(f"core:{code}:"))}
    gate = next((part.partition(":")[2] for part in parts if part.startswith("gate:")), "")
    hazards = [(part.split(":")[1:], count) for part, count in parts.items() if part.startswith("hazard:")]
    standing = {level: sum(count for (at_level, state), count in hazards if at_level == level and state != CLOSED) for level in LEVELS}
    return Line(row["unit"], row["finished"], row["profiles"], gate, core, standing, parts.get("overdue", 0))
