"""Lists in plain text with drawn frames around their cells, as old programs print them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.collect.holdings.files import wordtables
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content
from scanner.collect.holdings.files.encodings import encoding_of
from scanner.collect.holdings.files.places import below
from scanner.collect.holdings.files.word import Part
from scanner.facts.holdings.reading import Group

LARGEST = 8 * 1024 * 1024
"""Bytes of a text that is looked at as a whole; larger ones stay running text."""
MOST_LINES = 4
"""Lines of a record in a frame of its own, on an average; more of them stand in one frame together."""
_SIDE = re.compile(r"[│┃║]")
_RULE = re.compile(r"[\s\u2500-\u257f]*[─━═][\s\u2500-\u257f]*")
Grid = list[list[str | None]]


def lists(content: Content, text: str) -> Group | None:
    """The list of a text, and the lines around it; None where it has none."""
    if _SIDE.search(text) is None:
        return None
    frames: list[list[list[str]]] = [[]]
    around: list[Part] = []
    for line in text.replace("\r", "\n").replace("\x0c", "\n").split("\n"):
        if _RULE.fullmatch(line):
            frames.append([])
        elif _SIDE.search(line) is not None:
            frames[-1].append(_cells(line))
        elif line.strip():
            around.append(("line", line.strip()))
    rows = _rows([frame for frame in frames if frame])
    if not wordtables.is_catalogue(rows):
        return None
    return Group(content.path, wordtables.sources(content, [rows]), {"": tuple(around)})


def whole_text(content: Content) -> str:
    """All of a text that is not too large; empty where it is."""
    if not 0 < content.size <= LARGEST:
        return ""
    with told():
        data = content.whole()
    encoding, mark = encoding_of(data[:65536]) or ("gb18030", 0)
    return data[mark:].decode(encoding, "replace")


def _cells(line: str) -> list[str]:
    """What stands between the sides of frames; nothing stands outside of them."""
    cells = [cell.strip(" \u3000") for cell in _SIDE.split(line)]
    return cells[0 if cells[0] else 1 : len(cells) if cells[-1] else -1]


def _rows(frames: Sequence[Sequence[Sequence[str]]]) -> Grid:
    """A record for each frame, where its cells may go on below; where nothing parts the records, one for each line."""
    if len(frames) > 2 and len(frames) * MOST_LINES >= sum(map(len, frames)):
        return [_joined(frame) for frame in frames]
    return [[cell or None for cell in line] for frame in frames for line in frame]


def _joined(lines: Sequence[Sequence[str]]) -> list[str | None]:
    row = list(lines[0])
    for line in lines[1:]:
        row += [""] * (len(line) - len(row))
        for at, cell in enumerate(line):
            row[at] = below(row[at], cell) if row[at] and cell else row[at] or cell
    return [cell or None for cell in row]
