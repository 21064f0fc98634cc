"""What tables are made of: the catalogue that they stand in, and the columns that recur."""

from __future__ import annotations

import sqlalchemy as sa

META = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def id_() -> sa.Column[int]:
    return sa.Column("id", Big, primary_key=True, autoincrement=True)


def unit_(name: str = "unit_id", *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, sa.ForeignKey("unit.id"), nullable=null, index=True)


def text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def count(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=False, server_default=str(default))


meta = sa.Table("meta", META, sa.Column("name", sa.Text, primary_key=True), text("value"))
"""``hub`` (code of this hub), ``created``, ``folded`` and the like."""
