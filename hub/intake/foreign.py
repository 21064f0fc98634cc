"""What other tools found at a unit (OpenSCAP, Wazuh, nmap): kept beside what the unit itself reports, under its origin, and part of no verdict.

It comes in the result of an envelope that discloses everything, or somebody hands the tool's own file in. Whatever way it came:
nothing is counted by it, no notice is closed by it, and it goes to no other hub.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hub.clock import now
from hub.people import log
from hub.store.tables import foreign
from scanner.errors import UseError
from scanner.model.canonical import canonical, strict_loads
from scanner.model.foreign_view import Foreign

GROUP = "shiqu.foreign"
"""Readers of other tools' files, as they are installed."""
ORIGINS = ("arf", "wazuh", "nmap")
WORDS = ("fail", "open", "seen", "pass", "not-applicable")
"""What a line means, what needs somebody first."""
MAX_FILE = 32 * 1024 * 1024
MAX_ROWS, MAX_HOSTS, MAX_FILES, MAX_VIEW = 1000, 200, 20, 4 * 1024 * 1024
"""Of one file what is kept of it; of one envelope how many files, and how large each."""
WEB, CLI, ENVELOPE = "web", "cli", "envelope"


class _Views(msgspec.Struct):
    foreign: list[msgspec.Raw] = []


class _Result(msgspec.Struct):
    views: _Views | None = None


_RESULT, _FOREIGN = msgspec.json.Decoder(_Result), msgspec.json.Decoder(Foreign)
"""Made while only one thread runs: see :mod:`scanner.ledger.envelope`."""


def read(origin: str, file: str, data: bytes) -> dict[str, Any]:
    """A tool's own file, as it is kept. Raises UseError."""
    if origin not in ORIGINS:
        raise UseError("foreign-origin", origin=origin[:40])
    if not data or len(data) > MAX_FILE:
        raise UseError("foreign-size", file=file, most=MAX_FILE >> 20)
    (found,) = entry_points(group=GROUP, name=origin)
    said: dict[str, Any] = strict_loads(found.load()(file, data))
    counts = Counter((row[0], row[4]) for row in said["rows"])
    hosts = [
        {**{key: one[key] for key in ("name", "addresses", "began", "profile")}, "counts": _counts(counts, number)}
        for number, one in enumerate(said["hosts"])
    ]
    return _kept(said, hosts, said["rows"])


def in_result(data: bytes) -> list[dict[str, Any]]:
    """What other tools found, of a whole result that came in an envelope; what has not the form of it is left out."""
    if b'"foreign"' not in data:
        return []
    try:
        views = _RESULT.decode(data).views
        files = views.foreign[:MAX_FILES] if views is not None else []
        return [_of_view(_FOREIGN.decode(raw)) for raw in files if memoryview(raw).nbytes <= MAX_VIEW]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return []


def keep(connection: Connection, unit_id: int, found: Mapping[str, Any], source: str, actor: str, envelope_id: int | None = None) -> bool:
    """Keep it with its unit; False when the same file is there already."""
    c = foreign.c
    same = sa.and_(c.unit_id == unit_id, c.origin == found["origin"], c.digest == found["digest"])
    if connection.execute(sa.select(c.id).where(same)).first() is not None:
        return False
    values = {"unit_id": unit_id, "origin": found["origin"], "tool": found["tool"], "digest": found["digest"], "received": now()}
    kept = {key: value for key, value in found.items() if key not in ("origin", "tool", "digest")}
    connection.execute(foreign.insert().values(**values, source=source, envelope_id=envelope_id, data=canonical(kept).decode()))
    if source != ENVELOPE:
        log.write(connection, actor, "foreign.keep", unit_id, {"origin": found["origin"], "digest": found["digest"], "source": source})
    return True


def _of_view(one: Foreign) -> dict[str, Any]:
    rows = [[row["host"], row["key"], row["title"], row["said"], row["means"], row["severity"]] for row in one["rows"]]
    hosts = [{key: host[key] for key in ("name", "addresses", "began", "profile", "counts")} for host in one["hosts"]]
    return _kept(one, hosts, rows, one["more_rows"])


def _kept(said: Mapping[str, Any], hosts: Sequence[dict[str, Any]], rows: Iterable[Sequence[Any]], more: int = 0) -> dict[str, Any]:
    known = sorted((row for row in rows if row[4] in WORDS), key=lambda row: (WORDS.index(row[4]), row[0], row[1]))
    names = ("origin", "tool", "digest", "file", "bytes", "left_out", "whole")
    if said["origin"] not in ORIGINS:
        raise ValueError("origin")
    return {
        **{name: said[name] for name in names},
        "hosts": list(hosts[:MAX_HOSTS]),
        "more_hosts": max(0, len(hosts) - MAX_HOSTS),
        "rows": [list(row) for row in known[:MAX_ROWS] if 0 <= row[0] < MAX_HOSTS],
        "more_rows": more + max(0, len(known) - MAX_ROWS),
    }


def _counts(counts: Counter[tuple[int, str]], host: int) -> dict[str, int]:
    return {word: counts[host, word] for word in WORDS if counts[host, word]}
