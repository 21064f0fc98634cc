"""Campaigns (专项督查): a profile, a deadline, and the units that take part: all of a subtree, or those that a repeatable draw picks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now, today
from hub.days import is_day
from hub.intake.order_shape import Order, check_order
from hub.people import log
from hub.people.sight import Hidden, Sight
from hub.registry.lower import concerned
from hub.registry.sorts import sort_of
from hub.registry.units import Unit, below, made
from hub.store.database import alone
from hub.store.tables import campaign, part, unit
from hub.work.draw import drawn, frozen
from hub.work.numbers import counter
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
    return _made(connection, sight, [])


def find(connection: Connection, sight: Sight, code: str) -> Campaign:
    """One of them. Raises Hidden."""
    sight.must("see-figures")
    return _single(connection, sight, campaign.c.code == code)


def by_id(connection: Connection, sight: Sight, number: int) -> Campaign:
    """One of them. Raises Hidden."""
    sight.must("see-figures")
    return _single(connection, sight, campaign.c.id == number)


def _single(connection: Connection, sight: Sight, condition: sa.ColumnElement[bool]) -> Campaign:
    found = _made(connection, sight, [condition])
    if not found:
        raise Hidden
    return found[0]


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
        statement = statement.where(unit.c.sort == sort_of(sort))
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


def _made(connection: Connection, sight: Sight, conditions: Sequence[sa.ColumnElement[bool]]) -> list[Campaign]:
    """With as many questions for a hundred as for one."""
    counted = sa.select(part.c.campaign_id, part.c.state, sa.func.count()).join(campaign, campaign.c.id == part.c.campaign_id)
    counted = counted.where(*conditions).group_by(part.c.campaign_id, part.c.state)
    counts: dict[int, dict[str, int]] = {}
    for number, state, count in connection.execute(sight.narrow(counted, part.c.unit_id)):
        counts.setdefault(number, {})[state] = count
    own = connection.execute(sight.narrow(sa.select(campaign).where(*conditions), campaign.c.unit_id)).all()
    rows = {row.id: row for row in own}
    above = [number for number in counts if number not in rows]
    if above:
        # From above: whoever takes part sees it, and not whom else it concerns.
        rows |= {row.id: row for row in connection.execute(sa.select(campaign).where(campaign.c.id.in_(above)))}
    units = {row.id: made(row) for row in connection.execute(sa.select(unit).where(unit.c.id.in_({row.unit_id for row in rows.values()})))}
    return [
        _one(row, units[row.unit_id], counts.get(row.id, {}), whole=row.id not in above)
        for row in sorted(rows.values(), key=lambda row: -row.id)
    ]


def _one(row: Any, where: Unit, counts: Mapping[str, int], *, whole: bool) -> Campaign:
    conditions = json.loads(row.conditions)
    if not whole:
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
