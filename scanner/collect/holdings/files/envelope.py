"""What stands around the records of an answer or export and is none itself."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.facts.holdings.escapes import is_spelt
from scanner.facts.holdings.labels import name_role

ENVELOPE = frozenset({
    "code", "msg", "message", "status", "success", "ok", "error", "errcode", "errmsg", "timestamp", "requestid", "traceid", "total", "count",
    "totalcount", "totalpages", "pages", "page", "pageno", "pagenum", "pageindex", "pagesize", "size", "current", "limit", "offset",
    "took", "timed_out", "max_score", "relation", "successful", "skipped", "failed",
})  # fmt: skip
"""Names around an answer's records: what says these things alone is the answer."""


AROUND = (None, "fonds", "fonds_name", "series", "year", "repository")
"""Roles of names that are a list's as well as a record's."""


def is_envelope(row: Mapping[str, str | None]) -> bool:
    """Whether values beside a list of records say how the asking went, how many there are or what the list is, and tell of no record themselves."""
    return not any("密" in (value or "") or is_spelt(value or "") for value in row.values()) and all(_is_around(key) for key in row)


def _is_around(key: str) -> bool:
    last = key.removesuffix(".value").rpartition(".")[2]
    return last.lower() in ENVELOPE or name_role(last) in AROUND
