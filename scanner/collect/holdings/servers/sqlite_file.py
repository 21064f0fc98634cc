"""Opening an SQLite file so that nothing beside or in it changes, whatever its journal mode.

A file in WAL mode is the hard case: an ordinary read-only connection makes ``-shm`` and ``-wal`` files. Where a living
application keeps them, its shared memory is mapped read-only; a log that was left behind is laid over the file in memory.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scanner.collect.holdings.files.needles import positions
from scanner.collect.holdings.servers.dialect import decoded
from scanner.collect.holdings.servers.sqlite_overflow import BLOCK, Splits
from scanner.collect.holdings.servers.sqlite_pages import Pages
from scanner.errors import ReachError
from scanner.model.absent import Why

MAGIC = b"SQLite format 3\0"
MEMORY_BYTES = 32 << 20
"""Files with an abandoned log are read in memory up to this size."""
UTF8 = (0, 1)
"""Numbers of text encodings in the header; 0 before anything was written."""
_ALLOWED = {
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_RECURSIVE,
}  # fmt: skip
_PRAGMAS = {
    "table_xinfo",
    "foreign_key_list",
    "data_version",
    "query_only",
    "trusted_schema",
    "cell_size_check",
    "mmap_size",
    "page_count",
    "page_size",
}
_DENIED_FUNCTIONS = {"load_extension", "writefile", "edit", "readfile"}


@dataclass(frozen=True, slots=True)
class Lost:
    """Part of a file that stays unread."""

    suffix: str
    why: Why
    detail: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that cannot write, and what it does not see."""

    connection: sqlite3.Connection
    path: Path
    handle: int
    """The file, open as long as the connection: closing any handle of a file drops the locks that SQLite holds on it."""
    still: tuple[int, int] | None
    """Size and time of change of a file that is read without any lock; None when SQLite's own locks guard it."""
    whole: bool
    """All that the connection sees stands in the one file: no log lies beside it."""
    standing: dict[str, object]
    unread: list[Lost] = field(default_factory=list)
    held: bytes | None = field(default=None, repr=False)
    """All that the connection sees, where it lies in memory."""

    def close(self) -> None:
        """The connection first."""
        self.connection.close()
        os.close(self.handle)


def open_file(path: Path) -> Opened:
    """Open read-only. Raises ReachError: what is no SQLite file is refused by name, an encrypted one too."""
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ReachError(Why.NOT_ASKED, "not a regular file")
            head = stream.read(100)
            if not head.startswith(MAGIC):
                raise ReachError(Why.GARBLED, "no SQLite header: encrypted, or another format" if head else "empty file")
    except PermissionError:
        raise ReachError(Why.NO_PERMISSION, "file") from None
    except OSError as error:
        raise ReachError(Why.FILE_MISSING, error.strerror or type(error).__name__) from None
    unread: list[Lost] = []
    log, shared, journal = (path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))
    still = None
    if 2 not in head[18:20]:
        # A journal with a header was left by a crash: its pages would have to be written back first.
        if _begins(journal, b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"):
            unread.append(Lost("-journal", Why.NOT_ASKED, "rollback journal of a crash; the file is read without it"))
            still = _still(path)
        connection = _connect(path, "mode=ro&immutable=1" if still else "mode=ro")
    elif _size(log) == 0:
        still = _still(path)
        connection = _connect(path, "mode=ro&immutable=1")
    elif shared.exists():
        connection = _connect(path, "mode=ro&readonly_shm=1")
    elif status.st_size + _size(log) <= MEMORY_BYTES:
        connection = _in_memory(path.read_bytes(), log.read_bytes())
    else:
        unread.append(Lost("-wal", Why.NOT_ASKED, "abandoned write-ahead log beside a large file"))
        still = _still(path)
        connection = _connect(path, "mode=ro&immutable=1")
    standing: dict[str, object] = {
        "at_rest": {"state": "off", "how": "plain SQLite header"},
        "file": {"mode": f"{stat.S_IMODE(status.st_mode):04o}", "owner": status.st_uid, "group": status.st_gid},
    }
    return Opened(_guarded(connection), path, os.open(path, os.O_RDONLY | os.O_CLOEXEC), still, _size(log) == 0, standing, unread)


def open_bytes(data: bytes) -> Opened:
    """A file that lies inside an archive, from memory. Raises ReachError like :func:`open_file`."""
    if not data.startswith(MAGIC):
        raise ReachError(Why.GARBLED, "no SQLite header: encrypted, or another format")
    standing: dict[str, object] = {"at_rest": {"state": "off", "how": "plain SQLite header"}}
    connection = _guarded(_in_memory(data, b""))
    return Opened(connection, Path(), os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), None, False, standing, held=data)


def unchanged(opened: Opened) -> bool:
    """False when a file that is read without locks is no longer what it was."""
    return opened.still is None or _still(opened.path) == opened.still


def _still(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return (-1, -1)
    return status.st_size, status.st_mtime_ns


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _begins(path: Path, data: bytes) -> bool:
    """Whether a file is there and begins so; no more of it is read. One that cannot be read may."""
    if _size(path) <= 0:
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(data)) == data
    except OSError:
        return True


def _connect(path: Path, options: str) -> sqlite3.Connection:
    try:
        # Links are followed by the caller's scope check; the name given here is final.
        return sqlite3.connect(f"file:{quote(str(path))}?{options}", uri=True, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise ReachError(Why.COMMAND_FAILED, getattr(error, "sqlite_errorname", type(error).__name__)) from None


def _guarded(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.text_factory = decoded
    try:
        for setting in ("query_only = 1", "trusted_schema = 0", "cell_size_check = 1"):
            connection.execute(f"PRAGMA {setting}")
        connection.set_authorizer(_allow)
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        connection.close()
        raise ReachError(Why.GARBLED if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT") else Why.COMMAND_FAILED, name) from None
    return connection


def _allow(action: int, first: str | None, second: str | None, _database: str | None, inner: str | None) -> int:
    """Only reading; and nothing at all from within a view or trigger."""
    # A virtual table declares its columns that way, to itself; the file is open read-only and takes no update.
    declares = action == sqlite3.SQLITE_UPDATE and first == "sqlite_master"
    if (action not in _ALLOWED and not declares) or inner is not None:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and first not in _PRAGMAS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and second in _DENIED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def told_cheaply(opened: Opened) -> bool:
    """Whether it can be found out what stands in the file, or it is so small that it need not be."""
    return opened.held is not None or opened.whole or _size(opened.path) <= MEMORY_BYTES


def occurring(opened: Opened, needles: Collection[bytes]) -> frozenset[bytes]:
    """Which of these bytes may stand in a text of what the connection sees; without them in the file no cell can hold them.

    Of a file whose own texts are not UTF-8 that cannot be told: all of them may.
    """
    held = opened.held
    if _encoding(opened) not in UTF8 or (held is None and not opened.whole):
        return frozenset(needles)

    def read(size: int, at: int) -> bytes:
        return os.pread(opened.handle, size, at) if held is None else held[at : at + size]

    found: set[bytes] = set()
    longest = max(map(len, needles), default=1)
    at, tail = 0, b""
    try:
        length = os.fstat(opened.handle).st_size if held is None else len(held)
        pages = Pages(read, length)
        splits = Splits(pages.size, pages.usable, length, needles)
        while len(found) < len(needles) and (piece := read(BLOCK, at)):
            block, begins = tail + piece, at - len(tail)
            splits.look(piece, at)
            for needle in needles:
                if needle not in found and any(pages.may_be_text(begins + int(hit), len(needle)) for hit in positions(block, needle)):
                    found.add(needle)
            at, tail = at + len(piece), block[1 - longest :] if longest > 1 else b""
        found.update(splits.across(read, found))
    except OSError:
        return frozenset(needles)
    return frozenset(found)


def _encoding(opened: Opened) -> int:
    """The number by which the header tells in what all texts are; -1 where it cannot be read."""
    try:
        head = opened.held[:60] if opened.held is not None else os.pread(opened.handle, 60, 0)
    except OSError:
        return -1
    return int.from_bytes(head[56:60], "big") if len(head) == 60 else -1


def _in_memory(main: bytes, log: bytes) -> sqlite3.Connection:
    """The file with the committed frames of its log laid over it, in memory; the checksums of the log decide how far it goes."""
    size = int.from_bytes(main[16:18], "big") or 512
    size = 65_536 if size == 1 else size
    pages = bytearray(main)
    for number, page in _committed(log, size):
        end = number * size
        if end > len(pages):
            pages.extend(bytes(end - len(pages)))
        pages[end - size : end] = page
    pages[18:20] = b"\x01\x01"
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    # The deserialised copy belongs to this connection alone.
    connection.deserialize(bytes(pages))
    return connection


def _committed(log: bytes, size: int) -> list[tuple[int, bytes]]:
    done: list[tuple[int, bytes]] = []
    pending: list[tuple[int, bytes]] = []
    if len(log) < 32 or int.from_bytes(log[8:12], "big") not in (size, 1):
        return done
    order = ">" if log[3] & 1 else "<"
    sums = _sums(log[:24], (0, 0), order)
    at = 32
    while at + 24 + size <= len(log):
        head, page = log[at : at + 24], log[at + 24 : at + 24 + size]
        sums = _sums(page, _sums(head[:8], sums, order), order)
        if head[8:16] != log[16:24] or struct.unpack(">II", head[16:24]) != sums:
            break
        pending.append((int.from_bytes(head[:4], "big"), page))
        if int.from_bytes(head[4:8], "big"):
            done += pending
            pending = []
        at += 24 + size
    return done


def _sums(data: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = start
    words: Any = struct.unpack(f"{order}{len(data) // 4}I", data)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & 0xFFFFFFFF
        second = (second + words[at + 1] + first) & 0xFFFFFFFF
    return first, second
