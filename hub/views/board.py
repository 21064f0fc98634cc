"""The board of hazards (隐患台账) across units: filtered, paged by key, never counted by reading results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.days import late_by
from hub.intake.terms import CHECK, words_of
from hub.people.sight import Hidden, Sight
from hub.registry.units import in_use
from hub.store.tables import hazard, unit
from hub.titles import title
from hub.views.scope import Place, at, columns, find, place
from hub.views.tiers import of_regions
from scanner.model.hazard import CLASSES, CLOSED, LEVELS, STATES

PAGE = 100
LATE = "late"


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; empty means all. Raises Hidden for a word that is none, as for a foreign id."""

    unit: str = ""
    level: str = ""
    state: str = ""
    """One of the states; ``open`` for all that stand."""
    risk: str = ""
    check: str = ""
    late: bool = False
    repeated: bool = False
    escalated: str = ""
    """Rank that it was laid before."""
    after: int = 0
    """Where the page starts: number of rows before it."""

    def __post_init__(self) -> None:
        known = (
            (self.level, LEVELS),
            (self.state, ("open", *STATES)),
            (self.risk, CLASSES),
            (self.escalated, ("county", "city", "province", "nation")),
        )
        if any(value and value not in words for value, words in known) or self.after < 0:
            raise Hidden


def asked(fields: Mapping[str, str], after: int = 0) -> Filter:
    """Of the fields of a query; what they do not name is not looked for. Raises Hidden."""

    def of(name: str) -> str:
        return fields.get(name, "")

    return Filter(
        unit=of("unit"),
        level=of("level"),
        state=of("state"),
        risk=of("risk"),
        check=of("check"),
        late=of("late") == "1",
        repeated=of("repeated") == "1",
        escalated=of("escalated"),
        after=after,
    )


@dataclass(frozen=True, slots=True)
class Hazard:
    """One line of the board."""

    id: int
    where: Place
    code: str
    check: str
    title: Mapping[str, str]
    target: str
    """An alias, unless the unit disclosed it."""
    risk: str
    level: str
    state: str
    first: str
    last: str
    deadline: str
    late: int
    """Days past the deadline."""
    times: int
    closed: str
    escalated: Sequence[str]
    """Ranks that it was laid before."""


@dataclass(frozen=True, slots=True)
class Board:
    """One page of them."""

    total: int
    late: int
    rows: Sequence[Hazard]
    next: int | None
    """``after`` of the next page."""
    unnamed: int
    """Hazards of the region that stand and were reported in figures only: no filter finds them."""


def board(connection: Connection, sight: Sight, wanted: Filter, today: str, size: int = PAGE) -> Board:
    """A page of hazards: overdue ones and the gravest first. Raises Hidden, Forbidden."""
    sight.must("see-results")
    where = find(connection, sight, wanted.unit)
    here, conditions = at(sight, where), _conditions(wanted, today)
    if not where.retired:
        conditions.append(in_use(hazard.c.unit_id))
    counts: Any = sa.select(sa.func.count(), sa.func.sum(sa.case((_late(today), 1), else_=0))).where(*conditions)
    total, late = connection.execute(here.narrow(counts, hazard.c.unit_id)).one()
    rows = connection.execute(_ordered(here, conditions, today).offset(wanted.after).limit(size)).all()
    following = wanted.after + size
    lines = _made(connection, here, rows, today)
    return Board(total, int(late or 0), lines, following if following < total else None, unnamed(connection, sight, where))


def unnamed(connection: Connection, sight: Sight, where: Place) -> int:
    """How many hazards stand in a region beside those that are named."""
    here = at(sight, where)
    named = sa.select(sa.func.count()).select_from(hazard).where(hazard.c.state != CLOSED, in_use(hazard.c.unit_id))
    counted = of_regions(connection, here, [where.id])[where.id].total
    return max(0, counted - int(connection.execute(here.narrow(named, hazard.c.unit_id)).scalar_one()))


def of_unit(connection: Connection, sight: Sight, where: Place, today: str) -> list[Hazard]:
    """All hazards of one unit itself, closed ones last. Raises Forbidden."""
    sight.must("see-results")
    here = at(sight, where)
    rows = connection.execute(_ordered(here, [hazard.c.unit_id == where.id], today)).all()
    return _made(connection, here, rows, today)


def by_codes(connection: Connection, sight: Sight, where: Place, codes: Sequence[str], today: str) -> list[Hazard]:
    """Those of one unit that are named; one that is not there is left out. Raises Forbidden."""
    sight.must("see-results")
    conditions = [hazard.c.unit_id == where.id, hazard.c.code.in_(codes)]
    here = at(sight, where)
    return _made(connection, here, connection.execute(_ordered(here, conditions, today)).all(), today)


def _late(today: str) -> sa.ColumnElement[bool]:
    return sa.and_(hazard.c.deadline > "", hazard.c.deadline < today, hazard.c.state != CLOSED)


def _conditions(wanted: Filter, today: str) -> list[sa.ColumnElement[bool]]:
    out: list[sa.ColumnElement[bool]] = []
    if wanted.state == "open":
        out.append(hazard.c.state != CLOSED)
    elif wanted.state:
        out.append(hazard.c.state == wanted.state)
    out += [hazard.c.level == wanted.level] if wanted.level else []
    out += [hazard.c.risk == wanted.risk] if wanted.risk else []
    out += [hazard.c.check_id == wanted.check] if wanted.check else []
    out += [hazard.c.times > 0] if wanted.repeated else []
    out += [_late(today)] if wanted.late else []
    out += [hazard.c.escalated.contains(f'"{wanted.escalated}"', autoescape=True)] if wanted.escalated else []
    return out


def _ordered(here: Sight, conditions: Sequence[sa.ColumnElement[bool]], today: str) -> sa.Select[Any]:
    gravity = sa.case({level: place_ for place_, level in enumerate(LEVELS)}, value=hazard.c.level, else_=len(LEVELS))
    states = sa.case((hazard.c.state == CLOSED, 2), (_late(today), 0), else_=1)
    chosen = sa.select(hazard).where(*conditions)
    return here.narrow(chosen, hazard.c.unit_id).order_by(states, gravity, hazard.c.deadline, hazard.c.id)


def _made(connection: Connection, here: Sight, rows: Sequence[Any], today: str) -> list[Hazard]:
    wanted = sa.select(*columns()).where(unit.c.id.in_({row.unit_id for row in rows}))
    units = {row.id: place(row) for row in connection.execute(here.narrow(wanted, unit.c.id))}
    titles = words_of(connection, CHECK, (row.check_id for row in rows))
    return [
        Hazard(
            id=row.id,
            where=units[row.unit_id],
            code=row.code,
            check=row.check_id,
            title=title(titles.get(row.check_id, "{}"), row.check_id),
            target=row.target,
            risk=row.risk,
            level=row.level,
            state=row.state,
            first=row.first,
            last=row.last,
            deadline=row.deadline,
            late=late_by(row.deadline, today) if row.state != CLOSED else 0,
            times=row.times,
            closed=row.closed,
            escalated=[step[1] for step in json.loads(row.escalated)],
        )
        for row in rows
    ]
