"""Advisories (预警通报): what every unit of a subtree should look at, with the checks that show it, and where it is known to be open."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now, today
from hub.people import log
from hub.people.sight import Hidden, Sight
from hub.registry.own import Own
from hub.registry.units import Unit, above, below, made
from hub.store.tables import advisory, hazard, unit
from hub.work.downward import send
from hub.work.numbers import counter
from scanner.errors import UseError
from scanner.model.canonical import canonical
from scanner.model.hazard import CLOSED, LEVELS

SCHEMA = "shiqu/advisory/1"
MAX_TITLE, MAX_TEXT, MAX_CHECKS = 100, 20_000, 50


@dataclass(frozen=True, slots=True)
class Advisory:
    """One advisory."""

    id: int
    code: str
    title: str
    level: str
    """One of the levels of hazards."""
    text: Sequence[str]
    """Paragraphs."""
    checks: Sequence[str]
    """Ids of checks that show it."""
    where: Unit
    issued: str


def publish(
    connection: Connection, own: Own, sight: Sight, *, unit_code: str, title: str, level: str, text: str, checks: Sequence[str] = ()
) -> str:
    """Send it to every reporting unit of a subtree; returns its code. Raises UseError, Hidden, Forbidden."""
    sight.must("advisory")
    where = sight.unit(connection, unit_code)
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    _check(title, level, text, checks)
    day = today()
    code = f"YJ{day[:4]}-{counter(connection, f'advisory {day[:4]}'):03d}"
    said = {
        "schema": SCHEMA,
        "code": code,
        "title": title.strip(),
        "level": level,
        "text": paragraphs,
        "checks": list(checks),
        "issued": day,
    }
    data, members = None, {"advisory.json": canonical(said)}
    statement = sa.select(unit).where(below(where.path), unit.c.rank == "unit", unit.c.retired == "").order_by(unit.c.id)
    for row in connection.execute(sight.narrow(statement, unit.c.id)).all():
        data = send(connection, own, made(row), "advisory", members).data
    body = canonical({"text": paragraphs, "checks": list(checks)}).decode()
    values = {"code": code, "title": title.strip(), "level": level, "body": body, "unit_id": where.id, "issued": now(), "envelope": data}
    connection.execute(advisory.insert().values(values))
    log.write(connection, sight.person, "advisory.publish", where.id, {"advisory": code})
    return code


def listed(connection: Connection, sight: Sight) -> list[Advisory]:
    """Those to what is seen or to a region that it stands in, newest first. Raises Forbidden."""
    sight.must("see-figures")
    columns = [column for column in advisory.c if column.name != "envelope"]
    rows = {row.id: row for row in connection.execute(sight.narrow(sa.select(*columns), advisory.c.unit_id))}
    over = above(sight.root_path)[:-1]
    if over:
        wide = Sight(sight.account_id, sight.role, f"/{over[0]}/", sight.acts, sight.person)
        wanted = sa.select(*columns).where(advisory.c.unit_id.in_(over))
        rows |= {row.id: row for row in connection.execute(wide.narrow(wanted, advisory.c.unit_id))}
    units = {row.id: made(row) for row in connection.execute(sa.select(unit).where(unit.c.id.in_({row.unit_id for row in rows.values()})))}
    return [_made(row, units) for row in sorted(rows.values(), key=lambda row: -row.id)]


def find(connection: Connection, sight: Sight, code: str) -> Advisory:
    """One of them. Raises Hidden."""
    for one in listed(connection, sight):
        if one.code == code:
            return one
    raise Hidden


def affected(connection: Connection, sight: Sight, one: Advisory) -> list[tuple[Unit, int]]:
    """Units that are seen and have standing hazards of its checks, most first. Who is not listed is not known to be safe."""
    sight.must("see-results")
    if not one.checks:
        return []
    statement = (
        sa.select(hazard.c.unit_id, sa.func.count())
        .where(hazard.c.check_id.in_(one.checks), hazard.c.state != CLOSED)
        .group_by(hazard.c.unit_id)
    )
    counts: dict[int, int] = dict(connection.execute(sight.narrow(statement, hazard.c.unit_id)).all())
    units = [made(row) for row in connection.execute(sight.narrow(sa.select(unit).where(unit.c.id.in_(list(counts))), unit.c.id))]
    return sorted(((held, counts[held.id]) for held in units), key=lambda pair: (-pair[1], pair[0].code))


def _made(row: Any, units: Mapping[int, Unit]) -> Advisory:
    body = json.loads(row.body)
    return Advisory(row.id, row.code, row.title, row.level, body["text"], body["checks"], units[row.unit_id], row.issued)


def _check(title: str, level: str, text: str, checks: Sequence[str]) -> None:
    if not 0 < len(title.strip()) <= MAX_TITLE or not title.isprintable():
        raise UseError("notice-title", most=MAX_TITLE)
    if not 0 < len(text.strip()) <= MAX_TEXT:
        raise UseError("notice-text", most=MAX_TEXT)
    if level not in LEVELS:
        raise UseError("advisory-level", level=level)
    if len(checks) > MAX_CHECKS or any(not check or not check.isprintable() for check in checks):
        raise UseError("advisory-checks", most=MAX_CHECKS)
