"""What Alembic runs: all steps in the one transaction that :mod:`hub.store.migrate` has opened, so that a kill leaves the old schema."""

from __future__ import annotations

from alembic import context

from hub.store.migrate import defaults_differ
from hub.store.tables import META

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=META,
    transactional_ddl=True,
    render_as_batch=True,
    compare_server_default=defaults_differ,
)
context.run_migrations()
