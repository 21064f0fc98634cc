"""Rows of what an envelope tells: verdicts, findings, hazards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.judging import History, New
from hub.intake.order import ordered
from hub.intake.terms import CHECK, CONTROL, SYSTEM, TARGET, Numbers, Words
from hub.store import tables as t
from scanner.model.result import PERSON_PREFIX, RESULTS, STATUSES

STATUS = {status: number for number, status in enumerate(STATUSES)}
RESULT = {result: number for number, result in enumerate(RESULTS)}
VERDICT, FINDING = 0, 1
HAZARD = ("check_id", "target", "risk", "level", "state", "first", "last", "deadline", "times", "closed", "envelope_id")
_CHUNK = 400


def body_rows(new: Sequence[New]) -> Iterator[tuple[int, str]]:
    """Bulletins without what stands in other tables."""
    for one in new:
        yield one.id, one.arrival.kept_content()


def results(connection: Connection, new: Sequence[New], words: Words) -> Iterator[tuple[int, ...]]:
    """(envelope, unit, sort, term, where, outcome)."""
    return _results(new, words.numbers(connection, [one.arrival.content for one in new]))


def _results(new: Sequence[New], numbers: Numbers) -> Iterator[tuple[int, ...]]:
    checks, controls, targets, systems = (numbers[kind] for kind in (CHECK, CONTROL, TARGET, SYSTEM))
    for one in new:
        number, unit = one.id, one.unit_id
        for target, check, status, _ in one.arrival.content.get("verdicts", ()):
            where = systems[target] if check.startswith(PERSON_PREFIX) else targets[target]
            yield number, unit, VERDICT, checks[check], where, STATUS[status]
        for system, control, result, _ in one.arrival.content.get("findings", ()):
            yield number, unit, FINDING, controls[control], systems[system], RESULT[result]


def hazards(connection: Connection, new: Sequence[New], histories: Mapping[int, History]) -> None:
    """Each hazard as the newest run tells that names it; what people added to its row stays."""
    rank = {number: _ranks(history) for number, history in histories.items()}
    told: dict[tuple[int, str], dict[str, Any]] = {}
    for one in sorted(new, key=lambda item: rank[item.unit_id].get(item.id, 0)):
        for line in one.arrival.content.get("hazards", ()):
            told[one.unit_id, line["id"]] = _hazard(line, one.id)
    held = _held(connection, told)
    fresh = [{"unit_id": unit, "code": code, **row} for (unit, code), row in told.items() if (unit, code) not in held]
    newer = [
        {"the_id": held[key][0], **row}
        for key, row in told.items()
        if key in held and rank[key[0]].get(held[key][1], 0) < rank[key[0]].get(row["envelope_id"], 0)
    ]
    if fresh:
        bulk_names = ("unit_id", "code", *HAZARD)
        connection.execute(sa.insert(t.hazard), [{name: row[name] for name in bulk_names} for row in fresh])
    if newer:
        connection.execute(sa.update(t.hazard).where(t.hazard.c.id == sa.bindparam("the_id")), newer)


def _ranks(history: History) -> dict[int, int]:
    return {line.id: place for place, line in enumerate(ordered(history.lines()), 1)}


def _hazard(line: Mapping[str, Any], number: int) -> dict[str, Any]:
    same = {name: line[name] for name in ("target", "risk", "level", "state", "first", "last", "deadline", "times")}
    return {**same, "check_id": line["check"], "closed": line["closed"] or "", "envelope_id": number}


def _held(connection: Connection, told: Mapping[tuple[int, str], object]) -> dict[tuple[int, str], tuple[int, int]]:
    """(unit, code) to (row, envelope that it is from)."""
    found: dict[tuple[int, str], tuple[int, int]] = {}
    by_unit: dict[int, list[str]] = {}
    for unit, code in told:
        by_unit.setdefault(unit, []).append(code)
    names = (t.hazard.c.unit_id, t.hazard.c.code, t.hazard.c.id, t.hazard.c.envelope_id)
    for unit, codes in by_unit.items():
        for start in range(0, len(codes), _CHUNK):
            statement = sa.select(*names).where(t.hazard.c.unit_id == unit, t.hazard.c.code.in_(codes[start : start + _CHUNK]))
            found.update({(row[0], row[1]): (row[2], row[3]) for row in connection.execute(statement)})
    return found
