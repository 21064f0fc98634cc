"""Access databases (mdb, accdb) by the mdbtools programs: their output is streamed, nothing is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from typing import BinaryIO

from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content, read_up_to
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.headers import columns_of
from scanner.collect.holdings.files.layout import records
from scanner.collect.holdings.files.separated import Layout
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found, Group
from scanner.model.absent import Why

PACKAGE = "apt package mdbtools"
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/local/bin", "LANG": "C.UTF-8", "MDB_JET3_CHARSET": "GB18030", "MDBICONV": "UTF-8"}
SECONDS = 60.0


def access(content: Content) -> Iterator[Found]:
    """All tables that are no system tables."""
    for program in ("mdb-tables", "mdb-export"):
        if shutil.which(program, path=ENVIRONMENT["PATH"]) is None:
            raise ReachError(Why.DRIVER_MISSING, PACKAGE)
    with told():
        listed = _answer(content, ["mdb-tables", "-1"], [])
        names = [name for name in listed.decode("utf-8", "replace").split("\n") if name]
        yield Group(content.path, tuple(_table(content, name) for name in names))


def _table(content: Content, name: str) -> Delimited:
    inner = Content(f"{content.path}#{name}", -1, lambda: _export(content, name), content.container, content.lineage, seekable=False)
    with inner.opener() as stream:
        head = read_up_to(stream, 65_536)
    rows = records(head, b",", whole=len(head) < 65_536)
    names = [cell.decode("utf-8", "replace") for cell in rows[0]] if rows else []
    layout = Layout("utf-8", 0, b",", 1, columns_of(names, len(names)))
    return Delimited(content.place(name, database=content.path), name, inner, layout)


def _export(content: Content, name: str) -> BinaryIO:
    """``mdb-export`` of one table as a stream; its failure is an error at the end of the stream, never a short table."""
    return BufferedReader(_Output(content, ["mdb-export", "-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S", "-b", "strip"], name))


class _Output(RawIOBase):
    """Standard output of a program that is read to its end."""

    def __init__(self, content: Content, command: list[str], table: str) -> None:
        self._file = _named(content)
        path, handles = self._file.__enter__()
        argv = [*command, path, table]
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, pass_fds=handles
        )

    def readable(self) -> bool:
        """Reading is all it does."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """What the program wrote."""
        assert self._process.stdout is not None
        size = self._process.stdout.readinto1(buffer)  # type: ignore[attr-defined]
        if not size and self._process.wait(SECONDS) != 0:
            raise ReachError(Why.COMMAND_FAILED, "mdb-export")
        return int(size)

    def close(self) -> None:
        """Stop the program where it is still writing."""
        if self.closed:
            return
        super().close()
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._file.__exit__(None, None, None)


@contextmanager
def _named(content: Content) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A path under which a program can open it: the file itself, or a member held in memory."""
    if content.real is not None:
        yield str(content.real), ()
        return
    handle = os.memfd_create("sq", os.MFD_CLOEXEC)
    try:
        data = memoryview(content.whole())
        while data:
            data = data[os.write(handle, data) :]
        yield f"/proc/self/fd/{handle}", (handle,)
    finally:
        os.close(handle)


def _answer(content: Content, command: list[str], rest: list[str]) -> bytes:
    with _named(content) as (path, handles):
        done = subprocess.run(
            [*command, path, *rest],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env=ENVIRONMENT,
            pass_fds=handles,
            check=False,
        )
    if done.returncode != 0:
        raise ReachError(Why.GARBLED, command[0])
    return done.stdout
