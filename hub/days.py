"""Days and periods as people here count them: Asia/Shanghai, which has had no summer time since 1991."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hub.clock import FORM, SHANGHAI, read


def day(moment: str) -> str:
    """The day in China of a time as it is kept; empty stays empty."""
    return read(moment).astimezone(SHANGHAI).date().isoformat() if moment else ""


def start_of(one: str) -> str:
    """When a day begins in China, as it is kept."""
    return datetime.combine(date.fromisoformat(one), datetime.min.time(), SHANGHAI).astimezone(UTC).strftime(FORM)


def after(one: str, days: int) -> str:
    """The day so many days later."""
    return (date.fromisoformat(one) + timedelta(days=days)).isoformat()


def in_words(one: str) -> str:
    """``2026年3月1日``."""
    parsed = date.fromisoformat(one)
    return f"{parsed.year}年{parsed.month}月{parsed.day}日"


def is_day(text: str) -> bool:
    """Whether it is a day as it is kept."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def late_by(deadline: str, today: str) -> int:
    """Whole days past the deadline; 0 when there is none or it has not passed."""
    return max(0, (date.fromisoformat(today) - date.fromisoformat(deadline)).days) if deadline else 0
