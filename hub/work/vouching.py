"""What hubs below vouch for: which units got, answered or met an order, under the signature of the hub that holds what the unit sent.

A hub speaks for the units that stand under it, and for nobody else; its newest summary is its word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import read, today
from hub.intake.order_shape import check_order, reply_mark, ticket
from hub.intake.summary import REPLIED, Answer, Said, said_in
from hub.intake.told import newest
from hub.people.sight import Sight
from hub.registry.lower import lower, serving
from hub.registry.units import Unit, below
from hub.store.tables import envelope, unit
from hub.work.ordering import Handed, handed
from scanner.model.canonical import digest


@dataclass(frozen=True, slots=True)
class Voucher:
    """What one unit did, as a hub below tells it."""

    hub: str
    """Its code."""
    envelope_id: int
    """The summary that says so."""
    state: str
    digest: str
    """Of the unit's envelope; of the order that was received; or of the reply, see :func:`hub.intake.order_shape.reply_mark`."""
    finished: str
    """When its run finished, or when it got what it answers."""
    reply: str = ""
    """What the unit wrote, where the hub tells it in full and its digest is the one above."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The newest summary of a hub below, as far as it speaks of orders."""

    hub: Unit
    envelope_id: int
    said: Said


def spoken(connection: Connection, sight: Sight) -> list[Spoken]:
    """Of the hubs below that are seen."""
    found = []
    for hub in lower(connection, sight.root_path, today()):
        row = connection.execute(sight.narrow(newest(hub.id), envelope.c.unit_id)).first()
        if row is not None:
            found.append(Spoken(hub, row.id, said_in(row.data)))
    return found


def hubs(connection: Connection, sight: Sight, text: str) -> list[tuple[Handed, Answer | None]]:
    """To which hubs that are seen an order went, and what each last said of it."""
    about = digest(text.encode())
    said = {one.hub.id: one.said.answers.get(about) for one in spoken(connection, sight)} if text else {}
    return [(one, said.get(one.hub.id)) for one in handed(connection, sight, text)]


def recalled(connection: Connection, sight: Sight, recall: str) -> Mapping[int, Handed]:
    """Hubs that are seen and were told that an order no longer stands, by id."""
    return {one.hub.id: one for one in handed(connection, sight, recall)}


def voucher(said: Sequence[Spoken], text: str, where: Unit) -> Voucher | None:
    """Of a notice, which is for one unit alone: by the code that the order gives it, whether it is registered here or only below."""
    about = digest(text.encode())
    hub = serving([one.hub for one in said if about in one.said.answers], where)
    if hub is None:
        return None
    order = check_order(text.encode())
    name = ticket(order["nonce"], order["path"][-1])
    (one,) = (one for one in said if one.hub.id == hub.id)
    reply = one.said.replies.get((about, name), "")
    for line in one.said.answers[about]["proofs"]:
        if line[0] == name and _timed(line):
            # The text is nobody's word: the digest that the hub signed is what makes it the unit's.
            proven = line[1] == REPLIED and reply_mark(order["nonce"], reply) == line[2]
            return _made(one, line, reply if proven else "")
    return None


def vouchers(connection: Connection, sight: Sight, said: Sequence[Spoken], text: str, where: Unit) -> Mapping[int, Voucher]:
    """Id of a unit of this subtree to what is vouched for it under an order."""
    about = digest(text.encode())
    speaking = [one for one in said if about in one.said.answers] if text else []
    if not speaking:
        return {}
    nonce = check_order(text.encode())["nonce"]
    lines = {(one.hub.id, line[0]): (one, line) for one in speaking for line in one.said.answers[about]["proofs"]}
    rows = connection.execute(sight.narrow(sa.select(unit).where(below(where.path), unit.c.rank == "unit"), unit.c.id))
    found = {}
    for row in rows:
        hub = serving([one.hub for one in speaking], row)
        held = lines.get((hub.id, ticket(nonce, row.code))) if hub is not None else None
        if held is not None and _timed(held[1]):
            found[int(row.id)] = _made(*held)
    return found


def _made(one: Spoken, line: tuple[str, str, str, str], reply: str = "") -> Voucher:
    _, state, proof, finished = line
    return Voucher(one.hub.code, one.envelope_id, state, proof, finished, reply)


def _timed(line: tuple[str, str, str, str]) -> bool:
    """A time that no calendar has says nothing: its form alone was looked at when it came in."""
    try:
        read(line[3])
    except ValueError:
        return False
    return True
