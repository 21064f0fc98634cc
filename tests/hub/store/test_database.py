from __future__ import annotations

import socket
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.store import migrate
from hub.store.database import AT_ONCE, SERVER, Database, add_to, bulk, sqlite_url
from hub.store.tables import item, meta, term
from scanner.errors import KeepError, UseError

AWKWARD = ["plain", "tab\tand\nline\rand \\ and \\N", "石渠 🏯", "", "\\.", "'quoted\""]


def test_bulk_keeps_every_byte_of_awkward_text(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.writing() as connection:
        bulk(connection, meta, ("name", "value"), [(str(number), text) for number, text in enumerate(AWKWARD)])
    with empty.reading() as connection:
        assert connection.execute(sa.select(meta.c.value).order_by(meta.c.name)).scalars().all() == AWKWARD


@pytest.mark.parametrize("count", [0, 1, AT_ONCE - 1, AT_ONCE, 2 * AT_ONCE + 1])
def test_bulk_writes_every_row_once_however_many(empty: Database, count: int) -> None:
    migrate.upgrade(empty)
    rows = [(1, number, number % 3, -number) for number in range(count)]
    with empty.writing() as connection:
        bulk(connection, item, ("region_id", "term_id", "outcome", "count"), iter(rows))
    with empty.reading() as connection:
        assert [tuple(row) for row in connection.execute(sa.select(item).order_by(item.c.term_id))] == rows


def test_counters_are_made_and_added_to(empty: Database) -> None:
    migrate.upgrade(empty)
    for delta in (3, -1):
        with empty.writing() as connection:
            add_to(connection, item, ("region_id", "term_id", "outcome"), "count", [((1, 2, 0), delta), ((1, 3, 0), 0)])
    with empty.reading() as connection:
        assert connection.execute(sa.select(item)).all() == [(1, 2, 0, 2)]


def test_what_breaks_half_way_is_not_there_at_all(empty: Database) -> None:
    migrate.upgrade(empty)
    with pytest.raises(sa.exc.IntegrityError), empty.writing() as connection:
        connection.execute(sa.insert(term).values(kind="check", text="a"))
        connection.execute(sa.insert(term).values(kind="check", text="a"))
    with empty.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(term)).scalar_one() == 0


def test_reading_writes_nothing(empty: Database) -> None:
    migrate.upgrade(empty)
    with pytest.raises(KeepError), empty.reading() as connection:
        connection.execute(sa.insert(meta).values(name="a", value="b"))


def test_a_full_disk_is_called_so(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "hub.db"))
    migrate.upgrade(database)
    with pytest.raises(KeepError) as caught, database.writing() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute(f"PRAGMA max_page_count={raw.execute('PRAGMA page_count').fetchone()[0]}")
        bulk(connection, meta, ("name", "value"), ((str(number), "x" * 4000) for number in range(1000)))
    assert caught.value.code == "hub-disk-full"


def test_a_server_that_says_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SERVER, "connect_timeout", "2")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        database = Database(f"postgresql://u@127.0.0.1:{mute.getsockname()[1]}/d")
        with pytest.raises(KeepError) as caught, database.reading():
            pass
        assert caught.value.code == "hub-database"
        database.close()


def test_a_server_that_is_away_is_said_in_one_line() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(KeepError) as caught, database.writing():
        pass
    assert caught.value.code == "hub-database" and "\n" not in caught.value.fields["detail"]


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "nonsense"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(UseError) as caught:
        Database(url)
    assert caught.value.code == "hub-database-url"
