"""The log: whatever is changed in it is found, and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people import log, merkle
from hub.store.tables import head, meta
from hub.store.tables import log as table
from scanner.ledger.keys import new_key
from tests.hub.tree import opened

KEY = new_key("ed25519")
OTHER = new_key("ed25519")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = opened(tmp_path)
    with database.writing() as one:
        for number in range(10):
            log.write(one, "张三", "account.add", None, {"name": f"a{number}"})
        log.sign_head(one, "HUB", KEY)
        log.write(one, "system", "fold")
        yield one
    database.close()


def faults(connection: Connection, **more: Any) -> list[log.Fault]:
    return log.verify(connection, "HUB", [KEY.public], **more)


def test_an_untouched_log_is_whole(connection: Connection) -> None:
    assert faults(connection) == []
    assert [row.n for row in connection.execute(sa.select(table.c.n).order_by(table.c.n))] == list(range(1, 12))


def test_an_empty_log_is_whole(tmp_path: Path) -> None:
    database = opened(tmp_path)
    with database.writing() as connection:
        assert log.head(connection).root == merkle.EMPTY.hex()
        assert faults(connection) == []
    database.close()


@pytest.mark.parametrize("column", ["at", "actor", "action", "detail"])
def test_a_changed_row_is_named(connection: Connection, column: str) -> None:
    connection.execute(table.update().where(table.c.n == 4).values({column: "{}" if column == "detail" else "x"}))
    assert log.Fault("row", 4) in faults(connection)


def test_a_row_that_is_gone_is_named(connection: Connection) -> None:
    connection.execute(table.delete().where(table.c.n == 7))
    assert log.Fault("missing", 7) in faults(connection)


def test_rows_cut_off_the_end_are_found(connection: Connection) -> None:
    connection.execute(table.delete().where(table.c.n > 8))
    assert {fault.code for fault in faults(connection)} == {"missing", "tree"}


def test_two_rows_that_changed_places_are_found(connection: Connection) -> None:
    connection.execute(table.update().where(table.c.n == 2).values(n=99))
    connection.execute(table.update().where(table.c.n == 3).values(n=2))
    connection.execute(table.update().where(table.c.n == 99).values(n=3))
    assert {fault.n for fault in faults(connection) if fault.code == "row"} == {2, 3}


def rewrite(connection: Connection, key: Any = None) -> None:
    """As one would who may write the database and knows how it is made."""
    rows = connection.execute(sa.select(table).order_by(table.c.n)).fetchall()
    frontier: merkle.Frontier = ()
    signed = connection.execute(sa.select(head.c.n)).scalars().all()
    connection.execute(table.delete())
    for row in rows:
        actor = "李四" if row.n == 4 else row.actor
        leaf = merkle.leaf(log._content(row.n, row.at, actor, row.action, row.unit_id, row.detail))
        frontier = merkle.grown(frontier, leaf)
        connection.execute(table.insert().values({**row._mapping, "actor": actor, "leaf": leaf.hex()}))
        if row.n in signed and key is not None:
            made = log.Head(row.n, merkle.root_of(frontier).hex(), row.at, None)
            signature = key.sign(log.signed_bytes("HUB", made))
            connection.execute(head.update().where(head.c.n == row.n).values(root=made.root, at=made.at, signature=signature))
    log._keep(connection, frontier)


def test_a_history_written_anew_contradicts_the_signed_head(connection: Connection) -> None:
    rewrite(connection)
    assert faults(connection) == [log.Fault("head", 10)]


def test_a_head_signed_by_another_key_does_not_count(connection: Connection) -> None:
    rewrite(connection, OTHER)
    assert faults(connection) == [log.Fault("signature", 10)]


def test_a_history_that_the_hub_itself_wrote_anew_contradicts_the_receipts(connection: Connection) -> None:
    held = connection.execute(sa.select(head.c.n, head.c.root)).one()
    rewrite(connection, KEY)
    assert faults(connection) == []
    assert faults(connection, witnesses=[(held.n, held.root)]) == [log.Fault("witness", 10)]


def test_a_database_of_yesterday_contradicts_a_newer_receipt(connection: Connection) -> None:
    assert faults(connection, witnesses=[(12, "00" * 32)]) == [log.Fault("missing", 12)]


def test_a_tree_that_was_cut_back_is_found(connection: Connection) -> None:
    connection.execute(meta.update().where(meta.c.name == log.FRONTIER).values(value="[]"))
    assert log.Fault("tree", 11) in faults(connection)


def test_many_rows_at_once_are_as_good_as_one_by_one(connection: Connection) -> None:
    entries = [log.Entry("unit:U1", "envelope.accepted", None, {"n": number}) for number in range(50)]
    assert log.write_many(connection, entries) == 61
    assert faults(connection) == []


def test_the_same_tree_is_signed_once(connection: Connection) -> None:
    assert log.sign_head(connection, "HUB", KEY) == log.sign_head(connection, "HUB", KEY)


def test_a_clock_that_went_back_is_told_by_the_log_itself(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    told = ["2026-03-01T00:00:00Z", "2026-02-28T23:59:57Z", "2026-02-28T00:00:00Z", "2026-02-28T00:00:01Z"]
    for moment in told:
        monkeypatch.setattr(log, "now", lambda moment=moment: moment)
        log.write(connection, "张三", "login", None)
    rows = connection.execute(sa.select(table.c.action, table.c.at, table.c.detail).order_by(table.c.n.desc()).limit(5)).all()
    assert [row.action for row in reversed(rows)] == ["login", "login", "clock.back", "login", "login"]
    assert (rows[2].at, rows[2].detail) == ("2026-02-28T00:00:00Z", '{"before":"2026-02-28T23:59:57Z"}')
    assert faults(connection) == []
