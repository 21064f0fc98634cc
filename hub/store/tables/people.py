"""Accounts, their sessions and tokens, and the log of what they did."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables.columns import META, Big, count, id_, text, unit_

account = sa.Table(
    "account",
    META,
    id_(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    text("full_name"),
    text("role"),
    unit_(),  # root of what may be seen
    text("password"),  # argon2id; empty for one that comes by OIDC or LDAP
    text("origin", "local"),  # local, ldap, oidc
    text("subject"),  # who it is there
    text("totp"),  # secret, sealed with the hub's key; empty without
    count("totp_step"),  # last time step that was used: a code counts once
    count("failed"),
    text("locked_until"),
    text("must_change"),
    text("disabled"),
    text("created"),
)

session = sa.Table(
    "session",
    META,
    sa.Column("token", sa.Text, primary_key=True),  # SHA-256 of the cookie
    sa.Column("account_id", Big, sa.ForeignKey("account.id"), nullable=False, index=True),
    text("csrf"),
    text("opened"),
    text("seen"),
    text("agent"),
    count("whole", 1),  # 0 while the second factor is owed
)

token = sa.Table(
    "token",
    META,
    id_(),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", Big, sa.ForeignKey("account.id"), nullable=False, index=True),
    text("label"),
    text("scopes"),
    text("created"),
    text("until"),
    text("revoked"),
    text("used"),
)

attempt = sa.Table(
    "attempt",
    META,
    id_(),
    text("kind"),  # login
    text("who"),  # an address
    text("at"),
    sa.Index("ix_attempt_kind_who_at", "kind", "who", "at"),
)
"""Failures that count for a while, whatever restarts meanwhile."""

log = sa.Table(
    "log",
    META,
    sa.Column("n", Big, primary_key=True, autoincrement=False),
    text("at"),
    text("actor"),
    text("action"),
    unit_("unit_id", null=True),
    text("detail", "{}"),  # JSON; never a finding, never a secret
    sa.Column("leaf", sa.Text, nullable=False),  # hash of the row as a leaf of the Merkle tree
)

head = sa.Table(
    "head",
    META,
    sa.Column("n", Big, primary_key=True, autoincrement=False),
    text("root"),
    text("at"),
    sa.Column("signature", sa.LargeBinary),
)
"""Signed tree heads: what receipts carry."""
