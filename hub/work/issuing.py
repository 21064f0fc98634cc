"""Issuing notices: numbered, worded, sealed for their addressees; past a hub below none goes, that one gets an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now, today
from hub.people import log
from hub.people.sight import Sight
from hub.registry.lower import concerned, serving
from hub.registry.own import Own
from hub.registry.units import Unit, below, made
from hub.store.tables import notice, unit
from hub.work import papers
from hub.work.downward import recipient, send
from hub.work.notices import CIRCULAR, DRAFT, ISSUED, SCHEMA, Notice, mine
from hub.work.numbers import notice_number
from hub.work.ordering import hand_down, order_text
from scanner.errors import UseError
from scanner.model.canonical import canonical, digest


def issue(connection: Connection, own: Own, sight: Sight, number: int, day: str = "") -> str:
    """Give it its number and seal it for its addressee, on this day; returns the number. Raises UseError, Hidden, Forbidden."""
    one = mine(connection, sight, number)
    if one.state != DRAFT:
        raise UseError("notice-issued", notice=one.number or number)
    day = day or today()
    if one.deadline and one.deadline < day:
        raise UseError("notice-deadline-past", deadline=one.deadline)
    told = notice_number(connection, one.issuer, day[:4])
    values = {"number": told, "issued": now(), "state": ISSUED, **sent_on(connection, own, sight, one, told, day)}
    if connection.execute(notice.update().where(notice.c.id == number, notice.c.state == DRAFT).values(values)).rowcount != 1:
        # Somebody else was quicker: what was sealed here goes with the transaction.
        raise UseError("notice-issued", notice=number)
    log.write(connection, sight.person, "notice.issue", one.where.id, {"notice": told, "kind": one.kind})
    return told


def sent_on(connection: Connection, own: Own, sight: Sight, one: Notice, number: str, day: str) -> dict[str, Any]:
    """Seal it for whom it is for, those under a hub below by an order to that hub; returns what is to be kept with it."""
    said = plain(one, number, day, one.where)
    hubs = concerned(connection, one.where, today())
    made: dict[str, dict[str, bytes]] = {}
    data, text = None, one.order_text
    for to in addressees(connection, sight, one, hubs):
        secret = recipient(connection, to, day)
        wording = papers.INTERNAL if secret else papers.MASKED
        # The letter of a circular is one letter: it is addressed to the region.
        if wording not in made:
            made[wording] = _members(said, wording)
        data = send(connection, own, to, "notice", made[wording], secret, about=about_of(number)).data
    if hubs:
        text = text or _order(connection, one, number)
        handed = hand_down(connection, own, hubs, text)
        data = data or (handed[-1] if handed else None)
    return {"envelope": data, "order_text": text}


def _order(connection: Connection, one: Notice, number: str) -> str:
    demand = one.body["demand"]
    marks = [{key: line[key] for key in ("code", "level", "risk")} for line in demand["hazards"]]
    asked = {"hazards": marks, **{key: demand[key] for key in ("finished", "version", "rulebook")}}
    asked |= {"report": demand["report"]} if "report" in demand else {}
    said = {"kind": one.kind, "title": one.title, "text": one.body["text"], "figures": one.body["figures"], "demand": asked}
    return order_text(connection, one.where, number=number, deadline=one.deadline, notice=said)


def plain(one: Notice, number: str, day: str, to: Unit) -> dict[str, Any]:
    """What the notice says, for the letter and for machines."""
    demand = one.body["demand"]
    return {
        "schema": SCHEMA,
        "number": number,
        "kind": one.kind,
        "title": one.title,
        "issuer": one.body.get("upper", {}).get("name") or one.issuer.name,
        "to": to.name,
        "unit": to.code,
        "issued": day,
        "deadline": one.deadline,
        "text": one.body["text"],
        "hazards": demand["hazards"],
        "report": demand.get("report"),
        "figures": one.body["figures"],
    }


def worded(said: Mapping[str, Any], wording: str) -> dict[str, Any]:
    """The same for machines; masked, a hazard is only its number, level and class."""
    if wording == papers.INTERNAL:
        return dict(said)
    return {**said, "hazards": [{key: line[key] for key in ("code", "level", "risk")} for line in said["hazards"]]}


def _members(said: Mapping[str, Any], wording: str) -> dict[str, bytes]:
    return {"notice.json": canonical(worded(said, wording)), "notice.docx": papers.docx(papers.letter(said, wording, "zh"), "zh")}


def about_of(number: str) -> str:
    """By what its envelopes are found again."""
    return digest(number.encode())


def addressees(connection: Connection, sight: Sight, one: Notice, hubs: Iterable[Unit]) -> list[Unit]:
    """Units that it goes to from here; those under one of the hubs get it from that one."""
    below_us = list(hubs)
    return [to for to in _concerned(connection, sight, one) if serving(below_us, to) is None]


def _concerned(connection: Connection, sight: Sight, one: Notice) -> list[Unit]:
    if one.kind != CIRCULAR:
        return [one.where]
    statement = sa.select(unit).where(below(one.where.path), unit.c.rank == "unit", unit.c.retired == "").order_by(unit.c.id)
    return [made(row) for row in connection.execute(sight.narrow(statement, unit.c.id))] or [one.where]
