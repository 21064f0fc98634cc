"""What holds where: nginx's inheritance from http over server and location to inner blocks.

A block that has a directive of its own loses every one of that name from outside, also for directives that may stand several
times (add_header, access_log …): that is nginx's rule, and a trap.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.middleware.nginx_parser import Block, Directive

INNER = ("location", "if", "limit_except")


@dataclass(frozen=True, slots=True)
class Place:
    """One block of the http context and the blocks around it."""

    chain: tuple[Directive, ...]
    """From the http block down to this one."""
    main: Block
    """The main context, which a few directives are inherited from."""

    @property
    def kind(self) -> str:
        """``http``, ``server``, ``location``, ``if`` or ``limit_except``."""
        return self.chain[-1].name

    @property
    def block(self) -> Block:
        """Its own directives."""
        block = self.chain[-1].block
        assert block is not None
        return block

    @property
    def label(self) -> str:
        """How a person finds it: server names and location."""
        words = []
        for level in self.chain[1:]:
            if level.name == "server":
                names = level.block.of("server_name") if level.block is not None else ()
                words.append("server " + (" ".join(names[0].args[:3]) if names else "_"))
            else:
                words.append(" ".join((level.name, *level.args))[:80])
        return " > ".join(words) or "http"

    @property
    def where(self) -> str:
        """``file:line``."""
        return self.chain[-1].where

    def effective(self, name: str) -> tuple[Directive, ...]:
        """The directives of that name that hold here: those of the innermost block that has any."""
        for level in reversed(self.chain):
            found = level.block.of(name) if level.block is not None else ()
            if found:
                return found
        return self.main.of(name)

    def decides(self, *names: str) -> bool:
        """A place at which what holds may change: every server, and inner blocks with such a directive of their own."""
        return self.kind == "server" or (self.kind != "http" and any(self.block.of(name) for name in names))

    def access_rules(self) -> tuple[Directive, ...]:
        """The allow and deny rules that hold here, in order: the two names are inherited together."""
        for level in reversed(self.chain):
            found = tuple(item for item in (level.block.items if level.block is not None else ()) if item.name in ("allow", "deny"))
            if found:
                return found
        return ()

    def inside(self) -> Iterator[Directive]:
        """Every directive of this block and of the blocks in it."""
        blocks = [self.block]
        while blocks:
            for item in blocks.pop().items:
                yield item
                if item.block is not None:
                    blocks.append(item.block)

    def word(self, name: str, default: str) -> str:
        """First word of the last such directive that holds here, in lower case."""
        found = self.effective(name)
        return found[-1].args[0].lower() if found and found[-1].args else default

    @property
    def server(self) -> Directive | None:
        """The server block around it."""
        return next((level for level in self.chain if level.name == "server"), None)


def http_places(main: Block) -> Iterator[Place]:
    """Every block of every http context, outer before inner."""
    for http in main.of("http"):
        if http.block is not None:
            yield from _below(Place((http,), main))


def _below(place: Place) -> Iterator[Place]:
    yield place
    names = ("server",) if place.kind == "http" else INNER
    for item in place.block.items:
        if item.block is not None and item.name in names:
            yield from _below(Place((*place.chain, item), place.main))


@dataclass(frozen=True, slots=True)
class Listen:
    """One ``listen`` of a server."""

    address: str
    """As written: address, port or both."""
    tls: bool
    near: bool
    """Only this machine can connect."""


def listens(server: Place) -> tuple[Listen, ...]:
    """Every listen of a server block; a server without any listens on port 80."""
    old = server.word("ssl", "off") == "on"
    found = [item for item in server.block.of("listen") if item.args]
    if not found:
        return (Listen("80", old, False),)
    return tuple(Listen(i.args[0], old or "ssl" in i.args[1:] or "quic" in i.args[1:], _near(i.args[0])) for i in found)


def _near(address: str) -> bool:
    if address.startswith("unix:"):
        return True
    host = re.sub(r":[0-9]+$", "", address) if not address.endswith("]") else address
    host = host.strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
