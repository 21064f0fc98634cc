"""What whoever brought an envelope is told of a refusal. Whether a unit is registered is nothing that an upload may find out."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from hub.people.sight import Sight
from hub.store.tables import unit
from scanner.errors import KeepError, ShiquError

ABOUT_THE_SENDER = ("hub-sender-", "hub-signer-")
"""Beginnings of the codes that tell what stands in the registry."""


def told_to(connection: Connection, sight: Sight, error: ShiquError) -> ShiquError:
    """The error as it is for whoever sees the unit that the envelope names; for everybody else one and the same, whatever is registered."""
    if not error.code.startswith(ABOUT_THE_SENDER):
        return error
    named = error.fields.get("unit", "")
    if connection.execute(sight.units().where(unit.c.code == named)).first() is not None:
        return error
    return KeepError("hub-sender-unproven", unit=named)
