from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.registry.own import Own
from hub.store import migrate
from hub.store.database import Database, sqlite_url
from hub.store.tables import META
from tests.hub.post import hub_with
from tests.hub.postgres import POSSIBLE, Server

KINDS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.lab, pytest.mark.skipif(not POSSIBLE, reason="needs root and PostgreSQL")]),
]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for all tests of the hub; ``url()`` gives each its own database."""
    with Server() as server:
        yield server


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a schema, of both kinds."""
    url = sqlite_url(tmp_path / "hub.db") if request.param == "sqlite" else request.getfixturevalue("postgres").url()
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema, to copy."""
    path = tmp_path_factory.mktemp("hub") / "schema.db"
    database = Database(sqlite_url(path))
    migrate.upgrade(database)
    database.close()
    # What a copy of the file alone would miss.
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def shared(postgres: Server) -> str:
    """A PostgreSQL database with the schema, emptied for every test."""
    url = postgres.url()
    database = Database(url)
    migrate.upgrade(database)
    database.close()
    return url


@pytest.fixture(params=KINDS)
def hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Own]:
    """A hub with nothing in it but itself, on both databases."""
    if request.param == "sqlite":
        url = sqlite_url(Path(shutil.copy(request.getfixturevalue("schema"), tmp_path / "hub.db")))
    else:
        url = request.getfixturevalue("shared")
    database = Database(url)
    if database.postgres:
        with database.writing() as connection:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(META.tables)} RESTART IDENTITY")
    yield hub_with(database)
    database.close()
