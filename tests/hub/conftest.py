from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.database import Database, sqlite_url
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
