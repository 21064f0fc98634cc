"""Rows of INSERT statements: values by a small scanner, quotes by the dialect's rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from scanner.collect.holdings.files.content import Content, read_up_to
from scanner.collect.holdings.files.encodings import spelt, text_of
from scanner.collect.holdings.files.ranges import skip
from scanner.errors import ReachError
from scanner.model.absent import Why

ESCAPED = re.compile(
    rb"\s*(?:([(),;])|(?:_\w+\s*|[NEB])?'((?:[^'\\]|\\.|'')*)'|\"((?:[^\"\\]|\\.)*)\"|([^\s(),';\"][^(),';\"]*))", re.DOTALL
)
PAIR = rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]"
"""A character of two bytes, of which the second may be a backslash."""
PAIRED = re.compile(
    rb"\s*(?:([(),;])|(?:_\w+\s*|[NEB])?'((?:%b|[^'\\]|\\.|'')*)'|\"((?:%b|[^\"\\]|\\.)*)\"|([^\s(),';\"][^(),';\"]*))" % (PAIR, PAIR),
    re.DOTALL,
)
PLAIN = re.compile(rb"\s*(?:([(),;])|[NEB]?'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"|([^\s(),';\"][^(),';\"]*))", re.DOTALL)
BACKSLASH = re.compile(rb"()\\(.)", re.DOTALL)
PAIRED_BACKSLASH = re.compile(rb"(%b)|\\(.)" % PAIR, re.DOTALL)
INTRODUCER = re.compile(rb"_[a-z]\w*\s*")
HEXADECIMAL = re.compile(rb"(?:0x|[xX])((?:[0-9A-Fa-f]{2})+)")
UNIT = re.compile(rb"\\([0-9A-Fa-f]{4})")
BITS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\x00.{1,7}", re.DOTALL)
"""Bits as they stand in a dump: bytes that are no text."""
BINARY = re.compile(rb"[01]{1,64}")
LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"0": b"\0", b"Z": b"\x1a", b"b": b"\b"}
COMMENT = re.compile(rb"\s*(?:(?:--[^\n]*|/\*(?!!).*?\*/)\s*)+", re.DOTALL)
"""What stands between values and is none."""
QUOTED = re.compile(rb"('[^']*'?)|--[^\n]*|/\*(?!!).*?(?:\*/|$)", re.DOTALL)
NONE: Mapping[str, str] = MappingProxyType({})
MAX_STATEMENT = 64 * 1024 * 1024


@dataclass(slots=True)
class Statement:
    """Where the values of one statement stand in the dump."""

    start: int
    end: int
    columns: tuple[str, ...]
    """Names listed in the statement; empty when it follows the table's order."""
    rows: int = 0
    """Lines of a COPY block."""
    cut: bool = False
    """The text ends before the statement does: its whole rows are read, and somebody says that there is no more."""


def tuples(
    content: Content,
    statements: Sequence[Statement],
    encoding: str,
    backslash: bool,
    columns: Sequence[str],
    defaults: Mapping[str, str] = NONE,
) -> Iterator[list[str | None]]:
    """Rows of all statements, in the order of the table's columns."""
    where = {name: at for at, name in enumerate(columns)}
    unsaid = [defaults.get(name) for name in columns]
    with content.opener() as stream:
        at = 0
        for statement in statements:
            if content.seekable:
                stream.seek(statement.start)
            else:
                skip(stream, statement.start - at)
            size = statement.end - statement.start
            if size > MAX_STATEMENT:
                raise ReachError(Why.TRUNCATED, f"statement longer than {MAX_STATEMENT} bytes")
            text = read_up_to(stream, size)
            at = statement.end
            order = [where[name] for name in statement.columns] or None
            for row in scan(text, backslash, statement.cut, backslash and in_pairs(text, encoding)):
                cells = [None if cell is None else text_of(cell, encoding) for cell in row]
                yield cells if order is None else _ordered(cells, order, unsaid)


def in_pairs(text: bytes, encoding: str) -> bool:
    """Whether a backslash in the text may be half of a character."""
    if encoding != "gb18030" or b"\\" not in text:
        return False
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def has_comments(text: bytes) -> bool:
    """Whether there may be any."""
    return b"--" in text or b"/*" in text


def without_comments(line: bytes, quote: bool) -> bytes:
    """A line of a statement without what is none of it; ``quote``: it begins within a text."""
    start = line.find(b"'") + 1 if quote else 0
    return line if quote and not start else line[:start] + QUOTED.sub(lambda found: found[1] or b"", line[start:])


def scan(text: bytes, backslash: bool, cut: bool = False, pairs: bool = False) -> Iterator[list[bytes | None]]:
    """Rows between brackets. What does not fit the grammar is an error, never a row less, unless the text was ``cut``."""
    token, escape = (PAIRED if pairs else ESCAPED, PAIRED_BACKSLASH if pairs else BACKSLASH) if backslash else (PLAIN, None)
    at, depth, size = 0, 0, len(text.rstrip())
    row: list[bytes | None] = []
    value: list[bytes] = []
    null, begun, commented = False, False, has_comments(text)
    while at < size:
        if commented and (over := COMMENT.match(text, at)) and (at := over.end()) >= size:
            break
        match = token.match(text, at)
        if match is None and cut:
            return
        if match is None:
            raise ReachError(Why.GARBLED, "values of a dump")
        at = match.end()
        mark, single, double, bare = match.groups()
        if mark is None:
            if depth == 0 and bare is not None and bare.strip().upper() in (b"GO", b"VALUES"):
                continue
            if depth == 0 and not begun and (single is not None or double is not None):
                # A value outside of any row: the rows come of something that is not read here.
                raise ReachError(Why.GARBLED, "values of a dump")
            null = bare is not None and bare.strip().upper() == b"NULL" and not value
            value.append(_unquoted(single, double, bare, escape))
        elif mark == b"(":
            depth, begun = depth + 1, True
            if depth == 1:
                row, value, null = [], [], False
        elif mark == b")" and depth == 1:
            row.append(None if null else _value(value))
            yield row
            depth = 0
        elif mark == b")":
            depth -= 1
        elif mark == b"," and depth == 1:
            row.append(None if null else _value(value))
            value, null = [], False
        elif mark == b";" and depth == 0:
            continue
        elif depth == 0 and mark != b",":
            raise ReachError(Why.GARBLED, "values of a dump")
    if depth and not cut:
        raise ReachError(Why.TRUNCATED, "values of a dump")


def _value(pieces: list[bytes]) -> bytes:
    """One value of its pieces: the name of a character set is no part of it, a text written as hexadecimal digits is a text, a bit is a number."""
    if len(pieces) == 2 and pieces[0] == b"b" and BINARY.fullmatch(pieces[1]):
        return b"%d" % int(pieces[1], 2)
    if len(pieces) > 1 and (INTRODUCER.fullmatch(pieces[0]) or pieces[0] in (b"b", b"n")):
        pieces = pieces[1:]
    if len(pieces) == 2 and pieces[0].upper() == b"UNISTR":
        return UNIT.sub(lambda match: chr(int(match.group(1), 16)).encode("utf-8", "replace"), pieces[1])
    joined = b"".join(pieces)
    if (match := HEXADECIMAL.fullmatch(joined)) is None:
        return _number(joined) if joined[:1] < b" " and BITS.fullmatch(joined) else joined
    if BITS.fullmatch(data := bytes.fromhex(match.group(1).decode())):
        return _number(data)
    text = spelt(match.group(1).decode())
    return joined if text is None else text.encode()


def _number(bits: bytes) -> bytes:
    return b"%d" % int.from_bytes(bits, "big")


def _unquoted(single: bytes | None, double: bytes | None, bare: bytes | None, escape: re.Pattern[bytes] | None) -> bytes:
    if bare is not None:
        return bare.strip()
    if single is not None:
        single = single.replace(b"''", b"'") if b"''" in single else single
        return single if escape is None or b"\\" not in single else escape.sub(_unescaped, single)
    assert double is not None
    return double


def _unescaped(found: re.Match[bytes]) -> bytes:
    return found[1] or LETTERS.get(found[2], found[2])


def _ordered(cells: list[str | None], order: list[int], unsaid: Sequence[str | None]) -> list[str | None]:
    found = list(unsaid)
    for cell, at in zip(cells, order):
        found[at] = cell
    return found
