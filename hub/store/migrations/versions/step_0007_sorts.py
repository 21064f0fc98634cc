"""Sorts of units that were written in words are kept by their key, as those that were chosen from the list always were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WORDS = {
    "comprehensive": ("综合档案馆", "comprehensive archive"),
    "special": ("专门档案馆", "special archive"),
    "department": ("机关档案室",),
    "enterprise": ("企业档案馆",),
}
"""As they stood in the lists until now; a key is its own word."""


def upgrade() -> None:
    unit = sa.table("unit", sa.column("sort", sa.Text))
    for key, words in WORDS.items():
        op.execute(unit.update().where(unit.c.sort.in_(words)).values(sort=key))


def downgrade() -> None:
    """Keys were right before as well."""
