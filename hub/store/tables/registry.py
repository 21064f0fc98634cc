"""Who there is: units in a tree, their systems and keys, and what they must report."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables.columns import META, count, id_, text, unit_

unit = sa.Table(
    "unit",
    META,
    id_(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name"),
    unit_("parent_id", null=True),
    sa.Column("path", sa.Text, nullable=False, unique=True),
    count("depth"),
    text("rank"),  # unit, county, city, province, nation
    text("division"),  # six digits of the administrative division
    text("sort"),  # comprehensive, special, department …: like is compared with like
    text("contacts", "[]"),  # JSON: name, duty, phone, deputy
    text("since"),
    text("retired"),  # day; empty while it reports
)

system = sa.Table(
    "system",
    META,
    id_(),
    unit_(),
    text("code"),
    text("name"),
    sa.Column("grade", sa.Integer),
    text("sag"),
    text("holds"),
    text("filing"),  # number of the filing certificate
    text("filed"),  # day
    text("evaluated"),  # day of the last licensed evaluation
    sa.UniqueConstraint("unit_id", "code"),
)

key = sa.Table(
    "key",
    META,
    id_(),
    unit_(),
    text("role"),  # unit, hub
    text("purpose"),  # sign, encrypt
    text("fingerprint"),
    text("pem"),
    text("since"),
    text("until"),
    text("revoked"),
    sa.UniqueConstraint("unit_id", "fingerprint"),
    sa.Index("ix_key_fingerprint", "fingerprint"),
)

duty = sa.Table(
    "duty",
    META,
    id_(),
    unit_(),  # the subtree that it binds
    text("profile"),
    text("cycle"),  # month, quarter, half, year
    sa.Column("due", sa.Integer, nullable=False),  # days after the end of the period
    text("since"),
    text("until"),
)
