"""What the unit says of a folder of backups: of what, on which medium, where, how often, and when it was last tried."""

from __future__ import annotations

from typing import Any

from scanner.targets.fields import Reader

KEYS = ("of", "medium", "offsite", "online", "every_days", "restored", "checked", "register", "keeper")
TRIED = ("date", "result", "record")
RESULTS = ("success", "failure")
LONGEST_DAYS = 3650


def read_backup(reader: Reader) -> dict[str, Any] | None:
    """The mapping ``backup`` of a catalogue target; None where the target is no backup. What is not said stays unsaid."""
    if reader.data.get("backup") is None:
        return None
    inner = reader.inner("backup", KEYS)
    found: dict[str, Any] = {key: text for key in ("of", "medium", "register", "keeper") if (text := inner.text(key)) is not None}
    for key in ("offsite", "online"):
        if inner.data.get(key) is not None:
            found[key] = inner.flag(key, False)
    days = inner.number("every_days", 1, LONGEST_DAYS)
    if days is not None:
        found["every_days"] = days
    for key in ("restored", "checked"):
        if inner.data.get(key) is not None:
            found[key] = _tried(inner.inner(key, TRIED))
    return found


def _tried(reader: Reader) -> dict[str, str]:
    found = {"date": str(reader.date("date") or ""), "result": reader.one_of("result", RESULTS), "record": reader.text("record", "") or ""}
    return {key: text for key, text in found.items() if text}
