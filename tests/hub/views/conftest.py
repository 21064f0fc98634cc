from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.people.sight import ROLES, Sight
from hub.store.database import Database, sqlite_url
from hub.store.tables import META
from tests.hub import province
from tests.hub.province import World


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, World]]:
    """A province of 60 units that no test changes."""
    folder: Path = tmp_path_factory.mktemp("hub")
    database = Database(sqlite_url(folder / "hub.db"))
    META.create_all(database.engine)
    world = province.make(database, units=60, cities=4, counties=3)
    yield database, world
    database.close()


def sight(world: World, code: str, role: str = "province", acts: frozenset[str] | None = None) -> Sight:
    """The rights of one role at one unit."""
    return Sight(1, role, world.paths[code], ROLES[role] if acts is None else acts, "张三")
