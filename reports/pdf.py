"""report.pdf: the paged report set by typst. Data goes in as JSON and is only ever text; nothing is read from the machine it runs on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import msgspec
import typst

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
    tidy,
)
from reports.document.typeset import drawn, excerpt, fonts, when
from reports.inert import block

_UNSEEN = "\u200b"
_RUN = re.compile(r"[!-~]{17,}")
_BREAK = re.compile(r"([!-~]{1,12}?[/._:;,=&?@#|+-]|[!-~]{12})(?=[!-~])")


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


def _soft(text: str) -> str:
    """Long runs without a space get places where a line may break."""
    return _RUN.sub(lambda run: _BREAK.sub(r"\1" + _UNSEEN, run[0]), text)


def _text(text: str) -> str:
    return _soft(drawn(tidy(text)))


def _data(document: Document) -> dict[str, Any]:
    return {
        "title": drawn(tidy(document.title)),
        "lang": document.lang,
        "subject": drawn(tidy(document.subject)),
        "running": drawn(tidy(document.running)),
        "run": drawn(tidy(document.run)),
        "marking": drawn(tidy(document.marking)) if document.marking else None,
        "dense": document.dense,
        "words": dict(document.words),
        "blocks": [_block(one) for one in document.blocks],
    }


def _cell(cell: Content) -> Any:
    """A string, or a list of text, tone, mono and strong where there is more to say."""
    if isinstance(cell, str):
        return _text(cell)
    if cell.tone or cell.mono or cell.strong:
        return [_text(cell.text), cell.tone, cell.mono, cell.strong]
    return _text(cell.text)


def _facts(rows: Sequence[tuple[str, Content]]) -> list[list[Any]]:
    return [[_text(name), _cell(value)] for name, value in rows]


def _lines(text: str) -> list[str]:
    return [_soft(drawn(line.replace("\t", "    "))) for line in block(excerpt(text)).split("\n")]


def _block(one: Block) -> dict[str, Any]:
    match one:
        case Heading():
            return {"k": "heading", "level": one.level, "text": _text(one.text)}
        case Para():
            return {"k": "para", "text": _text(one.text), "style": one.style}
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
            heads = [[_text(column.head), column.width, column.numbers] for column in one.columns]
            return {
                "k": "table",
                "heads": heads,
                "rows": [[_cell(cell) for cell in row] for row in one.rows],
                "caption": _text(one.caption),
            }
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
