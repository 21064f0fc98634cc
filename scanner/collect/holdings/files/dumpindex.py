"""What a dump says, line by line: its tables, where their rows lie in the text, and what it tells of columns. Nothing is executed."""

from __future__ import annotations

import re
from typing import BinaryIO

from scanner.collect.holdings.ddl import column_comments
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.dumpwords import (
    ADD_CHECK,
    ALTER,
    BEGINS,
    CAPTION,
    CAST,
    COLUMN,
    COLUMN_COMMENT,
    COMMENT,
    COPY,
    CREATE,
    DEFAULT,
    FOREIGN,
    INLINE,
    INSERT,
    MAX_STATEMENT,
    NO_COLUMN,
    QUOTED_LEVEL,
    TABLE_COMMENT,
    UNNAMED,
    WORKED_OUT,
    Dumped,
    pieces,
)
from scanner.collect.holdings.files.encodings import is_twice, text_of
from scanner.collect.holdings.files.inserts import PAIR, Statement, has_comments, in_pairs, without_comments
from scanner.collect.holdings.files.statements import Endless, Others, named
from scanner.errors import ReachError
from scanner.facts.holdings.views import leaves_untold
from scanner.model.absent import Absent, Why

PAIRS = re.compile(PAIR)
MAX_LINE = 64 * 1024 * 1024
"""One line of a dump; a multi-row INSERT is one."""
MAX_TABLES = 50_000


class Index:
    """What the lines say, in order."""

    def __init__(self, encoding: str, plainly: bool = False) -> None:
        self.encoding = encoding
        self.others = Others(encoding, plainly=plainly)
        self.endless = False
        self.tables: dict[str, Dumped] = {}
        self.backslash = False
        self._create: Dumped | None = None
        self._alter: str | None = None
        self.definitions: list[str] = []
        """Tables with columns that are worked out of others."""
        self._said = b""
        """The definition or change of a table, so far."""
        self._open: Statement | None = None
        self._copy: Statement | None = None
        self._quote = False
        self.strange = False
        self.twice = False
        """Levels were encoded twice: rows that have them are not what they seem."""
        self.lost: Absent | None = None
        """Why the text was not read to its end, or ends inside a table."""
        self.lines = 0

    def over(self, stream: BinaryIO) -> tuple[dict[str, Dumped], bool]:
        """Every line with its position."""
        at = 0
        try:
            with told():
                while line := stream.readline(MAX_LINE):
                    if len(line) >= MAX_LINE:
                        raise ReachError(Why.TRUNCATED, f"line longer than {MAX_LINE} bytes")
                    self.twice = self.twice or is_twice(line)
                    self._line(line, at)
                    at += len(line)
                    self.lines += 1
                self._end_alter()
                self.others.end()
        except Endless:
            self.endless = True
        except ReachError as problem:
            self.lost = problem.absent
        for last in (self._copy, self._open):
            if last is not None:
                last.end, last.cut = at, True
                self.lost = Absent(Why.TRUNCATED, "dump ends inside a table") if self.lost is None else self.lost
        return self.tables, self.backslash

    def _line(self, line: bytes, at: int) -> None:
        if self._copy is not None:
            if line.rstrip(b"\r\n") == b"\\.":
                self._copy.end = at
                self._copy = None
            else:
                self._copy.rows += 1
        elif self._open is not None and not self._quote and line.lstrip()[:8].upper().startswith((b"INSERT ", b"REPLACE ")):
            self._open.end = at  # no semicolon between statements: SQL Server's way
            self._open = None
            self._start(line, at)
        elif self._open is not None:
            self._continue(self._open, line, at)
        elif self.others.open is not None and self.others.takes(line):
            self.strange = self.strange or self.others.strange
        elif self._create is not None and not BEGINS.match(line):
            self._said += line[: MAX_STATEMENT - len(self._said)]
            self._in_create(self._create, line)
        elif self._alter is not None and not BEGINS.match(line) and not COPY.match(line):
            self._in_alter(line)
        else:
            self._start(line, at)

    def _start(self, line: bytes, at: int) -> None:
        self._create = None
        self._end_alter()
        if line.startswith((b"-- MySQL", b"-- MariaDB", b"-- Host", b"/*!", b"/*M!")) or b"Navicat" in line:
            self.backslash = True
        if (match := INSERT.match(line)) and match.group(0).strip().upper() not in (b"INSERT", b"REPLACE"):
            self._insert(match, line, at)
        elif match := COPY.match(line):
            table = self._table(match.group(1))
            table.columns = table.columns if match.group(2) is None else self._names(match.group(2))
            self._copy = Statement(at + len(line), at + len(line), tuple(table.columns))
            table.copies.append(self._copy)
        elif match := CREATE.match(line):
            self._create, self._said = self._table(match.group(1)), line[:MAX_STATEMENT]
            self._create.made = True
            if b"`" in match.group(1):
                self.backslash = True
            rest = line[match.end() :]
            if rest.strip():
                for piece in pieces(rest):
                    if self._create is not None:
                        self._in_create(self._create, piece)
                if rest.rstrip().endswith(b";"):
                    self._end_create(self._table(match.group(1)), rest)
        elif match := CAPTION.match(line):
            self._table(match.group(1)).caption = self._text(match.group(2).replace(b"''", b"'"))
        elif match := COMMENT.match(line):
            self._table(match.group(1)).comments[self._name(match.group(2)).lower()] = self._text(match.group(3).replace(b"''", b"'"))
        elif match := ALTER.match(line):
            self._alter, self._said = self._name(match.group(1)), b""
            self._in_alter(line)
        elif self.others.begins(line, self.backslash):
            self.strange = self.strange or self.others.strange
        elif QUOTED_LEVEL.search(line) or UNNAMED.match(line):
            self.strange = True

    def _insert(self, match: re.Match[bytes], line: bytes, at: int) -> None:
        table = self._table(match.group(1))
        listed = self._names(match.group(2)) if match.group(2) and match.group(2).strip() else []
        if not table.columns:
            table.columns = list(listed)
        for name in listed:
            if name not in table.columns:
                table.columns.append(name)
        statement = Statement(at + match.end(), -1, tuple(listed))
        table.statements.append(statement)
        self._quote = False
        self._continue(statement, line[match.end() :], at + match.end())

    def _continue(self, statement: Statement, line: bytes, at: int) -> None:
        """A statement goes on until a semicolon ends a line outside quotes."""
        text = PAIRS.sub(b"", line) if self.backslash and in_pairs(line, self.encoding) else line
        text = text.replace(b"\\\\", b"").replace(b"\\'", b"") if self.backslash else text
        text = without_comments(text, self._quote) if has_comments(text) else text
        if text.count(b"'") % 2:
            self._quote = not self._quote
        if not self._quote and (text.rstrip().endswith(b";") or text.strip().upper() == b"GO"):
            statement.end = at + len(line)
            self._open = None
        else:
            self._open = statement

    def _in_alter(self, line: bytes) -> None:
        """A change of a table goes on over lines; of all that it may say only references are taken."""
        self._said += line[: MAX_STATEMENT - len(self._said)]
        if line.rstrip().endswith(b";"):
            self._end_alter()

    def _end_alter(self) -> None:
        if self._alter is not None and QUOTED_LEVEL.search(self._said) and not ADD_CHECK.search(self._said):
            self.strange = True
        # Sequences and views are changed as tables, too: what was not made as one is none.
        if self._alter in self.tables:
            self._refer(self.tables[self._alter])
        self._alter = None

    def _refer(self, table: Dumped) -> None:
        for column, other, theirs in FOREIGN.findall(self._said):
            table.references[self._name(column)] = self._name(other), self._name(theirs)

    def _in_create(self, table: Dumped, line: bytes) -> None:
        if line.lstrip().startswith(b")") or line.strip() == b";":
            self._end_create(table, line)
        elif not NO_COLUMN.match(line) and (match := COLUMN.match(line)):
            name = self._name(match.group(1))
            if name not in table.columns:
                table.columns.append(name)
            if refers := INLINE.search(line):
                table.references[name] = self._name(refers.group(1)), self._name(refers.group(2) or b"")
            if default := DEFAULT.search(line):
                table.defaults[name] = self._text(default.group(1).replace(b"''", b"'"))
            if comment := COLUMN_COMMENT.search(line):
                table.comments[name.lower()] = self._text(comment.group(1).replace(b"''", b"'"))

    def _end_create(self, table: Dumped, line: bytes) -> None:
        self._refer(table)
        if WORKED_OUT.search(self._said) and QUOTED_LEVEL.search(self._said):
            # The rows lie in the dump without what is worked out of them.
            text = CAST.sub("", self._text(self._said))
            self.definitions.append(text)
            self.strange = self.strange or leaves_untold(text)
        if b"--" in self._said:
            table.comments = column_comments(self._text(self._said)) | table.comments
        if comment := TABLE_COMMENT.search(line):
            table.caption = self._text(comment.group(1).replace(b"''", b"'"))
        self._create = None

    def _table(self, raw: bytes) -> Dumped:
        name = self._name(raw)
        if len(self.tables) > MAX_TABLES:
            raise ReachError(Why.TRUNCATED, "too many tables")
        return self.tables.setdefault(name, Dumped(name))

    def _name(self, raw: bytes) -> str:
        return named(self._text(raw))

    def _names(self, raw: bytes) -> list[str]:
        return [self._name(piece) for piece in raw.split(b",")]

    def _text(self, raw: bytes) -> str:
        return text_of(raw, self.encoding)
