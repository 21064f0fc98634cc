"""The two tables that say what counts of a unit: ``standing`` and ``core``, written from the whole of its envelopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.judging import History
from hub.intake.order import cores, ordered, standing
from hub.store import tables as t


def stand(connection: Connection, histories: Iterable[History]) -> None:
    """Bring both tables to what the histories say."""
    wanted_standing: dict[tuple[int, str], tuple[int, str, str]] = {}
    wanted_core: dict[tuple[int, str], tuple[str, str, int]] = {}
    units = []
    for history in histories:
        units.append(history.unit_id)
        lines = ordered(history.lines())
        for profile, line in standing(lines).items():
            wanted_standing[history.unit_id, profile] = (line.id, line.finished, line.period)
        for code, core in cores(lines).items():
            wanted_core[history.unit_id, code] = (core.state, core.since, core.envelope)
    _bring(connection, t.standing, ("unit_id", "profile"), ("envelope_id", "finished", "period"), units, wanted_standing)
    _bring(connection, t.core, ("unit_id", "code"), ("state", "since", "envelope_id"), units, wanted_core)


def _bring(
    connection: Connection,
    table: sa.Table,
    keys: tuple[str, str],
    values: tuple[str, ...],
    units: list[int],
    wanted: Mapping[tuple[int, str], tuple[object, ...]],
) -> None:
    columns = [table.c[name] for name in (*keys, *values)]
    held = {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(sa.select(*columns).where(table.c.unit_id.in_(units)))}
    changed = {key: value for key, value in wanted.items() if held.get(key) != value}
    gone = [*({*held} - {*wanted}), *(key for key in changed if key in held)]
    if gone:
        condition = sa.and_(*(table.c[name] == sa.bindparam(f"old_{name}") for name in keys))
        connection.execute(sa.delete(table).where(condition), [{f"old_{name}": part for name, part in zip(keys, key)} for key in gone])
    if changed:
        rows = [dict(zip((*keys, *values), (*key, *value), strict=True)) for key, value in changed.items()]
        connection.execute(sa.insert(table), rows)
