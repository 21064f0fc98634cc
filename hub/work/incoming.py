"""Orders and recalls come in by the door of intake: from the hub above alone, each number once; what they say is looked at before it counts here."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.days import day as day_of
from hub.intake.door import Outcome
from hub.intake.judging import ACCEPTED, DUPLICATE, taken
from hub.intake.order_shape import KIND, MEMBER, Order, check_order, check_recall, is_recall
from hub.intake.reading import Arrival
from hub.intake.receipts import receipt
from hub.people import log
from hub.people.sight import Sight
from hub.registry.own import TRUST, Own
from hub.store.database import Database, alone
from hub.store.tables import incoming
from hub.work import campaigns, ending, recalls, sending
from hub.work.adopting import adopt_campaign, adopt_notice
from hub.work.clockwork import hub_sight
from scanner.errors import UseError
from scanner.ledger.envelope import Envelope
from scanner.ledger.trust import Trust, read_trust, why_not
from scanner.model.canonical import digest

AT_ONCE = 100
"""Notices of one transaction."""


def take(connection: Connection, own: Own, arrival: Arrival) -> Outcome:
    """Make it ours and answer it; what came before gets the answer of then. Raises UseError with the reason why not: then nothing was written."""
    envelope = arrival.envelope
    assert envelope is not None
    manifest, data = envelope.manifest, envelope.members[MEMBER]
    alone(connection, KIND)
    c = incoming.c
    held = connection.execute(
        sa.select(c.digest, c.receipt).where(c.sender == manifest["unit"], c.sequence == manifest["sequence"])
    ).first()
    if held is not None and held.digest == envelope.digest:
        return Outcome(DUPLICATE, None, bytes(held.receipt), None)
    _trusted(own, envelope, arrival.received)
    if held is not None:
        raise UseError("order-conflict", unit=manifest["unit"], sequence=manifest["sequence"])
    if manifest["to"] != own.code:
        raise UseError("hub-envelope-elsewhere", to=manifest["to"] or "-", hub=own.code)
    sight = hub_sight(connection)
    if sight is None:
        raise UseError("hub-unit-unknown", unit=own.code)
    about, told = (_recalled if is_recall(data) else _adopted)(connection, own, sight, data, manifest["unit"])
    action = "order.recalled" if is_recall(data) else "order.accepted"
    log.write(connection, arrival.actor, action, None, {"envelope": envelope.digest, "sequence": manifest["sequence"], **told})
    answer = receipt(own, taken(0, 0, arrival, envelope, ""), log.sign_head(connection, own.code, own.sign))
    values = {"digest": envelope.digest, "sender": manifest["unit"], "sequence": manifest["sequence"], "previous": manifest["previous"]}
    values |= {"received": arrival.received, "source": arrival.source, "fingerprint": manifest["key"], "about": about}
    connection.execute(incoming.insert().values(**values, data=arrival.plain, receipt=answer))
    return Outcome(ACCEPTED, None, answer, None)


def _adopted(connection: Connection, own: Own, sight: Sight, data: bytes, sender: str) -> tuple[str, dict[str, str]]:
    """Digest of the order, and what the log says of it. Raises UseError."""
    order, about = check_order(data), digest(data)
    _timely(own, order)
    if recalls.known(connection, sender, about)[1]:
        raise UseError("order-recalled", number=order["number"], hub=sender)
    adopt = adopt_campaign if order["campaign"] is not None else adopt_notice
    adopt(connection, own, sight, order, data.decode(), sender)
    return about, {"of": order["hub"], "number": order["number"]}


def _recalled(connection: Connection, own: Own, sight: Sight, data: bytes, sender: str) -> tuple[str, dict[str, str]]:
    """Digest of the order that it ends, and what the log says of it. Raises UseError."""
    recall = check_recall(data)
    recalls.obey(connection, own, sight, recall, data.decode(), sender)
    return recall["order"], {"of": recall["hub"], "number": recall["number"], "end": recall["end"]}


def pass_on(own: Own, database: Database) -> int:
    """Send on what came from above or was taken back: orders to hubs below, notices to units, a hundred a transaction. Returns how many notices.

    Raises KeepError.
    """
    done = ending.tell_units(own, database)
    while codes := _waiting(database):
        for code in codes:
            # One a transaction: who held several would wait for somebody who holds another.
            with database.writing() as connection:
                done += _send_on(connection, own, code)
    return done


def _send_on(connection: Connection, own: Own, code: str) -> int:
    """One that was ended since it was found waits no more."""
    sight = hub_sight(connection)
    assert sight is not None
    campaigns.hold(connection, code)
    if campaigns.find(connection, sight, code).state != campaigns.OPEN:
        return 0
    return len(sending.campaign_notices(connection, own, sight, code, AT_ONCE))


def _waiting(database: Database) -> list[str]:
    """Codes of campaigns from above of which somebody here was not told; past its deadline nobody is any more."""
    with database.reading() as connection:
        sight = hub_sight(connection)
        if sight is None:
            return []
        given = [one for one in campaigns.listed(connection, sight) if one.sender and one.state == campaigns.OPEN]
        return [one.code for one in given if one.deadline >= today() and any(sending.untold(connection, sight, one))]


def _trusted(own: Own, envelope: Envelope, received: str) -> None:
    """Only the pinned key of the hub above gives orders, whoever carries them. Raises UseError."""
    folder = own.home / TRUST if own.home is not None else None
    trust = read_trust(folder) if folder is not None and folder.is_dir() else Trust()
    manifest = envelope.manifest
    why = why_not(trust.of(envelope.key.fingerprint, "hub"), manifest["unit"], day_of(received), None)
    if why is not None:
        raise UseError(f"order-upper-{why}", unit=manifest["unit"], fingerprint=manifest["key"])


def _timely(own: Own, order: Order) -> None:
    if order["hub"] == own.code:
        raise UseError("order-own", number=order["number"])
    if order["deadline"] and order["deadline"] < today():
        raise UseError("order-past", number=order["number"], deadline=order["deadline"])
