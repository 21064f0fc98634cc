"""The choke point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.people.sight import ADMINISTRATORS, ROLES, Forbidden, Hidden, Sight
from hub.registry import units
from hub.store.tables import hazard
from hub.work import closing
from tests.hub.tree import opened, plant


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = opened(tmp_path)
    with database.writing() as one:
        for code, held in plant(one).items():
            one.execute(hazard.insert().values(unit_id=held.id, code=f"H-{code}", envelope_id=1))
        yield one
    database.close()


def sight(connection: Connection, code: str, role: str = "county") -> Sight:
    return Sight(1, role, units.find(connection, code).path, ROLES[role], "张三")


def hazards(connection: Connection, one: Sight) -> set[str]:
    statement = sa.select(hazard.c.code)
    return set(connection.execute(one.narrow(statement, hazard.c.unit_id)).scalars())


@pytest.mark.parametrize(
    ("code", "seen"),
    [("U1", {"H-U1"}), ("K1", {"H-K1", "H-U1", "H-U2"}), ("P2", {"H-P2", "H-U5"})],
)
def test_rows_of_the_subtree_and_no_others(connection: Connection, code: str, seen: set[str]) -> None:
    assert hazards(connection, sight(connection, code)) == seen


def test_a_sight_without_a_root_sees_nothing(connection: Connection) -> None:
    assert hazards(connection, Sight(1, "nation", "", ROLES["nation"], "x")) == set()
    assert hazards(connection, Sight(1, "nation", "/", ROLES["nation"], "x")) == set()


def test_a_foreign_unit_and_one_that_is_not_there_are_the_same(connection: Connection) -> None:
    one = sight(connection, "K1")
    told = []
    for code in ("U5", "U999", "N", "K2"):
        with pytest.raises(Hidden) as caught:
            one.unit(connection, code)
        told.append((caught.value.code, caught.value.fields))
    assert len({str(item) for item in told}) == 1
    assert one.unit(connection, "U2").code == "U2"


def test_a_unit_that_moved_away_is_out_of_sight_at_once(connection: Connection) -> None:
    one = sight(connection, "K1")
    number = units.find(connection, "U1").id
    assert one.sees(connection, number)
    units.move(connection, "U1", "K2")
    assert not one.sees(connection, number)


@pytest.mark.parametrize("role", ADMINISTRATORS)
def test_no_administrator_sees_a_finding(role: str) -> None:
    assert not ROLES[role] & {"see-results", "see-figures", "see-evidence", "export", "upload", "notice"}


def test_the_administrators_share_nothing_but_their_own_account() -> None:
    for one in ADMINISTRATORS:
        for other in ADMINISTRATORS:
            assert one == other or ROLES[one] & ROLES[other] == {"self"}


def test_what_is_not_among_the_acts_is_forbidden(connection: Connection) -> None:
    with pytest.raises(Forbidden):
        sight(connection, "K1").must("log")
    assert sight(connection, "K1").must("notice") is None


@pytest.mark.parametrize(("role", "code"), [("nation", "N"), ("province", "P1"), ("county", "K1"), ("unit", "U1"), ("admin-system", "N")])
def test_what_holds_for_the_whole_hub_is_for_its_top_unit_to_say(connection: Connection, role: str, code: str) -> None:
    one = sight(connection, code, role)
    assert one.may_for_all("rulebook") == (role == "nation")
    if role != "nation":
        with pytest.raises(Forbidden):
            closing.declare_rulebook(connection, one, "sha256:" + "1" * 64)
        return
    closing.declare_rulebook(connection, one, "sha256:" + "1" * 64)
    assert closing.rulebooks(connection) == ["sha256:" + "1" * 64]


def test_the_right_to_write_notices_is_not_the_right_to_order_rulebooks(connection: Connection) -> None:
    top = sight(connection, "N", "nation")
    program = Sight(1, "nation", top.root_path, frozenset({"notice", "advisory"}), "x")
    with pytest.raises(Forbidden):
        closing.declare_rulebook(connection, program, "sha256:" + "1" * 64)
