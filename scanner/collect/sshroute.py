"""Where the OpenSSH client would really go: its configuration may lead elsewhere than the address says.

``ssh -G`` prints what the client makes of its configuration and connects to nobody.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scanner.collect.login import Login
from scanner.collect.places import is_address
from scanner.errors import ScopeError, UseError
from scanner.model.target import Target

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Route:
    """One destination as a configuration file sees it."""

    end: str
    """Name or address that would be dialled."""
    known_as: str
    """The name under which its key is looked up, without the port."""
    jumps: tuple[str, ...]
    """``[user@]host[:port]`` of every ProxyJump, in order."""
    command: bool
    """Whether a ProxyCommand would carry the connection, to wherever it likes."""


@lru_cache(maxsize=4096)
def route(config: str, host: str, user: str, port: int) -> Route:
    """Ask the client. Raises UseError when it does not understand its configuration."""
    argv = ["ssh", "-G", "-F", config, "-o", "CanonicalizeHostname=no", "-o", f"User={user}", "-o", f"Port={port}", "--", host]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UseError("ssh-config-unread", file=config, detail=type(error).__name__) from None
    if done.returncode != 0:
        raise UseError("ssh-config-unread", file=config, detail=done.stderr.decode("utf-8", "replace").strip()[-160:])
    lines = [line.partition(" ") for line in done.stdout.decode("utf-8", "replace").split("\n")]
    found = {key: value for key, _, value in lines}
    end = found.get("hostname", host).lower()
    jumps = found.get("proxyjump", "none")
    return Route(
        end=end,
        known_as=found.get("hostkeyalias") or end,
        jumps=() if jumps == "none" else tuple(jumps.split(",")),
        command=found.get("proxycommand", "none") != "none",
    )


def leads(target: Target, login: Login | None) -> Iterator[tuple[str, str]]:
    """(place as written, place where the client would end up) for a target and its jump host, and for every hop between.

    Raises ScopeError where a configuration hides where the connection would go.
    """
    if target.address in (None, "local") or login is None:
        return
    yield from _ends(target.id, login, target.address or "", target.port or 22)
    if login.jump is not None:
        yield from _ends(target.id, login.jump, login.jump.address or "", login.jump.port or 22)


def _ends(target_id: str, login: Login, host: str, port: int) -> Iterator[tuple[str, str]]:
    if login.ssh_config is None:
        return
    config, user = str(Path(login.ssh_config).expanduser()), login.user or "root"
    found = route(config, host, user, port)
    if found.command:
        raise ScopeError("scope-proxy-command", id=target_id, place=host, file=config)
    yield host, found.end
    for jump in found.jumps:
        hop = _hop(config, jump)
        # The client starts another client for a hop: an address stays what it is, a name could be resolved anew.
        if hop is None:
            raise ScopeError("scope-proxy-jump", id=target_id, place=jump[:80], file=config)
        yield hop, hop


def _hop(config: str, jump: str) -> str | None:
    """The address of a hop; None when it is a name, or goes on through further hops of its own."""
    where = jump.removeprefix("ssh://").rpartition("@")[2]
    host = where[1:].partition("]")[0] if where.startswith("[") else where.partition(":")[0] if where.count(":") == 1 else where
    found = route(config, host, "root", 22)
    return found.end if is_address(found.end) and not found.jumps and not found.command else None
