"""After somebody got at the database or an account: what shows it, and what ends it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from hub.clock import later, now
from hub.intake.door import Door
from hub.people import accounts, log, merkle, sessions
from hub.store import tables as t
from hub.web.pages.logbook import _told
from tests.hub.post import HUB, register
from tests.hub.served import home_at


def test_a_password_that_an_administrator_sets_ends_the_tokens(tmp_path: Path) -> None:
    own = home_at(tmp_path / "hub")
    with own.database.writing() as connection:
        held = accounts.add(connection, "sec", "u1", "人甲", "unit", HUB, password="石渠阁里藏书万卷-9Xk", at=now())
        token = sessions.new_token(connection, held, "x", ["see-results"], later(now(), 9 * 86400)[:10], now())
        assert sessions.by_token(connection, token, now()) is not None
        accounts.set_password(connection, "sec", "u1", "石渠阁里藏书万卷-7Qz", day=now()[:10], own=False)
        assert sessions.by_token(connection, token, now()) is None
    own.database.close()


def test_a_log_that_was_rewritten_whole_stands_against_the_receipts(tmp_path: Path) -> None:
    own = home_at(tmp_path / "hub")
    Door(own, own.database).accept(register(own.database, "330102-001").report(), "http")
    keys = [own.sign.public]
    with own.database.writing() as connection:
        assert log.verify(connection, own.code, keys, _told(connection)) == []
        connection.execute(t.log.update().where(t.log.c.n == 1).values(actor="nobody"))
        connection.execute(t.head.delete())
        frontier: merkle.Frontier = ()
        for row in connection.execute(sa.select(t.log).order_by(t.log.c.n)).fetchall():
            leaf = merkle.leaf(log._content(row.n, row.at, row.actor, row.action, row.unit_id, row.detail))
            frontier = merkle.grown(frontier, leaf)
            connection.execute(t.log.update().where(t.log.c.n == row.n).values(leaf=leaf.hex()))
        log._keep(connection, frontier)
        assert [fault.code for fault in log.verify(connection, own.code, keys, _told(connection))] == ["witness"]
    own.database.close()
