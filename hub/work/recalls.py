"""Recalls of the hub above: what it ordered no longer stands here, nor below, and does not come again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.intake.order_shape import MEMBER, Recall, check_order, is_recall
from hub.people.sight import Sight
from hub.registry.own import Own
from hub.store.tables import incoming
from hub.work import ending, withdrawing
from hub.work.ordering import hand_recall
from scanner.errors import UseError
from scanner.ledger.envelope import open_envelope


def obey(connection: Connection, own: Own, sight: Sight, recall: Recall, text: str, sender: str) -> None:
    """End what the order made, and pass the recall on. One that comes before its order is remembered by being kept. Raises UseError.

    Only the hub that gave an order takes it back, and only what came from it.
    """
    order, _ = known(connection, sender, recall["order"])
    if order is None:
        return
    given = check_order(order.encode())
    if (given["hub"], given["number"]) != (recall["hub"], recall["number"]):
        raise UseError("recall-other", number=recall["number"], other=given["number"])
    if given["campaign"] is not None:
        ending.recalled(connection, sight, order, sender, recall, text)
    else:
        withdrawing.recalled(connection, own, sight, order, sender, recall, text)
    hand_recall(connection, own, order, text)


def known(connection: Connection, sender: str, about: str) -> tuple[str | None, bool]:
    """The order of this digest as it came from this hub, and whether that hub took it back."""
    order, gone = None, False
    kept = sa.select(incoming.c.data).where(incoming.c.sender == sender, incoming.c.about == about)
    for data in connection.execute(kept).scalars():
        member = open_envelope(bytes(data)).members[MEMBER]
        if is_recall(member):
            gone = True
        else:
            order = member.decode()
    return order, gone
