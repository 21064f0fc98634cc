"""What came in: envelopes as they came, and what stands of them."""

from __future__ import annotations

import sqlalchemy as sa

from hub.store.tables.columns import META, Big, count, id_, text, unit_

envelope = sa.Table(
    "envelope",
    META,
    id_(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),  # of the signed manifest
    sa.Column("file", sa.Text, nullable=False),  # digest of the bytes as they came
    unit_(),
    text("kind"),
    count("sequence"),
    text("previous"),
    text("created"),
    text("received"),
    text("source"),  # http, folder, cli, web
    text("disclosure"),
    text("marking"),
    text("fingerprint"),
    count("size"),
    text("run"),
    text("told"),  # when the run finished by the unit's clock: what orders its runs; empty for what came in before this was kept
    text("finished"),  # of the run; never later than ``received``, whatever the clock of the unit said
    text("profiles", "[]"),  # JSON: what the whole of the run was judged by; empty for a narrowed or broken run, which never stands
    text("period"),
    text("gate"),
    text("core"),  # JSON: core hazard to state
    text("note"),  # words with a blank between: gap, fork, clock, late
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

bulletin = sa.Table("bulletin", META, sa.Column("envelope_id", Big, sa.ForeignKey("envelope.id"), primary_key=True), text("data"))
"""Its bulletin as JSON without ``verdicts`` and ``findings``, which stand in ``result``, and ``titles``, which stand in ``term``; of a summary all of it."""

receipt = sa.Table(
    "receipt",
    META,
    sa.Column("envelope_id", Big, sa.ForeignKey("envelope.id"), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
    text("fetched"),
)

quarantine = sa.Table(
    "quarantine",
    META,
    id_(),
    sa.Column("file", sa.Text, nullable=False, unique=True),
    text("received"),
    text("source"),
    text("code"),  # key of the sentence
    text("fields", "{}"),  # JSON
    count("size"),
    text("actor"),  # who brought it: room is shared out by this, and no envelope can choose it
    unit_("unit_id", null=True),  # whom it names, when that is a unit
    sa.Column("data", sa.LargeBinary),  # None when it was too large to keep
    count("tries", 1),
    text("settled"),
    sa.Index("ix_quarantine_actor", "actor"),
)

term = sa.Table(
    "term",
    META,
    id_(),
    text("kind"),  # check, control, target, system
    text("text"),
    text("words", "{}"),  # JSON: zh, en
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
    text("finished"),
    text("period"),
)
"""The envelope that counts for a unit and profile: the one whose run is newest."""

core = sa.Table(
    "core",
    META,
    sa.Column("unit_id", Big, sa.ForeignKey("unit.id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),  # CH1 … CH4
    text("state"),
    text("since"),
    sa.Column("envelope_id", Big, nullable=False),
    sa.Index("ix_core_code_state", "code", "state"),
)

hazard = sa.Table(
    "hazard",
    META,
    id_(),
    unit_(),
    text("code"),  # identity in the unit's ledger
    text("check_id"),
    text("target"),
    text("risk"),
    text("level"),
    text("state"),
    text("first"),
    text("last"),
    text("deadline"),
    count("times"),
    text("closed"),
    text("escalated", "[]"),  # JSON: [day, rank] of every step up
    sa.Column("envelope_id", Big, nullable=False),
    sa.UniqueConstraint("unit_id", "code"),
    sa.Index("ix_hazard_state_level", "state", "level"),
    sa.Index("ix_hazard_check_id", "check_id"),
    # Counting over many units reads this index alone.
    sa.Index("ix_hazard_counted", "unit_id", "state", "level", "risk", "deadline", "times"),
)
