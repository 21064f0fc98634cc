"""The one shape that a foreign file is brought to."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from scanner.model.canonical import canonical, digest

SCHEMA = "shiqu/foreign/1"
PASS, FAIL, OPEN, NOT_APPLICABLE, SEEN = "pass", "fail", "open", "not-applicable", "seen"
"""What a line says, whatever the tool's own word is; ``open`` is everything from which nothing follows, ``seen`` an open port."""
MAX_FILE = 128 * 1024 * 1024
MAX_ROWS, MAX_HOSTS = 200_000, 5_000
LONGEST = 300
_BLANK = re.compile(r"\s+")


class NotRead(ValueError):
    """The file is none of this tool's, or one that nobody may be made to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One host that the file speaks of."""

    name: str
    addresses: tuple[str, ...] = ()
    began: str = ""
    """As the tool says it."""
    profile: str = ""
    """Benchmark, profile or policy, as the tool calls it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the tool's findings."""

    host: int
    """Index of its host."""
    key: str
    """Rule, check or port."""
    title: str
    said: str
    """The tool's own word."""
    means: str
    """One of the five words above."""
    severity: str = ""


@dataclass(slots=True)
class Findings:
    """What one file says."""

    tool: str = ""
    """Name and version, as far as the file tells."""
    hosts: list[Host] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    left_out: int = 0
    """Lines that say nothing: rules that were not selected, closed ports."""
    whole: bool = True
    """False when the file itself says that there is more, or that the tool did not come to its end."""

    def host(self, host: Host) -> int:
        """Index of a new host. Raises NotRead."""
        if len(self.hosts) >= MAX_HOSTS:
            raise NotRead(f"> {MAX_HOSTS} hosts")
        self.hosts.append(host)
        return len(self.hosts) - 1

    def add(self, row: Row) -> None:
        """Keep a line. Raises NotRead."""
        if len(self.rows) >= MAX_ROWS:
            raise NotRead(f"> {MAX_ROWS} rows")
        self.rows.append(row)


def plain(text: object) -> str:
    """A text on one line, cut to a length that a table bears."""
    if not isinstance(text, str | int | float) or isinstance(text, bool):
        return ""
    line = _BLANK.sub(" ", str(text)).strip()
    shown = "".join(char if char.isprintable() else "\ufffd" for char in line)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def written(origin: str, file: str, data: bytes, found: Findings, target: str | None) -> bytes:
    """What rests on the shelf. ``target`` is the inventory's id of the file's only host, where a person named it."""
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "origin": origin,
        "tool": found.tool,
        "file": plain(file),
        "bytes": len(data),
        "digest": digest(data),
        "target": target,
        "hosts": [asdict(host) for host in found.hosts],
        "rows": [[row.host, row.key, row.title, row.said, row.means, row.severity] for row in found.rows],
        "left_out": found.left_out,
        "whole": found.whole,
    }
    return canonical(body)
