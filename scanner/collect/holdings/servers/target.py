"""From a catalogue target's URL to the reader of its family."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scanner.collect.holdings.servers.address import Server, server_of
from scanner.collect.holdings.servers.elastic import read_elastic
from scanner.collect.holdings.servers.mssql import read_mssql
from scanner.collect.holdings.servers.mysql import read_mysql
from scanner.collect.holdings.servers.oracle import read_oracle
from scanner.collect.holdings.servers.postgresql import read_postgresql
from scanner.collect.holdings.servers.solr import read_solr
from scanner.collect.places import Pins
from scanner.collect.sql import Secret
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Place, Unread
from scanner.model.absent import Why

Read = Callable[[Server, Secret, float], Iterator[Found]]
_READERS: dict[str, Read] = {
    "postgresql": read_postgresql, "kingbase": read_postgresql, "opengauss": read_postgresql, "mysql": read_mysql,
    "mssql": read_mssql, "oracle": read_oracle, "dm": read_oracle,
}  # fmt: skip
_OPEN: dict[str, Callable[[Server, Secret | None, float], Iterator[Found]]] = {"elasticsearch": read_elastic, "solr": read_solr}
"""Families that may be open to anyone: no login is needed, and that itself is told."""


def read_server(url: str, secret: Secret | None, deadline: float, pins: Pins = None) -> Iterator[Found]:
    """Everything a server has, group by group. Never raises for what a server does: what cannot be read is an ``Unread``.

    ``deadline`` is on the monotonic clock. At most one login is tried; when it is refused nothing else is.
    """
    name = url.partition("?")[0].rpartition("/")[2]
    try:
        server = server_of(url, pins)
        if server.family in _OPEN:
            yield from _OPEN[server.family](server, secret, deadline)
            return
        if secret is None or not secret.user:
            raise ReachError(Why.NOT_DECLARED, "login")
        yield from _READERS[server.family](server, secret, deadline)
    except ReachError as error:
        yield Unread(Place(name or "server"), error.absent.why, error.absent.detail)
