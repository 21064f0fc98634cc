"""Packages and workbooks as other programs write them: parts under other names, copies that nobody asked for, tables beside and inside of others."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlwt

from scanner.collect.holdings.files import olewords
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet, table

TITLE = "关于会议安排的通知"
HEADS = ("档号", "题名", "责任者", "日期", "密级")
ROWS = [(f"WS-2011-000{at}", f"会议材料{at}", "办公室", "2020-01-01", level) for at, level in enumerate(("公开", "机密", "公开"))]
BARE = [row[:4] for row in (HEADS, *ROWS)]


def changed(data: bytes, names: dict[str, str], texts: dict[str, str], more: dict[str, str] | None = None) -> bytes:
    """A package with parts under other names and other texts in all of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w") as other:
        for name in package.namelist():
            part = package.read(name)
            for old, new in texts.items():
                part = part.replace(old.encode(), new.encode())
            other.writestr(names.get(name, name), part)
        for name, text in (more or {}).items():
            other.writestr(name, text)
    return out.getvalue()


TYPES = (
    '<Types xmlns="t"><Override PartName="/{}" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/oben.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/></Types>'
)


@pytest.mark.parametrize("main", ["word/document.xml", "word/document2.xml", "正文/主.xml"])
@pytest.mark.parametrize("where", ["first line", "header"])
def test_documents_whose_parts_have_other_names(main: str, where: str, tmp_path: Path) -> None:
    marked = where == "first line"
    body = make.docx(make.paragraph("机密★20年" if marked else TITLE) + make.paragraph(TITLE))
    header = f"<w:hdr {make.W}>{make.paragraph('' if marked else '机密★20年')}</w:hdr>"
    data = changed(
        body,
        {"word/document.xml": main, "[Content_Types].xml": "old.xml"},
        {},
        {"[Content_Types].xml": TYPES.format(main), "word/oben.xml": header},
    )
    assert said(answers(tmp_path / "root/a.docx", data)) == Counter(C=1)


def test_a_workbook_whose_main_part_has_another_name(tmp_path: Path) -> None:
    names = {"xl/workbook.xml": "xl/buch.xml", "xl/_rels/workbook.xml.rels": "xl/_rels/buch.xml.rels"}
    data = changed(sheet([HEADS, *ROWS]), names, {"xl/workbook.xml": "xl/buch.xml"})
    assert said(answers(tmp_path / "root/a.xlsx", data)) == Counter(C=1, N=2)


def test_a_program_that_unpacks_itself(tmp_path: Path) -> None:
    data = b"MZ" + bytes(600) + make.packed({"a.xlsx": sheet([HEADS, *ROWS])})
    assert said(answers(tmp_path / "root/a.exe", data)) == Counter(C=1, N=2)
    assert said(answers(tmp_path / "root/b.exe", b"MZ" + bytes(600))) == Counter(unread=1)


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FIELDS = "".join(f'<cacheField name="{name}"><sharedItems>{items}</sharedItems></cacheField>' for name, items in
                 (("档号", ""), ("题名", ""), ("密级", '<s v="机密"/><s v="公开"/>')))  # fmt: skip
PIVOT = f'<pivotCacheDefinition xmlns="{MAIN}"><cacheFields>{FIELDS}</cacheFields></pivotCacheDefinition>'
KEPT = f'<pivotCacheRecords xmlns="{MAIN}"><r><s v="WS-2001-1"/><s v="会议材料甲"/><x v="0"/></r><r><s v="WS-2001-2"/><m/><x v="1"/></r></pivotCacheRecords>'
LINK = (
    f'<externalLink xmlns="{MAIN}"><externalBook><sheetDataSet><sheetData sheetId="0">'
    + "".join(
        f'<row r="{at}">' + "".join(f'<cell r="{column}{at}" t="str"><v>{text}</v></cell>' for column, text in zip("BCD", row)) + "</row>"
        for at, row in enumerate((("档号", "题名", "密级"), ("WS-2001-1", "会议材料", "机密")), 1)
    )
    + "</sheetData></sheetDataSet></externalBook></externalLink>"
)


def test_what_a_pivot_table_was_made_of(tmp_path: Path) -> None:
    more = {"xl/pivotCache/pivotCacheDefinition1.xml": PIVOT, "xl/pivotCache/pivotCacheRecords1.xml": KEPT}
    found = answers(tmp_path / "root/a.xlsx", changed(sheet([("年度", "件数"), ("2011", "3")]), {}, {}, more))
    assert said(found) == Counter(C=1, N=2)
    kept = next(line for line in found if isinstance(line, dict) and line["counts"]["C"])
    assert kept["keys"] == {"C": ["WS-2001-1"]}
    assert kept["lineage"] == ["cache"]
    only = answers(
        tmp_path / "root/b.xlsx",
        changed(sheet([("年度", "件数"), ("2011", "3")]), {}, {}, {"xl/pivotCache/pivotCacheDefinition1.xml": PIVOT}),
    )
    assert said(only)["N"] < said(only).total()


def test_what_a_workbook_last_saw_of_another(tmp_path: Path) -> None:
    data = changed(sheet([("年度", "件数"), ("2011", "3")]), {}, {}, {"xl/externalLinks/externalLink1.xml": LINK})
    assert said(answers(tmp_path / "root/a.xlsx", data)) == Counter(C=1, N=1)


def test_tables_side_by_side(tmp_path: Path) -> None:
    rows = [(*HEADS, "", *HEADS), (*ROWS[0], "", *ROWS[1]), (*ROWS[2], "")]
    found = answers(tmp_path / "root/a.xlsx", sheet(rows))
    assert said(found) == Counter(C=1, N=2)
    assert [line["keys"] for line in found if isinstance(line, dict)] == [{"C": ["WS-2011-0001"]}]


def test_tables_inside_of_and_below_others(tmp_path: Path) -> None:
    lay_out = "<w:tbl><w:tr><w:tc>" + make.paragraph("目录") + table(HEADS, *ROWS) + make.paragraph("") + "</w:tc></w:tr></w:tbl>"
    assert said(answers(tmp_path / "root/a.docx", make.docx(lay_out))) == Counter(C=1, N=2)
    pages = table(HEADS, *ROWS) + make.paragraph("") + table(*((f"{row[0]}-2", *row[1:]) for row in ROWS))
    assert said(answers(tmp_path / "root/b.docx", make.docx(pages))) == Counter(C=2, N=4)


def test_a_table_of_signatures_below_a_catalogue_is_none_of_records(tmp_path: Path) -> None:
    signed = table(HEADS, *ROWS) + table(("移交人", "", "接收人", "", "日期"))
    assert said(answers(tmp_path / "root/a.docx", make.docx(signed))) == Counter(C=1, N=2)


SHEETS = "urn:schemas-microsoft-com:office:spreadsheet"


def in_xml(rows: Sequence[Sequence[str]], edge: str = "", index: bool = False) -> str:
    def cell(at: int, text: str) -> str:
        place = f' ss:Index="{at}"' if index else ""
        return f'<Cell{place}><Data ss:Type="String">{text}</Data></Cell>' if text or not index else ""

    body = "".join("<Row>" + "".join(cell(at, text) for at, text in enumerate(row, 1)) + "</Row>" for row in rows)
    edges = f'<WorksheetOptions xmlns="x" xmlns:x="x"><PageSetup><Header x:Data="{edge}"/></PageSetup></WorksheetOptions>' if edge else ""
    head = '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    return f'{head}<Workbook xmlns="{SHEETS}" xmlns:ss="{SHEETS}"><Worksheet ss:Name="目录"><Table>{body}</Table>{edges}</Worksheet></Workbook>'


@pytest.mark.parametrize("index", [False, True])
def test_workbooks_in_one_xml(index: bool, tmp_path: Path) -> None:
    rows = [HEADS, *ROWS, ("WS-2011-0009", "会议材料九", "", "", "绝密")]
    assert said(answers(tmp_path / "root/a.xls", in_xml(rows, index=index))) == Counter(C=2, N=2)
    assert said(answers(tmp_path / "root/b.xml", in_xml(BARE, "&amp;L机&amp;B密★10年", index=index))) == Counter(R=3)


def test_documents_in_one_xml(tmp_path: Path) -> None:
    space = "http://schemas.microsoft.com/office/word/2003/wordml"
    text = f'<w:wordDocument xmlns:w="{space}"><w:body>{make.paragraph("机", "密★20年")}{make.paragraph(TITLE)}</w:body></w:wordDocument>'
    assert said(answers(tmp_path / "root/a.doc", text)) == Counter(C=1)
    assert said(answers(tmp_path / "root/b.doc", text.replace("★20年", "文件"))) == Counter(N=1)


def old(rows: Sequence[Sequence[str]], header: str = "") -> bytes:
    book, out = xlwt.Workbook(encoding="utf-8"), io.BytesIO()
    page = book.add_sheet("目录")
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            page.write(at, column, text)
    if header:
        page._Worksheet__header_str = header
    book.save(out)
    return out.getvalue()


def test_page_headers_of_old_workbooks(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.xls", old(BARE, "&L机密★20年&C目录"))) == Counter(R=3)
    assert said(answers(tmp_path / "root/b.xls", old(BARE, "&L秘书处印"))) == Counter(N=3)


def test_notes_of_old_workbooks() -> None:
    """A text is told by its length first, and follows in pieces."""
    shape = struct.pack("<10xH6x", 6)
    pieces = [(0x1B6, shape), (0x3C, b"\1" + "机密".encode("utf-16-le")), (0x3C, b"\1" + "★20年".encode("utf-16-le")), (0x0A, b"")]
    assert list(olewords._around(iter(pieces), True)) == [("box", "机密★20年")]


BOXES = '<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{}</w:ffData></w:fldChar></w:r>'
FORMS = {
    "a ticked box": (BOXES.format('<w:checkBox><w:default w:val="0"/></w:checkBox>') + "<w:r><w:t>公开</w:t></w:r>"
                     + BOXES.format("<w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox>") + "<w:r><w:t>机密</w:t></w:r>", "R"),
    "another one": (BOXES.format('<w:checkBox><w:default w:val="1"/></w:checkBox>') + "<w:r><w:t>公开</w:t></w:r>"
                    + BOXES.format("<w:checkBox><w:checked w:val='0'/></w:checkBox>") + "<w:r><w:t>机密</w:t></w:r>", "N"),
    "a list": (BOXES.format('<w:ddList><w:result w:val="1"/><w:listEntry w:val="公开"/><w:listEntry w:val="机密"/></w:ddList>'), "C"),
    "the first of a list": (BOXES.format('<w:ddList><w:listEntry w:val="公开"/><w:listEntry w:val="机密"/></w:ddList>'), "N"),
    "signs of a font": ('<w:r><w:sym w:font="Wingdings" w:char="F0A8"/><w:t>公开</w:t><w:sym w:font="Wingdings" w:char="F0FE"/><w:t>机密</w:t></w:r>', "R"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_word(name: str, tmp_path: Path) -> None:
    runs, wanted = FORMS[name]
    line = make.paragraph("密级：").replace("</w:p>", f"{runs}</w:p>")
    assert said(answers(tmp_path / "root/a.docx", make.docx(line + make.paragraph(TITLE)))) == Counter({wanted: 1})


def test_how_a_word_is_spoken_is_no_text(tmp_path: Path) -> None:
    ruby = "<w:r><w:ruby><w:rt><w:r><w:t>jī</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>机</w:t></w:r></w:rubyBase></w:ruby></w:r>"
    line = make.paragraph("密★20年").replace("<w:r>", f"{ruby}<w:r>", 1)
    assert said(answers(tmp_path / "root/a.docx", make.docx(line))) == Counter(C=1)


def test_old_workbooks_inside_of_documents(tmp_path: Path) -> None:
    inner = old([HEADS, *ROWS])
    text = make.docx(make.paragraph(TITLE))
    with zipfile.ZipFile(package := io.BytesIO(text), "a") as parts:
        parts.writestr("word/embeddings/oleObject1.bin", inner)
    assert said(answers(tmp_path / "root/a.docx", package.getvalue())) == Counter(C=1, N=3)
    rich = b"{\\rtf1 " + TITLE.encode("ascii", "ignore") + b"x{\\object{\\*\\objdata 0105000002000000" + inner.hex().encode() + b"}}}"
    assert said(answers(tmp_path / "root/b.rtf", rich)) == Counter(C=1, N=3)


def test_files_that_an_ofd_carries(tmp_path: Path) -> None:
    data = make.ofd([(20, 40, TITLE)])
    with zipfile.ZipFile(package := io.BytesIO(data), "a") as parts:
        parts.writestr("Doc_0/Attachs/Attachments.xml", "<ofd:Attachments xmlns:ofd='o'/>")
        parts.writestr("Doc_0/Attachs/a.csv", "\r\n".join(",".join(row) for row in (HEADS, *ROWS)))
    assert said(answers(tmp_path / "root/a.ofd", package.getvalue())) == Counter(C=1, N=3)


@pytest.mark.parametrize(("name", "place"), [
    ("Doc_0/Files/a.csv", "/Doc_0/Files/a.csv"), ("Doc_0/Files/b.xml", "../Files/b.xml"), ("Doc_0/Files/b.xml", "/Doc_0/Files/b.xml"), ("Doc_0/Res/a.csv", ""),
])  # fmt: skip
def test_files_that_an_ofd_carries_elsewhere(name: str, place: str, tmp_path: Path) -> None:
    records = "".join(f"<件><档号>{row[0]}</档号><题名>{row[1]}</题名><密级>{row[-1]}</密级></件>" for row in ROWS)
    with zipfile.ZipFile(package := io.BytesIO(make.ofd([(20, 40, TITLE)])), "a") as parts:
        parts.writestr(
            "Doc_0/Annex/Attachments.xml", f"<ofd:Attachments xmlns:ofd='o'><ofd:FileLoc>{place}</ofd:FileLoc></ofd:Attachments>"
        )
        parts.writestr(name, f"<目录>{records}</目录>" if name.endswith("xml") else "\r\n".join(",".join(row) for row in (HEADS, *ROWS)))
    assert said(answers(tmp_path / "root/a.ofd", package.getvalue())) == Counter(C=1, N=3)


@pytest.mark.parametrize("end", ["et", "ofd", "json", "zip"])
def test_files_of_other_kinds_inside_a_document(end: str, tmp_path: Path) -> None:
    records = [dict(zip(HEADS, row)) for row in ROWS]
    held = {
        "et": sheet((HEADS, *ROWS)),
        "ofd": make.ofd([(20, 20, "机密★10年")]),
        "json": json.dumps(records).encode(),
        "zip": make.packed({"a.csv": ",".join(HEADS) + "\n" + ",".join(ROWS[1])}),
    }
    with zipfile.ZipFile(package := io.BytesIO(make.docx(make.paragraph(TITLE))), "a") as parts:
        parts.writestr(f"word/embeddings/a.{end}", held[end])
    assert said(answers(tmp_path / "root/a.docx", package.getvalue()))["C"] == 1


def test_long_printed_sheets(tmp_path: Path) -> None:
    """Of a sheet that is not held in memory, too, what stands between pages is no record."""
    rows: list[Sequence[str]] = []
    for page in range(60):
        rows += [
            ("归档文件目录",),
            HEADS,
            *((f"WS-{page}-{at:03d}", "会议材料", "办公室", "2020-01-01", "公开") for at in range(90)),
            ("本页小计", "90"),
        ]
    rows[2000] = ("WS-9999-001", "会议材料", "办公室", "=DATE(2020,1,1)", "机密")
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows))) == Counter(C=1, N=60 * 90 - 1)


def rows_of_doc(*rows: Sequence[str]) -> str:
    return "".join("\x07".join(row) + "\x07\x07" for row in rows)


def test_catalogues_of_old_documents(tmp_path: Path) -> None:
    text = "归档文件目录\r" + rows_of_doc(HEADS, *ROWS, ("WS-2011-0009", "会议材料九", "", "", "")) + "以上共四件\r"
    assert said(answers(tmp_path / "root/a.doc", make.doc(text))) == Counter(C=1, N=3)
    marked = "机密文件目录\r" + rows_of_doc(*BARE) + "制表人：甲\r"
    assert said(answers(tmp_path / "root/b.doc", make.doc(marked))) == Counter(R=3)
    other = rows_of_doc(HEADS, *ROWS) + "会计档案\r" + rows_of_doc(("密级", "档号", "题名"), ("秘密", "KU-2011-1", "账册"))
    assert said(answers(tmp_path / "root/c.doc", make.doc(other))) == Counter(C=2, N=2)


def test_rows_of_old_documents_that_are_told_for_nothing(tmp_path: Path) -> None:
    """A row with other cells than there are names ends what is certain; what is left is never open."""
    text = rows_of_doc(HEADS, ROWS[0], ("WS-2011-0008", "合并的格", "机密"), ROWS[2])
    assert said(answers(tmp_path / "root/a.doc", make.doc(text)))["N"] == 0
    coded = rows_of_doc(("档号", "题名", "密级"), ("WS-1", "会议材料", "GK"), ("合并的格",), ("WS-3", "会议材料", "JM"))
    assert said(answers(tmp_path / "root/b.doc", make.doc(coded)))["N"] == 0
