"""Connections to a server that went and came back, and those for one statement."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.store import database as rooms
from hub.store import migrate
from hub.store.database import Database
from hub.store.tables import meta
from scanner.errors import KeepError
from tests.hub.postgres import POSSIBLE, Server

pytestmark = [pytest.mark.lab, pytest.mark.skipif(not POSSIBLE, reason="needs root and PostgreSQL")]


def cut(database: Database) -> None:
    """The server ends every connection, as a restart does."""
    other = Database(database.url)
    with other.writing() as connection:
        mine = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert connection.execute(mine).scalars().all() == [True]
    other.close()


@pytest.fixture
def database(postgres: Server) -> Database:
    one = Database(postgres.url())
    migrate.upgrade(one)
    one.close()
    with one.writing() as connection:
        connection.execute(meta.insert().values(name="a", value="b"))
    return one


def value(database: Database) -> str:
    with database.glancing() as connection:
        return str(connection.execute(sa.select(meta.c.value).where(meta.c.name == "a")).scalar_one())


def test_a_connection_that_rested_is_asked_whether_it_is_still_there(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "FRESH_SECONDS", 0.0)
    cut(database)
    assert value(database) == "b"
    database.close()


def test_one_that_was_just_used_fails_once_and_no_second_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "FRESH_SECONDS", 3600.0)
    cut(database)
    with pytest.raises(KeepError) as caught, database.writing() as connection:
        connection.execute(sa.select(1))
    assert caught.value.code == "hub-database"
    assert value(database) == "b"
    database.close()


def test_a_glance_leaves_nothing_behind_for_the_transaction_that_follows(database: Database) -> None:
    assert value(database) == "b"
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute(meta.update().values(value="c"))
        raise ZeroDivisionError
    assert value(database) == "b"
    database.close()
