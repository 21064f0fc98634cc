"""Whether an arrival is taken in: whose it is, whether its key counts, and what its number says beside those that are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.days import day
from hub.intake.order import Line
from hub.intake.reading import CLOCK, Arrival
from hub.registry import keys
from hub.store.tables import envelope as table
from hub.store.tables import unit
from scanner.errors import KeepError, ShiquError
from scanner.ledger.envelope import START, Envelope

ROLE = {"report": "unit", "summary": "hub"}
"""Which keys may sign which kind."""
ACCEPTED, DUPLICATE, CONFLICT, REFUSED = "accepted", "duplicate", "conflict", "refused"
GAP, FORK, LATE = "gap", "fork", "late"


@dataclass(frozen=True, slots=True)
class Row:
    """An envelope that is kept, as far as a newcomer is compared with it."""

    kind: str
    digest: str
    previous: str
    line: Line
    note: str


@dataclass(slots=True)
class History:
    """All envelopes of one unit, by kind and number. The one thing here that grows: within a group, and only in memory."""

    unit_id: int
    rows: dict[tuple[str, int], Row]

    def lines(self) -> list[Line]:
        """Those of its runs."""
        return [row.line for row in self.rows.values() if row.kind == "report"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What happens to an arrival."""

    code: str
    """``accepted``, ``duplicate``, ``conflict`` or ``refused``."""
    note: str = ""
    """Words on an accepted one."""
    error: ShiquError | None = None


@dataclass(frozen=True, slots=True)
class New:
    """An arrival that is taken in."""

    id: int
    """Of its row."""
    unit_id: int
    arrival: Arrival
    envelope: Envelope
    """The arrival's."""
    row: Row
    """As a later one is compared with it."""


def taken(number: int, unit_id: int, arrival: Arrival, envelope: Envelope, note: str) -> New:
    """What is taken in under this number."""
    manifest = envelope.manifest
    line = Line(
        id=number,
        sequence=manifest["sequence"],
        created=manifest["created"],
        told=arrival.told,
        finished=arrival.finished,
        period=arrival.period,
        profiles=tuple(arrival.profiles),
        core=arrival.content.get("core", {}),
        gate=arrival.content.get("gate", ""),
    )
    return New(number, unit_id, arrival, envelope, Row(manifest["kind"], envelope.digest, manifest["previous"], line, note))


_PROFILES, _CORE = msgspec.json.Decoder(list[str]), msgspec.json.Decoder(dict[str, str])
_KNOWN = sa.select(unit.c.id, unit.c.code).where(unit.c.code.in_(sa.bindparam("codes", expanding=True)), unit.c.retired == "")
_OF_LINE = ("sequence", "created", "told", "finished", "period", "profiles", "core", "gate")
_NAMES = ("id", "unit_id", "kind", "digest", "previous", "note", *_OF_LINE)
_KEPT = sa.select(*(table.c[name] for name in _NAMES)).where(table.c.unit_id.in_(sa.bindparam("units", expanding=True)))
"""Built once: building a statement costs more than what it does."""


def histories(connection: Connection, codes: Iterable[str], pins: Mapping[str, keys.Key]) -> dict[str, History]:
    """Code to what is kept of the unit; a code that nobody registered, or a unit that is retired, is not there.

    It is read only of units whose keys signed something here: else the work for an envelope that anybody made up would tell whether the unit exists.
    """
    found: dict[str, History] = {}
    by_id: dict[int, History] = {}
    for number, code in connection.execute(_KNOWN, {"codes": sorted(set(codes))}):
        by_id[number] = found[code] = History(number, {})
    for number, row in rows_of(connection, by_id.keys() & {pin.unit_id for pin in pins.values()}):
        by_id[number].rows[row.kind, row.line.sequence] = row
    return found


def rows_of(connection: Connection, units: Iterable[int]) -> list[tuple[int, Row]]:
    """Every envelope of these units."""
    rows = connection.execute(_KEPT, {"units": sorted(units)})
    return [(row.unit_id, Row(row.kind, row.digest, row.previous, _line(row), row.note)) for row in rows]


def _line(row: sa.Row[tuple[object, ...]]) -> Line:
    return Line(
        id=row.id,
        sequence=row.sequence,
        created=row.created,
        # What came in before this was kept has the other alone.
        told=row.told or row.finished,
        finished=row.finished,
        period=row.period,
        profiles=tuple(_PROFILES.decode(row.profiles)),
        core=_CORE.decode(row.core or "{}"),
        gate=row.gate,
    )


def rule(arrival: Arrival, known: Mapping[str, History], pins: Mapping[str, keys.Key], begun: str = "") -> Ruling:
    """The ruling, by what is kept of the units, by the pins of the keys that signed, and by the last day that is known to have begun."""
    if arrival.envelope is None:
        return Ruling(REFUSED, error=arrival.error)
    manifest, digest = arrival.envelope.manifest, arrival.envelope.digest
    if manifest["kind"] not in ROLE:
        return _refused("hub-envelope-kind", kind=manifest["kind"])
    history = known.get(manifest["unit"])
    if history is None:
        return _refused("hub-sender-unknown", unit=manifest["unit"])
    held = history.rows.get((manifest["kind"], manifest["sequence"]))
    if held is not None and held.digest == digest:
        # Whatever became of the key since: it was taken in, and the sender may have lost the answer.
        return Ruling(DUPLICATE)
    why = keys.against(pins.get(manifest["key"]), history.unit_id, max(day(arrival.received), begun), ROLE[manifest["kind"]])
    if why is not None:
        return _refused("hub-signer-" + why, unit=manifest["unit"], fingerprint=manifest["key"])
    if held is not None:
        error = KeepError("hub-envelope-conflict", unit=manifest["unit"], sequence=manifest["sequence"])
        return Ruling(CONFLICT, error=error)
    return Ruling(ACCEPTED, note=" ".join(_notes(arrival, arrival.envelope, history)))


def _refused(code: str, **fields: object) -> Ruling:
    return Ruling(REFUSED, error=KeepError(code, **fields))


def _notes(arrival: Arrival, sealed: Envelope, history: History) -> list[str]:
    kind, sequence, previous = sealed.manifest["kind"], sealed.manifest["sequence"], sealed.manifest["previous"]
    before, after = history.rows.get((kind, sequence - 1)), history.rows.get((kind, sequence + 1))
    notes = []
    if before is None and previous != START:
        notes.append(GAP)
    if (before is not None and before.digest != previous) or (after is not None and after.previous != sealed.digest):
        notes.append(FORK)
    if any(number > sequence for held, number in history.rows if held == kind):
        notes.append(LATE)
    if arrival.clock_is_off:
        notes.append(CLOCK)
    return notes
