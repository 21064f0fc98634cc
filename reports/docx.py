"""report.docx: the paged report as WordprocessingML, written part by part; texts are only ever the content of ``w:t``."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from reports.document.compose import compose
from reports.document.drawing import svg
from reports.document.model import (
    Blank,
    Block,
    Bullets,
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
)
from reports.document.typeset import drawn, excerpt, fonts, keeps, when
from reports.inert import block
from reports.ooxml import contents, field, gap, heading, paragraph, picture, run, signatures, table, table_of_facts, text_box, xml

STYLES = {"body": "Normal", "note": "Note", "warn": "Warn", "strong": "StrongLine", "lead": "Whose", "mono": "Mono"}
SIZES = {
    True: {"BODY": "17", "AFTER": "40", "LINE": "240", "BEFORE1": "0", "GAP": "60", "CELL": "15", "ROOM": "8"},
    False: {"BODY": "21", "AFTER": "120", "LINE": "300", "BEFORE1": "400", "GAP": "140", "CELL": "17", "ROOM": "30"},
}
MARGINS = {True: (1134, 907, 1247, 1248), False: (1531, 1247, 1361, 1134)}
"""Top, bottom, left and right of a page in twentieths of a point, by whether it is dense."""
TABLES = (Table, Facts, Blank, Signatures)
EPOCH = (1980, 1, 1, 0, 0, 0)
PIXELS = 200
"""Of a picture, per inch."""
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def render(result: Mapping[str, Any], *, lang: str = "zh", reader: str = "liaison", marking: str | None = None) -> bytes:
    """The whole file: the same result gives the same bytes. Raises KeyError for another language or reader."""
    return write(compose(result, lang, reader, marking))


def write(document: Document) -> bytes:
    """A document as DOCX."""
    body = Body(document)
    main = "".join(body.parts())
    parts: dict[str, bytes] = {
        "[Content_Types].xml": _types(len(body.footers)).encode(),
        "_rels/.rels": _rels([("officeDocument", "word/document.xml"), ("metadata/core-properties", "docProps/core.xml")]).encode(),
        "docProps/core.xml": _core(document).encode(),
        "word/document.xml": f"{_HEAD}<w:document {_W} {_R} {_WP}><w:body>{main}</w:body></w:document>".encode(),
        "word/styles.xml": _styles(document.dense).encode(),
        "word/settings.xml": _template("settings.xml").encode(),
        "word/fontTable.xml": _template("fonts.xml").encode(),
        "word/numbering.xml": _template("numbering.xml").encode(),
        "word/header1.xml": _header(document).encode(),
    }
    parts |= {f"word/footer{at}.xml": _footer(document, name).encode() for name, at in body.footers.items()}
    parts |= {f"word/media/image{at}.png": data for at, data in enumerate(body.images, 1)}
    related = [(name, f"{name}.xml") for name in ("styles", "settings", "fontTable", "numbering")]
    related += [("header", "header1.xml"), *(("footer", f"footer{at}.xml") for at in body.footers.values())]
    related += [("image", f"media/image{at}.png") for at in range(1, len(body.images) + 1)]
    parts["word/_rels/document.xml.rels"] = _rels(related).encode()
    return _zip(parts)


class Body:
    """Writes blocks one after another; keeps count of bookmarks, pictures and the footers that sections need."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.images: list[bytes] = []
        self.footers: dict[str, int] = {}
        self.headings = [one for one in document.blocks if isinstance(one, Heading)]
        self._bookmark = 0
        self._part = ""
        self._break = False

    def parts(self) -> Iterator[str]:
        """The body's XML, piece by piece; the last piece is the last section."""
        blocks = self.document.blocks
        for before, one, following in zip([None, *blocks], blocks, [*blocks[1:], None]):
            yield self._block(one, before, following)
            # A title or a break follows a table directly: a gap that no longer fits would make an empty page.
            if isinstance(one, TABLES) and not isinstance(following, Heading | Contents | Part):
                yield gap()
        yield self._section(self._part)

    def _section(self, name: str) -> str:
        """Page, header and footer of the section that ends here."""
        footer = self.footers.setdefault(name, len(self.footers) + 1)
        top, bottom, left, right = MARGINS[self.document.dense]
        # Relations: four of the parts, the header, then the footers in the order of their first use.
        return (
            f'<w:sectPr><w:headerReference w:type="default" r:id="rId5"/><w:footerReference w:type="default" r:id="rId{5 + footer}"/>'
            f'<w:type w:val="nextPage"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}"'
            ' w:header="680" w:footer="567" w:gutter="0"/></w:sectPr>'
        )

    def _block(self, one: Block, before: Block | None, following: Block | None) -> str:
        match one:
            case Heading():
                self._bookmark += 1
                return heading(one.text, one.level, self._bookmark, self._breaks())
            case Para():
                return paragraph(one.text, STYLES[one.style], keeps(one, before, following))
            case Bullets():
                return "".join(paragraph(item, "Point") for item in one.items)
            case Blank():
                return text_box(one.label, one.lines, self.document.words["blank"])
            case Lines():
                return self._lines(one)
            case Figure():
                return self._figure(one)
            case Signatures():
                return signatures(one.rows)
            case Contents():
                entries = [
                    (at, one_heading.level, one_heading.text)
                    for at, one_heading in enumerate(self.headings, 1)
                    if one_heading.level <= one.depth
                ]
                return contents(one.title, entries, self.document.words["contents-update"], self._breaks())
            case Part():
                return self._new_part(one.name)
            case Facts():
                return table_of_facts(one)
            case Table():
                return table(one)
            case Cover():
                return self._cover(one)

    def _new_part(self, name: str) -> str:
        """A section break between parts; inside a part, the title that follows begins a page."""
        if name == self._part:
            self._break = True
            return ""
        ended, self._part = self._part, name
        return f'<w:p><w:pPr><w:pStyle w:val="Gap"/>{self._section(ended)}</w:pPr></w:p>'

    def _breaks(self) -> bool:
        """Whether the block at hand begins a page; asked once."""
        wanted, self._break = self._break, False
        return wanted

    def _lines(self, one: Lines) -> str:
        rows = "<w:br/>".join(
            f'<w:t xml:space="preserve">{xml(line)}</w:t>' for line in block(excerpt(one.text)).replace("\t", "    ").split("\n")
        )
        title = paragraph(one.title, "MonoTitle") if one.title else ""
        return f'{title}<w:p><w:pPr><w:pStyle w:val="Mono"/></w:pPr><w:r>{rows}</w:r></w:p>'

    def _figure(self, one: Figure) -> str:
        template = files("reports").joinpath("templates", "pdf", "picture.typ").read_bytes()
        self.images.append(
            bytes(typst.compile(template, font_paths=fonts(), sys_inputs={"svg": drawn(svg(one.drawing))}, format="png", ppi=PIXELS))
        )
        number = len(self.images)
        return picture(one, number, f"rIdImage{number}") + paragraph(one.caption, "FigureCaption")

    def _cover(self, one: Cover) -> str:
        pieces = [paragraph(one.kicker, "Kicker"), paragraph(one.title, "Title"), paragraph(one.whose, "Whose")]
        pieces += [paragraph(warning, "Warn") for warning in one.warnings]
        pieces += [table_of_facts(Facts(one.facts)), gap(), paragraph(one.declaration, "Warn"), paragraph(one.more, "Note")]
        return "".join(pieces)


def _header(document: Document) -> str:
    mark = run(document.marking, "Marking") if document.marking else ""
    return (
        f'{_HEAD}<w:hdr {_W}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>{mark}<w:r><w:tab/></w:r>{run(document.running)}</w:p></w:hdr>'
    )


def _footer(document: Document, part: str) -> str:
    """Mark or name of the part at the left, page numbers in the middle, the run at the right."""
    before, middle, after = _around(document.words["page"])
    mark = run(document.marking, "Emphatic") if document.marking else run(part)
    named = run(f" · {part}") if part and document.marking else ""
    pages = f"{run(before)}{field('PAGE')}{run(middle)}{field('NUMPAGES')}{run(after)}{named}"
    right = run(document.run)
    return f'{_HEAD}<w:ftr {_W}><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>{mark}<w:r><w:tab/></w:r>{pages}<w:r><w:tab/></w:r>{right}</w:p></w:ftr>'


def _around(sentence: str) -> tuple[str, str, str]:
    """The sentence of the page numbers, split at its two fields."""
    before, _, rest = sentence.partition("{page}")
    middle, _, after = rest.partition("{pages}")
    return before, middle, after


def _core(document: Document) -> str:
    moment = datetime.fromtimestamp(when(document.finished), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    space = f'xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    space += ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    stamps = "".join(f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{moment}</dcterms:{name}>' for name in ("created", "modified"))
    names = f"<dc:title>{xml(document.title)}</dc:title><dc:subject>{xml(document.subject)}</dc:subject><dc:creator>shiqu</dc:creator>"
    return f"{_HEAD}<cp:coreProperties {space}>{names}{stamps}<dc:language>{document.lang}</dc:language></cp:coreProperties>"


def _types(footers: int) -> str:
    names = {"document": f"{_MAIN}.document.main", "styles": f"{_MAIN}.styles", "settings": f"{_MAIN}.settings"}
    names |= {"fontTable": f"{_MAIN}.fontTable", "numbering": f"{_MAIN}.numbering", "header1": f"{_MAIN}.header"}
    names |= {f"footer{at}": f"{_MAIN}.footer" for at in range(1, footers + 1)}
    parts = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{kind}+xml"/>' for name, kind in names.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
        f'{parts}<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
    )


def _rels(related: Sequence[tuple[str, str]]) -> str:
    """Relations in order; pictures have names of their own. None of them leads out of the file."""
    rows = []
    for at, (kind, target) in enumerate(related, 1):
        base = f"{_PACKAGE}/relationships" if kind.startswith("metadata") else _OFFICE
        name = f"rIdImage{target.removeprefix('media/image').removesuffix('.png')}" if kind == "image" else f"rId{at}"
        rows.append(f'<Relationship Id="{name}" Type="{base}/{kind}" Target="{target}"/>')
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(rows)}</Relationships>'


@cache
def _template(name: str) -> str:
    return files("reports").joinpath("templates", "docx", name).read_text("utf-8")


@cache
def _styles(dense: bool) -> str:
    text = _template("styles.xml")
    for name, value in SIZES[dense].items():
        text = text.replace(f"@{name}@", value)
    return text


def _zip(parts: Mapping[str, bytes]) -> bytes:
    """A zip in which nothing tells when or where it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return out.getvalue()
