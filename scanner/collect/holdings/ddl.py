"""Comments beside the columns of a table, as its CREATE statement keeps them: SQLite has no other place for what a column is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from scanner.facts.holdings.reading import PartKind

_TOKEN = re.compile(
    r"--(?P<line>[^\n]*)|/\*(?P<block>.*?)(?:\*/|\Z)|(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|\w+)|(?P<sign>[(),])|(?P<end>\n)",
    re.DOTALL,
)
_NO_COLUMN = frozenset(("PRIMARY", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK"))


def column_comments(sql: str) -> dict[str, str]:
    """Column, in lower case, to what is said of it behind it on its line, or above it on lines of their own."""
    found: dict[str, str] = {}
    for column, comment in _told(sql):
        found[column] = f"{found[column]} {comment}" if column in found else comment
    return found


def comments_around(comments: Mapping[str, str]) -> Mapping[str, tuple[tuple[PartKind, str], ...]]:
    """Comments of tables, by path, as what stands around their records."""
    return MappingProxyType({path: (("line", text),) for path, text in comments.items() if text})


def table_comment(sql: str) -> str:
    """What is said of the table itself: before its first column on the line that opens it, or behind all of them."""
    if "--" not in sql and "/*" not in sql:
        return ""
    depth, begun, found = 0, False, []
    for token in _TOKEN.finditer(sql):
        kind = token.lastgroup
        if kind in ("line", "block"):
            found += [(token[kind] or "").strip(" \t\r\n*-")] if depth == 0 or not begun else []
        else:
            depth += {"(": 1, ")": -1}.get(token[0], 0)
            begun = begun or (depth > 0 and token[0] != "(")
    return " ".join(filter(None, found))


def _told(sql: str) -> Iterator[tuple[str, str]]:
    depth, begins, fresh = 0, False, False
    column = ""
    above: list[str] = []
    for token in _TOKEN.finditer(sql):
        kind, text = token.lastgroup, token[0]
        if kind in ("line", "block"):
            comment = (token[kind] or "").strip(" \t\r\n*-")
            if column and not fresh:
                yield column, comment
            elif depth and fresh:
                above.append(comment)
        elif kind == "end":
            fresh = True
        else:
            depth += {"(": 1, ")": -1}.get(text, 0)
            if depth == 1 and text in "(,":
                # What stands behind the comma on the same line is still about the column before it.
                begins = True
            elif begins and kind == "name":
                column, begins = _plain(text), False
                yield from ((column, comment) for comment in above if column)
                above = []
            fresh = False


def _plain(name: str) -> str:
    if name.upper() in _NO_COLUMN:
        return ""
    return (name[1:-1].replace('""', '"') if name[0] in '"`[' else name).lower()
