"""Reading a backup again: to prove it, and to make a hub of it that is the same, row for row, up to the head of its log."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.ops import backup
from hub.ops.backup import FILES, MANIFEST, SIGNATURE, Manifest
from hub.people import log, merkle
from hub.registry.own import SETTINGS, SIGN, Settings, connect, plain_settings
from hub.store import migrate
from hub.store.database import Database, bulk
from hub.store.tables import META
from scanner.errors import KeepError, UseError
from scanner.ledger.ends import write_private
from scanner.ledger.keys import PublicKey
from scanner.ledger.pkcs8 import unpem
from scanner.model.canonical import canonical, strict_loads

MAX_MANIFEST, MAX_LINE, MAX_FILE = 1024 * 1024, 64 * 1024 * 1024, 64 * 1024


def verify(path: Path, key: PublicKey | None = None) -> Manifest:
    """The manifest of a backup whose signature, digests and log hold. ``key``: whose signature it must be. Raises KeepError, UseError."""
    with _opened(path) as archive:
        manifest, public = _signed(archive)
        if key is not None and key != public:
            raise KeepError("hub-backup-other-key", fingerprint=public.fingerprint)
        frontier: merkle.Frontier = ()
        for name, mark in manifest["tables"].items():
            held, count = hashlib.sha256(), 0
            for line in _lines(archive, name):
                held.update(line)
                count += 1
                if name == "log":
                    row = dict(zip(mark["columns"], strict_loads(line), strict=True))
                    frontier = merkle.grown(frontier, bytes.fromhex(row["leaf"]))
            if (held.hexdigest(), count) != (mark["sha256"], mark["rows"]):
                raise KeepError("hub-backup-changed", part=name)
        if (merkle.size_of(frontier), merkle.root_of(frontier).hex()) != (manifest["head"]["n"], manifest["head"]["root"]):
            raise KeepError("hub-backup-changed", part="log")
    return manifest


def restore(path: Path, home: Path, url: str = "", password: str = "") -> Manifest:
    """Make a hub of a backup in a new folder and database; it is only there when it is the same. Raises KeepError, UseError."""
    if (home / SETTINGS).exists():
        raise UseError("hub-home-taken", dir=home)
    manifest = verify(path)
    if manifest["step"] > migrate.head():
        raise UseError("hub-backup-newer", step=manifest["step"], mine=migrate.head(), release=manifest["release"])
    settings = Settings(manifest["hub"], url, password)
    try:
        (home / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeepError("file-write", file=home, detail=error.strerror or error) from None
    database = connect(home, settings)
    try:
        with _opened(path) as archive:
            migrate.upgrade(database, manifest["step"])
            with database.writing() as connection:
                _fill(connection, archive, manifest)
            if manifest["step"] == migrate.head():
                _compare(database, manifest)
            migrate.upgrade(database)
            for name in sorted(manifest["files"]):
                if name != SETTINGS:
                    write_private(home / name, _file(archive, name))
        write_private(home / SETTINGS, canonical(plain_settings(settings)) + b"\n")
    finally:
        database.close()
    return manifest


def _fill(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    if connection.dialect.name == "sqlite":
        # Units refer to units.
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    for table in META.sorted_tables:
        mark = manifest["tables"].get(table.name)
        if mark is None:
            continue
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise UseError("hub-database-taken")
        binary = {
            number for number, name in enumerate(mark["columns"]) if name in table.c and isinstance(table.c[name].type, sa.LargeBinary)
        }
        for block in _blocks(archive, table.name, binary):
            bulk(connection, table, mark["columns"], block)
        if connection.dialect.name == "postgresql" and "id" in table.c:
            top = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
            connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(table.name, "id"), top, False)))


def _blocks(archive: zipfile.ZipFile, name: str, binary: set[int]) -> Iterator[list[list[Any]]]:
    block: list[list[Any]] = []
    for line in _lines(archive, name):
        row = json.loads(line)
        block.append([base64.b64decode(value) if number in binary and value is not None else value for number, value in enumerate(row)])
        if len(block) == backup.LINES:
            yield block
            block = []
    if block:
        yield block


def _compare(database: Database, manifest: Manifest) -> None:
    """What stands in the database now must be what stood there then."""
    with database.reading() as connection:
        for table in backup.tables():
            if backup.marked(connection, table) != manifest["tables"][table.name]:
                raise KeepError("hub-backup-not-the-same", part=table.name)
        head = log.head(connection)
        if (head.n, head.root) != (manifest["head"]["n"], manifest["head"]["root"]):
            raise KeepError("hub-backup-not-the-same", part="log")


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError, ValueError, TypeError, binascii.Error):
        raise KeepError("hub-backup-form") from None


def _signed(archive: zipfile.ZipFile) -> tuple[Manifest, PublicKey]:
    raw, signature = _bounded(archive, MANIFEST, MAX_MANIFEST), _bounded(archive, SIGNATURE, 256)
    pem = _bounded(archive, "home/" + SIGN.replace(".key", ".pub"), MAX_FILE)
    key = PublicKey(unpem("PUBLIC KEY", pem))
    if not key.verifies(signature, raw):
        raise KeepError("hub-backup-signature")
    manifest = backup.read_manifest(raw)
    names = [MANIFEST, SIGNATURE, *(f"tables/{name}.jsonl" for name in manifest["tables"]), *(f"home/{name}" for name in manifest["files"])]
    if sorted(names) != sorted(archive.namelist()) or key.fingerprint != manifest["key"] or not set(manifest["files"]) <= set(FILES):
        raise KeepError("hub-backup-form")
    for name in manifest["files"]:
        if hashlib.sha256(_file(archive, name)).hexdigest() != manifest["files"][name]:
            raise KeepError("hub-backup-changed", part=name)
    return manifest, key


def _file(archive: zipfile.ZipFile, name: str) -> bytes:
    return _bounded(archive, f"home/{name}", MAX_FILE)


def _bounded(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise KeepError("hub-backup-form")
    return data


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(f"tables/{name}.jsonl") as stream:
        while line := stream.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise KeepError("hub-backup-form")
            yield line
