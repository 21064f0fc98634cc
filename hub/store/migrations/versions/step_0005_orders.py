"""Orders of the hub above: what came, what it became here, who vouches for a part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
ADDED = {"campaign": ("order_text", "sender"), "part": ("proof",), "notice": ("order_text", "sender"), "outgoing": ("about",)}


def upgrade() -> None:
    for table, names in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.add_column(sa.Column("voucher_id", _big(), nullable=True))
    op.create_table(
        "incoming",
        sa.Column("id", _big(), autoincrement=True, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("sender", "previous", "received")),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("source", "fingerprint", "about")),
        sa.Column("sequence", _big(), server_default="0", nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming")),
        sa.UniqueConstraint("digest", name=op.f("uq_incoming_digest")),
        sa.UniqueConstraint("sender", "sequence", name=op.f("uq_incoming_sender_sequence")),
    )


def downgrade() -> None:
    op.drop_table("incoming")
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.drop_column("voucher_id")
    for table, names in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
