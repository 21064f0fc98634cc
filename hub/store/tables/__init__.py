"""The schema. Times are UTC text (``2026-11-26T03:00:00Z``), days ``YYYY-MM-DD``, periods ``YYYY-MM``; JSON is text that the writer made canonical.

Units form a tree; ``unit.path`` is ``/1/7/42/``, ids from the root down, so that a subtree is one range of an index. No query reads a
table of a unit's data but through :mod:`hub.people.sight`, which narrows it to the subtree of the person who asks.
"""

from __future__ import annotations

from hub.store.tables.arrived import body, bulletin, core, envelope, hazard, quarantine, receipt, result, standing, term
from hub.store.tables.columns import META, Big, meta
from hub.store.tables.people import account, attempt, head, log, session, token
from hub.store.tables.registry import duty, key, system, unit
from hub.store.tables.rollups import counted, item, queue, share, tier
from hub.store.tables.work import advisory, campaign, foreign, incoming, notice, outgoing, pack, part

__all__ = [
    "META",
    "Big",
    "account",
    "advisory",
    "attempt",
    "body",
    "bulletin",
    "campaign",
    "core",
    "counted",
    "duty",
    "envelope",
    "foreign",
    "hazard",
    "head",
    "incoming",
    "item",
    "key",
    "log",
    "meta",
    "notice",
    "outgoing",
    "pack",
    "part",
    "quarantine",
    "queue",
    "receipt",
    "result",
    "session",
    "share",
    "standing",
    "system",
    "term",
    "tier",
    "token",
    "unit",
]
