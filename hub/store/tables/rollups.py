"""Sums of what stands, kept as envelopes come in."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables.columns import META, Big, count, text

share = sa.Table(
    "share",
    META,
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    text("parts", "{}"),
)
"""What a unit itself has put into ``tier`` (JSON: part to count)."""

counted = sa.Table(
    "counted",
    META,
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True),
    text("path"),
    text("envelopes", "[]"),
)
"""Where in the tree a unit's shares went, and whose rows of ``result`` stand in ``item`` (JSON: ids of envelopes)."""

queue = sa.Table("queue", META, sa.Column("envelope_id", Big, primary_key=True))
"""Envelopes that stand in the tables above and are not yet folded into the two below."""

tier = sa.Table(
    "tier",
    META,
    sa.Column("region_id", Big, primary_key=True),  # a unit of the tree: every ancestor of the unit, and itself
    sa.Column("period", sa.Text, primary_key=True),  # or ``now``: the standing envelopes
    sa.Column("part", sa.Text, primary_key=True),  # see hub.intake.parts
    count("count"),
)

item = sa.Table(
    "item",
    META,
    sa.Column("region_id", Big, primary_key=True),
    sa.Column("term_id", Big, primary_key=True),
    sa.Column("outcome", sa.SmallInteger, primary_key=True),
    count("count"),
)
"""How many standing verdicts or findings of a region have which outcome, by check and control."""
