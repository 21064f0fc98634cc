from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.intake.door import Door
from hub.people.sight import ROLES, Sight
from hub.registry import units
from hub.registry.own import Own
from hub.store.database import Database, sqlite_url
from hub.store.tables import META
from tests.hub.chain import Chain, chained
from tests.hub.post import HUB, Sender, hub_with, register


@dataclass
class Place:
    """A hub with two units that report."""

    database: Database
    own: Own
    door: Door
    one: Sender
    two: Sender

    def sight(self, code: str = HUB, role: str = "province") -> Sight:
        with self.database.reading() as connection:
            return Sight(1, role, units.find(connection, code).path, ROLES[role], "张三")

    def take(self, data: bytes) -> int:
        found = self.door.accept(data, "cli")
        assert found.code == "accepted" and found.envelope_id is not None, found.error
        return found.envelope_id


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, act: Any) -> None:
    """Something happens behind a step of the module's."""
    real = getattr(module, name)

    def slower(*given: Any) -> Any:
        found = real(*given)
        monkeypatch.setattr(module, name, real)
        act()
        return found

    monkeypatch.setattr(module, name, slower)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    database = Database(sqlite_url(tmp_path / "hub.db"))
    META.create_all(database.engine)
    own = hub_with(database)
    yield Place(database, own, Door(own, database), register(database, "330101-001"), register(database, "330101-002"))
    database.close()


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with chained(tmp_path) as made:
        yield made
