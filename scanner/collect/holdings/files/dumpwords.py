"""Words of SQL dumps: the statements that are understood, the names in them, and what is noted of a table."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from scanner.collect.holdings.files.inserts import Statement
from scanner.facts.holdings.marking import LEVELS

NAME = (
    rb"(?:(?:`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|\[[^\]]+\]|[^`\"'\[\]\s.(;]+)\s*\.\s*)*"
    rb"(?:`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|'(?:[^']|'')+'|\[[^\]]+\]|[^\s(`\"'\[;]+)"
)
"""A table's, with what stands before it."""
CREATE = re.compile(rb"\s*CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(" + NAME + rb")\s*\(", re.IGNORECASE)
INSERT = re.compile(
    rb"\s*(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?(?:INTO\s+)?(" + NAME + rb")\s*(?:\(([^()]*)\))?\s*(?:VALUES|VALUE|SELECT)?", re.IGNORECASE
)
COPY = re.compile(rb"COPY (" + NAME + rb")\s*(?:\((.*)\))? FROM stdin;", re.IGNORECASE)
COMMENT = re.compile(rb"COMMENT ON COLUMN (.+)\.(\"(?:[^\"]|\"\")+\"|\S+) IS N?'((?:[^']|'')*)'", re.IGNORECASE)
TABLE_COMMENT = re.compile(rb"\)[^()']*\bCOMMENT\s*=?\s*'((?:[^'\\]|\\.|'')*)'[^()']*$", re.IGNORECASE)
CAPTION = re.compile(rb"COMMENT ON TABLE (" + NAME + rb") IS N?'((?:[^']|'')*)'", re.IGNORECASE)
DEFAULT = re.compile(rb"\sDEFAULT\s+(?:N|_\w+)?'((?:[^']|'')*)'", re.IGNORECASE)
COLUMN = re.compile(rb"\s*(`[^`]+`|\"[^\"]+\"|\[[^\]]+\]|[^\s,()`\"\[]+)(?:\s+\[?[A-Za-z]|\s*,?\s*$)")
COLUMN_COMMENT = re.compile(rb"COMMENT\s+'((?:[^'\\]|\\.|'')*)'", re.IGNORECASE)
NO_COLUMN = re.compile(
    rb"\s*(?:PRIMARY|UNIQUE|KEY|INDEX|CONSTRAINT|FULLTEXT|SPATIAL|FOREIGN|CHECK|EXCLUDE|LIKE|PARTITION)\b", re.IGNORECASE
)
BEGINS = re.compile(rb"\s*(?:GO\s*$|(?:INSERT|REPLACE)\s+(?:INTO\s+)?[\[`\"\w]+|CREATE\s+TABLE\s)", re.IGNORECASE)
"""Another statement: a definition that no semicolon ends is over."""
QUOTED_LEVEL = re.compile(rb"'(?:" + b"|".join(level.encode(code) for level in LEVELS for code in ("utf-8", "gb18030")) + rb")")
"""A level as a value in a statement that nobody reads."""
UNNAMED = re.compile(rb"COPY .*\bFROM stdin;", re.IGNORECASE)
"""Rows of a table whose name is not understood."""
ALTER = re.compile(rb"\s*ALTER\s+TABLE\s+(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(" + NAME + rb")(?=\s)", re.IGNORECASE)
ADD_CHECK = re.compile(rb"\bADD\s+(?:CONSTRAINT\s+\S+\s+)?CHECK\b(?!.*\b(?:DEFAULT|ADD)\b)", re.IGNORECASE | re.DOTALL)
"""A rule for values, which gives none."""
FOREIGN = re.compile(rb"\bFOREIGN\s+KEY\s*\(([^(),]+)\)\s*REFERENCES\s+(" + NAME + rb")\s*(?:\(([^(),]+)\))?", re.IGNORECASE)
INLINE = re.compile(rb"\sREFERENCES\s+(" + NAME + rb")\s*(?:\(([^(),]+)\))?", re.IGNORECASE)
WORKED_OUT = re.compile(rb"\bAS\s*\(", re.IGNORECASE)
"""Before what a column is worked out of."""
CAST = re.compile(r"::[a-z]\w*(?: varying)?(?:\(\d+\))?")
MAX_STATEMENT = 64 * 1024
"""Bytes of a definition that are looked at for what else it says."""


@dataclass(slots=True)
class Dumped:
    """One table of a dump."""

    name: str
    made: bool = False
    """Its definition stands in the dump, or was found beside it."""
    columns: list[str] = field(default_factory=list)
    comments: dict[str, str] = field(default_factory=dict)
    caption: str = ""
    """The table's own comment."""
    defaults: dict[str, str] = field(default_factory=dict)
    """Column to what stands there where a statement gives no value."""
    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Column to the table and column that it points to."""
    statements: list[Statement] = field(default_factory=list)
    copies: list[Statement] = field(default_factory=list)


def meant(name: str, tables: Collection[str]) -> str:
    """The table that a reference names: by its whole name, else the only one whose own name it is."""
    if name in tables:
        return name
    own = name.rsplit(".", 1)[-1]
    found = [table for table in tables if table.rsplit(".", 1)[-1] == own]
    return found[0] if len(found) == 1 else name


def pieces(text: bytes) -> list[bytes]:
    """Definitions of a table that is written on one line: cut at commas outside brackets and quotes."""
    found, depth, quote, start = [], 0, False, 0
    for at, byte in enumerate(text):
        if byte == 39:
            quote = not quote
        elif not quote and byte in (40, 41):
            depth += 1 if byte == 40 else -1
        if not quote and ((byte == 44 and depth == 0) or depth < 0):
            found.append(text[start:at])
            start = at + 1
            if depth < 0:
                break
    return [*found, text[start:]] if depth >= 0 else found
