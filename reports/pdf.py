"""report.pdf: the paged report set by typst. Data goes in as JSON and is only ever text; nothing is read from the machine it runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec
import typst

from reports.document.breaks import fitted, soft, width
from reports.document.compose import compose
from reports.document.drawing import svg
from reports.document.model import (
    Blank,
    Block,
    Bullets,
    Content,
    Contents,
    Cover,
    Document,
    Facts,
    Figure,
    Heading,
    Lines,
    Para,
    Part,
    Signatures,
    Table,
    plain,
    tidy,
)
from reports.document.typeset import drawn, excerpt, fonts, keeps, when
from reports.inert import block

_TEXT_WIDTH, _LONG_ROW = 52.0, 14
"""Wide characters on a line of a table as wide as the page, and how many lines a row may have and still be kept whole."""


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """The whole file: the same result gives the same bytes. Raises KeyError for another language or reader."""
    return write(compose(result, lang, reader, marking))


def write(document: Document) -> bytes:
    """A document as PDF: tagged, with outline, contents, repeated table heads and its mark on every page."""
    data = msgspec.json.encode(_data(document)).decode("utf-8")
    template = files("reports").joinpath("templates", "pdf", "report.typ").read_bytes()
    # PDF/A for archives, its third part because a seal may be attached; PDF/UA for readers who cannot see.
    made = typst.compile(
        template,
        font_paths=fonts(),
        sys_inputs={"data": data},
        format="pdf",
        timestamp=when(document.finished),
        pdf_standards=["a-3a", "ua-1"],
    )
    return bytes(made)


def _text(text: str) -> str:
    return soft(drawn(tidy(text)))


def _data(document: Document) -> dict[str, Any]:
    blocks = document.blocks
    return {
        "title": drawn(tidy(document.title)),
        "lang": document.lang,
        "subject": drawn(tidy(document.subject)),
        "running": drawn(tidy(document.running)),
        "run": drawn(tidy(document.run)),
        "marking": drawn(tidy(document.marking)) if document.marking else None,
        "dense": document.dense,
        "words": dict(document.words),
        "blocks": [_block(one, before, after) for before, one, after in zip([None, *blocks], blocks, [*blocks[1:], None])],
    }


def _table(one: Table) -> dict[str, Any]:
    """Rows whose number stands under ``long`` may break over pages."""
    whole = sum(column.width for column in one.columns)
    rooms = [_TEXT_WIDTH * column.width / whole for column in one.columns]
    return {
        "k": "table",
        "heads": [[_fitted(column.head, room), column.width, column.numbers] for column, room in zip(one.columns, rooms)],
        "rows": [[_cell(cell, room) for cell, room in zip(row, rooms if len(row) > 1 else [_TEXT_WIDTH])] for row in one.rows],
        "long": [at for at, row in enumerate(one.rows) if any(width(plain(cell)) > _LONG_ROW * room for cell, room in zip(row, rooms))],
        "caption": _text(one.caption),
    }


def _fitted(text: str, room: float) -> str:
    return fitted(drawn(tidy(text)), room)


def _cell(cell: Content, room: float) -> Any:
    """A string, or a list of text, tone, mono and strong where there is more to say."""
    shown = _fitted(plain(cell), room)
    if isinstance(cell, str) or not (cell.tone or cell.mono or cell.strong):
        return shown
    return [shown, cell.tone, cell.mono, cell.strong]


def _facts(rows: Sequence[tuple[str, Content]]) -> list[list[Any]]:
    return [[_text(name), _cell(value, _TEXT_WIDTH / 3)] for name, value in rows]


def _lines(text: str) -> list[str]:
    return [soft(drawn(line.replace("\t", "    "))) for line in block(excerpt(text)).split("\n")]


def _block(one: Block, before: Block | None, after: Block | None) -> dict[str, Any]:
    match one:
        case Heading():
            return {"k": "heading", "level": one.level, "text": _text(one.text)}
        case Para():
            return {"k": "para", "text": _text(one.text), "style": one.style, "keep": keeps(one, before, after)}
        case Bullets():
            return {"k": "bullets", "items": [_text(item) for item in one.items]}
        case Blank():
            return {"k": "blank", "label": _text(one.label), "lines": one.lines}
        case Lines():
            return {"k": "lines", "title": _text(one.title), "lines": _lines(one.text)}
        case Figure():
            return {
                "k": "figure",
                "svg": drawn(svg(one.drawing)),
                "share": one.share,
                "alt": drawn(tidy(one.caption)),
                "caption": _text(one.caption),
            }
        case Signatures():
            return {"k": "signatures", "rows": [[_text(label), _text(beside)] for label, beside in one.rows]}
        case Contents():
            return {"k": "contents", "title": _text(one.title), "depth": one.depth}
        case Part():
            return {"k": "part", "name": _text(one.name)}
        case Facts():
            return {"k": "facts", "rows": _facts(one.rows), "narrow": one.narrow, "together": one.together}
        case Table():
            return _table(one)
        case Cover():
            return {
                "k": "cover",
                "kicker": _text(one.kicker),
                "title": _text(one.title),
                "whose": _text(one.whose),
                "facts": _facts(one.facts),
                "declaration": _text(one.declaration),
                "more": _text(one.more),
                "warnings": [_text(warning) for warning in one.warnings],
            }
