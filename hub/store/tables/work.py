"""Campaigns, notices and advisories, and what goes between hubs."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables.columns import META, Big, count, id_, text, unit_

campaign = sa.Table(
    "campaign",
    META,
    id_(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("name"),
    text("profile"),
    unit_(),  # the subtree that it covers
    text("opens"),
    text("deadline"),
    text("seed"),  # published before the draw; empty where every unit takes part
    count("drawn"),
    text("conditions", "{}"),
    text("state"),  # open, closed
    text("created_by"),
    text("created"),
    text("order_text"),  # as it goes to the hubs below, or came from the hub above (hub.intake.order_shape); empty while it went to none
    text("sender"),  # code of the hub above that it came from; empty for one of our own
)

part = sa.Table(
    "part",
    META,
    sa.Column("campaign_id", Big, sa.ForeignKey("campaign.id"), primary_key=True),
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True, index=True),
    text("state"),  # asked, received, reported, proven, overdue
    sa.Column("envelope_id", Big),
    text("changed"),
    text("proof"),  # digest of the unit's envelope, where a hub below vouches for it
    sa.Column("voucher_id", Big),  # the envelope in which that hub says so
)

notice = sa.Table(
    "notice",
    META,
    id_(),
    sa.Column("number", sa.Text, nullable=False, unique=True),  # 〔2026〕1号
    text("kind"),  # circular (通报), rectify (整改通知), remind (提醒), campaign
    text("title"),
    unit_(),  # addressee
    unit_("issuer_id"),
    sa.Column("campaign_id", Big, sa.ForeignKey("campaign.id")),
    text("body", "{}"),  # JSON: what it says and which hazards and controls it names
    text("issued"),
    text("deadline"),
    text("state"),  # draft, issued, received, replied, closed, overdue
    text("received"),
    text("reply"),
    text("closed"),
    sa.Column("closed_by", Big, sa.ForeignKey("envelope.id")),
    sa.Column("envelope", sa.LargeBinary),  # as it travels down
    text("order_text"),  # as of a campaign
    text("sender"),
)

advisory = sa.Table(
    "advisory",
    META,
    id_(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    text("title"),
    text("level"),
    text("body", "{}"),
    unit_(),  # the subtree that it goes to
    text("issued"),
    sa.Column("envelope", sa.LargeBinary),
)

pack = sa.Table(
    "pack",
    META,
    id_(),
    text("name"),
    count("version"),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    text("added"),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("name", "version"),
)

outgoing = sa.Table(
    "outgoing",
    META,
    id_(),
    unit_("to_id", null=True),  # None: the hub above
    text("kind"),
    count("sequence"),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    text("created"),
    text("sent"),
    text("answered"),
    sa.Column("data", sa.LargeBinary, nullable=False),
    text("about"),  # digest of the order that it holds
    sa.UniqueConstraint("to_id", "kind", "sequence"),
)
"""What this hub sends, in rows of their own per addressee and kind."""

incoming = sa.Table(
    "incoming",
    META,
    id_(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),  # of the signed manifest
    text("sender"),
    count("sequence"),
    text("previous"),
    text("received"),
    text("source"),
    text("fingerprint"),
    text("about"),  # digest of the order
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("receipt", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("sender", "sequence"),
)
"""Orders of the hub above, as they came."""

foreign = sa.Table(
    "foreign_result",
    META,
    id_(),
    unit_(),
    text("origin"),  # arf, wazuh, nmap
    text("tool"),
    text("digest"),
    text("received"),
    text("data", "{}"),
    text("source"),  # web, cli, or envelope
    sa.Column("envelope_id", Big),  # that it came in
)
