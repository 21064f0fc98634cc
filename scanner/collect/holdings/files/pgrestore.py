"""Custom-format and tar dumps of PostgreSQL: turned into text by pg_restore, as a stream, without a server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader, RawIOBase
from typing import BinaryIO

from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.dumps import dump
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Found
from scanner.model.absent import Why

PACKAGE = "apt package postgresql-client"
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/local/bin", "LANG": "C.UTF-8"}
SECONDS = 60.0


def pg_custom(content: Content) -> Iterator[Found]:
    """The dump's tables. ``pg_restore -f -`` writes to its output only and connects to nothing."""
    if shutil.which("pg_restore", path=ENVIRONMENT["PATH"]) is None:
        raise ReachError(Why.DRIVER_MISSING, PACKAGE)
    yield from dump(replace(content, size=-1, opener=lambda: BufferedReader(_Restored(content)), seekable=False))


class _Restored(RawIOBase):
    """The dump as text."""

    def __init__(self, content: Content) -> None:
        self._below: BinaryIO = content.opener()
        argv = ["pg_restore", "--no-owner", "--no-acl", "-f", "-"]
        feed = _handle(self._below)
        self._process = subprocess.Popen(argv, stdin=feed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        if feed == subprocess.PIPE:
            self._feed(content.whole())

    def _feed(self, data: bytes) -> None:
        from threading import Thread

        assert self._process.stdin is not None
        pipe = self._process.stdin

        def write() -> None:
            try:
                with pipe:
                    pipe.write(data)
            except BrokenPipeError:
                return

        Thread(target=write, daemon=True).start()

    def readable(self) -> bool:
        """Reading is all it does."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """What the program wrote; its failure is an error, never a short dump."""
        assert self._process.stdout is not None
        size = self._process.stdout.readinto1(buffer)  # type: ignore[attr-defined]
        if not size and self._process.wait(SECONDS) != 0:
            raise ReachError(Why.GARBLED, "pg_restore")
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
        self._below.close()


def _handle(stream: BinaryIO) -> int:
    """The open file itself, where there is one: members, and small files that were read into memory, have none."""
    try:
        return stream.fileno()
    except (OSError, AttributeError):
        return subprocess.PIPE
