"""Which declared host carries a store, and what lies under its paths. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from scanner.facts.holdings.stores import Holdings
from scanner.facts.network.legs import parse_address
from scanner.facts.network.places import standing
from scanner.facts.site.declared import Declared, Member

HOSTS = ("linux", "windows")
FILES = ("file", "sqlite")


def hosts_of(held: Holdings, unit: Declared) -> tuple[str, ...]:
    """Ids of the host targets that carry the store: named by ``host``, else told by the address. Empty when none is declared."""
    named = [member.host for member in unit.members if member.id == held.target.get("id") and member.host]
    if named:
        return tuple(named)
    hosts = [member for member in unit.members if member.kind in HOSTS]
    address = server_of(held)
    return tuple(sorted(member.id for member in hosts if _same(member, address)))


def server_of(held: Holdings) -> str:
    """Host of the store's URL; ``local`` for files and for a server on the scanning machine."""
    url = held.target.get("url", "")
    host = urlsplit(url).hostname or ""
    if url.startswith(tuple(f"{kind}:" for kind in FILES)) or not host or host == "localhost":
        return "local"
    parsed = parse_address(host)
    return "local" if parsed is not None and standing(str(parsed)) == "none" and parsed.is_loopback else host


def paths_of(held: Holdings) -> tuple[str, ...]:
    """Where the store's data lie on its host, as far as URL and server say it."""
    url = held.target.get("url", "")
    found: list[str] = []
    if url.startswith(tuple(f"{kind}:" for kind in FILES)):
        found.append("/" + unquote(url.partition(":")[2]).lstrip("/"))
    for item in held.storage.get("stores") or ():
        folder = item.get("data_directory") if isinstance(item, dict) else None
        if isinstance(folder, str) and folder.startswith("/"):
            found.append(folder)
        for space in (item.get("tablespaces") or ()) if isinstance(item, dict) else ():
            place = space.get("location") if isinstance(space, dict) else None
            if isinstance(place, str) and place.startswith("/"):
                found.append(place)
    return tuple(dict.fromkeys(path.rstrip("/") or "/" for path in found))


def under(path: str, folder: str) -> bool:
    """Whether a path lies in a folder or is it."""
    return path == folder or folder == "/" or path.startswith(folder.rstrip("/") + "/")


def mount_point(path: str, points: Iterable[str]) -> str:
    """The innermost mount point that a path lies under."""
    return max((point for point in points if under(path, point)), key=len, default="")


def _same(member: Member, address: str) -> bool:
    one, other = parse_address(member.address), parse_address(address)
    return one == other if one is not None and other is not None else member.address.lower() == address.lower()
