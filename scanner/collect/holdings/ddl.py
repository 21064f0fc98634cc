"""Comments beside the columns of a table, as its CREATE statement keeps them: SQLite has no other place for what a column is called."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
