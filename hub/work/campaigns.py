"""Campaigns (专项督查): a profile, a deadline, and the units that take part: all of a subtree, or those that a repeatable draw picks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now, today
from hub.days import is_day, start_of
from hub.intake.order_shape import Order, check_order
from hub.people import log
from hub.people.sight import Hidden, Sight
from hub.registry.lower import concerned
from hub.registry.units import Unit, below, made
from hub.store.database import alone
from hub.store.tables import bulletin, campaign, envelope, part, standing, unit
from hub.work.draw import drawn, frozen
from hub.work.numbers import counter
from hub.work.vouching import Spoken, spoken, vouchers
from scanner.errors import UseError

OPEN, DRAWING, CLOSED, WITHDRAWN = "open", "drawing", "closed", "withdrawn"
"""``drawing``: the list is frozen, the seed is not known yet."""
ASKED, RECEIVED, REPORTED, PROVEN, OVERDUE = "asked", "received", "reported", "proven", "overdue"
STATES = (OVERDUE, ASKED, RECEIVED, REPORTED, PROVEN)
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody wants to start."""

    name: str
    profile: str
    unit: str
    """Code of the subtree."""
    opens: str
    """Runs that began before this day do not count."""
    deadline: str
    draw: int = 0
    """How many units are drawn; 0 for all."""
    sort: str = ""
    """Only units of this sort."""
    source: str = ""
    """Where the seed will come from, told before it is known: a public figure of a later day."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign."""

    id: int
    code: str
    name: str
    profile: str
    where: Unit
    opens: str
    deadline: str
    seed: str
    drawn: int
    conditions: Mapping[str, Any]
    """``sort``, ``source``, ``list`` (digest of the frozen list), ``of`` (its length), ``codes``; ``withdrawn`` (why) and ``recall`` (as it goes down)."""
    state: str
    created_by: str
    created: str
    order_text: str
    """As it goes to the hubs below; empty while it went to none."""
    sender: str
    """Code of the hub above that it came from; empty for one of our own."""
    counts: Mapping[str, int]
    """State to number of units."""

    @property
    def ordered(self) -> Order | None:
        """What the hub above wants; None for one of our own."""
        return check_order(self.order_text.encode()) if self.sender else None


@dataclass(frozen=True, slots=True)
class Part:
    """One unit that takes part."""

    where: Unit
    state: str
    changed: str
    envelope_id: int | None
    proof: str
    """Digest of the unit's envelope, where a hub below vouches for it."""
    voucher_id: int | None
    """The envelope in which that hub says so."""


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


def create(connection: Connection, sight: Sight, plan: Plan) -> str:
    """Start one; returns its code. A draw only freezes its list here. Raises UseError, Hidden, Forbidden."""
    sight.must("campaign")
    where = sight.unit(connection, plan.unit)
    check(plan)
    units = reporting(connection, sight, where, plan.sort)
    # Hubs below may know units that nobody registered here; drawn is only from those that are.
    if not units and (plan.draw or not concerned(connection, where, today())):
        raise UseError("campaign-empty", unit=where.code)
    if plan.draw > len(units):
        raise UseError("draw-count", count=plan.draw, of=len(units))
    code = next_code(connection)
    codes = sorted(one.code for one in units)
    conditions = {"sort": plan.sort, "source": plan.source, "list": frozen(codes), "of": len(codes)}
    conditions |= {"by": sight.root(connection).id} | ({"codes": codes} if plan.draw else {})
    values = {"code": code, "name": plan.name.strip(), "profile": plan.profile, "unit_id": where.id, "opens": plan.opens}
    values |= {"deadline": plan.deadline, "drawn": plan.draw, "conditions": json.dumps(conditions, ensure_ascii=False, sort_keys=True)}
    values |= {"state": DRAWING if plan.draw else OPEN, "created_by": sight.person, "created": now()}
    number = connection.execute(campaign.insert().values(values).returning(campaign.c.id)).scalar_one()
    if not plan.draw and units:
        take_part(connection, number, [one.id for one in units])
    detail = {"campaign": code, "units": plan.draw or len(units), "list": conditions["list"]}
    log.write(connection, sight.person, "campaign.create", where.id, detail)
    return code


def draw_now(connection: Connection, sight: Sight, code: str, seed: str) -> list[str]:
    """Draw with the seed, now that it is known; returns the codes. The list is the frozen one, once and for all. Raises UseError, Hidden."""
    sight.must("campaign")
    hold(connection, code)
    one = directed(connection, sight, code)
    if one.state != DRAWING:
        raise UseError("campaign-drawn", campaign=code)
    if "codes" not in one.conditions:
        raise Hidden
    chosen = drawn(seed, one.conditions["codes"], one.drawn)
    ids: dict[str, int] = dict(
        connection.execute(sight.narrow(sa.select(unit.c.code, unit.c.id).where(unit.c.code.in_(chosen)), unit.c.id)).all()
    )
    connection.execute(campaign.update().where(campaign.c.id == one.id).values(seed=seed, state=OPEN))
    take_part(connection, one.id, [ids[name] for name in chosen if name in ids])
    detail = {"campaign": code, "seed": seed, "list": one.conditions["list"], "units": len(chosen)}
    log.write(connection, sight.person, "campaign.draw", one.where.id, detail)
    return chosen


def listed(connection: Connection, sight: Sight) -> list[Campaign]:
    """Campaigns that touch what is seen, newest first: those of its subtree, and those from above that its units take part in."""
    sight.must("see-figures")
    own = connection.execute(sight.narrow(sa.select(campaign), campaign.c.unit_id)).all()
    joined = sa.select(campaign).join(part, part.c.campaign_id == campaign.c.id).distinct()
    rows = {row.id: row for row in (*own, *connection.execute(sight.narrow(joined, part.c.unit_id)))}
    return [_made(connection, sight, rows[number]) for number in sorted(rows, reverse=True)]


def find(connection: Connection, sight: Sight, code: str) -> Campaign:
    """One of them. Raises Hidden."""
    sight.must("see-figures")
    for one in listed(connection, sight):
        if one.code == code:
            return one
    raise Hidden


def hold(connection: Connection, code: str) -> None:
    """Nobody else draws it, sends it or ends it before this transaction is over; to be called before it is looked at."""
    alone(connection, f"campaign {code}")


def directs(connection: Connection, sight: Sight, one: Campaign) -> bool:
    """Whether the person's unit started it, or one below did. A campaign from above about the own subtree is neither drawn nor ended here:
    whoever is inspected does not choose who is."""
    return sight.sees(connection, one.conditions.get("by", one.where.id))


def directed(connection: Connection, sight: Sight, code: str) -> Campaign:
    """One that the person's unit directs. Raises Hidden."""
    one = find(connection, sight, code)
    if not directs(connection, sight, one):
        raise Hidden
    return one


def parts(connection: Connection, sight: Sight, one: Campaign) -> list[Part]:
    """Units that take part and are seen, those that need somebody first."""
    columns = (part.c.unit_id, part.c.state, part.c.changed, part.c.envelope_id, part.c.proof, part.c.voucher_id)
    chosen = sa.select(*columns).where(part.c.campaign_id == one.id)
    stands = {row.unit_id: row for row in connection.execute(sight.narrow(chosen, part.c.unit_id))}
    units = sa.select(unit).join(part, part.c.unit_id == unit.c.id).where(part.c.campaign_id == one.id)
    found = []
    for held in (made(row) for row in connection.execute(sight.narrow(units, unit.c.id))):
        at = stands[held.id]
        found.append(Part(held, at.state, at.changed, at.envelope_id, at.proof, at.voucher_id))
    return sorted(found, key=lambda item: (STATES.index(item.state), item.where.code))


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
    for row in connection.execute(sight.narrow(statement, part.c.unit_id)).all():
        if row.newest is not None and row.newest == row.envelope_id:
            continue
        report = _report(connection, sight, one, row.newest) if row.newest is not None else None
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


def _report(connection: Connection, sight: Sight, one: Campaign, envelope_id: int) -> Mapping[str, Any] | None:
    """Counts of a run that began in time; None for one that only ended then."""
    statement = sa.select(bulletin.c.data).join(envelope, envelope.c.id == bulletin.c.envelope_id).where(envelope.c.id == envelope_id)
    data = connection.execute(sight.narrow(statement, envelope.c.unit_id)).scalar()
    said = json.loads(data) if data else None
    if said is None or said["run"]["started"] < start_of(one.opens):
        return None
    counts: Mapping[str, Any] = said["counts"]
    return counts


def receive(connection: Connection, sight: Sight, campaign_id: int, unit_id: int) -> None:
    """The unit says that it has got the campaign's notice."""
    sight.must("reply")
    condition = sa.and_(part.c.campaign_id == campaign_id, part.c.unit_id == unit_id, part.c.state == ASKED)
    if sight.sees(connection, unit_id):
        connection.execute(part.update().where(condition).values(state=RECEIVED, changed=now()))


def next_code(connection: Connection) -> str:
    """Of a new one."""
    year = today()[:4]
    return f"ZX{year}-{counter(connection, f'campaign-code {year}'):03d}"


def take_part(connection: Connection, campaign_id: int, units: Sequence[int]) -> None:
    """These units are asked."""
    at = now()
    connection.execute(part.insert(), [{"campaign_id": campaign_id, "unit_id": one, "state": ASKED, "changed": at} for one in units])


def reporting(connection: Connection, sight: Sight, where: Unit, sort: str) -> list[Unit]:
    """Units of a subtree that have to report, or those of a sort."""
    statement = sa.select(unit).where(below(where.path), unit.c.rank == "unit", unit.c.retired == "")
    if sort:
        statement = statement.where(unit.c.sort == sort)
    return [made(row) for row in connection.execute(sight.narrow(statement, unit.c.id))]


def check(plan: Plan) -> None:
    """Raises UseError for a plan that cannot be."""
    if not plan.name.strip() or len(plan.name) > MAX_NAME or not plan.name.isprintable():
        raise UseError("campaign-name", most=MAX_NAME)
    if not plan.profile.strip() or not plan.profile.isprintable():
        raise UseError("campaign-profile")
    for one in (plan.opens, plan.deadline):
        if not is_day(one):
            raise UseError("hub-day", day=one)
    if plan.deadline < plan.opens:
        raise UseError("campaign-days", opens=plan.opens, deadline=plan.deadline)
    if plan.draw < 0 or (plan.draw and not plan.source.strip()):
        raise UseError("draw-source")


def _made(connection: Connection, sight: Sight, row: Any) -> Campaign:
    counted = sa.select(part.c.state, sa.func.count()).where(part.c.campaign_id == row.id).group_by(part.c.state)
    counts: dict[str, int] = dict(connection.execute(sight.narrow(counted, part.c.unit_id)).all())
    where = made(connection.execute(sa.select(unit).where(unit.c.id == row.unit_id)).one())
    conditions = json.loads(row.conditions)
    if not sight.sees(connection, row.unit_id):
        # Somebody else's units.
        conditions.pop("codes", None)
    names = (
        "id",
        "code",
        "name",
        "profile",
        "opens",
        "deadline",
        "seed",
        "drawn",
        "state",
        "created_by",
        "created",
        "order_text",
        "sender",
    )
    return Campaign(
        **{name: getattr(row, name) for name in names},
        where=where,
        conditions=conditions,
        counts={state: counts.get(state, 0) for state in STATES},
    )
