"""Taking notices back."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from hub.people import log
from hub.people.sight import Sight
from hub.store.tables import notice
from hub.work.notices import DRAFT, MAX_TITLE, STANDING, WITHDRAWN, mine
from scanner.errors import UseError
from scanner.model.canonical import canonical


def withdraw(connection: Connection, sight: Sight, number: int, why: str) -> None:
    """A draft goes; an issued one keeps its number and says why it no longer stands. Raises UseError, Hidden, Forbidden."""
    one = mine(connection, sight, number)
    if one.sender:
        raise UseError("notice-upper", notice=one.number, hub=one.sender)
    if one.state == DRAFT:
        connection.execute(notice.delete().where(notice.c.id == number))
    elif one.state in STANDING:
        if not why.strip():
            raise UseError("notice-why")
        body = {**one.body, "withdrawn": why.strip()[:MAX_TITLE]}
        connection.execute(notice.update().where(notice.c.id == number).values(state=WITHDRAWN, body=canonical(body).decode()))
    else:
        raise UseError("notice-over", notice=one.number)
    log.write(connection, sight.person, "notice.withdraw", one.where.id, {"notice": one.number or number})
