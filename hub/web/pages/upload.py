"""A person hands an envelope in: the same door as for programs, watched folders and discs."""

from __future__ import annotations

from base64 import b64encode

from hub.web.ask import Ask, Page
from hub.web.router import Menu, page, post
from hub.web.taking import taken
from hub.words import told
from scanner.errors import UseError

LIMIT = 33 * 1024 * 1024


@page("/upload", act="upload", menu=Menu("upload", 80))
def show(ask: Ask) -> Page:
    """The form."""
    return Page("upload.html", {"code": "", "receipt": "", "why": ""})


@post("/upload", act="upload", again=show, limit=LIMIT)
def take(ask: Ask) -> Page:
    """What became of it, with the receipt to keep."""
    held = ask.files.get("file")
    if held is None or not held.data:
        raise UseError("hub-upload-missing")
    found = taken(ask, held.data, "web")
    why = told(found.error, ask.lang) if found.error is not None else ""
    receipt = b64encode(found.receipt).decode() if found.receipt is not None else ""
    status = {"accepted": 200, "duplicate": 200, "conflict": 409}.get(found.code, 422)
    return Page("upload.html", {"code": found.code, "receipt": receipt, "why": why}, status)
