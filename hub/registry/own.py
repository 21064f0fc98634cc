"""The hub's own folder: ``hub.json`` (who it is, where its database is), ``hub.db`` and ``keys/``. No secret but the encrypted keys lies there."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from hub.clock import now, today
from hub.registry import units
from hub.store import migrate
from hub.store.database import Database, checked_url, sqlite_url
from hub.store.tables import meta, unit
from scanner.errors import KeepError, UseError
from scanner.ledger.ends import write_private
from scanner.ledger.keys import PrivateKey, new_key, read_private, write_key
from scanner.model.canonical import canonical, strict_loads
from scanner.secret import resolve_secret

SETTINGS, DATABASE = "hub.json", "hub.db"
SIGN, ENCRYPT = "keys/sign.key", "keys/encrypt.key"
TRUST = "trust"
"""Folder of the hub's home where the key of the hub above is pinned."""
SCHEMA = "shiqu/hub/1"
MAX_SETTINGS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """``hub.json``."""

    code: str
    """Code of the unit that runs the hub."""
    database: str
    """URL without a password; empty for ``hub.db`` in the folder."""
    password: str = ""
    """Reference to the password of the database, or empty."""


@dataclass(frozen=True, slots=True)
class Own:
    """The hub itself, with its keys open."""

    code: str
    """Code of the unit that runs it."""
    sign: PrivateKey
    """Seals receipts, notices and tree heads."""
    encrypt: PrivateKey | None
    """Opens what was encrypted to the hub; X25519, or SM2 where the hub signs with SM2."""
    database: Database
    home: Path | None = None
    """The folder; ``trust`` in it holds the key of the hub above."""

    @classmethod
    def load(cls, home: Path, reference: str, prompt: str = "") -> Own:
        """Open the folder; ``reference`` leads to the passphrase of the keys. Raises UseError, KeepError."""
        settings = read_settings(home)
        passphrase = resolve_secret(reference, prompt)
        sign = read_private(home / SIGN, passphrase)
        encrypt = read_private(home / ENCRYPT, passphrase) if (home / ENCRYPT).exists() else None
        return cls(settings.code, sign, encrypt, open_database(home), home)


def open_database(home: Path) -> Database:
    """The database alone, for what needs no key. Raises UseError, KeepError (``hub-schema-old``)."""
    database = connect(home, read_settings(home))
    migrate.check(database)
    return database


def connect(home: Path, settings: Settings) -> Database:
    """The database at whatever step it stands. Raises UseError."""
    if not settings.database:
        return Database(sqlite_url(home / DATABASE))
    url = sa.make_url(settings.database)
    if settings.password:
        url = url.set(password=resolve_secret(settings.password, ""))
    return Database(url.render_as_string(hide_password=False))


def read_settings(home: Path) -> Settings:
    """Raises UseError when no hub lives there."""
    path = home / SETTINGS
    try:
        with path.open("rb") as stream:
            data = strict_loads(stream.read(MAX_SETTINGS))
        held = Settings(str(data["code"]), str(data["database"]), str(data["password"]))
    except FileNotFoundError:
        raise UseError("hub-home-missing", dir=home) from None
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UseError("hub-home-broken", file=path) from None
    return held


def found(home: Path, settings: Settings, *, name: str, rank: str, division: str, algorithm: str, passphrase: str) -> Own:
    """Make a hub: folder, keys, schema, and the unit that runs it as the root of the tree. Raises UseError, KeepError.

    ``hub.json`` comes last: without it there is no hub, and the same command may be given again.
    """
    if (home / SETTINGS).exists():
        raise UseError("hub-home-taken", dir=home)
    check_url(settings.database)
    try:
        (home / "keys").mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in ("sign", "encrypt"):
            for suffix in (".key", ".pub"):
                (home / "keys" / (left + suffix)).unlink(missing_ok=True)
    except OSError as error:
        raise KeepError("file-write", file=home, detail=error.strerror or error) from None
    # Domestic algorithms throughout, or none of them.
    sign, encrypt = new_key(algorithm, settings.code), new_key("sm2" if algorithm == "sm2" else "x25519", settings.code)
    write_key(home / SIGN, sign, passphrase)
    write_key(home / ENCRYPT, encrypt, passphrase)
    with ExitStack() as undo:
        database = connect(home, settings)
        undo.callback(database.close)
        migrate.upgrade(database)
        with database.writing() as connection:
            _root(connection, settings.code, name, rank, division)
        write_private(home / SETTINGS, canonical(plain_settings(settings)) + b"\n")
        undo.pop_all()
    return Own(settings.code, sign, encrypt, database, home)


def check_url(url: str) -> None:
    """Raises UseError for another kind of database, and for an address with a password in it: it would stand in the list of processes and in ``hub.json``."""
    if url and sa.make_url(checked_url(url)).password is not None:
        raise UseError("hub-database-password")


def _root(connection: sa.Connection, code: str, name: str, rank: str, division: str) -> None:
    if connection.execute(sa.select(unit.c.id).limit(1)).first() is not None:
        raise UseError("hub-database-taken")
    units.add(connection, code, name, None, rank=rank, since=today(), division=division)
    for key, value in (("hub", code), ("created", now())):
        connection.execute(sa.insert(meta).values(name=key, value=value))


def plain_settings(settings: Settings) -> dict[str, str]:
    """What stands in ``hub.json``."""
    return {"schema": SCHEMA, "code": settings.code, "database": settings.database, "password": settings.password}


def public_files(home: Path) -> tuple[Path, Path]:
    """What the units need: the key that receipts are checked with, and the one that envelopes are encrypted to."""
    return (home / SIGN).with_suffix(".pub"), (home / ENCRYPT).with_suffix(".pub")
