"""Which transport talks to a host; OpenSSH takes over where paramiko lacks the algorithms."""

from __future__ import annotations

from scanner.collect import local, openssh, ssh
from scanner.collect.converse import Call
from scanner.collect.frames import Raw
from scanner.collect.gather import Converse


def transport_for(address: str | None, named: str) -> Converse:
    """The transport for an address and a login's choice."""
    if address == "local":
        return local.converse
    return openssh.converse if named == "openssh" else with_fallback


def with_fallback(call: Call) -> Raw:
    """paramiko first; the OpenSSH client when the server offers only what paramiko lacks."""
    try:
        return ssh.converse(call)
    except ssh.Lacking:
        return openssh.converse(call, old=True)
