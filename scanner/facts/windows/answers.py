"""The shape of a Windows answer: one JSON object with tables by name, and what each failed table said.

Every value is a string, a list of strings or null; a table that could not be read is null and its complaint stands beside it.
The property names are those that Microsoft documents for the cmdlets and classes named in each probe. No Windows machine has answered
these probes yet: the examples in the sheets are written from that documentation, not recorded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable
from scanner.model.absent import Absent, Why
from scanner.model.canonical import strict_loads
from scanner.model.evidence import Answer, Probe

Row = Mapping[str, str | tuple[str, ...] | None]
KINDS = ("windows",)


def windows_probe(name: str, *looks: tuple[str, str], root: bool = False, seconds: int = 40) -> Probe:
    """A probe whose block looks at several things, each on its own: a table name and the PowerShell text that gives its rows."""
    block = "".join(f"Look '{table}' {{ {text} }}\n" for table, text in looks)
    return Probe(f"windows.{name}", "powershell", (block,), root=root, seconds=seconds, max_bytes=1_500_000, kinds=KINDS)


def rows_of(source: str, *names: str) -> str:
    """PowerShell text: these properties of every object that the source gives."""
    return f"Rows ({source}) @({', '.join(repr(name) for name in names)})"


@dataclass(frozen=True, slots=True)
class Tables:
    """One answer's tables."""

    found: Mapping[str, tuple[Row, ...] | None]
    failed: Mapping[str, str]

    def rows(self, name: str) -> tuple[Row, ...]:
        """The rows, none where the table could not be read: for what only adds to another table."""
        return self.found.get(name) or ()

    def missing(self, *names: str) -> Absent | None:
        """Why the first of these tables is not there; None when all are."""
        for name in names:
            if self.found.get(name) is None:
                said = self.failed.get(name, "")
                denied = re.search(r"denied|UnauthorizedAccess|Security", said, re.I)
                unknown = re.search(r"CommandNotFound|not recognized", said, re.I)
                why = Why.NO_PERMISSION if denied else Why.COMMAND_MISSING if unknown else Why.COMMAND_FAILED
                return Absent(why, f"{name}: {said}"[:200])
        return None


def tables(answer: Answer) -> Tables | Absent:
    """Read the object. Raises Unreadable."""
    if answer.exit != 0:
        return Absent(Why.COMMAND_FAILED, answer.text.strip()[:200])
    data = strict_loads(answer.stdout)
    if not isinstance(data, dict) or not isinstance(data.get("found"), dict) or not isinstance(data.get("failed"), dict):
        raise Unreadable("no tables")
    found = {str(name): None if rows is None else tuple(_row(row) for row in rows) for name, rows in data["found"].items()}
    return Tables(found, {str(name): str(text) for name, text in data["failed"].items()})


def _row(row: object) -> Row:
    if not isinstance(row, dict):
        raise Unreadable("a row that is none")
    out: dict[str, str | tuple[str, ...] | None] = {}
    for name, value in row.items():
        if value is None or isinstance(value, str):
            out[str(name)] = value
        elif isinstance(value, list):
            out[str(name)] = tuple(str(item) for item in value)
        else:
            raise Unreadable(f"{name} is neither text nor list")
    return out


def text(row: Row, name: str) -> str:
    """A value as text; empty where there is none."""
    value = row.get(name)
    return value if isinstance(value, str) else " ".join(value) if value else ""


def listed(row: Row, name: str) -> tuple[str, ...]:
    """A value as a list."""
    value = row.get(name)
    return value if isinstance(value, tuple) else (value,) if value else ()


def truth(row: Row, name: str) -> bool:
    """A value that is ``True`` or 1."""
    return text(row, name).lower() in ("true", "1")


def mac(value: str) -> str:
    """``00-15-5D-01-02-03``, with colons, or plain hexadecimal, as lower case with colons; empty for anything else."""
    digits = re.sub(r"[-:. ]", "", value).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits) or digits == "0" * 12:
        return ""
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))
