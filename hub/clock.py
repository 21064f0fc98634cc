"""The hub's clock: UTC as text, seconds and no more; days as people in China read them off a calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
FORM = "%Y-%m-%dT%H:%M:%SZ"
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def now() -> str:
    """``2026-11-26T03:00:00Z``."""
    return datetime.now(UTC).strftime(FORM)


def today() -> str:
    """The day in China, ``YYYY-MM-DD``."""
    return datetime.now(SHANGHAI).strftime("%Y-%m-%d")


def later(moment: str, seconds: int) -> str:
    """A moment so much later (or earlier)."""
    return (read(moment) + timedelta(seconds=seconds)).strftime(FORM)


def read(moment: str) -> datetime:
    """Of a text that :func:`now` wrote. Raises ValueError."""
    if not _WRITTEN.fullmatch(moment):
        raise ValueError(f"not a moment: {moment[:40]!r}")
    return datetime.fromisoformat(moment)


def shown(moment: str) -> str:
    """A moment as it stands on a page: Asia/Shanghai, to the minute. Empty stays empty."""
    return read(moment).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if moment else ""
