"""``python -m tests.labs.hub_chain.loaded``: commands of the program, each in a child of a process that has everything loaded.

Loading is most of what a command takes, and the chain is some seventy of them. Such a child has what a start of its own would give it: its
network, folder, environment, streams and end.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 240
"""For one command on a machine that has other things to do."""
CLONE_NEWNET = 0x40000000


@dataclass
class Loaded:
    """A context manager: as many commands at the same time as there are processes."""

    folder: Path
    """For what commands print."""
    count: int = 2
    _free: Queue[subprocess.Popen[str]] = field(default_factory=Queue)
    _all: list[subprocess.Popen[str]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __enter__(self) -> Loaded:
        self.folder.mkdir()
        argv = [sys.executable, "-m", "tests.labs.hub_chain.loaded"]
        for _ in range(self.count):
            streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self._all.append(subprocess.Popen(argv, cwd=ROOT, start_new_session=True, **streams))
            self._free.put(self._all[-1])
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._all:
            assert process.stdin is not None and process.stdout is not None
            # With whatever it still runs.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdin.close()
            process.stdout.close()

    def run(self, space: str, folder: Path, environment: dict[str, str], *argv: str) -> tuple[int, str, str]:
        """A command in a network namespace: its exit code and what it printed on both streams."""
        said = [self.folder / f"{next(self._numbers)}.{stream}" for stream in ("out", "err")]
        order = {"argv": argv, "space": space, "folder": str(folder), "environment": environment, "said": list(map(str, said))}
        process = self._free.get()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        code = process.stdout.readline() if ready else ""
        assert code, f"shiqu {' '.join(argv)}: not through within {SECONDS} s"
        self._free.put(process)
        return int(code), said[0].read_text("utf-8"), said[1].read_text("utf-8")


def main() -> None:
    """Orders come in line by line; an exit code goes out for each."""
    import click

    from scanner.cli.main import cli
    from scanner.rulebook.profiles import profiles

    cli.list_commands(click.Context(cli))
    profiles()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(**json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(argv: list[str], space: str, folder: str, environment: dict[str, str], said: list[str]) -> None:
    from scanner.cli.main import main

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(os.open(f"/run/netns/{space}", os.O_RDONLY), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), space)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    names = ((os.devnull, os.O_RDONLY), *((name, os.O_WRONLY | os.O_CREAT | os.O_EXCL) for name in said))
    for number, (name, how) in enumerate(names):
        os.dup2(os.open(name, how, 0o600), number)
    sys.exit(main(argv))


if __name__ == "__main__":
    main()
