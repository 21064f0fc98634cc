"""Envelopes from programs: one POST each, answered with the receipt once what it acknowledges is on the disk."""

from __future__ import annotations

from hub.web.ask import Answer, Ask, File, Json
from hub.web.router import api
from hub.web.taking import taken
from hub.words import told
from scanner.errors import KeepError
from scanner.ledger.envelope import LIMIT

MEDIA = "application/vnd.shiqu.envelope"
MOST = LIMIT + LIMIT // 512
STATUS = {"conflict": 409, "refused": 422}


@api("/api/v1/envelopes", act="upload", method="POST", about="api.envelopes", limit=MOST)
def take(ask: Ask) -> Answer:
    """The body is the envelope as it is. Trouble of the hub's own (disk, database) is a KeepError: nothing was acknowledged, try again."""
    found = taken(ask, ask.body, "http")
    if found.receipt is not None:
        return File(found.receipt, MEDIA)
    error = found.error or KeepError("hub-intake-broken")
    return Json({"error": error.code, "code": found.code, "sentence": told(error, ask.lang)}, STATUS[found.code])
