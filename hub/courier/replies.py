"""The text of what units replied to notices of the hub above, as it goes up in a full summary: ours, and what hubs below told in full.

Each is the text of a digest that goes up as a proof. A unit with classified matters is told of by the digest alone, however much is disclosed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import today
from hub.courier.answers import MOST, said_by
from hub.intake.order_shape import check_order, reply_mark
from hub.intake.summary import MAX_REPLIES, REPLIED, Answer, Reply, tellable
from hub.registry.lower import lower, serving
from hub.registry.units import Unit, by_id
from hub.store.tables import bulletin, envelope, notice, standing, system
from scanner.model.canonical import canonical, digest

CLASSIFIED = "classified"


class _System(msgspec.Struct):
    holds: str = ""


class _Systems(msgspec.Struct):
    systems: list[_System] = []


_SYSTEMS = msgspec.json.Decoder(_Systems)
"""Made while only one thread runs: see :mod:`scanner.ledger.envelope`."""


def replies(connection: Connection, path: str, told: Sequence[Answer], room: int) -> list[Reply]:
    """Of the proofs that are told, as far as there is room: of notices that stand before those that closed, the newest first."""
    room, found = min(room, MAX_REPLIES) - 2, []
    for one in _texts(connection, path, {one["order"]: one for one in told}):
        size = len(canonical(one)) + 1
        if size <= room:
            room -= size
            found.append(one)
    return sorted(found, key=lambda one: (one["order"], one["ticket"]))


def _texts(connection: Connection, path: str, told: Mapping[str, Answer]) -> Iterator[Reply]:
    hubs = lower(connection, path, today())
    said = {hub.id: said_by(connection, hub).replies for hub in hubs}
    given = sa.select(notice.c.order_text, notice.c.unit_id, notice.c.reply, notice.c.closed)
    given = given.where(notice.c.sender != "", notice.c.kind != "circular").order_by(notice.c.id.desc()).limit(MOST)
    for row in sorted(connection.execute(given), key=lambda row: bool(row.closed)):
        about = digest(row.order_text.encode())
        marks = {line[0]: line[2] for line in told[about]["proofs"] if line[1] == REPLIED} if about in told else {}
        if not marks:
            continue
        where, nonce = by_id(connection, row.unit_id), check_order(row.order_text.encode())["nonce"]
        ours = serving(hubs, where) is None
        for name, mark in marks.items():
            texts = [_ours(connection, where, row.reply)] if ours else [held.get((about, name), "") for held in said.values()]
            text = next((one for one in texts if tellable(one) and reply_mark(nonce, one) == mark), None)
            if text is not None:
                yield {"order": about, "ticket": name, "text": text}


def _ours(connection: Connection, where: Unit, reply: str) -> str:
    """Nothing of a unit with classified matters, by the registry or by what it reported."""
    if connection.execute(sa.select(system.c.id).where(system.c.unit_id == where.id, system.c.holds == CLASSIFIED).limit(1)).first():
        return ""
    statement = sa.select(envelope.c.marking, bulletin.c.data).join(bulletin, bulletin.c.envelope_id == envelope.c.id)
    statement = statement.join(standing, standing.c.envelope_id == envelope.c.id).where(standing.c.unit_id == where.id)
    for marking, data in connection.execute(statement):
        if marking or any(one.holds == CLASSIFIED for one in _SYSTEMS.decode(data).systems):
            return ""
    return reply
