"""A server on this very machine: its files can be looked at beside what it says."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from scanner.collect.holdings.servers.address import Server


def files_of(server: Server, folder: str | None, pid_file: str | None, names: Sequence[str]) -> tuple[dict[str, object] | None, str | None]:
    """Mode and owner of the data folder and the volume it is on, once it is certain that they are this server's.

    The process that the server's own pid file names must run here under one of ``names``: a folder of the same name proves nothing.
    """
    if not server.near or not folder or not pid_file:
        return None, None
    try:
        pid = int((Path(folder) / pid_file).read_text("ascii", "replace").split("\n")[0])
        if Path(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip() not in names:
            return None, None
        status = Path(folder).stat()
    except (OSError, ValueError):
        return None, None
    return {"mode": f"{stat.S_IMODE(status.st_mode):04o}", "owner": status.st_uid, "group": status.st_gid}, str(status.st_dev)
