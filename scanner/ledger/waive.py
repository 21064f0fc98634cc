"""Waivers: a decision to live with a result for a time. It stands beside the result, never changes it, and never covers a core hazard."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from scanner.errors import UseError
from scanner.ledger.home import Book, Home
from scanner.model.canonical import canonical, digest
from scanner.model.control import Control
from scanner.model.declaration import ACCEPTED, WAIVER_DAYS

REVOKED = "revoked"


def add(home: Home, control: Control, core_checks: Collection[str], line: Mapping[str, Any], operator: str) -> dict[str, Any]:
    """Enter a waiver. Raises UseError for a core hazard, whatever it is called there, and for a term that is none."""
    if control.core_hazard is not None or set(control.checks) & set(core_checks):
        raise UseError("waive-core", control=control.id)
    since, until = date.fromisoformat(line["since"]), date.fromisoformat(line["until"])
    if until < since:
        raise UseError("waive-expired", since=line["since"], until=line["until"])
    if (until - since).days > WAIVER_DAYS:
        raise UseError("waive-too-long", days=WAIVER_DAYS)
    whole = {"control": control.id, "state": ACCEPTED, **line}
    whole = {"id": "WV-" + digest(canonical(whole))[7:19].upper(), **whole}
    home.write([("waiver", {"key": f"added:{whole['id']}", "id": whole["id"], "event": "added", "operator": operator, "line": whole})])
    return whole


def revoke(home: Home, name: str, by: str, operator: str, remark: str) -> dict[str, Any]:
    """End a waiver before its time. Raises UseError."""
    line = find(home.book(), name)
    if line["state"] != ACCEPTED:
        raise UseError("waive-ended", id=line["id"])
    body = {"key": f"{REVOKED}:{line['id']}", "id": line["id"], "event": REVOKED, "by": by, "operator": operator, "remark": remark}
    home.write([("waiver", body)])
    return line


def find(book: Book, name: str) -> dict[str, Any]:
    """A waiver by its id or an unambiguous beginning. Raises UseError."""
    found = [key for key in book.waivers if key == name.upper() or (len(name) > 4 and key.startswith(name.upper()))]
    if len(found) != 1:
        raise UseError("waive-unknown", id=name[:40], count=len(found))
    return book.waivers[found[0]]
