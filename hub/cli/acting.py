"""Whoever works at the hub's own terminal acts for the unit that runs it, or for one below; the log names the account of the machine."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy.engine import Connection

from hub.cli.options import own, word
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


def settle(home: Path, reference: str, code: str, deed: Callable[[Connection, Own, Sight], object]) -> Own:
    """Do one thing as that unit: all of it or nothing."""
    hub = own(home, reference)
    with hub.database.writing() as connection:
        deed(connection, hub, acting(connection, hub, code))
    return hub
