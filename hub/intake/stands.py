"""The two tables that say what counts of a unit: ``standing`` and ``core``, written from the whole of its envelopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.judging import History
from hub.intake.order import cores, ordered, standing
from hub.store import tables as t
from hub.store.database import bulk


class _Held:
    """How one of the two is read and written. Statements are built once: that costs more than what they do."""

    def __init__(self, table: sa.Table, keys: tuple[str, str], values: tuple[str, ...]) -> None:
        self.table, self.names = table, (*keys, *values)
        self.of_units = sa.select(*(table.c[name] for name in self.names)).where(table.c.unit_id.in_(sa.bindparam("units", expanding=True)))
        self.without = sa.delete(table).where(*(table.c[name] == sa.bindparam(f"old_{name}") for name in keys))
        self.old = tuple(f"old_{name}" for name in keys)


_STANDING = _Held(t.standing, ("unit_id", "profile"), ("envelope_id", "finished", "period"))
_CORE = _Held(t.core, ("unit_id", "code"), ("state", "since", "envelope_id"))


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
    _bring(connection, _STANDING, units, wanted_standing)
    _bring(connection, _CORE, units, wanted_core)


def _bring(connection: Connection, held: _Held, units: list[int], wanted: Mapping[tuple[int, str], tuple[object, ...]]) -> None:
    present = {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(held.of_units, {"units": units})}
    changed = {key: value for key, value in wanted.items() if present.get(key) != value}
    gone = [*({*present} - {*wanted}), *(key for key in changed if key in present)]
    if gone:
        connection.execute(held.without, [dict(zip(held.old, key, strict=True)) for key in gone])
    if changed:
        bulk(connection, held.table, held.names, ((*key, *value) for key, value in changed.items()))
