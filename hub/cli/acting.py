"""Whoever works at the hub's own terminal acts for the unit that runs it, or for one below; the log names the account of the machine."""

from __future__ import annotations

import getpass

import click
from sqlalchemy.engine import Connection

from hub.cli.options import word
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from scanner.errors import UseError

AS = click.option("--as", "code", default="", metavar="CODE", help=word("hub.work.as"))
COLLECTING = ("county", "city", "province", "nation")


def acting(connection: Connection, hub: Own, code: str) -> Sight:
    """The rights of a collector at the unit. Raises UseError for one that only reports, or that is unknown."""
    where = units.find(connection, code or hub.code)
    if where.rank not in COLLECTING:
        raise UseError("hub-acting", unit=where.code)
    return Sight(0, where.rank, where.path, ROLES[where.rank], f"cli:{getpass.getuser()}")
