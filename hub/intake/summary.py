"""What a hub tells the hub above it (``summary.json``): the roll-up of its own tree, by the parts of :mod:`hub.intake.parts`. Pure.

::

    {"schema": "shiqu/summary/1", "unit": "330100", "registered": 12, "periods": {"now": {"units": 11, "gate:fail": 9, …}, "2026-11": {…}}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict

import msgspec

from scanner.errors import KeepError
from scanner.model.canonical import canonical

SCHEMA = "shiqu/summary/1"
NOW = "now"
REGISTERED = "registered"
"""Part of :data:`NOW` in what the hub above counts: the number of units that a summary speaks of, silent ones included."""
MAX_BYTES, MAX_PERIODS, MAX_PARTS, MAX_COUNT = 4 * 1024 * 1024, 37, 5000, 10**9
_PERIOD = re.compile(r"now|\d{4}-(0[1-9]|1[0-2])")
_PART = re.compile(r"[A-Za-z0-9_.-]{1,64}(:[^:\x00-\x1f\x7f]{1,200}){0,2}")


class Summary(TypedDict):
    """Figures of one hub's tree."""

    schema: str
    unit: str
    """Code of the hub."""
    registered: int
    """Units of the tree that have to report, whether they did or not."""
    periods: dict[str, dict[str, int]]
    """``now`` or a month to part to count."""


_SUMMARY = msgspec.json.Decoder(Summary)
"""Made while only one thread runs: see :mod:`scanner.ledger.envelope`."""


def check_summary(data: bytes, unit: str) -> Summary:
    """Strict and bounded. Raises KeepError."""
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("size")
        found = _SUMMARY.decode(data)
        if canonical(found) != data or found["schema"] != SCHEMA:
            raise ValueError("form")
        _check(found["periods"])
        if not 0 <= found["registered"] <= MAX_COUNT:
            raise ValueError("registered")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise KeepError("hub-summary-form") from None
    if found["unit"] != unit:
        raise KeepError("hub-envelope-unit", unit=unit, other=found["unit"])
    return found


def _check(periods: Mapping[str, Mapping[str, Any]]) -> None:
    if NOW not in periods or len(periods) > MAX_PERIODS or not all(_PERIOD.fullmatch(period) for period in periods):
        raise ValueError("periods")
    for parts in periods.values():
        if len(parts) > MAX_PARTS or not all(_PART.fullmatch(part) and 0 <= count <= MAX_COUNT for part, count in parts.items()):
            raise ValueError("parts")
