"""Orders downward: what a campaign or a notice is to the hubs below, made once and handed on as it is; and that it was taken back."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.intake.order_shape import KIND, MEMBER, RECALL, SCHEMA, Campaign, Notice, Order, Recall, check_order
from hub.people.sight import Sight
from hub.registry import units
from hub.registry.lower import lower, serving
from hub.registry.own import Own
from hub.registry.units import Unit, above, below
from hub.store.tables import outgoing, unit
from hub.work.downward import recipient, send
from scanner.model.canonical import canonical, digest


@dataclass(frozen=True, slots=True)
class Handed:
    """An order on its way to a hub below."""

    hub: Unit
    created: str
    sent: str
    """When it was last fetched, or laid on a disc."""


def order_text(connection: Connection, where: Unit, **said: Any) -> str:
    """A new order for a subtree. ``said``: number, deadline, and campaign or notice."""
    chain = [units.by_id(connection, number) for number in above(where.path)]
    campaign: Campaign | None = said.get("campaign")
    notice: Notice | None = said.get("notice")
    order: Order = {
        "schema": SCHEMA,
        "hub": chain[0].code,
        "name": chain[0].name,
        "number": said["number"],
        "issued": today(),
        "deadline": said["deadline"],
        "nonce": secrets.token_hex(32),
        "path": [one.code for one in chain],
        "campaign": campaign,
        "notice": notice,
    }
    return canonical(order).decode()


def hand_down(connection: Connection, own: Own, hubs: Iterable[Unit], text: str) -> list[bytes]:
    """To every hub that has not got it; returns the envelopes. Raises UseError."""
    raw = text.encode()
    about, out = digest(raw), []
    known = set(connection.execute(sa.select(outgoing.c.to_id).where(outgoing.c.kind == KIND, outgoing.c.about == about)).scalars())
    for hub in hubs:
        if hub.id not in known:
            secret = recipient(connection, hub, today())
            out.append(send(connection, own, hub, KIND, {MEMBER: raw}, secret, about=about).data)
    return out


def recall_text(order: str, end: str, why: str = "") -> str:
    """That an order of ours no longer stands."""
    given = check_order(order.encode())
    recall: Recall = {
        "schema": RECALL,
        "hub": given["hub"],
        "order": digest(order.encode()),
        "number": given["number"],
        "issued": today(),
        "end": end,
        "why": why,
    }
    return canonical(recall).decode()


def hand_recall(connection: Connection, own: Own, order: str, recall: str) -> None:
    """To every hub that the order went to, whatever that is by now. Raises UseError."""
    c = outgoing.c
    went = sa.select(c.to_id).where(c.kind == KIND, c.about == digest(order.encode())).order_by(c.to_id)
    hand_down(connection, own, [units.by_id(connection, number) for number in connection.execute(went).scalars()], recall)


def handed(connection: Connection, sight: Sight, text: str) -> list[Handed]:
    """To which of the hubs that are seen it went. Raises Forbidden."""
    sight.must("see-figures")
    if not text:
        return []
    c = outgoing.c
    statement = sa.select(c.to_id, c.created, c.sent).where(c.kind == KIND, c.about == digest(text.encode()))
    rows = connection.execute(sight.narrow(statement, c.to_id).order_by(c.to_id))
    return [Handed(sight.unit_by_id(connection, row.to_id), row.created, row.sent) for row in rows]


def located(connection: Connection, own: Own, path: Sequence[str]) -> tuple[Unit, bool] | None:
    """Where an order for this path falls in our tree, and whether its end is known here; None when it concerns nobody here.

    An end that is not registered here is some hub's below, as long as the last unit of the path that is registered stands under that hub.
    """
    here = start = units.find(connection, own.code)
    if own.code not in path:
        # It is for a subtree that we stand in: the hub above says so by sending it.
        return here, True
    for code in path[list(path).index(own.code) + 1 :]:
        found = connection.execute(sa.select(unit.c.id).where(unit.c.code == code, below(here.path))).scalar()
        if found is None:
            return (here, False) if serving(lower(connection, start.path, today()), here) is not None else None
        here = units.by_id(connection, found)
    return here, True
