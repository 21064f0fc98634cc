"""report.docx: opens elsewhere, has real headings, contents and repeated heads, its mark on every page, and nothing in it acts."""

import io
import re
import zipfile
from html import escape
from typing import Any
from xml.etree import ElementTree

import docx
import pytest

from reports.document.compose import compose
from reports.document.model import Blank, Column, Facts, Figure, Heading, Lines, Para, Part, Table, tidy
from reports.docx import EPOCH, render, write
from tests.golden.make_result import small
from tests.reports.test_html import _poison
from tests.reports.test_pdf import MARKUP, document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FIELDS = {'TOC \\o "1-2" \\h \\z \\u', "PAGE", "NUMPAGES"}


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def opened(data: bytes) -> Any:
    return docx.Document(io.BytesIO(data))


@pytest.fixture(scope="module")
def liaison() -> bytes:
    return render(small(), marking="机密★10年")


def test_same_bytes_and_no_clock(liaison: bytes) -> None:
    assert render(small(), marking="机密★10年") == liaison
    with zipfile.ZipFile(io.BytesIO(liaison)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {EPOCH}
    assert b"2026-11-24T06:14:02Z" in parts(liaison)["docProps/core.xml"]


@pytest.mark.parametrize("reader", ["leader", "liaison", "annex"])
def test_headings_are_real_and_complete(reader: str) -> None:
    wanted = [(one.level, one.text) for one in compose(small(), "zh", reader, None).blocks if isinstance(one, Heading)]
    found = [
        (int(one.style.name[-1]), one.text)
        for one in opened(render(small(), reader=reader)).paragraphs
        if one.style.name.startswith("Heading")
    ]
    assert [level for level, _ in found] == [level for level, _ in wanted] and len(found) == len(wanted)


def test_every_section_carries_mark_and_numbers(liaison: bytes) -> None:
    file = opened(liaison)
    assert len(file.sections) == 4
    for section in file.sections:
        assert "机密★10年" in section.header.paragraphs[0].text and "机密★10年" in section.footer.paragraphs[0].text
        codes = [node.text.strip() for node in section.footer._element.iter(f"{W}instrText")]
        assert codes == ["PAGE", "NUMPAGES"]


def test_the_contents_name_every_title_and_ask_for_its_page(liaison: bytes) -> None:
    body = ElementTree.fromstring(parts(liaison)["word/document.xml"])
    marks = {node.get(f"{W}name") for node in body.iter(f"{W}bookmarkStart")}
    links = [node.get(f"{W}anchor") for node in body.iter(f"{W}hyperlink")]
    wanted = [one for one in compose(small(), "zh", "liaison", None).blocks if isinstance(one, Heading) and one.level <= 2]
    assert len(links) == len(wanted) and set(links) <= marks
    begins = sum(node.get(f"{W}fldCharType") == "begin" for node in body.iter(f"{W}fldChar"))
    assert begins == sum(node.get(f"{W}fldCharType") == "end" for node in body.iter(f"{W}fldChar")) == len(links)
    assert [(node.text or "").split()[1] for node in body.iter(f"{W}instrText")] == links


def test_heads_of_tables_are_repeated_and_columns_fit(liaison: bytes) -> None:
    body = ElementTree.fromstring(parts(liaison)["word/document.xml"])
    tables = sum(isinstance(one, Table) for one in compose(small(), "zh", "liaison", None).blocks)
    assert sum(1 for _ in body.iter(f"{W}tblHeader")) == tables
    for table in body.iter(f"{W}tbl"):
        assert sum(int(str(node.get(f"{W}w"))) for node in table.iter(f"{W}gridCol")) <= 9411


@pytest.mark.parametrize("reader", ["leader", "liaison", "annex"])
def test_hostile_text_is_only_text(reader: str) -> None:
    found = parts(render(_poison(small()), reader=reader))
    for name, data in found.items():
        if not name.endswith(".png"):
            tree = ElementTree.fromstring(data)
            for node in tree.iter(f"{W}instrText"):
                assert (node.text or "").strip() in FIELDS or re.fullmatch(r"PAGEREF _Toc\d{6} \\h", (node.text or "").strip())
            assert not {node.tag.rpartition("}")[2] for node in tree.iter()} & {
                "altChunk",
                "object",
                "control",
                "OLEObject",
                "fldSimple",
                "script",
                "subDoc",
            }
        assert b"TargetMode" not in data
    text = found["word/document.xml"].decode("utf-8")
    assert "{{7*7}}" in text and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufeff\uffff]", text)


def test_markup_is_only_text() -> None:
    blocks = [Heading(1, MARKUP, "1"), Para(MARKUP), Table([Column(MARKUP)], [[MARKUP]], MARKUP)]
    file = opened(write(document(*blocks)))
    assert [one.text for one in file.paragraphs if one.text] == [MARKUP] * 3
    assert [cell.text for row in file.tables[0].rows for cell in row.cells] == [MARKUP] * 2


def test_tables_are_kept_apart_and_no_gap_stands_before_a_title() -> None:
    table = Table([Column("甲")], [["x"]])
    text = parts(write(document(table, table, Facts([("a", "b")]), Blank("c"), Heading(1, "d", "d"))))["word/document.xml"].decode()
    assert "</w:tbl><w:tbl>" not in text and len(opened(write(document(table, table))).tables) == 2
    assert re.search('</w:tbl><w:p><w:pPr><w:pStyle w:val="Heading1"/>', text)


def test_a_part_of_the_same_name_begins_a_page_without_an_empty_paragraph() -> None:
    text = parts(write(document(Part("甲"), Para("x"), Part("甲"), Heading(1, "d", "d"))))["word/document.xml"].decode()
    assert text.count("<w:pageBreakBefore/>") == 1 and "w:br" not in text and text.count("<w:sectPr>") == 2


def test_an_excerpt_keeps_its_lines_and_is_cut_with_its_count() -> None:
    text = opened(write(document(Lines("one\n\ttwo\x1b\n" + "x" * 5000)))).paragraphs[0].text
    assert text.startswith("one\n    two\\x1b\nxxx") and text.endswith("[5010]")


def test_every_part_is_named_and_every_relation_leads_to_one(liaison: bytes) -> None:
    found = parts(liaison)
    types = {str(node.get("PartName")).lstrip("/") for node in ElementTree.fromstring(found["[Content_Types].xml"]) if node.get("PartName")}
    assert types <= set(found) and {name for name in found if name.endswith(".xml")} - types == {"[Content_Types].xml"}
    related = [f"word/{node.get('Target')}" for node in ElementTree.fromstring(found["word/_rels/document.xml.rels"])]
    assert set(related) == {
        name for name in found if name.startswith("word/") and name not in ("word/document.xml", "word/_rels/document.xml.rels")
    }
    named = re.findall(r'r:(?:id|embed)="(\w+)"', found["word/document.xml"].decode())
    assert set(named) <= {str(node.get("Id")) for node in ElementTree.fromstring(found["word/_rels/document.xml.rels"])}


def test_pictures_have_words(liaison: bytes) -> None:
    captions = [escape(tidy(one.caption)) for one in compose(small(), "zh", "liaison", None).blocks if isinstance(one, Figure)]
    found = re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', parts(liaison)["word/document.xml"].decode())
    assert found == captions and len(captions) > 2


def test_a_word_wider_than_its_column_may_be_divided_and_is_whole_when_read() -> None:
    table = Table([Column("Compliance"), *(Column("x", 8) for _ in range(2))], [["Authentication", "Authentication", "y"]])
    data = write(document(table))
    text = parts(data)["word/document.xml"].decode()
    assert "Authen</w:t><w:softHyphen/>" in text and text.count('<w:t xml:space="preserve">Authentication</w:t>') == 1
    cells = [
        "".join(node.text or "" for node in cell.iter(f"{W}t"))
        for cell in ElementTree.fromstring(parts(data)["word/document.xml"]).iter(f"{W}tc")
    ]
    assert cells == ["Compliance", "x", "x", "Authentication", "Authentication", "y"]


def test_what_leads_to_a_table_stays_with_it() -> None:
    table = Table([Column("甲")], [["x"]])
    text = parts(write(document(Heading(1, "一", "1"), Para("引", "note"), table, Para("后", "note"))))["word/document.xml"].decode()
    assert text.count('<w:pStyle w:val="Note"/><w:keepNext/>') == 1
