"""Steps of the schema, forward and back. Each call is one transaction: it is done, or nothing has changed."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from hub.store.database import Database, alone
from scanner.errors import KeepError

SCRIPTS = "hub.store:migrations"


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the schema forward. Raises KeepError."""
    with database.writing() as connection:
        alone(connection, "schema")
        command.upgrade(config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Bring the schema back; ``base`` is before the first step. What only the newer schema holds is gone. Raises KeepError."""
    with database.writing() as connection:
        alone(connection, "schema")
        command.downgrade(config(connection), to)


def current(database: Database) -> str:
    """The step that the database stands at; empty before the first."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def head() -> str:
    """The step that this release wants."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def check(database: Database) -> None:
    """Raises KeepError ``hub-schema-old`` when the database stands elsewhere than this release wants it."""
    found = current(database)
    if found != head():
        raise KeepError("hub-schema-old", found=found or "-", wanted=head())


def config(connection: Connection | None = None) -> Config:
    """Where the steps are, and the transaction that they run in."""
    found = Config()
    found.set_main_option("script_location", SCRIPTS)
    found.set_main_option("path_separator", "os")
    found.attributes["connection"] = connection
    return found


def defaults_differ(_context: Any, _found: Any, _wanted: Any, found: str | None, _default: Any, rendered: str | None) -> bool:
    """Whether a default of the database is another than that of ``tables``; each database writes them in its own way."""

    def plain(text: str | None) -> str | None:
        return None if text is None or text.startswith("nextval(") else text.partition("::")[0].strip("()'")

    return plain(found) != plain(rendered)
