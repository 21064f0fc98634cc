"""From a catalogue target's URL to the reader of its family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from scanner.collect.holdings.servers.address import Server, server_of
from scanner.collect.places import Pins
from scanner.collect.sql import Secret
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Place, Unread
from scanner.model.absent import Why

_READERS = {
    "postgresql": "postgresql", "kingbase": "postgresql", "opengauss": "postgresql", "mysql": "mysql", "mssql": "mssql",
    "oracle": "oracle", "dm": "oracle",
}  # fmt: skip
"""Family to the module with its ``read_…``; it is loaded when it is asked for: most runs need one of them or none."""
_OPEN = {"elasticsearch": "elastic", "solr": "solr"}
"""Families that may be open to anyone: no login is needed, and that itself is told."""


def read_server(url: str, secret: Secret | None, deadline: float, pins: Pins = None) -> Iterator[Found]:
    """Everything a server has, group by group. Never raises for what a server does: what cannot be read is an ``Unread``.

    ``deadline`` is on the monotonic clock. At most one login is tried; when it is refused nothing else is.
    """
    name = url.partition("?")[0].rpartition("/")[2]
    try:
        server = server_of(url, pins)
        if server.family in _OPEN:
            yield from _reader(_OPEN[server.family])(server, secret, deadline)
            return
        if secret is None or not secret.user:
            raise ReachError(Why.NOT_DECLARED, "login")
        yield from _reader(_READERS[server.family])(server, secret, deadline)
    except ReachError as error:
        yield Unread(Place(name or "server"), error.absent.why, error.absent.detail)


def _reader(module: str) -> Callable[[Server, Secret | None, float], Iterator[Found]]:
    reader: Callable[[Server, Secret | None, float], Iterator[Found]] = getattr(import_module(f"{__package__}.{module}"), f"read_{module}")
    return reader
