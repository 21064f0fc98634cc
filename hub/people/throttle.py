"""How often one address may try to come in: what the lock of an account does not see, many names from one place. In the store: a restart forgets nothing."""

from __future__ import annotations

import ipaddress

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import later
from hub.store.tables import attempt

MOST, SECONDS = 30, 600
LOGIN = "login"


def full(connection: Connection, address: str, at: str) -> bool:
    """Whether it has to wait."""
    c = attempt.c
    # Not what lies ahead: a clock that was set back would shut people out for as long.
    fresh = (c.kind == LOGIN, c.who == place(address), c.at > later(at, -SECONDS), c.at <= at)
    return int(connection.execute(sa.select(sa.func.count()).select_from(attempt).where(*fresh)).scalar_one()) >= MOST


def failed(connection: Connection, address: str, at: str) -> None:
    """Once more; what counts no longer is forgotten."""
    connection.execute(attempt.delete().where(attempt.c.at <= later(at, -SECONDS)))
    connection.execute(attempt.insert().values(kind=LOGIN, who=place(address), at=at))


def place(address: str) -> str:
    """What counts as one address: of IPv6 the network, in which one machine has as many addresses as it likes."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:80]
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
