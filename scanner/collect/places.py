"""Host names are resolved once, when the scope is judged; whoever dials looks the address up here and asks no resolver again.

A name that is resolved a second time may by then stand for another address, outside of what was authorised.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from scanner.errors import ReachError
from scanner.model.absent import Why

Pins = Mapping[str, str] | None
"""Name as written to the address it stood for; None where no inventory, and so no scope, was given."""


def pinned(pins: Pins, name: str) -> str:
    """The address to dial for a name. Raises ReachError for a name that was never settled."""
    if pins is None:
        return name
    found = pins.get(name, name)
    if not is_address(found):
        raise ReachError(Why.UNREACHABLE, f"{name[:60]}: no such name")
    return found


def spelt(host: str) -> str:
    """A URL's host as the scope spells it: ASCII, lower case, no last dot."""
    try:
        return (host if host.isascii() else host.encode("idna").decode("ascii")).removesuffix(".").lower()
    except UnicodeError:
        return host


def is_address(text: str) -> bool:
    """Whether this is an IP address (with or without an interface), and nothing has to be resolved."""
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
