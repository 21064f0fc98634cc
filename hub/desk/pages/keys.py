"""A key for the unit, for those who do not love terminals."""

from __future__ import annotations

import hmac

from hub.desk.commands import PASSPHRASE
from hub.desk.pages.export import show
from hub.desk.router import Ask, post
from hub.web.ask import Go
from scanner.errors import UseError

KINDS = ("ed25519", "sm2", "x25519")


@post("/export/key", again=show)
def new(ask: Ask) -> Go:
    """Make one under the unit's code; it rests encrypted in this account's own folder."""
    kind, first, second = (ask.form.get(name, "") for name in ("algorithm", "passphrase", "passphrase2"))
    if kind not in KINDS:
        raise UseError("format-unknown", name=kind[:20], known=", ".join(KINDS))
    if not hmac.compare_digest(first.encode(), second.encode()):
        raise UseError("key-passphrases-differ")
    code = str(ask.place.unit.get("code") or "")
    ask.run("keys", "new", "--algorithm", kind, *([f"--unit={code}"] if code else []), "--passphrase", PASSPHRASE, passphrase=first)
    return Go("/export", "key")
