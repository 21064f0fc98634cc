"""Whether a text is separated, by what, and which of its first records names the columns."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

from scanner.collect.holdings.files.content import HEAD, Content
from scanner.collect.holdings.files.encodings import WIDE, encoding_of, text_of
from scanner.collect.holdings.files.headers import LOOK, columns_of
from scanner.collect.holdings.files.heads import head_of
from scanner.collect.holdings.files.separated import Layout
from scanner.collect.holdings.files.splitter import Block, Loose, blocks, cells

SEPARATORS = (b",", b"\t", b"|", b";", b"^", b"\x01", b"\x1f", b"~", b"$", b"#")
NAMED = {"csv": b",", "tsv": b"\t"}
"""Extensions that promise a separated text even of one column."""
STEADY = 0.6
"""Share of records with the same number of cells that makes a separator."""
LOOKED = 200


def layout_of(content: Content) -> Layout | None:
    """Layout of a separated text; None when it is running text."""
    head = content.head()
    known = encoding_of(head)
    if known is None:
        return None
    encoding, mark = known
    text, real = head[mark:], encoding
    if encoding in WIDE:
        text, real = text.decode(encoding, "replace").encode("utf-8", "replace"), "utf-8"
    separator = _separator(text, whole=len(head) < HEAD, named=NAMED.get(content.suffix))
    if separator is None:
        return None
    if real == "gb18030" and separator in (b"|", b"^", b"~"):
        text, real = text.decode(real, "replace").encode(), "utf-8"
    rows = [[text_of(cell, real) for cell in row] for row in records(text, separator, whole=len(head) < HEAD)[:LOOKED]]
    if not rows:
        return None
    titled = head_of(rows)
    width = max(Counter(len(row) for row in rows).most_common(1)[0][0], len(titled.names) if titled is not None else 0)
    above = rows[: titled.first] if titled is not None else []
    captions = tuple(cell for row in above for cell in row if cell.strip())
    return Layout(
        encoding,
        mark,
        separator,
        0 if titled is None else titled.below,
        columns_of(None if titled is None else titled.names, width),
        captions,
    )


def records(text: bytes, separator: bytes, whole: bool) -> list[list[bytes]]:
    """Cells of the first records; the last one, which the end of the head may have cut, only when all of it is there."""
    found: list[list[bytes]] = []
    for block in blocks(BytesIO(text), separator):
        found += block.rows if isinstance(block, Loose) else _of_block(block, separator)
    return found if whole or len(found) < 2 else found[:-1]


def _of_block(block: Block, separator: bytes) -> list[list[bytes]]:
    spans = zip(block.starts[:LOOKED].tolist(), block.ends[:LOOKED].tolist())
    return [cells(block.data[start:end], separator) or [block.data[start:end]] for start, end in spans]


def _separator(text: bytes, whole: bool, named: bytes | None) -> bytes | None:
    best, score = None, 0.0
    for separator in SEPARATORS:
        if separator not in text:
            continue
        rows = records(text, separator, whole)[:LOOKED]
        widths = Counter(len(row) for row in rows[: 10 * LOOK])
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        share = count / max(len(rows), 1)
        steady = share >= STEADY or (named is not None and width > 1)
        if width > 1 and steady and (len(rows) > 1 or named) and share * width > score:
            best, score = separator, share * width
    return best or named
