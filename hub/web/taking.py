"""An envelope that somebody hands in over the web: one door, one limit on rubbish, one answer on whose it is."""

from __future__ import annotations

from dataclasses import replace

from hub.intake.answer import told_to
from hub.intake.door import Outcome
from hub.web.ask import Ask
from hub.web.guard import Refused
from scanner.errors import KeepError


def taken(ask: Ask, data: bytes, source: str) -> Outcome:
    """What became of it, as far as whoever asks may know. Raises KeepError when nothing was acknowledged, Refused for too many refusals."""
    if ask.state.door is None:
        raise KeepError("hub-upload-shut")
    account = str(ask.sight.account_id)
    if ask.state.refusals.full(account):
        raise Refused("often", 429)
    found: Outcome = ask.state.door.accept(data, source, ask.sight.account_id)
    if found.receipt is not None:
        return found
    ask.state.refusals.failed(account)
    with ask.reading() as connection:
        return replace(found, error=told_to(connection, ask.sight, found.error or KeepError("hub-intake-broken")))
