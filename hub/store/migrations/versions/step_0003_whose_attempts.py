"""Who brought what was refused, and failed attempts that outlive a restart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hub.store.tables import Big

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.add_column(sa.Column("actor", sa.Text(), server_default="", nullable=False))
        batch_op.create_index("ix_quarantine_actor", ["actor"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", Big, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_kind_who_at", ["kind", "who", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("attempt")
    with op.batch_alter_table("quarantine", schema=None) as batch_op:
        batch_op.drop_index("ix_quarantine_actor")
        batch_op.drop_column("actor")
