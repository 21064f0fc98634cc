"""``python -m hub.store.draft WORDS``: write the next step of the schema from what changed in ``tables``; read it before you keep it."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from hub.store import migrate
from hub.store.database import Database, sqlite_url


def draft(words: str) -> Path:
    """The file that was written."""
    scripts = ScriptDirectory.from_config(migrate.config())
    number = f"{len(list(scripts.walk_revisions())) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder) / "draft.db"))
        migrate.upgrade(database)
        with database.writing() as connection:
            made = command.revision(migrate.config(connection), words, autogenerate=True, rev_id=number)
        database.close()
    written = Path(getattr(made, "path", ""))
    # A module's name begins with a letter.
    path = written.with_name(re.sub(r"\W+", "_", f"step_{number}_{words}") + ".py")
    return written.rename(path)


if __name__ == "__main__":
    print(draft(" ".join(sys.argv[1:])))
