"""What addressees say of notices: that they have got one, and what they reply. Neither closes one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people import log
from hub.people.sight import Hidden, Sight
from hub.store.tables import notice
from hub.work import campaigns
from hub.work.notices import DRAFT, ISSUED, MAX_TEXT, RECEIVED, REPLIED, STANDING, Notice, find
from scanner.errors import UseError


def receive(connection: Connection, sight: Sight, number: int) -> None:
    """The addressee has got it (回执); twice changes nothing. Raises Hidden, Forbidden."""
    sight.must("reply")
    one = _addressed(connection, sight, number)
    if one.state == ISSUED:
        connection.execute(_standing(number, ISSUED).values(state=RECEIVED, received=now()))
        _part(connection, sight, one)
        log.write(connection, sight.person, "notice.receive", one.where.id, {"notice": one.number})


def reply(connection: Connection, sight: Sight, number: int, text: str) -> None:
    """The addressee answers; what it says closes nothing. Raises UseError, Hidden, Forbidden."""
    sight.must("reply")
    one = _addressed(connection, sight, number)
    text = text.strip()
    if not 0 < len(text) <= MAX_TEXT:
        raise UseError("notice-reply", most=MAX_TEXT)
    if one.state not in STANDING:
        raise UseError("notice-over", notice=one.number)
    values = {"state": REPLIED, "reply": text, "received": one.received or now()}
    connection.execute(_standing(number, *STANDING).values(values))
    _part(connection, sight, one)
    log.write(connection, sight.person, "notice.reply", one.where.id, {"notice": one.number})


def _standing(number: int, *states: str) -> sa.Update:
    """What was closed meanwhile does not stand again."""
    return notice.update().where(notice.c.id == number, notice.c.state.in_(states))


def _part(connection: Connection, sight: Sight, one: Notice) -> None:
    """Who has got the letter of a campaign has got the campaign."""
    if one.campaign_id is not None:
        campaigns.receive(connection, sight, one.campaign_id, one.where.id)


def _addressed(connection: Connection, sight: Sight, number: int) -> Notice:
    """One to the person's own unit, or to a unit for which the person keeps the paper receipts. Drafts are nobody's."""
    one = find(connection, sight, number)
    if one.state == DRAFT or not sight.sees(connection, one.where.id):
        raise Hidden
    return one
