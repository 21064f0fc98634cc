"""Backup: every table as canonical lines, their digests in a manifest that the hub signs, in one zip. The same file for both databases.

Sessions are left out: who was logged in shall not be so after a restore. The keys travel as they rest, under their passphrase.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypedDict

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people import log
from hub.registry.own import ENCRYPT, SETTINGS, SIGN, Own
from hub.store import migrate
from hub.store.tables import META, attempt, session
from scanner import __version__
from scanner.errors import KeepError
from scanner.model.canonical import canonical

SCHEMA = "shiqu/hub-backup/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LEFT_OUT = (session.name, attempt.name)
FILES = (SETTINGS, SIGN, SIGN.replace(".key", ".pub"), ENCRYPT, ENCRYPT.replace(".key", ".pub"))
LINES = 2000
"""Rows that are in memory at once."""


class TableMark(TypedDict):
    """One table."""

    columns: list[str]
    rows: int
    sha256: str
    """Of its lines."""


class HeadMark(TypedDict):
    """Head of the audit log."""

    n: int
    root: str


class Manifest(TypedDict):
    """What the hub signs."""

    schema: str
    release: str
    hub: str
    """Code of the unit that runs it."""
    step: str
    """Of the schema."""
    created: str
    key: str
    """Fingerprint of the signing key."""
    head: HeadMark
    tables: dict[str, TableMark]
    files: dict[str, str]
    """Name in the folder to digest."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that is on the disk."""

    path: Path
    manifest: Manifest


def tables() -> list[sa.Table]:
    """In an order in which nothing refers to what comes later."""
    return [table for table in META.sorted_tables if table.name not in LEFT_OUT]


def make(own: Own, home: Path, path: Path) -> Made:
    """Write a backup of one moment; what is there under the name is replaced only when the new one is whole. Raises KeepError."""
    part = path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_RDWR | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w+b") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                manifest = _write(own, home, archive)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise KeepError("file-write", file=path, detail=error.strerror or error) from None
    finally:
        part.unlink(missing_ok=True)
    return Made(path, manifest)


def _write(own: Own, home: Path, archive: zipfile.ZipFile) -> Manifest:
    step = migrate.current(own.database)
    with own.database.reading() as connection:
        head = log.head(connection)
        marks = {str(table.name): _table(connection, table, archive) for table in tables()}
    manifest: Manifest = {
        "schema": SCHEMA,
        "release": __version__,
        "hub": own.code,
        "step": step,
        "created": now(),
        "key": own.sign.public.fingerprint,
        "head": {"n": head.n, "root": head.root},
        "tables": marks,
        "files": {name: _file(home / name, name, archive) for name in FILES if (home / name).exists()},
    }
    raw = canonical(manifest)
    archive.writestr(MANIFEST, raw)
    archive.writestr(SIGNATURE, own.sign.sign(raw))
    return manifest


def _table(connection: Connection, table: sa.Table, archive: zipfile.ZipFile) -> TableMark:
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as stream:
        return marked(connection, table, stream)


def marked(connection: Connection, table: sa.Table, stream: IO[bytes] | None = None) -> TableMark:
    """Digest of a table's lines, written on the way when somebody wants them."""
    held, count = hashlib.sha256(), 0
    for block in _blocks(connection, table):
        count += len(block)
        data = b"".join(canonical(line) + b"\n" for line in block)
        held.update(data)
        if stream is not None:
            stream.write(data)
    return {"columns": [str(column.name) for column in table.columns], "rows": count, "sha256": held.hexdigest()}


def _blocks(connection: Connection, table: sa.Table) -> Iterator[list[list[Any]]]:
    # Text sorts as its bytes do in both databases only under the plain collation.
    order = [sa.collate(column, _plain_order(connection)) if isinstance(column.type, sa.Text) else column for column in _key(table)]
    statement = sa.select(table).order_by(*order)
    result = connection.execution_options(stream_results=True).execute(statement)
    for rows in result.partitions(LINES):
        yield [[_told(value) for value in row] for row in rows]


def _key(table: sa.Table) -> Sequence[sa.ColumnElement[Any]]:
    return list(table.primary_key.columns) or list(table.columns)


def _plain_order(connection: Connection) -> str:
    return "C" if connection.dialect.name == "postgresql" else "BINARY"


def _told(value: Any) -> Any:
    return base64.b64encode(bytes(value)).decode() if isinstance(value, bytes | memoryview) else value


def _file(path: Path, name: str, archive: zipfile.ZipFile) -> str:
    data = path.read_bytes()
    archive.writestr(f"home/{name}", data)
    return hashlib.sha256(data).hexdigest()


def read_manifest(data: bytes) -> Manifest:
    """Raises KeepError."""
    try:
        found = msgspec.json.decode(data, type=Manifest)
        if canonical(found) != data or found["schema"] != SCHEMA:
            raise ValueError("form")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise KeepError("hub-backup-form") from None
    return found
