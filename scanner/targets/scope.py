"""The authorisation, enforced before anything is sent: one target outside and nothing is sent to any."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time
from fnmatch import translate
from pathlib import Path
from re import fullmatch

from scanner.errors import ScopeError
from scanner.model.target import Target
from scanner.targets.fields import Address, Network, address, ip, network
from scanner.targets.inventory import Inventory, Scope
from scanner.targets.urls import hosts_of, store_of

Resolve = Callable[[str], Iterable[str]]
Leads = Callable[[Target], Iterable[tuple[str, str]]]
"""(place as written, place where a client's configuration would lead) of a target."""
HOSTS = Path("/etc/hosts")


def local_resolver(name: str) -> list[str]:
    """Every address of a name in this machine's own table (``/etc/hosts``); asks nobody."""
    try:
        text = HOSTS.read_text("utf-8", "replace")
    except OSError:
        return []
    rows = (line.partition("#")[0].split() for line in text.split("\n"))
    return sorted({row[0] for row in rows if ip(row[0] if row else "") and any(address(word) == name for word in row[1:])})


def system_resolver(name: str) -> list[str]:
    """Every address of a name: this machine's own table first, else what its resolver says; empty when there is none."""
    known = local_resolver(name)
    if known:
        return known
    try:
        return sorted({str(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        return []


def check_scope(inventory: Inventory, targets: Iterable[Target], now: datetime, resolve: Resolve = system_resolver) -> None:
    """Raise ScopeError naming the first target outside, or the hours or date that forbid a run now.

    ``now`` carries its time zone. A scan of this machine alone needs no authorisation.
    """
    settle(inventory, targets, now, resolve)


def settle(
    inventory: Inventory,
    targets: Iterable[Target],
    now: datetime,
    resolve: Resolve = system_resolver,
    leads: Leads = lambda _target: (),
) -> Mapping[str, str]:
    """As :func:`check_scope`, and say which address each host name stood for: it is resolved once, here, and used as it stood.

    Date, hours and every literal address are judged before the first name is resolved. Where a client's own configuration leads
    elsewhere than the inventory says, its real end is judged too, and stands for the place as written. Raises ScopeError.
    """
    scope = inventory.scope
    targets = tuple(targets)
    places = [(target.id, place) for target in targets for place in places_of(target, inventory)]
    outward = [(target_id, place) for target_id, place in places if place != "local"]
    if outward:
        check_time(scope, now)
    led = [(target.id, written, end) for target in targets for written, end in leads(target)] if outward else []
    elsewhere = _elsewhere(led)
    names: list[tuple[str, str]] = []
    for target_id, place in [*outward, *((target_id, end) for target_id, _, end in led)]:
        if _store(place) is None and ip(place) is None:
            names.append((target_id, place))
        elif not _inside(place, scope):
            raise ScopeError("scope-outside", id=target_id, place=place)
    pinned: dict[str, str] = {}
    for target_id, name in names:
        if name not in pinned and name not in elsewhere:
            pinned[name] = _pin(target_id, name, scope, resolve)
    return pinned | {written: pinned.get(end, end) for written, end in elsewhere.items()}


def _elsewhere(led: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Written place to its real end, where they differ. Raises ScopeError for one place with two ends."""
    ends: dict[str, str] = {}
    for target_id, written, end in led:
        if ends.setdefault(written, end) != end:
            raise ScopeError("scope-two-ends", id=target_id, place=written)
    return {written: end for written, end in ends.items() if written != end}


def check_time(scope: Scope, now: datetime) -> None:
    """Raise ScopeError when the last day has passed or the hour forbids a run. Both are read in the time zone of ``now``."""
    if scope.until is not None and now.date() > scope.until:
        raise ScopeError("scope-expired", until=scope.until, today=now.date())
    if not within(scope.hours, now.time()):
        raise ScopeError("scope-hours", hours=scope.hours, now=now.strftime("%H:%M"))


def places_of(target: Target, inventory: Inventory) -> Iterator[str]:
    """Everywhere that asking this target would go: addresses, names, ``file:`` and ``sqlite:`` paths; jump hosts included."""
    if target.address is not None:
        yield target.address
    login = inventory.logins.get(target.login or "")
    jump = inventory.logins.get(login.jump or "") if login is not None else None
    if jump is not None and jump.address is not None:
        # A jump host is always dialled, whatever its name.
        yield jump.address if jump.address != "local" else "?"
    if target.host is not None:
        for host in inventory.targets:
            if host.id == target.host and host.host is None:
                yield from places_of(host, inventory)
    if target.url is not None:
        store = store_of(target.url)
        if store is not None:
            yield ":".join(store)
        else:
            # A host that makes no sense is inside no scope.
            yield from (host or "?" for host in hosts_of(target.url) or (None,))


def _store(place: str) -> tuple[str, str] | None:
    kind, _, path = place.partition(":")
    return (kind, path) if kind in ("file", "sqlite") and path else None


def _inside(place: str, scope: Scope) -> bool:
    store = _store(place)
    if store is not None:
        real = str(Path(store[1]).resolve())
        patterns = [item.partition(":")[2] for item in scope.allow if item.startswith(store[0] + ":")]
        return any(_matches(real, pattern) for pattern in patterns)
    found = ip(place)
    return found is not None and address_inside(found, scope)


def _matches(real: str, pattern: str) -> bool:
    """A folder named without stars allows itself; ``**`` crosses folders, ``*`` stays in one, and ``DIR/**`` has DIR itself."""
    whole = _resolved(pattern.rstrip("/") or "/")
    return bool(fullmatch(_glob(whole), real)) or (whole.endswith("/**") and real == whole[:-3])


def _glob(pattern: str) -> str:
    inner = "".join(part if part == "**" else translate(part)[4:-3].replace(".*", "[^/]*") for part in _parts(pattern))
    return inner.replace("**", ".*")


def _parts(pattern: str) -> Iterator[str]:
    first, *rest = pattern.split("**")
    yield first
    for part in rest:
        yield "**"
        yield part


def _resolved(pattern: str) -> str:
    """The fixed head of a pattern with links resolved, so that both sides are real paths."""
    head, star, tail = pattern.partition("*")
    if not star:
        return str(Path(head).resolve())
    folder, slash, rest = head.rpartition("/")
    return str(Path(folder or "/").resolve()).rstrip("/") + slash + rest + star + tail


def networks_of(scope: Scope) -> list[Network]:
    """Networks and single addresses of a scope."""
    return [found for found in (network(item) for item in scope.allow if _store(item) is None) if found is not None]


def address_inside(found: Address, scope: Scope) -> bool:
    """Whether one address is authorised."""
    return any(found.version == net.version and found in net for net in networks_of(scope))


def _pin(target_id: str, name: str, scope: Scope, resolve: Resolve) -> str:
    """The address to use for a name. It counts only when every address it stands for is inside, or it is named in the scope itself.

    A name that stands for this machine alone (``localhost``) leads nowhere else: one of its addresses inside is enough.
    """
    found = [place for place in (ip(text) for text in resolve(name)) if place is not None]
    inside = [place for place in found if address_inside(place, scope)]
    if name in scope.allow:
        return str(next(iter(inside or found), name))
    if not inside or (len(inside) < len(found) and not all(place.is_loopback for place in found)):
        raise ScopeError("scope-outside", id=target_id, place=name if found else f"{name} (?)")
    return str(inside[0])


def within(hours: str, now: time) -> bool:
    """Whether a time of day stands in ``HH:MM-HH:MM``; the range may pass midnight."""
    start, end = (_minutes(part) for part in hours.split("-"))
    minute = now.hour * 60 + now.minute
    return start <= minute < end if start < end else minute >= start or minute < end


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def covers(scope: Scope, wanted: Network) -> bool:
    """Whether a whole network is authorised, be it by several smaller ones together."""
    merged = ipaddress.collapse_addresses([net for net in networks_of(scope) if net.version == wanted.version])  # type: ignore[type-var]
    return any(wanted.subnet_of(net) for net in merged)  # type: ignore[arg-type]
