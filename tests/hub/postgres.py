"""A PostgreSQL server of one's own, in a folder that is removed; databases in it are cheap."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
POSSIBLE = os.geteuid() == 0 and bool(BINARIES)
CONF = """
listen_addresses = '127.0.0.1'
shared_buffers = '64MB'
max_connections = 60
autovacuum = off
max_wal_size = '2GB'
"""


class Server:
    """A context manager: nothing is left of it."""

    def __init__(self, conf: str = "fsync = off\n", within: tuple[str, ...] = (), place: Path | None = None) -> None:
        """``within``: the command through which it runs where it stands elsewhere; ``place``: where its folder is made."""
        self.within = within
        self.folder = Path(tempfile.mkdtemp(prefix="sqhubS-pg-", dir=place))
        shutil.chown(self.folder, "postgres")
        self.data = self.folder / "data"
        self._numbers = itertools.count(1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{CONF}{conf}port = {self.port}\nunix_socket_directories = '{self.folder}'\n")

    def run(self, program: str, *argv: str, good: tuple[int, ...] = (0,)) -> str:
        """One of PostgreSQL's own programs, as its own account."""
        command = [*self.within, "runuser", "-u", "postgres", "--", str(BINARIES[-1] / program), *argv]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL)
        assert done.returncode in good, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        self.run("pg_ctl", "-w", "-D", str(self.data), "-l", str(self.folder / "server.log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        """``immediate`` is what a crash leaves."""
        self.run("pg_ctl", "-w", "-D", str(self.data), "-m", mode, "stop")

    def runs(self) -> bool:
        """Whether it does: on a full disk it may have given up."""
        return "server is running" in self.run("pg_ctl", "-D", str(self.data), "status", good=(0, 3))

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def url(self) -> str:
        """A new, empty database."""
        name = f"hub{next(self._numbers)}"
        self.run("createdb", "-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-T", "template0", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"
