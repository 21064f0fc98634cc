"""JSON and JSON lines as tables: every list of objects is one; lists inside objects are tables of their own."""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from scanner.collect.holdings.files.content import MAX_WHOLE, Content
from scanner.collect.holdings.files.encodings import encoding_of
from scanner.collect.holdings.files.envelope import is_envelope
from scanner.collect.holdings.files.headers import columns_of, names_columns
from scanner.collect.holdings.files.jsonshapes import (
    action_of,
    below_names,
    by_column,
    by_key,
    codes_of,
    scalars,
    side_by_side,
    text_of,
    written_in,
)
from scanner.collect.holdings.files.kinds import Kind, learn
from scanner.collect.holdings.files.table import Table
from scanner.collect.holdings.naming import told_name
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Found, Group, Unread
from scanner.model.absent import Absent, Why

MAX_OBJECT = 16 * 1024 * 1024
"""Characters of one object of a list or line."""
STEP = 256 * 1024

FURTHER = re.compile(r"[,\n]\s*(?=\{)")
"""Where the next member of a list may begin."""
LINE = re.compile(r"\n\s*(?=[\[{])")
"""Where the next value of JSON lines may begin."""
NEAR = 16
"""An error this near to the end of what was read may come of what was not read yet."""


@dataclass(slots=True)
class Lost:
    """What of a text is no JSON: the first place, and how many."""

    absent: Absent | None = None
    count: int = 0

    def because(self, absent: Absent) -> None:
        """One more place."""
        self.absent, self.count = absent if self.absent is None else self.absent, self.count + 1

    @property
    def told(self) -> str:
        """The first place, and how many follow."""
        detail = self.absent.detail if self.absent is not None else ""
        return f"{detail} and {self.count - 1} more" if self.count > 1 else detail


Flat = dict[str, str | None]


def json_rows(content: Content) -> Iterator[Found]:
    """Tables of one file."""
    lost = Lost()
    kinds, broken = learn(_rows(content, lost), "too many names")
    if broken is not None:
        lost.because(broken)
    if lost.absent is not None:
        yield Unread(content.place(), lost.absent.why, lost.told)
    if kinds or lost.absent is None:
        yield Group(content.path, tuple(_table(content, name, kind, lost.absent is None) for name, kind in kinds.items()))


def _table(content: Content, name: str, kind: Kind, whole: bool) -> Table:
    maker = kind.rows(lambda: (row for found, row in _rows(content) if found == name))
    place = content.place(told_name(name, ".") or None)
    return Table(place, name or content.base, tuple(map(Column, kind.columns)), maker, kind.number, whole=whole)


def _rows(content: Content, lost: Lost | None = None) -> Iterator[tuple[str, Flat]]:
    with content.opener() as stream:
        yield from _members(values(stream, lost or Lost()), "")


def _members(items: Iterable[object], name: str) -> Iterator[tuple[str, Flat]]:
    """Members of a list; lists below one that names columns are rows of them."""
    columns: tuple[str, ...] | None = None
    for item in items:
        cells = scalars(item)
        if cells is not None and columns is None and names_columns(cells):
            columns = tuple(column.name for column in columns_of(cells, len(cells)))
        elif cells is not None and columns is not None and len(cells) == len(columns):
            yield name, dict(zip(columns, cells))
        else:
            yield from _walk(item, name)


def _walk(value: object, name: str) -> Iterator[tuple[str, Flat]]:
    if isinstance(value, list):
        yield from _members(value, name)
    elif isinstance(value, dict):
        if (lists := side_by_side(value)) is not None:
            yield from ((name, dict(zip(lists, cells))) for cells in zip(*lists.values()))
            return
        if (keyed := by_column(value) or by_key(value)) is not None:
            yield from _members(keyed, name)
            return
        if (codes := codes_of(value)) is not None:
            for code, word in codes.items():
                yield name, {"code": code, "name": word}
            return
        if (named := below_names(value)) is not None:
            key, names, rows = named
            yield from ((f"{name}.{key}" if name else key, dict(zip(names, map(text_of, cells)))) for cells in rows)
            value = {other: item for other, item in value.items() if item is not rows and item != names}
        elif (action := action_of(value)) is not None:
            name = f"{name}.{action}" if name else action
        row: Flat = {}
        inner: list[tuple[str, object]] = []
        _flatten(value, "", row, inner)
        if row and not ((inner or named is not None) and is_envelope(row)):
            yield name, row
        for key, items in inner:
            yield from _walk(items, f"{name}.{key}" if name else key)
    elif value is not None:
        yield name, {"value": text_of(value)}


def _flatten(value: dict[str, object], prefix: str, row: Flat, inner: list[tuple[str, object]]) -> None:
    for key, item in value.items():
        if isinstance(item, dict) and any(shape(item) is not None for shape in (below_names, by_key, by_column, codes_of)):
            inner.append((prefix + key, item))
        elif isinstance(item, dict):
            _flatten(item, f"{prefix}{key}.", row, inner)
        elif isinstance(item, list) and any(isinstance(one, dict | list) for one in item):
            inner.append((prefix + key, item))
        elif isinstance(item, list):
            row[prefix + key] = " ".join(text_of(one) or "" for one in item)
        elif isinstance(item, str) and (held := written_in(item)) is not None:
            inner.append((prefix + key, held))
        else:
            row[prefix + key] = text_of(item)


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A name that comes twice in one object keeps both values."""
    found: dict[str, object] = {}
    for key, value in pairs:
        free, number = key, 2
        while free in found:
            free, number = f"{key}.{number}", number + 1
        found[free] = value
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, strict=False)


def values(stream: BinaryIO, lost: Lost) -> Iterator[object]:
    """Values one after another: of JSON lines, or the members of a list that is the whole file. What is none is gone over and told."""
    text = _Text(stream)
    text.skip(" \t\r\n\ufeff")
    listed = text.peek() == "[" and not text.lists_by_line()
    if listed:
        text.take(1)
    while True:
        text.skip(" \t\r\n,")
        if not text.peek():
            if listed:
                lost.because(Absent(Why.TRUNCATED, f"list not closed, line {text.line}"))
            return
        if listed and text.peek() == "]":
            text.take(1)
            text.skip(" \t\r\n")
            if not text.peek():
                return
            listed = False
            lost.because(Absent(Why.GARBLED, f"text behind the list, line {text.line}"))
        try:
            found = text.value()
        except ReachError as problem:
            lost.because(problem.absent)
            if not text.leap(FURTHER if listed else LINE):
                return
        else:
            yield found


class _Text:
    """Decoded text with a window that grows only for a value that needs it."""

    def __init__(self, stream: BinaryIO) -> None:
        head = stream.read(STEP)
        encoding, mark = encoding_of(head) or ("utf-8", 0)
        self._decoder = getincrementaldecoder(encoding)("replace")
        self._stream = stream
        self._window = self._decoder.decode(head[mark:])
        self._at = self._lines = 0
        self._over = not head

    def _more(self) -> bool:
        if self._over:
            return False
        piece = self._stream.read(max(STEP, len(self._window) - self._at))
        self._over = not piece
        self._lines += self._window.count("\n", 0, self._at)
        self._window = self._window[self._at :] + self._decoder.decode(piece, final=self._over)
        self._at = 0
        return True

    def peek(self) -> str:
        """The next character; empty at the end."""
        while self._at >= len(self._window):
            if not self._more():
                return ""
        return self._window[self._at]

    def take(self, count: int) -> None:
        """Go on."""
        self._at += count

    def skip(self, characters: str) -> None:
        """Go over any of these."""
        while (char := self.peek()) and char in characters:
            self._at += 1

    @property
    def line(self) -> int:
        """Number of the line that it stands in."""
        return 1 + self._lines + self._window.count("\n", 0, self._at)

    def lists_by_line(self) -> bool:
        """Whether this line is a list of its own and the next one begins another."""
        line, _, rest = self._window[self._at :].partition("\n")
        if not rest.lstrip().startswith("["):
            return False
        with suppress(ValueError, RecursionError):
            return isinstance(json.loads(line), list)
        return False

    def leap(self, to: re.Pattern[str]) -> bool:
        """Go on to where the pattern ends next; False where it does not come again."""
        while True:
            found = to.search(self._window, self._at)
            if found is not None and found.end() < len(self._window):
                self._at = found.end()
                return True
            self._at = max(self._at, len(self._window) - NEAR)
            if not self._more():
                return False

    def value(self) -> object:
        """The next JSON value, whole."""
        while True:
            certain = False
            try:
                found, end = _DECODER.raw_decode(self._window, self._at)
            except json.JSONDecodeError as problem:
                found, end = None, -1
                # What comes of the end of the window may be mended by what follows it.
                certain = problem.pos + NEAR < len(self._window) and not problem.msg.startswith("Unterminated")
            if end >= 0 and (end < len(self._window) or self._over):
                self._at = end
                return found
            if certain or len(self._window) - self._at > max(MAX_OBJECT, MAX_WHOLE) or not self._more():
                raise ReachError(Why.GARBLED, f"no JSON, line {self.line}") from None
