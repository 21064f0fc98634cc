"""What the host under a store shows: disks, shares, mounts, programs that synchronise, and where copies are sent / 存放处所在主机的情况."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from scanner.api import Absent, Across, holdings, linux, site

Fact = TypeVar("Fact")
LIVE = ("running", "starts")
"""States of a program that is in use."""
GUEST = frozenset({"guest ok", "public", "guest only", "only guest"})


def at(facts: Across[Fact], host: str) -> Fact | Absent | None:
    """A host's fact; None for a host that was not asked, or is of another kind."""
    return next((fact for name, fact in facts if name == host), None)


def encrypted(storage: linux.Storage, mounts: linux.Mounts, path: str) -> bool | None:
    """Whether the file system that a path lies on stands on an encryption layer; None where that cannot be told."""
    point = holdings.mount_point(path, mounts.running)
    rows = [block for block in storage.blocks if block.mountpoint == point]
    return all(storage.encrypted(block.kernel_name) for block in rows) if rows else None


def shared(files: linux.HostFiles, paths: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Shares whose folder holds a path or lies below it: ``nfs`` or ``samba``, the folder, and to whom (``*`` is everybody)."""
    paths = tuple(paths)

    def touches(folder: str) -> bool:
        return any(holdings.under(path, folder) or holdings.under(folder, path) for path in paths)

    for _, line in (*files.lines("/etc/exports"), *files.lines("/etc/exports.d/")):
        words = line.partition("#")[0].split()
        if words and touches(words[0].strip('"')):
            clients = [word.partition("(")[0] or "*" for word in words[1:] if not word.startswith("-")] or ["*"]
            yield from (("nfs", words[0], "*" if client.strip("*?.") == "" or client.endswith("/0") else client) for client in clients)
    folder, guests = "", False
    for _, line in (*files.lines("/etc/samba/smb.conf"), ("", "[]")):
        if line.startswith("["):
            if folder and touches(folder):
                yield "samba", folder, "*" if guests else "users"
            folder, guests = "", False
        key, _, value = line.partition("=")
        name = " ".join(key.lower().split())
        folder = value.strip().rstrip("/") or "/" if name in ("path", "directory") else folder
        guests = guests or (name in GUEST and value.strip().lower() in ("yes", "true", "1"))


def places(
    held: holdings.Holdings,
    unit: site.Declared,
    host: str,
    live: linux.Connections | Absent | None,
    copies: linux.CopyJobs | Absent | None,
    tools: linux.RemoteTools | Absent | None,
    files: linux.HostFiles | Absent | None,
) -> Iterator[holdings.Elsewhere]:
    """Where data of the store lie in or go to, as its host shows it."""
    paths = holdings.paths_of(held)
    if isinstance(live, linux.Connections):
        for mount in live.mounts:
            if mount.server and (not paths or any(holdings.under(path, mount.at) or holdings.under(mount.at, path) for path in paths)):
                yield holdings.placed(held, unit, "mount", mount.server, host)
    if isinstance(copies, linux.CopyJobs):
        for job in copies.jobs:
            yield holdings.placed(held, unit, "copy-job", job.host, host)
    if isinstance(tools, linux.RemoteTools):
        for trace in tools.of("sync"):
            if trace.state in LIVE:
                yield holdings.Elsewhere("sync-client", trace.tool, "undeclared", "", host)
    if isinstance(files, linux.HostFiles):
        for kind, folder, client in shared(files, paths):
            if kind == "nfs" and client != "*":
                yield holdings.placed(held, unit, "share", re.sub(r"/(?:\d{1,3}|\d+\.\d+\.\d+\.\d+)$", "", client), host)
            else:
                yield holdings.Elsewhere("share", f"{folder} ({client})", "undeclared", "", host)


def unseen(named: Iterable[tuple[str, Any]]) -> list[str]:
    """Names of what nobody showed."""
    return [name for name, fact in named if fact is None or isinstance(fact, Absent)]
