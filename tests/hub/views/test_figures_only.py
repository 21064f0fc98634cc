"""Who reports figures only has named nothing: that is not to look like having nothing."""

from __future__ import annotations

import pytest

from hub.intake.door import Door
from hub.intake.fold import fold_all
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.views import alike, board, sheets, unit_page
from scanner.ledger.bulletin_shape import LINES
from tests.hub.post import HUB, bulletin, hazard, register

DAY = "2026-11-26"
FIRST, SILENT = "330000-001", "330000-005"


def sight(own: Own) -> Sight:
    with own.database.reading() as connection:
        return Sight(1, "province", units.find(connection, HUB).path, ROLES["province"], "某")


@pytest.fixture
def told(hub: Own) -> Own:
    """Five units: the first has nine hazards and tells figures only, three have one to three and name them, one is silent."""
    senders = [register(hub.database, f"330000-00{number}") for number in range(1, 6)]
    door = Door(hub, hub.database)
    for number, sender in enumerate(senders[:4]):
        lines = [hazard(place, level="major" if place == 1 else "high") for place in range(1, 1 + (number or 9))]
        content = bulletin(sender.code, hazards=lines) | {"overdue": len(lines)}
        if not number:
            content = {name: value for name, value in content.items() if name not in LINES}
        found = door.accept(sender.seal(content, disclosure="masked" if number else "figures"), "http")
        assert found.code == "accepted", found.error
    fold_all(hub.database)
    return hub


def test_it_is_compared_by_what_it_counted(told: Own) -> None:
    with told.database.reading() as connection:
        first, *_, last = alike.comparison(connection, sight(told), "", "", DAY)
        table = sheets.table(connection, sight(told), "alike", {}, DAY, "zh")
    assert (first.where.code, first.open, first.major, first.overdue, first.back) == (FIRST, 9, 1, 9, None)
    assert (last.where.code, last.silent) == (SILENT, True)
    assert [list(row[3:]) for row in table.rows if row[0] == FIRST] == [[9, 1, 9, ""]]


def test_nobody_looks_worse_beside_it(told: Own) -> None:
    with told.database.reading() as connection:
        pages = [unit_page.unit_page(connection, sight(told), f"330000-00{number}", DAY) for number in (1, 2, 4)]
    likes = [page.like for page in pages]
    assert [(like.open, like.better, like.median) for like in likes if like is not None] == [(9, 3, 2.5), (1, 0, 2.5), (3, 2, 2.5)]


def test_what_it_did_not_name_is_counted_beside_the_list(told: Own) -> None:
    with told.database.reading() as connection:
        found = board.board(connection, sight(told), board.Filter(state="open"), DAY)
        pages = [unit_page.unit_page(connection, sight(told), code, DAY) for code in (FIRST, "330000-002", SILENT)]
    assert (found.total, found.unnamed) == (6, 9)
    assert [(len(page.hazards), page.unnamed) for page in pages] == [(0, 9), (1, 0), (0, 0)]
