"""What a file is made of, piece by piece, so that a changed file can be told *where* it was changed.

Only a help for people: whether a file is the sealed one is decided by the digest of the whole and by nothing here.
A label is ``kind|where|number``; the words for the kinds stand in the locale under ``piece.<kind>``.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from scanner.ledger import sheets
from scanner.model.canonical import canonical, strict_loads

Piece = tuple[str, str]
"""(label, first 16 hex digits of SHA-256)."""
Change = tuple[str, str]
"""(``changed``, ``missing``, ``added`` or ``moved``; label)."""

MAX_PIECES = 30_000
MAX_INFLATED = 256 * 1024 * 1024
MAX_MEMBERS = 20_000
_ROW = re.compile(rb'<row\b[^>]{0,200}?\br="(\d{1,9})"')
_OBJECT = re.compile(rb"(?<!\d)(\d{1,9}) \d{1,5} obj\b|(?<!start)\b(xref)\b")
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def pieces(data: bytes) -> list[Piece]:
    """The pieces of a file, by its kind; one piece for what cannot be taken apart."""
    try:
        found = list(_pieces(data))
    except (*_BROKEN, RecursionError):
        found = list(_lines("", data))
    return _fewer(found)


def compare(old: Sequence[Piece], new: Sequence[Piece]) -> list[Change]:
    """What differs, in the file's order; empty when nothing that was taken down does."""
    if _is_book(old) and _is_book(new):
        # An office program writes every part anew: its parts speak only when no value does.
        return sheets.compare(old, new) or _by_label(_parts(old), _parts(new))
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end][1] == new[-1 - end][1]:
        end += 1
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if any(label.startswith("entry|") for label, _ in before):
        return _by_label(before, after)
    return _in_step(before, after)


def _is_book(found: Sequence[Piece]) -> bool:
    return any(label.startswith(sheets.KINDS) for label, _ in found)


def _parts(found: Sequence[Piece]) -> list[Piece]:
    return [(label, mark) for label, mark in found if not label.startswith(sheets.KINDS)]


def _in_step(before: Sequence[Piece], after: Sequence[Piece]) -> list[Change]:
    """Pieces that stand in a row: one against one, then what is left of the longer side."""
    moved = len(before) > 1 and sorted(mark for _, mark in before) == sorted(mark for _, mark in after)
    found = [("moved" if moved else "changed", label) for (label, mark), (_, now) in zip(before, after, strict=False) if mark != now]
    found += [("missing", label) for label, _ in before[len(after) :]]
    return found + [("added", label) for label, _ in after[len(before) :]]


def _by_label(before: Sequence[Piece], after: Sequence[Piece]) -> list[Change]:
    new, old = dict(after), dict(before)
    found = [("missing" if label not in new else "changed", label) for label, mark in before if new.get(label) != mark]
    found += [("added", label) for label, _ in after if label not in old]
    if not found:
        found = [("moved", label) for (label, _), (other, _) in zip(before, after, strict=False) if label != other]
    return found


def _pieces(data: bytes) -> Iterator[Piece]:
    if data.startswith(b"PK\x03\x04"):
        yield from _zip(data)
    elif data.startswith(b"%PDF"):
        yield from _cut("object", "", data, _OBJECT)
    elif data.startswith(b"{"):
        yield from _json(strict_loads(data), "", 0)
    else:
        yield from _lines("", data)


def _zip(data: bytes) -> Iterator[Piece]:
    room, parts = MAX_INFLATED, dict[str, bytes]()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise ValueError("members")
        is_book = any(info.filename == sheets.BOOK for info in infos)
        for info in infos:
            with archive.open(info) as stream:
                held = stream.read(room + 1)
            room -= len(held)
            if room < 0:
                raise ValueError("too large")
            if is_book:
                parts[info.filename] = held
            else:
                yield from _member(info.filename, held)
    if is_book:
        yield from _book(parts)


def _book(parts: dict[str, bytes]) -> Iterator[Piece]:
    """A workbook by its cells and its parts; by the rows of its parts when the cells cannot be read."""
    try:
        cells = sheets.pieces(parts)
    except ValueError:
        for name, held in parts.items():
            yield from _member(name, held)
        return
    yield from cells
    for name, held in parts.items():
        yield _piece("member", name[:200], "", held)


def _member(filename: str, held: bytes) -> Iterator[Piece]:
    name = filename[:200]
    if _ROW.search(held):
        yield from _cut("row", name, held, _ROW)
    else:
        yield _piece("member", name, "", held)


def _cut(kind: str, where: str, data: bytes, start: re.Pattern[bytes]) -> Iterator[Piece]:
    """What stands before the first match, then from match to match, labelled by the match's number."""
    # Counted first: a file may be made of nothing but starts.
    step = _step(sum(1 for _ in start.finditer(data)))
    marks = list(islice(start.finditer(data), 0, None, step))
    edges = [*(mark.start() for mark in marks), len(data)]
    yield _piece(kind, where, "0", data[: edges[0]])
    seen: dict[str, int] = {}
    for mark, end in zip(marks, edges[1:], strict=True):
        number = mark[mark.lastindex or 0].decode("ascii")
        seen[number] = seen.get(number, 0) + 1
        again = f"/{seen[number]}" if seen[number] > 1 else ""
        yield _piece(kind, where, number + again, data[mark.start() : end])


def _json(value: Any, where: str, depth: int) -> Iterator[Piece]:
    if isinstance(value, dict) and depth < 3:
        for key in value:
            yield from _json(value[key], f"{where}/{key}", depth + 1)
    elif isinstance(value, list) and depth < 4 and any(isinstance(item, dict) for item in value):
        seen: dict[str, int] = {}
        for index, item in enumerate(value):
            name = _identity(item) or str(index)
            seen[name] = seen.get(name, 0) + 1
            label = name if seen[name] == 1 else f"{name}/{seen[name]}"
            if isinstance(item, dict) and "findings" in item:
                yield from _json(item, f"{where}/{label}", 2)
            else:
                yield _piece("entry", f"{where}/{label}", "", canonical(item))
    else:
        yield _piece("entry", where, "", canonical(value))


def _identity(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    if isinstance(item.get("check"), str) and isinstance(item.get("target"), str):
        return f"{item['check']}@{item['target']}"
    return next((str(item[key]) for key in ("id", "control", "layer") if isinstance(item.get(key), str)), "")


def _lines(where: str, data: bytes) -> Iterator[Piece]:
    step = _step(data.count(b"\n") + 1)
    start, number = 0, 1
    while start <= len(data):
        end = start - 1
        for _ in range(step):
            end = data.find(b"\n", end + 1)
            if end < 0:
                end = len(data)
                break
        yield _piece("line", where, str(number), data[start:end])
        start, number = end + 1, number + step


def _piece(kind: str, where: str, number: str, data: bytes) -> Piece:
    return f"{kind}|{where.replace('|', '/')[:300]}|{number}", hashlib.sha256(data).hexdigest()[:16]


def _step(count: int) -> int:
    """How many neighbours are one piece."""
    return max(1, -(-count // MAX_PIECES))


def _fewer(found: list[Piece]) -> list[Piece]:
    """At most MAX_PIECES: neighbours are put together under the first one's label."""
    step = _step(len(found))
    if step == 1:
        return found
    groups = [found[start : start + step] for start in range(0, len(found), step)]
    return [(group[0][0], hashlib.sha256("".join(mark for _, mark in group).encode()).hexdigest()[:16]) for group in groups]
