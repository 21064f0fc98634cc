"""What tells a target from another one that was given its id: where it is, and what was seen of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

GIVEN = ("port", "url", "host", "config")
"""As the inventory has it."""
_NAME = re.compile(rb"^[ \t]*(?:sysname|hostname)[ \t]+(\S{1,64})", re.MULTILINE)
NAMED_WITHIN = 256 * 1024


def place_of(member: Mapping[str, Any], record: Mapping[str, Any] | None, name: str) -> dict[str, str]:
    """``place`` of a target; what is not known is left out."""
    notes = (record.get("notes") or {}) if record is not None else {}
    key = notes.get("host_key") or notes.get("machine") or ""
    found = {part: str(member.get(part) or "") for part in GIVEN} | {"key": str(key), "name": name}
    return {part: value for part, value in found.items() if value}


def device_name(data: bytes) -> str:
    """The name that a device's configuration gives it; empty when it gives none."""
    match = _NAME.search(data[:NAMED_WITHIN])
    return match[1].decode("utf-8", "replace").strip('"') if match else ""


def other_place(found: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a target is not plainly the one that it was."""
    if (now["kind"], now["address"]) != (found["kind"], found["address"]):
        return True
    if "place" not in found or "place" not in now:
        return False
    then, is_now = found["place"], now["place"]
    seen = [part for part in ("key", "name") if part in then and part in is_now]
    if any(then[part] != is_now[part] for part in seen):
        return True
    # A configuration is saved under a new name every time: where it names its device, that counts.
    given = [part for part in GIVEN if part != "config" or "name" not in seen]
    return any(then.get(part) != is_now.get(part) for part in given)
