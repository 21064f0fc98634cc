"""The run's store: one SQLite file while a scan lasts. What ``add`` returned from is on the disk; nothing is kept twice."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scanner.errors import KeepError
from scanner.ledger.pack import pack
from scanner.model.canonical import canonical, digest, strict_loads
from scanner.model.evidence import Evidence

NAME = "run.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS object (digest TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS evidence (
  target TEXT NOT NULL, probe TEXT NOT NULL, digest TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (target, probe)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS target (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
"""


class Store:
    """Opens or creates the store in a run's folder. Raises KeepError when the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise KeepError("store-open", file=self.path, detail=error) from None

    def close(self) -> None:
        """Close; the file stays."""
        self._db.close()

    def remove(self) -> None:
        """Close and delete: everything rests in the shelf now."""
        self._db.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(NAME + suffix).unlink(missing_ok=True)

    def put_meta(self, key: str, value: Any) -> None:
        """Keep one value of the run."""
        self._write([("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, canonical(value)))])

    def meta(self, key: str) -> Any:
        """The value, None when there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else strict_loads(row[0])

    def add(self, target: str, target_record: dict[str, Any], evidence: Iterable[Evidence]) -> None:
        """Keep one target's evidence in one transaction; what was there for the same target and probe is replaced."""
        statements: list[tuple[str, tuple[Any, ...]]] = [
            ("INSERT OR REPLACE INTO target VALUES (?, ?)", (target, canonical(target_record)))
        ]
        for item in evidence:
            data = pack(item)
            key = digest(data)
            record: dict[str, Any] = {
                "started": item.started,
                "seconds": item.seconds,
                "operator": item.operator,
                "privilege": item.privilege,
            }
            if item.pace:
                record["pace"] = item.pace
            statements.append(("INSERT OR IGNORE INTO object VALUES (?, ?)", (key, zlib.compress(data, 1))))
            statements.append(("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", (item.target, item.probe, key, canonical(record))))
        self._write(statements)

    def _write(self, statements: list[tuple[str, tuple[Any, ...]]]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                self._db.execute(sql, values)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise KeepError("store-write", file=self.path, detail=error) from None

    def targets(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every target's record, by id."""
        for key, record in self._db.execute("SELECT id, record FROM target ORDER BY id"):
            yield key, strict_loads(record)

    def held(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """(target, probe, digest, record), sorted."""
        for target, probe, key, record in self._db.execute("SELECT target, probe, digest, record FROM evidence ORDER BY target, probe"):
            yield target, probe, key, strict_loads(record)

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """(digest, bytes) of every object that evidence still names, sorted."""
        sql = "SELECT digest, data FROM object WHERE digest IN (SELECT digest FROM evidence) ORDER BY digest"
        for key, data in self._db.execute(sql):
            yield key, zlib.decompress(data)


@contextmanager
def scratch(shelf: Path) -> Iterator[Store]:
    """A store beside a shelf that is being made, gone afterwards. Raises KeepError where nothing can be written."""
    try:
        place = tempfile.TemporaryDirectory(prefix="shiqu-", dir=shelf.resolve().parent)
    except OSError as error:
        raise KeepError("file-write", file=shelf, detail=error.strerror or error) from None
    with place as folder:
        store = Store(Path(folder))
        try:
            yield store
        finally:
            store.close()
