"""What a person may see and do: THE choke point. Deny by default; every read of a unit's table is narrowed here to a subtree.

Whatever is outside it does not exist: a foreign id gets the answer of one that nobody ever gave out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.registry.units import Unit, below, made
from hub.store.tables import unit
from scanner.errors import ScopeError

_LOOK = frozenset({"self", "see-figures", "see-results", "export"})
_COLLECT = _LOOK | {"upload", "reply", "campaign", "notice", "advisory", "escalate", "rulebook"}
"""``rulebook``, which settles things for the whole hub, counts only at the top of its tree: :meth:`Sight.must_for_all`."""
ROLES: dict[str, frozenset[str]] = {
    "unit": _LOOK | {"upload", "reply"},
    "county": _COLLECT,
    "city": _COLLECT,
    "province": _COLLECT,
    "nation": _COLLECT,
    "auditor": _LOOK | {"see-evidence"},
    "admin-system": frozenset({"self", "units", "keys", "duties", "backup", "config"}),
    "admin-security": frozenset({"self", "accounts", "sessions", "tokens"}),
    "admin-audit": frozenset({"self", "log"}),
}
"""Role to what it may do. The three administrators see no finding and nothing of each other's."""
TOP = 2
"""Strokes in the path of the unit at the top."""
ADMINISTRATORS = ("admin-system", "admin-security", "admin-audit")
ACTS = frozenset().union(*ROLES.values())
"""Every act there is; ``self`` is one's own account."""


class Forbidden(ScopeError):
    """The person may not do this, whatever it is done to."""

    def __init__(self, act: str) -> None:
        super().__init__("hub-forbidden", act=act)
        self.act = act


class Hidden(ScopeError):
    """There is no such thing, or not for this person: the two are never told apart."""

    def __init__(self) -> None:
        super().__init__("hub-hidden")


@dataclass(frozen=True, slots=True)
class Sight:
    """The rights of one request, made from the session or token and never from what the request says."""

    account_id: int
    role: str
    """One of :data:`ROLES`."""
    root_path: str
    """Path of the unit whose subtree is seen."""
    acts: frozenset[str]
    """What may be done: those of the role, or the fewer of a token."""
    person: str
    """Name of the account: what the log writes."""

    def may(self, act: str) -> bool:
        """Whether the act is among the rights."""
        return act in self.acts

    def must(self, act: str) -> None:
        """Raises Forbidden."""
        if not self.may(act):
            raise Forbidden(act)

    def may_for_all(self, act: str) -> bool:
        """Whether the act may be done to the hub as a whole: by those only whose unit is the top of its tree."""
        return self.may(act) and self.root_path.count("/") == TOP

    def must_for_all(self, act: str) -> None:
        """Raises Forbidden."""
        if not self.may_for_all(act):
            raise Forbidden(act)

    def units(self) -> sa.Select[tuple[int]]:
        """Ids of the units that are seen."""
        return sa.select(unit.c.id).where(below(self.root_path))

    def narrow(self, statement: sa.Select[Any], column: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """The statement, for the rows only whose unit is seen."""
        return statement.where(column.in_(self.units()))

    def unit(self, connection: Connection, code: str) -> Unit:
        """A unit by its code. Raises Hidden for one that is not seen or not there."""
        return self._one(connection, unit.c.code == code)

    def unit_by_id(self, connection: Connection, number: int) -> Unit:
        """A unit by its id. Raises Hidden."""
        return self._one(connection, unit.c.id == number)

    def root(self, connection: Connection) -> Unit:
        """The unit at the top of what is seen. Raises Hidden."""
        return self._one(connection, unit.c.path == self.root_path)

    def sees(self, connection: Connection, number: int) -> bool:
        """Whether the unit is seen."""
        return connection.execute(self.units().where(unit.c.id == number)).first() is not None

    def _one(self, connection: Connection, condition: sa.ColumnElement[bool]) -> Unit:
        row = connection.execute(sa.select(unit).where(below(self.root_path), condition)).first()
        if row is None:
            raise Hidden
        return made(row)
