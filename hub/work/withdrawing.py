"""Taking notices back: whoever got one is told, hubs below by a recall; the number stays taken."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.intake.order_shape import WITHDRAWN as RECALLED
from hub.intake.order_shape import Recall
from hub.people import log
from hub.people.sight import Sight
from hub.registry import units
from hub.registry.lower import concerned
from hub.registry.own import Own
from hub.registry.units import Unit
from hub.store.tables import notice, outgoing
from hub.words import say
from hub.work import papers
from hub.work.downward import recipient, send
from hub.work.issuing import about_of, addressees, plain
from hub.work.notices import DRAFT, MAX_TITLE, STANDING, WITHDRAWN, Notice, find, mine
from hub.work.ordering import hand_recall, recall_text
from scanner.errors import UseError
from scanner.model.canonical import canonical


def withdraw(connection: Connection, own: Own, sight: Sight, number: int, why: str) -> None:
    """A draft goes; an issued one keeps its number and says why it no longer stands. Raises UseError, Hidden, Forbidden."""
    one = mine(connection, sight, number)
    if one.sender:
        raise UseError("notice-upper", notice=one.number, hub=one.sender)
    if one.state == DRAFT:
        if connection.execute(notice.delete().where(notice.c.id == number, notice.c.state == DRAFT)).rowcount != 1:
            raise UseError("notice-issued", notice=number)
    elif one.state in STANDING:
        why = reason(why)
        recall = recall_text(one.order_text, RECALLED, why) if one.order_text else ""
        take_back(connection, own, sight, one, why, recall)
        if recall:
            hand_recall(connection, own, one.order_text, recall)
    else:
        raise UseError("notice-over", notice=one.number)
    log.write(connection, sight.person, "notice.withdraw", one.where.id, {"notice": one.number or number})


def reason(why: str) -> str:
    """In one line. Raises UseError for none."""
    line = " ".join(why.split())[:MAX_TITLE]
    if not line or not line.isprintable():
        raise UseError("notice-why")
    return line


def take_back(connection: Connection, own: Own, sight: Sight, one: Notice, why: str, recall: str = "") -> bool:
    """It no longer stands, and the units that it went to from here are told; False when it had ended meanwhile."""
    body = {**one.body, "withdrawn": why} | ({"recall": recall} if recall else {})
    condition = sa.and_(notice.c.id == one.id, notice.c.state.in_(STANDING))
    if connection.execute(notice.update().where(condition).values(state=WITHDRAWN, body=canonical(body).decode())).rowcount != 1:
        return False
    day = today()
    members = _letter(one, why, day)
    for to in _told(connection, sight, one):
        send(connection, own, to, "notice", members, recipient(connection, to, day), about=about_of(one.number))
    return True


def recalled(connection: Connection, own: Own, sight: Sight, order: str, sender: str, recall: Recall, text: str) -> None:
    """The hub above withdrew the notice that this order of its made here; one that is closed stays closed."""
    if recall["end"] != RECALLED:
        raise UseError("order-form")
    made = sa.select(notice.c.id).where(notice.c.order_text == order, notice.c.sender == sender, notice.c.state.in_(STANDING))
    number = connection.execute(sight.narrow(made, notice.c.unit_id)).scalar()
    if number is not None:
        take_back(connection, own, sight, find(connection, sight, number), recall["why"], text)


def _told(connection: Connection, sight: Sight, one: Notice) -> Iterable[Unit]:
    """Whoever has it; what was sent before envelopes were marked went to its addressees."""
    went = sa.select(outgoing.c.to_id).distinct().where(outgoing.c.kind == "notice", outgoing.c.about == about_of(one.number))
    ids = connection.execute(went.order_by(outgoing.c.to_id)).scalars().all()
    if ids:
        return [units.by_id(connection, number) for number in ids]
    return addressees(connection, sight, one, concerned(connection, one.where, today()))


def _letter(one: Notice, why: str, day: str) -> dict[str, bytes]:
    """It names no hazard: one wording for everybody."""
    said = plain(one, one.number, day, one.where)
    text = say("letter.withdraw.text", "zh", number=one.number, title=one.title, why=why)
    said |= {"title": say("letter.withdraw.title", "zh", title=one.title), "text": [text], "deadline": "", "withdrawn": why}
    said |= {"hazards": [], "report": None, "figures": []}
    letter = papers.letter({**said, "kind": "withdraw"}, "withdraw", "zh")
    return {"notice.json": canonical(said), "notice.docx": papers.docx(letter, "zh")}
