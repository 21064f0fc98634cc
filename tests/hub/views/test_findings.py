"""A standing result that was disclosed whole leaves the hub as OSCAL; one that was not is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.intake.door import Door
from hub.people.sight import ROLES, Hidden, Sight
from hub.registry import units
from hub.store.database import Database, sqlite_url
from hub.store.tables import META
from hub.views import findings
from scanner.errors import UseError
from scanner.ledger.bulletin import alias_with, bulletin_of
from scanner.ledger.envelope import START, make
from scanner.model.canonical import canonical, canonical_unchecked
from scanner.model.dispatch import FULL, MASKED
from tests.hub.post import HUB, hub_with, register
from tests.ledger.envelopes import result

UNIT = "330101-001"


def told(folder: Path, disclosure: str) -> tuple[Database, Sight, str]:
    """A hub with one unit that sent a real result."""
    database = Database(sqlite_url(folder / "hub.db"))
    META.create_all(database.engine)
    own, found = hub_with(database), result()
    found["run"]["unit"]["code"] = UNIT
    sender = register(database, UNIT)
    members = {"bulletin.json": canonical_unchecked(bulletin_of(found, disclosure, alias_with(b"of one unit")))}
    if disclosure == FULL:
        members["result.json"] = canonical_unchecked(found)
    said: dict[str, Any] = {"sequence": 1, "previous": START, "created": "2026-11-26T00:00:00Z", "disclosure": disclosure, "marking": ""}
    answer = Door(own, database).accept(make("report", UNIT, "", members, key=sender.key, **said), "cli")
    assert answer.code == "accepted", answer.error
    with database.reading() as connection:
        path = units.find(connection, HUB).path
    return database, Sight(1, "province", path, ROLES["province"], "张三"), found["run"]["profiles"][0]


def test_a_whole_result_leaves_as_oscal(tmp_path: Path) -> None:
    database, sight, profile = told(tmp_path, FULL)
    with database.reading() as connection:
        data = findings.oscal(connection, sight, UNIT, profile, "zh")
        with pytest.raises(Hidden):
            findings.oscal(connection, sight, UNIT, "none", "zh")
    database.close()
    assert json.loads(data)["assessment-results"]["results"]


def test_a_masked_one_is_asked_for(tmp_path: Path) -> None:
    database, sight, profile = told(tmp_path, MASKED)
    with database.reading() as connection, pytest.raises(UseError, match="hub-not-full"):
        findings.oscal(connection, sight, UNIT, profile, "zh")
    with database.reading() as connection:
        found = findings.generic(connection, sight, UNIT, "2026-11-26", "zh")["findings"]
    database.close()
    assert canonical(found) and all(one["title"] for one in found)
