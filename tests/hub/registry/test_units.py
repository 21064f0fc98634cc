"""The tree of units."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from hub.registry import units
from hub.store.database import Database
from scanner.errors import UseError
from tests.hub.tree import TREE, opened, plant


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = opened(tmp_path)
    with database.writing() as one:
        plant(one)
        yield one
    database.close()


def codes(connection: Connection, code: str) -> set[str]:
    return {one.code for one in units.listed(connection, units.find(connection, code).path)}


def test_a_subtree_is_what_stands_below(connection: Connection) -> None:
    assert codes(connection, "C1") == {"C1", "K1", "K2", "U1", "U2", "U3", "U4"}
    assert codes(connection, "U1") == {"U1"}


def test_an_id_that_begins_like_another_is_no_part_of_its_subtree(connection: Connection) -> None:
    for number in range(20):
        units.add(connection, f"X{number}", "多馆", "P2", rank="unit", since="2026-01-01")
    assert codes(connection, "N") == {code for code, *_ in TREE} | {f"X{number}" for number in range(20)}
    assert codes(connection, "P1") & {f"X{number}" for number in range(20)} == set()


@pytest.mark.parametrize("path", ["", "/", "%", "/%/", "1/", "/1", "/1/%", "//"])
def test_a_path_that_is_none_covers_nothing(connection: Connection, path: str) -> None:
    assert units.listed(connection, path) == []


def test_moving_takes_the_subtree_along(connection: Connection) -> None:
    moved = units.move(connection, "K1", "P2")
    assert moved.depth == 2
    assert codes(connection, "P2") == {"P2", "K1", "U1", "U2", "U5"}
    assert codes(connection, "C1") == {"C1", "K2", "U3", "U4"}
    one = units.find(connection, "U1")
    assert (one.depth, units.above(one.path)[-2]) == (3, moved.id)


def test_nothing_moves_below_itself(connection: Connection) -> None:
    with pytest.raises(UseError) as caught:
        units.move(connection, "C1", "K1")
    assert caught.value.code == "hub-unit-circle"


def test_the_rank_falls_downward(connection: Connection) -> None:
    with pytest.raises(UseError) as caught:
        units.add(connection, "C9", "市局", "K2", rank="city", since="2026-01-01")
    assert caught.value.code == "hub-unit-parent-rank"


def test_a_branch_may_stand_below_a_unit(connection: Connection) -> None:
    assert units.add(connection, "U1-1", "分馆", "U1", rank="unit", since="2026-01-01").depth == 5


def test_one_root_only(connection: Connection) -> None:
    with pytest.raises(UseError) as caught:
        units.add(connection, "N2", "另一国家局", None, rank="nation", since="2026-01-01")
    assert caught.value.code == "hub-unit-second-root"


def test_a_code_is_given_once(connection: Connection) -> None:
    with pytest.raises(UseError) as caught:
        units.add(connection, "U1", "又一馆", "K2", rank="unit", since="2026-01-01")
    assert caught.value.code == "hub-unit-taken"


def test_an_unknown_parent_is_refused(connection: Connection) -> None:
    with pytest.raises(UseError) as caught:
        units.add(connection, "U9", "馆", "K9", rank="unit", since="2026-01-01")
    assert caught.value.code == "hub-unit-unknown"


def test_what_still_has_units_is_not_retired(connection: Connection) -> None:
    with pytest.raises(UseError) as caught:
        units.retire(connection, "K1", "2026-11-01")
    assert caught.value.code == "hub-unit-has-units"
    for code in ("U1", "U2"):
        units.retire(connection, code, "2026-11-01")
    assert units.retire(connection, "K1", "2026-11-01").retired == "2026-11-01"


@pytest.mark.parametrize("code", ["", "a b", "../x", "x" * 65, "a\n", "<b>", "-x"])
def test_codes_that_are_none(connection: Connection, code: str) -> None:
    with pytest.raises(UseError) as caught:
        units.add(connection, code, "馆", "K1", rank="unit", since="2026-01-01")
    assert caught.value.code == "hub-unit-code"


def test_contacts_are_kept_in_their_four_fields(connection: Connection) -> None:
    held = units.amend(connection, "U1", contacts=[{"name": "张三", "phone": "0571-1", "secret": "x"}])
    assert held.contacts == ({"name": "张三", "duty": "", "phone": "0571-1", "deputy": ""},)


@pytest.mark.parametrize("name", ["", "甲\u202e乙", "a\x1bb", "x" * 201])
def test_contacts_that_are_none(connection: Connection, name: str) -> None:
    with pytest.raises(UseError) as caught:
        units.amend(connection, "U1", contacts=[{"name": name}])
    assert caught.value.code == "hub-unit-contact"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = opened(tmp_path_factory.mktemp("units"))
    with database.writing() as one:
        plant(one)
    yield database
    database.close()


CODES = st.sampled_from([code for code, *_ in TREE])


@given(moves=st.lists(st.tuples(CODES, CODES), max_size=8))
def test_whatever_moves_every_path_is_the_parents_path_and_the_own_id(planted: Database, moves: list[tuple[str, str]]) -> None:
    with planted.engine.connect() as connection:
        for code, parent in moves:
            try:
                units.move(connection, code, parent)
            except UseError as error:
                assert error.code in ("hub-unit-circle", "hub-unit-parent-rank")
        now = {row.id: row for row in connection.execute(sa.select(units.unit))}
        assert len(now) == len(TREE)
        for row in now.values():
            over = now[row.parent_id] if row.parent_id else None
            assert row.path == f"{over.path if over else '/'}{row.id}/"
            assert row.depth == (over.depth + 1 if over else 0)
        connection.rollback()


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("综合档案馆", "comprehensive"),
        (" Comprehensive  archive ", "comprehensive"),
        ("department", "department"),
        ("航天档案馆", "航天档案馆"),
        ("", ""),
    ],
)
def test_a_sort_in_words_is_that_of_its_key(connection: Connection, told: str, kept: str) -> None:
    assert units.add(connection, "X1", "某馆", "K1", rank="unit", since="2026-01-01", sort=told).sort == kept
    assert units.amend(connection, "U1", sort=told).sort == kept
