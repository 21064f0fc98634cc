"""The authorisation, enforced before anything is sent: one target outside and nothing is sent to any."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from datetime import datetime, time
from fnmatch import translate
from pathlib import Path
from re import fullmatch
from urllib.parse import urlsplit

from scanner.errors import ScopeError
from scanner.model.target import Target
from scanner.targets.fields import address, network
from scanner.targets.inventory import Inventory, Scope

Resolve = Callable[[str], Iterable[str]]


def system_resolver(name: str) -> list[str]:
    """Every address of a name, as this machine's resolver sees it; empty when there is none."""
    try:
        return sorted({str(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def check_scope(inventory: Inventory, targets: Iterable[Target], now: datetime, resolve: Resolve = system_resolver) -> None:
    """Raise ScopeError naming the first target outside, or the hours or date that forbid a run now.

    ``now`` carries its time zone. A scan of this machine alone needs no authorisation.
    """
    scope, members = inventory.scope, {target.id: target for target in inventory.targets}
    outward = False
    for target in targets:
        for place in _places(target, members):
            if place == "local":
                continue
            outward = True
            if not _inside(place, scope, resolve):
                raise ScopeError("scope-outside", id=target.id, place=place)
    if not outward:
        return
    if scope.until is not None and now.date() > scope.until:
        raise ScopeError("scope-expired", until=scope.until, today=now.date())
    if not within(scope.hours, now.time()):
        raise ScopeError("scope-hours", hours=scope.hours, now=now.strftime("%H:%M"))


def _places(target: Target, members: dict[str, Target]) -> Iterable[str]:
    """Everywhere that asking this target would go: addresses, or ``file:`` and ``sqlite:`` paths."""
    if target.address is not None:
        yield target.address
    if target.host is not None and target.host in members:
        yield from _places(members[target.host], members)
    if target.url is not None:
        parts = urlsplit(target.url)
        if parts.scheme in ("file", "sqlite"):
            yield f"{parts.scheme}:{parts.path}"
        else:
            yield address(parts.hostname or "") or "local"


def _inside(place: str, scope: Scope, resolve: Resolve) -> bool:
    kind, _, path = place.partition(":")
    if kind in ("file", "sqlite") and path:
        real = str(Path(path).resolve())
        return any(item.startswith(kind + ":") and fullmatch(translate(_resolved(item[len(kind) + 1 :])), real) for item in scope.allow)
    if any(address(item) == place for item in scope.allow if network(item) is None):
        return True
    try:
        found = [ipaddress.ip_address(place)]
    except ValueError:
        # A name counts only when every address it stands for is inside.
        found = [ipaddress.ip_address(item.split("%")[0]) for item in resolve(place)]
    networks = [net for net in (network(item) for item in scope.allow) if net is not None]
    return bool(found) and all(any(item.version == net.version and item in net for net in networks) for item in found)


def _resolved(pattern: str) -> str:
    """The fixed head of a pattern with links resolved, so that both sides are real paths."""
    head, star, tail = pattern.partition("*")
    folder, slash, rest = head.rpartition("/")
    return str(Path(folder or "/").resolve()) + slash + rest + star + tail


def within(hours: str, now: time) -> bool:
    """Whether a time of day stands in ``HH:MM-HH:MM``; the range may pass midnight."""
    start, end = (_minutes(part) for part in hours.split("-"))
    minute = now.hour * 60 + now.minute
    return start <= minute < end if start < end else minute >= start or minute < end


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
