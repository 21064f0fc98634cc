"""How campaigns go on: the states of their parts follow what units reported, here or under hubs below."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.days import start_of
from hub.people.sight import Sight
from hub.store.tables import bulletin, envelope, part, standing
from hub.work.campaigns import ASKED, OPEN, OVERDUE, PROVEN, RECEIVED, REPORTED, Campaign, listed
from hub.work.vouching import Spoken, spoken, vouchers

AT_ONCE = 500
"""Reports that are read with one question."""


@dataclass(frozen=True, slots=True)
class Change:
    """A part whose state is no longer what stands."""

    campaign_id: int
    unit_id: int
    before: str
    state: str
    envelope_id: int | None
    proof: str
    voucher_id: int | None


def follow(connection: Connection, sight: Sight, day: str) -> int:
    """Bring the states of all parts up to what stands; the same twice changes nothing. Returns how many changed."""
    return apply(connection, sight, changes(connection, sight, day))


def changes(connection: Connection, sight: Sight, day: str) -> list[Change]:
    """What there is to change; writes nothing."""
    sight.must("campaign")
    said = spoken(connection, sight)
    return [change for one in listed(connection, sight) if one.state == OPEN for change in _changes_of(connection, sight, said, one, day)]


def apply(connection: Connection, sight: Sight, found: Sequence[Change]) -> int:
    """Write them; one whose part went on meanwhile is left to the next round. Returns how many were written."""
    sight.must("campaign")
    written, at = 0, now()
    for one in found:
        condition = sa.and_(part.c.campaign_id == one.campaign_id, part.c.unit_id == one.unit_id, part.c.state == one.before)
        values = {"state": one.state, "envelope_id": one.envelope_id, "proof": one.proof, "voucher_id": one.voucher_id, "changed": at}
        written += connection.execute(part.update().where(condition).values(values)).rowcount
    return written


def state_of(before: str, report: Mapping[str, Any] | None, late: bool) -> str:
    """Where a unit stands. Pure. ``report``: counts by family and status of a whole run of the profile that began in time, None without one.

    Proven is only a report in which nothing is unmet, and nothing is unknown or waits for a person either.
    """
    if report is None:
        return OVERDUE if late else before if before in (ASKED, RECEIVED) else ASKED
    counts = list(report.values())
    left = sum(family.get(status, 0) for family in counts for status in ("unmet", "unknown", "awaits-person"))
    return PROVEN if left == 0 and sum(family.get("met", 0) for family in counts) else REPORTED


def _changes_of(connection: Connection, sight: Sight, said: Sequence[Spoken], one: Campaign, day: str) -> list[Change]:
    """Of one campaign. Only envelopes that were not looked at before are read; what the unit itself reported here goes before what a hub vouches for."""
    vouched = vouchers(connection, sight, said, one.order_text, one.where)
    counts = sa.and_(standing.c.unit_id == part.c.unit_id, standing.c.profile == one.profile, standing.c.finished >= start_of(one.opens))
    columns = (part.c.unit_id, part.c.state, part.c.envelope_id, part.c.proof, part.c.voucher_id, standing.c.envelope_id.label("newest"))
    statement = sa.select(*columns).join(standing, counts, isouter=True).where(part.c.campaign_id == one.id)
    found = []
    rows = [
        row for row in connection.execute(sight.narrow(statement, part.c.unit_id)) if row.newest is None or row.newest != row.envelope_id
    ]
    reports = dict(_reports(connection, sight, one, [row.newest for row in rows if row.newest is not None]))
    for row in rows:
        report = reports.get(row.newest)
        state = state_of(row.state, report, day > one.deadline)
        envelope_id = row.newest if report is not None else None
        proof, voucher_id = "", None
        told = vouched.get(row.unit_id) if report is None else None
        if told is not None and told.state == RECEIVED and state == ASKED:
            state = RECEIVED
        if told is not None and told.state in (REPORTED, PROVEN) and told.finished >= start_of(one.opens):
            # The same proof in a newer summary is the same proof.
            kept = (told.state, told.digest) == (row.state, row.proof)
            state, proof, voucher_id = told.state, told.digest, row.voucher_id if kept else told.envelope_id
        if (state, envelope_id, proof) != (row.state, row.envelope_id, row.proof):
            found.append(Change(one.id, row.unit_id, row.state, state, envelope_id, proof, voucher_id))
    return found


def _reports(connection: Connection, sight: Sight, one: Campaign, envelopes: Sequence[int]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Counts of the runs that began in time; one that only ended then is not among them."""
    for start in range(0, len(envelopes), AT_ONCE):
        statement = sa.select(envelope.c.id, bulletin.c.data).join(bulletin, bulletin.c.envelope_id == envelope.c.id)
        statement = statement.where(envelope.c.id.in_(envelopes[start : start + AT_ONCE]))
        for number, data in connection.execute(sight.narrow(statement, envelope.c.unit_id)):
            said = json.loads(data)
            if said["run"]["started"] >= start_of(one.opens):
                yield number, said["counts"]
