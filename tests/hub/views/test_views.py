"""Views over a made-up province: their counts are those of the rows, and nothing foreign is in them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import pytest

from hub import titles
from hub.people.sight import Forbidden, Hidden
from hub.store.database import Database
from hub.views import alike, board, coverage, dashboard, items, scope, sheets, tiers, unit_page
from hub.views.plain import plain
from scanner.model.hazard import LEVELS
from tests.hub.province import DAY, World
from tests.hub.views.conftest import sight

Filled = tuple[Database, World]
CITY, OTHER = "330100", "330200"
FIGURES = frozenset({"see-figures"})


def of(world: World, code: str) -> list[str]:
    return [unit for unit in world.units if world.paths[unit].startswith(world.paths[code])]


def test_dashboard_counts_what_is_there(filled: Filled) -> None:
    database, world = filled
    with database.reading() as connection:
        found = dashboard.dashboard(connection, sight(world, "330000"), "", DAY)
    hazards = [one for lines in world.hazards.values() for one in lines]
    assert found.whole.coverage.units == len(world.units)
    assert found.whole.coverage.reported == len(world.units) - len(world.silent) == found.whole.figures.units
    assert found.whole.figures.open == {
        level: sum(one["level"] == level and one["state"] != "closed" for one in hazards) for level in LEVELS
    }
    assert found.whole.overdue == sum(bool(one["deadline"]) and one["deadline"] < DAY and one["state"] != "closed" for one in hazards)
    assert found.silent == dict.fromkeys(("CH1", "CH2", "CH3", "CH4"), len(world.silent))
    assert sum(sum(levels.values()) for levels in found.classes.values()) == sum(found.whole.figures.open.values())  # type: ignore[arg-type]


def test_children_add_up_to_the_whole(filled: Filled) -> None:
    database, world = filled
    with database.reading() as connection:
        found = dashboard.dashboard(connection, sight(world, "330000"), CITY, DAY)
    assert {row.where.code for row in found.rows} >= {"330101", "330102", "330103"}
    for number in (lambda row: row.coverage.units, lambda row: row.coverage.late, lambda row: row.overdue, lambda row: row.figures.units):
        assert sum(number(row) for row in found.rows) == number(found.whole)
    assert [place.code for place in found.trail] == ["330000", CITY]


def test_late_units_are_those_without_a_run_of_the_period(filled: Filled) -> None:
    database, world = filled
    with database.reading() as connection:
        where = scope.find(connection, sight(world, "330000"))
        late = coverage.debts(connection, sight(world, "330000"), where, DAY, only_late=True)
    assert {one.where.code for one in late} >= set(world.silent)
    assert all(one.newest < "2026-07" for one in late) and late == sorted(late, key=lambda one: -one.overdue)


def test_board_filters(filled: Filled) -> None:
    database, world = filled
    lines = [(code, one) for code in of(world, CITY) for one in world.hazards.get(code, ())]
    with database.reading() as connection:
        for wanted, kept in (
            (board.Filter(), lambda one: True),
            (board.Filter(level="high"), lambda one: one["level"] == "high"),
            (board.Filter(state="open"), lambda one: one["state"] != "closed"),
            (board.Filter(state="recurred"), lambda one: one["state"] == "recurred"),
            (board.Filter(risk="RC6"), lambda one: one["risk"] == "RC6"),
            (board.Filter(late=True), lambda one: one["state"] != "closed" and "" < one["deadline"] < DAY),
            (board.Filter(repeated=True), lambda one: one["times"] > 0),
        ):
            found = board.board(connection, sight(world, CITY, "city"), wanted, DAY, size=1000)
            assert {(row.where.code, row.code) for row in found.rows} == {(code, one["code"]) for code, one in lines if kept(one)}
            assert found.total == len(found.rows) and found.next is None


def test_board_pages_hold_every_row_once(filled: Filled) -> None:
    database, world = filled
    seen, after = [], 0
    with database.reading() as connection:
        while True:
            found = board.board(connection, sight(world, CITY, "city"), board.Filter(after=after), DAY, size=37)
            seen += [row.id for row in found.rows]
            if found.next is None:
                break
            after = found.next
    assert len(seen) == len(set(seen)) == found.total


def test_words_that_are_none_are_not_looked_for() -> None:
    for wrong in ({"level": "worst"}, {"state": "x' OR 1=1"}, {"risk": "RC9"}, {"after": -1}, {"escalated": "%"}):
        with pytest.raises(Hidden):
            board.Filter(**wrong)  # type: ignore[arg-type]


def test_item_counts_and_where(filled: Filled) -> None:
    database, world = filled
    with database.reading() as connection:
        listed = items.listed(connection, sight(world, "330000"), "", items.CHECK)
        page = items.page(connection, sight(world, "330000"), "", items.CHECK, listed[0].code)
    assert page.item == listed[0] and page.item.failed == sum(row.failed for row in page.rows)  # type: ignore[misc]
    # The units' own failures, and nothing of a region's sum.
    assert all(spot.where.rank == "unit" for spot in page.units)
    assert sum(spot.failed for spot in page.units) == page.item.failed  # type: ignore[misc]


def test_words_are_searched_in_both_languages(filled: Filled) -> None:
    database, world = filled
    for words in titles.installed()["L3-8.1.1.1-a"].values():
        with database.reading() as connection:
            found = items.listed(connection, sight(world, "330000"), "", items.CONTROL, f" {words.swapcase()} ")
        assert "L3-8.1.1.1-a" in [one.code for one in found] and len(found) < 3


def test_unit_page(filled: Filled) -> None:
    database, world = filled
    code = next(code for code in of(world, CITY) if world.hazards.get(code))
    with database.reading() as connection:
        page = unit_page.unit_page(connection, sight(world, CITY, "city"), code, DAY)
        lines = unit_page.lines(connection, sight(world, CITY, "city"), code, page.standing[0].id)
    assert {one.code for one in page.hazards} == {one["code"] for one in world.hazards[code]}
    assert {one.code: one.state for one in page.core} == world.core[code]
    assert len(lines) == 40 and page.standing[0].profiles == ["archives-l3"]
    assert page.like is not None and page.like.units >= 3


def test_a_silent_unit_has_no_figures_beside_its_like_and_is_better_than_nobody(filled: Filled) -> None:
    database, world = filled
    with database.reading() as connection:
        own = sight(world, "330000")
        found = {one.where.code: one for one in alike.comparison(connection, own, "", "", DAY)}
        table = sheets.table(connection, own, "alike", {}, DAY, "zh")
        pages = [unit_page.unit_page(connection, own, code, DAY) for code in (world.silent[0], next(iter(world.hazards)))]
    assert sorted(code for code, one in found.items() if one.silent) == sorted(world.silent)
    assert list(found)[-len(world.silent) :] == sorted(world.silent)
    assert [row[3:] for row in table.rows if row[0] in world.silent] == [["", "", "", ""]] * len(world.silent)
    with database.reading() as connection:
        over = [place for place in world.paths if "-" not in place and world.paths[world.silent[0]].startswith(world.paths[place])]
        county = max(over, key=lambda place: len(world.paths[place]))
        tree = sheets.table(connection, own, "tree", {"unit": county}, DAY, "zh")
    told = {row[0]: row[6:] for row in tree.rows}
    assert set(told[world.silent[0]]) == {""}, "a nought would read as if all were well"
    assert all("" not in figures for code, figures in told.items() if code not in world.silent)
    assert pages[0].like is None and pages[1].like is not None
    near = [one for one in found.values() if one.where.path.startswith(pages[1].like.within.path)]
    assert pages[1].like.units == sum(not one.silent and one.where.sort == pages[1].where.sort for one in near)


@pytest.mark.parametrize("code", [OTHER, "330000", "none-such"])
def test_foreign_and_absent_are_the_same(filled: Filled, code: str) -> None:
    database, world = filled
    own = sight(world, CITY, "city")
    with database.reading() as connection:
        for look in (
            lambda: dashboard.dashboard(connection, own, code, DAY),
            lambda: unit_page.unit_page(connection, own, code, DAY),
            lambda: board.board(connection, own, board.Filter(unit=code), DAY),
            lambda: items.listed(connection, own, code, items.CHECK),
            lambda: alike.comparison(connection, own, code, "", DAY),
        ):
            with pytest.raises(Hidden):
                look()


def test_nothing_foreign_in_any_view(filled: Filled) -> None:
    """Names and hazards of all other units are canaries."""
    database, world = filled
    foreign = set(world.units) - set(of(world, CITY))
    canaries = foreign | {one["code"] for code in foreign for one in world.hazards.get(code, ())}
    own = sight(world, CITY, "city")
    with database.reading() as connection:
        first = items.listed(connection, own, "", items.CHECK)[0].code
        views = [
            dashboard.dashboard(connection, own, "", DAY),
            board.board(connection, own, board.Filter(), DAY, size=1000),
            items.page(connection, own, "", items.CHECK, first),
            unit_page.unit_page(connection, own, of(world, CITY)[0], DAY),
        ]
        text = json.dumps([asdict(one) for one in views], default=str, ensure_ascii=False)
        text += str(alike.comparison(connection, own, "", "", DAY))
    assert [one for one in sorted(canaries) if one in text] == []
    assert all(code in text for code in of(world, CITY)[:3])


def test_small_counts_are_hidden_from_those_who_see_figures_only(filled: Filled) -> None:
    database, world = filled
    county = sight(world, "330101", "county", FIGURES)
    with database.reading() as connection:
        found = dashboard.dashboard(connection, county, "", DAY)
        page = items.listed(connection, county, "", items.CHECK)
    shown = [count for levels in found.classes.values() for count in levels.values()] + [
        count for one in page for count in one.counts.values()
    ]
    assert any(isinstance(count, scope.Few) for count in shown)
    assert not any(0 < count < scope.FEW for count in shown)
    assert found.repeats == [] and str(scope.Few()) == "＜5"


def test_results_are_not_shown_to_those_who_see_figures_only(filled: Filled) -> None:
    database, world = filled
    own = sight(world, CITY, "city", FIGURES)
    with database.reading() as connection, pytest.raises(Forbidden):
        unit_page.unit_page(connection, own, of(world, CITY)[0], DAY)
    with database.reading() as connection, pytest.raises(Forbidden):
        board.board(connection, own, board.Filter(), DAY)


@pytest.mark.parametrize("role", ["admin-system", "admin-security", "admin-audit"])
def test_administrators_see_no_figures(filled: Filled, role: str) -> None:
    database, world = filled
    with database.reading() as connection, pytest.raises(Forbidden):
        dashboard.dashboard(connection, sight(world, "330000", role), "", DAY)


def test_figures_of_a_handful_of_units_tell_nothing_but_zero(filled: Filled) -> None:
    database, world = filled
    with database.reading() as connection:
        found = dashboard.dashboard(connection, sight(world, "330101", "county", FIGURES), "", DAY)
        whole = dashboard.dashboard(connection, sight(world, "330101", "county"), "", DAY)
    assert 0 < whole.whole.figures.units < scope.FEW
    told = json.dumps(plain([found.whole.figures, found.trend, found.rows]), default=str)
    assert whole.whole.figures.total > scope.FEW and not set(re.findall(r": ([0-9]+)", told)) - {"0", "1", "4"}


def test_trend_is_in_order(filled: Filled) -> None:
    database, world = filled
    with database.reading() as connection:
        moments = tiers.trend(connection, sight(world, "330000"), world.ids["330000"])
    assert [one.period for one in moments] == sorted(one.period for one in moments) and len(moments) > 2
