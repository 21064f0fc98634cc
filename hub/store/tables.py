"""The schema. Times are UTC text (``2026-11-26T03:00:00Z``), days ``YYYY-MM-DD``, periods ``YYYY-MM``; JSON is text that the writer made canonical.

Units form a tree; ``unit.path`` is ``/1/7/42/``, ids from the root down, so that a subtree is one range of an index. No query reads a
table of a unit's data but through :mod:`hub.people.sight`, which narrows it to the subtree of the person who asks.
"""

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


def _id() -> sa.Column[int]:
    return sa.Column("id", Big, primary_key=True, autoincrement=True)


def _unit(name: str = "unit_id", *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, sa.ForeignKey("unit.id"), nullable=null, index=True)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _count(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=False, server_default=str(default))


meta = sa.Table("meta", META, sa.Column("name", sa.Text, primary_key=True), _text("value"))
"""``hub`` (code of this hub), ``created``, ``folded`` and the like."""

# --- registry ---------------------------------------------------------------------------------------------------------------------------

unit = sa.Table(
    "unit",
    META,
    _id(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    _text("name"),
    _unit("parent_id", null=True),
    sa.Column("path", sa.Text, nullable=False, unique=True),
    _count("depth"),
    _text("rank"),  # unit, county, city, province, nation
    _text("division"),  # six digits of the administrative division
    _text("sort"),  # comprehensive, special, department …: like is compared with like
    _text("contacts", "[]"),  # JSON: name, duty, phone, deputy
    _text("since"),
    _text("retired"),  # day; empty while it reports
)

system = sa.Table(
    "system",
    META,
    _id(),
    _unit(),
    _text("code"),
    _text("name"),
    sa.Column("grade", sa.Integer),
    _text("sag"),
    _text("holds"),
    _text("filing"),  # number of the filing certificate
    _text("filed"),  # day
    _text("evaluated"),  # day of the last licensed evaluation
    sa.UniqueConstraint("unit_id", "code"),
)

key = sa.Table(
    "key",
    META,
    _id(),
    _unit(),
    _text("role"),  # unit, hub
    _text("purpose"),  # sign, encrypt
    _text("fingerprint"),
    _text("pem"),
    _text("since"),
    _text("until"),
    _text("revoked"),
    sa.UniqueConstraint("unit_id", "fingerprint"),
    sa.Index("ix_key_fingerprint", "fingerprint"),
)

duty = sa.Table(
    "duty",
    META,
    _id(),
    _unit(),  # the subtree that it binds
    _text("profile"),
    _text("cycle"),  # month, quarter, half, year
    sa.Column("due", sa.Integer, nullable=False),  # days after the end of the period
    _text("since"),
    _text("until"),
)

# --- what came in -----------------------------------------------------------------------------------------------------------------------

envelope = sa.Table(
    "envelope",
    META,
    _id(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),  # of the signed manifest
    sa.Column("file", sa.Text, nullable=False),  # digest of the bytes as they came
    _unit(),
    _text("kind"),
    _count("sequence"),
    _text("previous"),
    _text("created"),
    _text("received"),
    _text("source"),  # http, folder, cli, web
    _text("disclosure"),
    _text("marking"),
    _text("fingerprint"),
    _count("size"),
    _text("run"),
    _text("told"),  # when the run finished by the unit's clock: what orders its runs; empty for what came in before this was kept
    _text("finished"),  # of the run; never later than ``received``, whatever the clock of the unit said
    _text("profiles", "[]"),  # JSON: what the whole of the run was judged by; empty for a narrowed or broken run, which never stands
    _text("period"),
    _text("gate"),
    _text("core"),  # JSON: core hazard to state
    _text("note"),  # words with a blank between: gap, fork, clock, late
    sa.UniqueConstraint("unit_id", "kind", "sequence"),
    sa.Index("ix_envelope_unit_period", "unit_id", "period"),
    sa.Index("ix_envelope_received", "received"),
)

body = sa.Table(
    "body",
    META,
    sa.Column("envelope_id", Big, sa.ForeignKey("envelope.id"), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""The envelope as it came (decrypted): what an auditor verifies again."""

bulletin = sa.Table("bulletin", META, sa.Column("envelope_id", Big, sa.ForeignKey("envelope.id"), primary_key=True), _text("data"))
"""Its bulletin as JSON without ``verdicts`` and ``findings``, which stand in ``result``, and ``titles``, which stand in ``term``; of a summary all of it."""

receipt = sa.Table(
    "receipt",
    META,
    sa.Column("envelope_id", Big, sa.ForeignKey("envelope.id"), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
    _text("fetched"),
)

quarantine = sa.Table(
    "quarantine",
    META,
    _id(),
    sa.Column("file", sa.Text, nullable=False, unique=True),
    _text("received"),
    _text("source"),
    _text("code"),  # key of the sentence
    _text("fields", "{}"),  # JSON
    _count("size"),
    _text("actor"),  # who brought it: room is shared out by this, and no envelope can choose it
    _unit("unit_id", null=True),  # whom it names, when that is a unit
    sa.Column("data", sa.LargeBinary),  # None when it was too large to keep
    _count("tries", 1),
    _text("settled"),
    sa.Index("ix_quarantine_actor", "actor"),
)

term = sa.Table(
    "term",
    META,
    _id(),
    _text("kind"),  # check, control, target, system
    _text("text"),
    _text("words", "{}"),  # JSON: zh, en
    sa.UniqueConstraint("kind", "text"),
)
"""Dictionary of the words in ``result``."""

result = sa.Table(
    "result",
    META,
    sa.Column("envelope_id", Big, nullable=False),
    sa.Column("unit_id", Big, nullable=False),
    sa.Column("sort", sa.SmallInteger, nullable=False),  # 0 verdict, 1 finding
    sa.Column("term_id", Big, nullable=False),  # check or control
    sa.Column("where_id", Big, nullable=False),  # target or system
    sa.Column("outcome", sa.SmallInteger, nullable=False),  # index into STATUSES or RESULTS
    sa.Index("ix_result_envelope_id", "envelope_id"),
    sa.Index("ix_result_term_id_outcome", "term_id", "outcome"),
)
"""Verdicts and findings, one row each; bulk-loaded, never changed."""

standing = sa.Table(
    "standing",
    META,
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True),
    sa.Column("profile", sa.Text, primary_key=True),
    sa.Column("envelope_id", Big, sa.ForeignKey("envelope.id"), nullable=False),
    _text("finished"),
    _text("period"),
)
"""The envelope that counts for a unit and profile: the one whose run is newest."""

core = sa.Table(
    "core",
    META,
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),  # CH1 … CH4
    _text("state"),
    _text("since"),
    sa.Column("envelope_id", Big, nullable=False),
    sa.Index("ix_core_code_state", "code", "state"),
)

hazard = sa.Table(
    "hazard",
    META,
    _id(),
    _unit(),
    _text("code"),  # identity in the unit's ledger
    _text("check_id"),
    _text("target"),
    _text("risk"),
    _text("level"),
    _text("state"),
    _text("first"),
    _text("last"),
    _text("deadline"),
    _count("times"),
    _text("closed"),
    _text("escalated", "[]"),  # JSON: [day, rank] of every step up
    sa.Column("envelope_id", Big, nullable=False),
    sa.UniqueConstraint("unit_id", "code"),
    sa.Index("ix_hazard_state_level", "state", "level"),
    sa.Index("ix_hazard_check_id", "check_id"),
    # Counting over many units reads this index alone.
    sa.Index("ix_hazard_counted", "unit_id", "state", "level", "risk", "deadline", "times"),
)

# --- roll-ups ---------------------------------------------------------------------------------------------------------------------------

share = sa.Table(
    "share",
    META,
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    _text("parts", "{}"),
)
"""What a unit itself has put into ``tier`` (JSON: part to count)."""

counted = sa.Table(
    "counted",
    META,
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True),
    _text("path"),
    _text("envelopes", "[]"),
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
    _count("count"),
)

item = sa.Table(
    "item",
    META,
    sa.Column("region_id", Big, primary_key=True),
    sa.Column("term_id", Big, primary_key=True),
    sa.Column("outcome", sa.SmallInteger, primary_key=True),
    _count("count"),
)
"""How many standing verdicts or findings of a region have which outcome, by check and control."""

# --- people -----------------------------------------------------------------------------------------------------------------------------

account = sa.Table(
    "account",
    META,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    _text("full_name"),
    _text("role"),
    _unit(),  # root of what may be seen
    _text("password"),  # argon2id; empty for one that comes by OIDC or LDAP
    _text("origin", "local"),  # local, ldap, oidc
    _text("subject"),  # who it is there
    _text("totp"),  # secret, sealed with the hub's key; empty without
    _count("totp_step"),  # last time step that was used: a code counts once
    _count("failed"),
    _text("locked_until"),
    _text("must_change"),
    _text("disabled"),
    _text("created"),
)

session = sa.Table(
    "session",
    META,
    sa.Column("token", sa.Text, primary_key=True),  # SHA-256 of the cookie
    sa.Column("account_id", Big, sa.ForeignKey("account.id"), nullable=False, index=True),
    _text("csrf"),
    _text("opened"),
    _text("seen"),
    _text("agent"),
    _count("whole", 1),  # 0 while the second factor is owed
)

token = sa.Table(
    "token",
    META,
    _id(),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("account_id", Big, sa.ForeignKey("account.id"), nullable=False, index=True),
    _text("label"),
    _text("scopes"),
    _text("created"),
    _text("until"),
    _text("revoked"),
    _text("used"),
)

attempt = sa.Table(
    "attempt",
    META,
    _id(),
    _text("kind"),  # login
    _text("who"),  # an address
    _text("at"),
    sa.Index("ix_attempt_kind_who_at", "kind", "who", "at"),
)
"""Failures that count for a while, whatever restarts meanwhile."""

log = sa.Table(
    "log",
    META,
    sa.Column("n", Big, primary_key=True, autoincrement=False),
    _text("at"),
    _text("actor"),
    _text("action"),
    _unit("unit_id", null=True),
    _text("detail", "{}"),  # JSON; never a finding, never a secret
    sa.Column("leaf", sa.Text, nullable=False),  # hash of the row as a leaf of the Merkle tree
)

head = sa.Table(
    "head",
    META,
    sa.Column("n", Big, primary_key=True, autoincrement=False),
    _text("root"),
    _text("at"),
    sa.Column("signature", sa.LargeBinary),
)
"""Signed tree heads: what receipts carry."""

# --- work -------------------------------------------------------------------------------------------------------------------------------

campaign = sa.Table(
    "campaign",
    META,
    _id(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    _text("name"),
    _text("profile"),
    _unit(),  # the subtree that it covers
    _text("opens"),
    _text("deadline"),
    _text("seed"),  # published before the draw; empty where every unit takes part
    _count("drawn"),
    _text("conditions", "{}"),
    _text("state"),  # open, closed
    _text("created_by"),
    _text("created"),
    _text("order_text"),  # as it goes to the hubs below, or came from the hub above (hub.intake.order_shape); empty while it went to none
    _text("sender"),  # code of the hub above that it came from; empty for one of our own
)

part = sa.Table(
    "part",
    META,
    sa.Column("campaign_id", Big, sa.ForeignKey("campaign.id"), primary_key=True),
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True, index=True),
    _text("state"),  # asked, received, reported, proven, overdue
    sa.Column("envelope_id", Big),
    _text("changed"),
    _text("proof"),  # digest of the unit's envelope, where a hub below vouches for it
    sa.Column("voucher_id", Big),  # the envelope in which that hub says so
)

notice = sa.Table(
    "notice",
    META,
    _id(),
    sa.Column("number", sa.Text, nullable=False, unique=True),  # 〔2026〕1号
    _text("kind"),  # circular (通报), rectify (整改通知), remind (提醒), campaign
    _text("title"),
    _unit(),  # addressee
    _unit("issuer_id"),
    sa.Column("campaign_id", Big, sa.ForeignKey("campaign.id")),
    _text("body", "{}"),  # JSON: what it says and which hazards and controls it names
    _text("issued"),
    _text("deadline"),
    _text("state"),  # draft, issued, received, replied, closed, overdue
    _text("received"),
    _text("reply"),
    _text("closed"),
    sa.Column("closed_by", Big, sa.ForeignKey("envelope.id")),
    sa.Column("envelope", sa.LargeBinary),  # as it travels down
    _text("order_text"),  # as of a campaign
    _text("sender"),
)

advisory = sa.Table(
    "advisory",
    META,
    _id(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    _text("title"),
    _text("level"),
    _text("body", "{}"),
    _unit(),  # the subtree that it goes to
    _text("issued"),
    sa.Column("envelope", sa.LargeBinary),
)

pack = sa.Table(
    "pack",
    META,
    _id(),
    _text("name"),
    _count("version"),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    _text("added"),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("name", "version"),
)

outgoing = sa.Table(
    "outgoing",
    META,
    _id(),
    _unit("to_id", null=True),  # None: the hub above
    _text("kind"),
    _count("sequence"),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    _text("created"),
    _text("sent"),
    _text("answered"),
    sa.Column("data", sa.LargeBinary, nullable=False),
    _text("about"),  # digest of the order that it holds
    sa.UniqueConstraint("to_id", "kind", "sequence"),
)
"""What this hub sends, in rows of their own per addressee and kind."""

incoming = sa.Table(
    "incoming",
    META,
    _id(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),  # of the signed manifest
    _text("sender"),
    _count("sequence"),
    _text("previous"),
    _text("received"),
    _text("source"),
    _text("fingerprint"),
    _text("about"),  # digest of the order
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("receipt", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("sender", "sequence"),
)
"""Orders of the hub above, as they came."""

foreign = sa.Table(
    "foreign_result",
    META,
    _id(),
    _unit(),
    _text("origin"),  # arf, wazuh, nmap
    _text("tool"),
    _text("digest"),
    _text("received"),
    _text("data", "{}"),
    _text("source"),  # web, cli, or envelope
    sa.Column("envelope_id", Big),  # that it came in
)
