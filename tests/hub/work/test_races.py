"""Two persons at the same notice: on a server both begin, and one of them was quicker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from hub.intake.door import Door
from hub.store.database import Database
from hub.store.tables import META, outgoing
from hub.work import drafting, issuing, notices, withdrawing
from hub.work.notices import REMIND
from scanner.errors import UseError
from tests.hub.post import hub_with, register
from tests.hub.postgres import POSSIBLE, Server
from tests.hub.work.conftest import Place, meanwhile

pytestmark = [pytest.mark.lab, pytest.mark.skipif(not POSSIBLE, reason="needs root and PostgreSQL")]


@pytest.fixture
def drafted(postgres: Server) -> Iterator[tuple[Place, int]]:
    database = Database(postgres.url())
    META.create_all(database.engine)
    own = hub_with(database)
    place = Place(database, own, Door(own, database), register(database, "330101-001"), register(database, "330101-002"))
    with database.writing() as connection:
        report = {"profile": "archives-l3", "after": "2026-01-01"}
        number = drafting.draft(
            connection, place.sight(), drafting.Draft(REMIND, place.one.code, "催报", deadline="2099-01-01", report=report)
        )
    yield place, number
    database.close()


def test_a_draft_that_is_withdrawn_meanwhile_is_not_sent(drafted: tuple[Place, int], monkeypatch: pytest.MonkeyPatch) -> None:
    place, number = drafted

    def act() -> None:
        with place.database.writing() as other:
            withdrawing.withdraw(other, place.own, place.sight(), number, "")

    meanwhile(monkeypatch, issuing, "mine", act)
    with pytest.raises(UseError, match="notice-issued"), place.database.writing() as connection:
        issuing.issue(connection, place.own, place.sight(), number)
    with place.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(outgoing)).scalar() == 0


def test_a_notice_that_is_issued_meanwhile_is_not_deleted_as_a_draft(drafted: tuple[Place, int], monkeypatch: pytest.MonkeyPatch) -> None:
    place, number = drafted

    def act() -> None:
        with place.database.writing() as other:
            issuing.issue(other, place.own, place.sight(), number)

    meanwhile(monkeypatch, withdrawing, "mine", act)
    with pytest.raises(UseError, match="notice-issued"), place.database.writing() as connection:
        withdrawing.withdraw(connection, place.own, place.sight(), number, "")
    with place.database.reading() as connection:
        assert notices.find(connection, place.sight(), number).state == "issued"
