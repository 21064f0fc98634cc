"""What a check is called at the hub: as installed, whatever a unit writes under its name."""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any

import pytest
import sqlalchemy as sa

from hub import titles
from hub.intake.door import Door
from hub.intake.fold import fold_all
from hub.people.sight import ROLES, Sight
from hub.registry.own import Own
from hub.registry.units import find
from hub.store.tables import term
from hub.views.items import CHECK, listed
from scanner.errors import UseError
from scanner.rulebook.book import rulebook
from tests.hub.post import HUB, bulletin, hub_with, register
from tests.hub.tree import opened

INSTALLED = "linux.ssh-root-login"
LIE = {"zh": "无需处理", "en": "Nothing to do"}


@pytest.fixture
def hub(tmp_path: Any) -> Own:
    return hub_with(opened(tmp_path))


def test_the_first_unit_that_names_a_check_does_not_choose_its_title(hub: Own) -> None:
    unit, door = register(hub.database, "330102-001"), Door(hub, hub.database)
    content = bulletin(unit.code, statuses=("unmet",))
    target, _, status, severity = content["verdicts"][0]
    content["verdicts"] = [(target, name, status, severity) for name in (INSTALLED, "linux.of-a-plug-in", "linux.without-words")]
    content["counts"]["linux"]["unmet"], content["severities"]["high"] = 3, 3
    content["titles"] = {INSTALLED: LIE, "linux.of-a-plug-in": LIE}
    assert door.accept(unit.seal(content), "http").code == "accepted"
    fold_all(hub.database)
    with hub.database.reading() as connection:
        sight = Sight(1, "province", find(connection, HUB).path, ROLES["province"], "x")
        shown = {one.code: one.title for one in listed(connection, sight, "", CHECK)}
        kept = connection.execute(sa.select(term.c.words).where(term.c.text == INSTALLED)).scalar_one()
    assert json.loads(kept) == LIE, "else the lie would not have come so far"
    sheet = rulebook()[INSTALLED].sheet.title
    assert shown[INSTALLED] == {"zh": sheet.zh, "en": sheet.en}
    assert shown["linux.of-a-plug-in"] == {"zh": "无需处理（报送单位的说法）", "en": "Nothing to do (the unit's own words)"}
    assert shown["linux.without-words"] == dict.fromkeys(("zh", "en"), "linux.without-words")


def test_a_question_to_a_person_goes_by_its_clause() -> None:
    control = next(name for name in titles.installed() if name.startswith("L3-"))
    assert titles.title("{}", f"person.{control}") == titles.installed()[control]


def test_a_broken_plug_in_takes_no_page_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "broken"

        def load(self) -> Any:
            def fail() -> Any:
                raise UseError("sheet-form")

            return fail

    found = [Broken(), *importlib.metadata.entry_points(group=titles.GROUP)]
    monkeypatch.setattr(titles, "entry_points", lambda group: found)
    titles._installed.cache_clear()
    try:
        assert INSTALLED in titles.installed()
    finally:
        titles._installed.cache_clear()
