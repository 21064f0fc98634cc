from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from hub.store import migrate
from hub.store.database import Database
from hub.store.tables import META, meta, unit
from scanner.errors import KeepError


def drift(database: Database) -> list[object]:
    options = {"compare_type": True, "compare_server_default": migrate.defaults_differ}
    with database.reading() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), META))


def test_the_steps_lead_to_the_schema_that_the_code_means(empty: Database) -> None:
    migrate.upgrade(empty)
    assert drift(empty) == []
    migrate.check(empty)


def test_the_schema_goes_back_and_forth(empty: Database) -> None:
    migrate.upgrade(empty)
    migrate.downgrade(empty, "base")
    with empty.reading() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    assert migrate.current(empty) == ""
    migrate.upgrade(empty)
    assert drift(empty) == []


def test_another_step_than_the_wanted_one_is_said(empty: Database) -> None:
    with pytest.raises(KeepError) as caught:
        migrate.check(empty)
    assert caught.value.code == "hub-schema-old"
    assert caught.value.fields == {"found": "-", "wanted": migrate.head()}


def test_a_step_that_breaks_leaves_the_old_schema(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def breaking(connection: object, to: str) -> None:
        command_upgrade(connection, to)
        made.append(to)
        raise RuntimeError("power cut")

    command_upgrade = migrate.command.upgrade
    monkeypatch.setattr(migrate.command, "upgrade", breaking)
    with pytest.raises(RuntimeError):
        migrate.upgrade(empty)
    assert made == ["head"]
    with empty.reading() as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_an_upgrade_given_twice_changes_nothing(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.writing() as connection:
        connection.execute(sa.insert(meta).values(name="hub", value="x"))
    migrate.upgrade(empty)
    with empty.reading() as connection:
        assert connection.execute(sa.select(meta.c.value)).scalars().all() == ["x"]


def test_sorts_in_words_become_keys(empty: Database) -> None:
    migrate.upgrade(empty)
    migrate.downgrade(empty, "0006")
    with empty.writing() as connection:
        for number, sort in enumerate(("综合档案馆", "special", "航天档案馆", "企业档案馆"), 1):
            connection.execute(unit.insert().values(code=f"U{number}", name="馆", path=f"/{number}/", rank="unit", sort=sort))
    migrate.upgrade(empty)
    with empty.reading() as connection:
        found = connection.execute(sa.select(unit.c.sort).order_by(unit.c.code)).scalars().all()
    assert found == ["comprehensive", "special", "航天档案馆", "enterprise"]
