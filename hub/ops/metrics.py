"""How the hub is, as numbers in the text form that Prometheus reads. No name of a unit, no finding, no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import read
from hub.store import tables as t

PREFIX = "shiqu_hub_"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number."""

    name: str
    help: str
    value: float


def gathered(connection: Connection, now: str) -> list[Measure]:
    """What the database tells."""

    def count(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one())

    newest = connection.execute(sa.select(sa.func.max(t.envelope.c.received))).scalar()
    return [
        Measure("units", "units that report", count(t.unit, t.unit.c.retired == "")),
        Measure("envelopes", "envelopes kept", count(t.envelope)),
        Measure("unfolded", "envelopes that are not in the roll-up yet", count(t.queue)),
        Measure("quarantined", "uploads refused and not settled", count(t.quarantine, t.quarantine.c.settled == "")),
        Measure("log_rows", "rows of the audit log", int(connection.execute(sa.select(sa.func.max(t.log.c.n))).scalar() or 0)),
        Measure("last_envelope_age_seconds", "since the last envelope", (read(now) - read(newest)).total_seconds() if newest else -1),
    ]


def text(measures: list[Measure], outcomes: Mapping[str, int]) -> str:
    """The lines; ``outcomes``: uploads of this process by what became of them."""
    lines: list[str] = []
    for one in measures:
        lines += [f"# HELP {PREFIX}{one.name} {one.help}", f"# TYPE {PREFIX}{one.name} gauge", f"{PREFIX}{one.name} {one.value:g}"]
    lines += [f"# HELP {PREFIX}uploads_total uploads since the start", f"# TYPE {PREFIX}uploads_total counter"]
    lines += [f'{PREFIX}uploads_total{{outcome="{code}"}} {number}' for code, number in sorted(outcomes.items())]
    return "\n".join(lines) + "\n"
