"""Statements of a dump that hold no rows and go on over lines: views, functions, triggers, types. They are gathered to their end, so that
nothing within them is taken for a statement of its own; only what views say is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scanner.collect.holdings.files.dumpwords import BEGINS, CAST, COPY, NAME, QUOTED_LEVEL
from scanner.collect.holdings.files.encodings import text_of
from scanner.errors import ReachError
from scanner.facts.holdings.views import leaves_untold
from scanner.model.absent import Why

LONGEST = 4 * 1024 * 1024
"""Bytes of one statement; what goes on longer was none."""
LOOKED = 2048
"""Bytes at the beginning of a statement that tell its kind, and at the end of a body that tell its end."""
MADE = re.compile(
    rb"\s*(?:/\*!\d*\s*)?CREATE\b(?:(?!\bTABLE\b)[^'(;])*?\b"
    rb"(?P<kind>VIEW|FUNCTION|PROCEDURE|PROC|TRIGGER|EVENT|RULE|TYPE|DOMAIN|INDEX|POLICY|AGGREGATE|PACKAGE)\b(?!`)",
    re.IGNORECASE,
)
WRAPPED = re.compile(rb"\s*/\*!\d*\s*CREATE\b(?:(?!\bTABLE\b)[^;'])*\*/\s*$", re.IGNORECASE)
"""mysqldump's way: the statement stands in several comments, of which the first ends no statement."""
DELIMITER = re.compile(rb"\s*DELIMITER\s+(\S+)\s*$", re.IGNORECASE)
_VIEW = re.compile(rb"\bVIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?(" + NAME + rb")", re.IGNORECASE)
_MARKS = re.compile(rb"'|--[^\n]*|/\*!\d*|/\*|\*/|\$(?:[A-Za-z_]\w*)?\$|;", re.IGNORECASE)
_WRAPPING = re.compile(r"/\*!\d*|\*/")
_NAMED = re.compile(r"`((?:[^`]|``)+)`|\"((?:[^\"]|\"\")+)\"|'((?:[^']|'')+)'|\[([^\]]+)\]|([^\s.`\"'\[\]]+)")
"""One part of a name, with the signs that may stand around it."""
_CLOSED_BY = {b"/*": b"*/"}
_AFTER = re.compile(rb"--[^\n]*|/\*.*?\*/|\*/")
_BODIES = (b"FUNCTION", b"PROCEDURE", b"PROC", b"TRIGGER", b"EVENT", b"PACKAGE")
"""Kinds that have statements within them."""
_BEGIN = re.compile(rb"\bBEGIN\b", re.IGNORECASE)
_ENDS = re.compile(rb"\bEND\b(?:\s+(?!IF\b|LOOP\b|CASE\b|WHILE\b|REPEAT\b|FOR\b)[`\"\[]?[\w.$#]+[`\"\]]?)?\s*;\s*$", re.IGNORECASE)
"""The end of a body, with its name perhaps; not that of a condition in it."""
_LITERAL = rb"(?:N?'(?:[^']|'')*'|-?\d+|NULL)"
_ROW = re.compile(rb"\b(?:INSERT|REPLACE)\b[^;']*\bVALUES\s*(\(\s*" + _LITERAL + rb"(?:\s*,\s*" + _LITERAL + rb")*\s*\))", re.IGNORECASE)
"""A row that a body would put into a table, of nothing but constants."""


def named(text: str) -> str:
    """A name without the signs around it, its parts with dots between them."""
    return ".".join(next(filter(None, parts)).replace("``", "`").replace('""', '"') for parts in _NAMED.findall(text))


class Endless(ReachError):
    """A statement that never ends: rows may have been taken for parts of it."""

    def __init__(self) -> None:
        super().__init__(Why.GARBLED, "a statement that does not end")


@dataclass(slots=True)
class Gathered:
    """One statement so far."""

    delimiter: bytes = b";"
    """What ends a statement besides a line that says so."""
    backslash: bool = False
    kind: bytes = b""
    size: int = 0
    _lines: list[bytes] = field(default_factory=list, repr=False)
    _head: bytes = field(default=b"", repr=False)
    """What its kind is looked for in."""
    _tail: bytes = field(default=b"", repr=False)
    """What the end of a body is looked for in."""
    _begun: bool = False
    """A body between BEGIN and END was begun."""
    _tagged: bool = False
    """A body stands between tags, perhaps."""
    _within: bytes = field(default=b"", repr=False)
    """What was opened and is not closed: a quote, a comment, the tag of a body."""

    def add(self, line: bytes) -> bool:
        """One more line; whether the statement is over with it."""
        self._lines.append(line)
        self.size += len(line)
        if not self.kind and len(self._head) < LOOKED:
            self._head += line[:LOOKED]
            made = MADE.search(self._head)
            self.kind = made["kind"].upper() if made is not None else b""
        self._tail = (self._tail + line)[-LOOKED:]
        self._begun = self._begun or _BEGIN.search(line) is not None
        self._tagged = self._tagged or b"$" in line
        bare = line.strip()
        if not self._within and bare.upper() in (b"GO", b"/"):
            return True
        ended = self._ended(line)
        if self.delimiter != b";":
            return bare.endswith(self.delimiter)
        return ended and self._whole()

    def begins_another(self, line: bytes) -> bool:
        """Whether a line belongs to another statement: this one was ended by nothing. Raises Endless where that is not certain."""
        if self.kind in _BODIES or not (BEGINS.match(line) or COPY.match(line)):
            return False
        if self._within:
            # A quote in a name, perhaps: what follows must not be lost in it.
            raise Endless
        return True

    @property
    def too_long(self) -> bool:
        """Whether it cannot be one statement."""
        return self.size > LONGEST

    @property
    def text(self) -> bytes:
        """All of it."""
        return b"".join(self._lines)

    @property
    def view(self) -> bytes | None:
        """The name of a view."""
        found = _VIEW.search(self.text) if self.kind == b"VIEW" else None
        return found[1] if found is not None else None

    @property
    def holds_rows(self) -> bool:
        """Whether it would make records with levels when it is run."""
        return self.kind in _BODIES and any(QUOTED_LEVEL.search(row) for row in _ROW.findall(self.text))

    def _ended(self, line: bytes) -> bool:
        """Whether the last thing outside of quotes, comments and bodies is the end of a statement."""
        text = line.replace(b"\\\\", b"").replace(b"\\'", b"") if self.backslash else line
        last, at = -1, 0
        while at < len(text):
            if self._within:
                at = text.find(self._within, at)
                if at < 0:
                    return False
                at, self._within = at + len(self._within), b""
            elif (mark := _MARKS.search(text, at)) is None:
                break
            else:
                at, found = mark.end(), mark[0]
                if found in (b"'", b"/*") or found.startswith(b"$"):
                    self._within = _CLOSED_BY.get(found, found)
                elif not found.startswith((b"--", b"/*", b"*/")):
                    last = at
        rest = _AFTER.sub(b"", text[last:]) if last >= 0 else b"-"
        return not self._within and not rest.strip()

    def _whole(self) -> bool:
        """Whether a body that stands between BEGIN and END is over."""
        if self.kind not in _BODIES or self._tagged or not self._begun:
            return True
        if _ENDS.search(self._tail) is None:
            return False
        if self.kind == b"TRIGGER":
            import sqlite3  # few dumps have triggers

            return sqlite3.complete_statement(self.text.decode("latin-1").replace("\0", ""))
        return True


@dataclass(slots=True)
class Others:
    """All such statements of a dump."""

    encoding: str
    definitions: list[str] = field(default_factory=list)
    """Of views that speak of levels."""
    untold: list[str] = field(default_factory=list)
    """Names of views that give levels in a way that is not understood."""
    strange: bool = False
    """One of them would make records."""
    plainly: bool = False
    """Nothing is gathered: what seemed to begin such a statement did not end."""
    open: Gathered | None = None
    _delimiter: bytes = b";"

    def takes(self, line: bytes) -> bool:
        """Whether a line belongs to the statement that is gathered."""
        gathered = self.open
        if gathered is None:
            return False
        if gathered.begins_another(line):
            self._close(gathered)
            return False
        if gathered.add(line):
            self._close(gathered)
        elif gathered.too_long:
            raise Endless
        return True

    def begins(self, line: bytes, backslash: bool) -> bool:
        """Whether one begins with a line."""
        if found := DELIMITER.match(line):
            self._delimiter = found[1]
            return True
        if self.plainly or (MADE.match(line) is None and WRAPPED.match(line) is None):
            return False
        self.open = Gathered(self._delimiter, backslash)
        return self.takes(line)

    def end(self) -> None:
        """The text is over. Raises Endless where a statement is not."""
        if self.open is not None and self.open.kind in _BODIES:
            raise Endless
        if self.open is not None:
            self._close(self.open)

    def _close(self, gathered: Gathered) -> None:
        self.open = None
        self.strange = self.strange or gathered.holds_rows
        if gathered.view is not None and QUOTED_LEVEL.search(gathered.text):
            text = CAST.sub("", _WRAPPING.sub(" ", text_of(gathered.text, self.encoding)))
            self.definitions.append(text)
            if leaves_untold(text):
                self.untold.append(named(text_of(gathered.view, self.encoding)))
