"""What must hold whichever database it is: the log under many writers, a code that two send at once, a tree that moves."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pyotp
import pytest
import sqlalchemy as sa

from hub.clock import now
from hub.people import accounts, log, second
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.store.database import Database
from hub.store.tables import META, account, hazard
from scanner.ledger.keys import new_key
from tests.hub.tree import plant

KEY = new_key("ed25519")


@pytest.fixture
def database(empty: Database) -> Database:
    META.create_all(empty.engine)
    return empty


def together(count: int, deed: Callable[[], None]) -> None:
    """The same, by many at once."""
    threads = [threading.Thread(target=deed) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)


def test_many_writers_leave_one_row_after_the_other(database: Database) -> None:
    def write() -> None:
        for _ in range(10):
            with database.writing() as connection:
                log.write(connection, "system", "test")

    together(4, write)
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.max(log.log.c.n))).scalar_one() == 40
        assert log.verify(connection, "HUB", [KEY.public]) == []


def test_of_two_who_send_one_code_one_comes_in(database: Database) -> None:
    secret, taken = second.new_secret(), []
    with database.writing() as connection:
        number = plant(connection)["U1"].id
        row = account.insert().values(name="zhang", full_name="张三", role="unit", unit_id=number).returning(account.c.id)
        mine = connection.execute(row).scalar_one()
        connection.execute(account.update().values(totp=second.sealed(KEY, mine, secret)))
        found = accounts.find_account(connection, "zhang")
    code, at = pyotp.TOTP(secret).now(), now()

    def send() -> None:
        with database.writing() as connection:
            taken.append(second.accept(connection, KEY, found, code, at))

    together(4, send)
    assert sorted(taken) == [False, False, False, True]


def test_a_subtree_is_the_same_one(database: Database) -> None:
    with database.writing() as connection:
        for code, one in plant(connection).items():
            connection.execute(hazard.insert().values(unit_id=one.id, code=f"H-{code}", envelope_id=1))
        units.move(connection, "K1", "P2")
        sight = Sight(1, "province", units.find(connection, "P2").path, ROLES["province"], "x")
        rows = connection.execute(sight.narrow(sa.select(hazard.c.code), hazard.c.unit_id)).scalars()
        assert set(rows) == {"H-P2", "H-K1", "H-U1", "H-U2", "H-U5"}
