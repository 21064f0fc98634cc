"""When a run finished by the sender's own clock: the hub's may be set, and must not order the runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("envelope", schema=None) as batch_op:
        batch_op.drop_column("told")
