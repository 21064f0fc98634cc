"""Orders of the hub above become ours: its campaign a campaign for the units registered here, its notice a notice that is sent on. Twice is once."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.intake.order_shape import Campaign, Mark, Order
from hub.people import log
from hub.people.sight import Sight
from hub.registry.own import Own
from hub.registry.units import Unit
from hub.store.tables import campaign, hazard, notice
from hub.work import campaigns, issuing, notices
from hub.work.draw import drawn, frozen
from hub.work.ordering import located
from hub.work.proof import Demand, Named
from scanner.errors import UseError
from scanner.model.canonical import canonical


def adopt_campaign(connection: Connection, own: Own, sight: Sight, order: Order, text: str, sender: str) -> int:
    """Make a campaign of the hub above ours: the same profile, days and coverage, for the units that are registered here. Returns its id. Raises UseError.

    A draw is repeated: what the order says was drawn is what its own list and seed give.
    """
    said = order["campaign"]
    assert said is not None
    held = connection.execute(sight.narrow(sa.select(campaign.c.id).where(campaign.c.order_text == text), campaign.c.unit_id)).scalar()
    if held is not None:
        return int(held)
    plan = campaigns.Plan(
        said["name"], said["profile"], own.code, said["opens"], order["deadline"], said["drawn"], said["sort"], said["source"]
    )
    campaigns.check(plan)
    chosen = _redrawn(said)
    found = located(connection, own, order["path"])
    if found is None:
        raise UseError("order-elsewhere", path=" ".join(order["path"])[:200])
    where, whole = found
    units = (
        [one for one in campaigns.reporting(connection, sight, where, said["sort"]) if chosen is None or one.code in chosen]
        if whole
        else []
    )
    codes = sorted(one.code for one in units)
    conditions = {"sort": said["sort"], "source": said["source"], "of": said["of"] if said["drawn"] else len(codes)}
    conditions |= {"list": said["frozen"] if said["drawn"] else frozen(codes)} | ({"codes": said["codes"]} if said["drawn"] else {})
    code = campaigns.next_code(connection)
    values = {"code": code, "name": plan.name.strip(), "profile": plan.profile, "unit_id": where.id, "opens": plan.opens}
    values |= {"deadline": plan.deadline, "drawn": plan.draw, "seed": said["seed"], "state": campaigns.OPEN, "created": now()}
    values |= {"conditions": json.dumps(conditions, ensure_ascii=False, sort_keys=True), "created_by": f"hub:{sender}"}
    number: int = connection.execute(
        campaign.insert().values(**values, order_text=text, sender=sender).returning(campaign.c.id)
    ).scalar_one()
    if units:
        campaigns.take_part(connection, number, [one.id for one in units])
    log.write(connection, sight.person, "campaign.adopt", where.id, {"campaign": code, "of": order["hub"], "number": order["number"]})
    return number


def _redrawn(said: Campaign) -> frozenset[str] | None:
    """Who was drawn, by the list and the seed; None where all take part. Raises UseError."""
    if not said["drawn"]:
        return None
    if frozen(said["codes"]) != said["frozen"] or len(said["codes"]) != said["of"]:
        raise UseError("order-draw")
    return frozenset(drawn(said["seed"], said["codes"], said["drawn"]))


def adopt_notice(connection: Connection, own: Own, sight: Sight, order: Order, text: str, sender: str) -> int:
    """Take over a notice of the hub above, under its number and its name, and send it on; returns its id. Raises UseError."""
    said = order["notice"]
    assert said is not None
    held = connection.execute(
        sight.narrow(sa.select(notice.c.id, notice.c.order_text).where(notice.c.number == order["number"]), notice.c.unit_id)
    )
    if (row := held.first()) is not None:
        if row.order_text != text:
            raise UseError("order-number", number=order["number"])
        return int(row.id)
    found = located(connection, own, order["path"])
    if found is None:
        raise UseError("order-elsewhere", path=" ".join(order["path"])[:200])
    to = found[0]
    if said["kind"] not in notices.KINDS or (said["kind"] != notices.CIRCULAR and found[1] and to.rank != "unit"):
        raise UseError("notice-to", unit=to.code)
    asked = said["demand"]
    demand: Demand = {
        "unit": to.code,
        "hazards": _completed(connection, sight, to, asked["hazards"]),
        "finished": asked["finished"],
        "version": asked["version"],
        "rulebook": asked["rulebook"],
    }
    if "report" in asked:
        demand["report"] = asked["report"]
    upper = {"hub": order["hub"], "name": order["name"]}
    body = {"text": said["text"], "demand": demand, "figures": [list(pair) for pair in said["figures"]], "upper": upper}
    root = sight.root(connection)
    values = {"number": order["number"], "kind": said["kind"], "title": said["title"], "unit_id": to.id, "issuer_id": root.id}
    values |= {
        "body": canonical(body).decode(),
        "issued": now(),
        "deadline": order["deadline"],
        "state": notices.ISSUED,
        "order_text": text,
        "sender": sender,
    }
    number: int = connection.execute(notice.insert().values(values).returning(notice.c.id)).scalar_one()
    sent = issuing.sent_on(connection, own, sight, notices.find(connection, sight, number), order["number"], order["issued"])
    connection.execute(notice.update().where(notice.c.id == number).values(sent))
    log.write(connection, sight.person, "notice.adopt", to.id, {"notice": order["number"], "of": order["hub"]})
    return number


def _completed(connection: Connection, sight: Sight, to: Unit, marks: Sequence[Mark]) -> list[Named]:
    """The hazards that an order names by code alone, as the unit's own reports tell them; one that they do not tell can be proven by nothing."""
    statement = sa.select(hazard).where(hazard.c.unit_id == to.id, hazard.c.code.in_([mark["code"] for mark in marks]))
    rows = {row.code: row for row in connection.execute(sight.narrow(statement, hazard.c.unit_id))}
    found: list[Named] = []
    for mark in marks:
        row = rows.get(mark["code"])
        found.append(
            {
                "code": mark["code"],
                "level": mark["level"],
                "risk": mark["risk"],
                "check": row.check_id if row is not None else "",
                "target": row.target if row is not None else "",
                "last": row.last if row is not None else "",
                "state": row.state if row is not None else "registered",
                "times": row.times if row is not None else 0,
            }
        )
    return found
