"""What hubs below vouch for: which units got, answered or met an order, under the signature of the hub that holds what the unit sent.

A hub speaks for the units that stand under it, and for nobody else; its newest summary is its word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import read, today
from hub.intake.order_shape import check_order, reply_mark, reply_ticket, ticket
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
    """What the unit wrote, where the hub tells it in full and :attr:`mark` is its digest."""
    mark: str = ""
    """Digest of the unit's reply; empty where none is told. Of a notice that closed it stands beside the proof."""
    got: str = ""
    """When the unit got what it answers; empty where none is told."""

    @property
    def relayed(self) -> dict[str, Any]:
        """As it is kept beside the notice."""
        kept = {"hub": self.hub, "envelope": self.envelope_id, "digest": self.mark or self.digest}
        return kept | ({"reply": self.reply} if self.reply else {})

    def adds(self, here: str, relayed: Mapping[str, Any] | None) -> bool:
        """Whether it tells a reply that is new beside what was relayed: the same in a newer summary is the same, but for its text that comes later.

        Who replied to us (``here``) does not speak through others as well.
        """
        if here or not self.mark:
            return False
        return relayed is None or relayed["digest"] != self.mark or self.reply not in ("", relayed.get("reply", ""))


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
    nonce, code = order["nonce"], order["path"][-1]
    (one,) = (one for one in said if one.hub.id == hub.id)
    lines = {line[0]: line for line in one.said.answers[about]["proofs"] if _timed(line)}
    line = lines.get(ticket(nonce, code))
    if line is None:
        return None
    replied = line if line[1] == REPLIED else lines.get(reply_ticket(nonce, code))
    if replied is None or replied[1] != REPLIED:
        return _made(one, line)
    name, _, mark, got = replied
    reply = one.said.replies.get((about, name), "")
    # The text is nobody's word: the digest that the hub signed is what makes it the unit's.
    return replace(_made(one, line), mark=mark, got=got, reply=reply if reply_mark(nonce, reply) == mark else "")


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


def _made(one: Spoken, line: tuple[str, str, str, str]) -> Voucher:
    _, state, proof, finished = line
    return Voucher(one.hub.code, one.envelope_id, state, proof, finished)


def _timed(line: tuple[str, str, str, str]) -> bool:
    """A time that no calendar has says nothing: its form alone was looked at when it came in."""
    try:
        read(line[3])
    except ValueError:
        return False
    return True
