"""Files as other programs write them, each with a level that was once read as nothing."""

from __future__ import annotations

import email.message
import io
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.richtext import rich_text
from scanner.collect.holdings.files.sheetwords import edge_texts
from scanner.facts.holdings.columns import identify
from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.leftover import heading, named_secret
from scanner.facts.holdings.reading import Column, Document
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet

TITLE = "关于会议安排的通知"
FONTS = r"{\rtf1\ansi\ansicpg936\uc1{\fonttbl{\f0\fnil\fcharset134 SimSun;}}{\stylesheet{\s0 Normal;}}{\info{\title t}}"


def escaped(text: str) -> str:
    """As most programs write RTF: the number of a character, and the bytes that stand for it elsewhere."""
    return "".join(
        f"\\uc2\\u{ord(char)}" + "".join(f"\\'{byte:02x}" for byte in char.encode("gb18030")) if ord(char) > 127 else char for char in text
    )


def in_bytes(text: str) -> str:
    return "".join(f"\\'{byte:02x}" if byte > 127 else chr(byte) for byte in text.encode("gb18030"))


def rtf_row(*cells: str) -> str:
    edges = "".join(f"\\cellx{1000 * (at + 1)}" for at in range(len(cells)))
    return rf"\trowd {edges}" + "".join(rf"\pard\intbl {escaped(cell)}\cell " for cell in cells) + r"\row "


ROWS = [("档号", "题名", "密级"), ("WS-2001-1", "会议材料甲", "机密"), ("WS-2001-2", "会议材料乙", "公开")]
RTF = {
    "a mark on the first line": (escaped("机密★20年") + r"\par " + escaped(TITLE), Counter(C=1)),
    "the same in bytes": (in_bytes("机密★20年") + r"\par " + in_bytes(TITLE), Counter(C=1)),
    "in pieces": (r"{\b " + in_bytes("机") + r"}{\i " + escaped("密") + r"}{\loch " + in_bytes("★20年") + r"}\par ", Counter(C=1)),
    "in a page header": (r"{\header \pard " + escaped("秘密★10年") + r"\par}" + escaped(TITLE), Counter(C=1)),
    "in a text box": (r"{\shp{\*\shpinst{\shptxt " + escaped("绝密★长期") + r"\par}}}" + escaped(TITLE), Counter(C=1)),
    "as a watermark": (r"{\header{\shp{\*\shpinst{\sp{\sn gtextUNICODE}{\sv " + escaped("机密") + r"}}}}}" + escaped(TITLE), Counter(C=1)),
    "hidden": (r"{\v " + escaped("机密★20年") + r"\par}" + escaped(TITLE), Counter(C=1)),
    "in a style's name": (escaped(TITLE) + r"{\*\generator " + escaped("机密★20年") + "}", Counter(N=1)),
    "a mention": (escaped(TITLE) + r"\par " + escaped("机密文件由机要室保管。"), Counter(N=1)),
    "a catalogue": ("".join(rtf_row(*row) for row in ROWS), Counter(C=1, N=1)),
    "fewer than no characters to pass over": (r"\uc-1\u32 " + in_bytes("机密★20年") + r"\par " + escaped(TITLE), Counter(C=1)),
    "a second byte that is a letter": (r"\'b0", Counter(N=1)),
}  # fmt: skip


@pytest.mark.parametrize("name", RTF)
def test_rich_text(name: str, tmp_path: Path) -> None:
    body, wanted = RTF[name]
    assert said(answers(tmp_path / "root/a.rtf", FONTS + body + "}")) == wanted


def test_rich_text_is_taken_piece_by_piece(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_text(FONTS + (in_bytes("会议材料") * 8 + "\\par\n") * 1000 + "}", "ascii")
    tracemalloc.start()
    try:
        (found,) = rich_text(plain(path, "a.rtf"))
        assert isinstance(found, Document) and len(list(found.parts)) == 1002
        assert tracemalloc.get_traced_memory()[1] < 8 * path.stat().st_size
    finally:
        tracemalloc.stop()


PAGE = "<table>" + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS) + "</table>"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "big5hkscs"])
def test_pages_in_wide_encodings(encoding: str, tmp_path: Path) -> None:
    page = (
        PAGE
        if encoding != "big5hkscs"
        else PAGE.replace("档", "檔").replace("题", "題").replace("级", "級").replace("开", "開").replace("会议", "會議") * 3
    )
    found = said(answers(tmp_path / "root/a.html", f"<html><body>{page}</body></html>".encode(encoding)))
    assert found["C"] and not found["unread"]


def test_a_page_saved_with_what_it_needs(tmp_path: Path) -> None:
    message = email.message.EmailMessage()
    message.set_content(f"<html>{PAGE}</html>", subtype="html", cte="quoted-printable")
    ordered = sorted(message.items(), key=lambda item: item[0] != "MIME-Version")
    saved = "".join(f"{name}: {value}\r\n" for name, value in ordered) + "\r\n" + message.get_payload()
    assert said(answers(tmp_path / "root/a.mht", saved)) == Counter(C=1, N=1)


LINES = {
    "秘　密": "C", "机宓★20年": "R", "扒密★1O年": "R", "秘宻": "R", "000012 机蜜★10年 特急": "R", "机密食20年": "R", "（秘密）一、会议情况": "R",
    "密级：□公开　□秘密　☑机密": "R", "密级: ○公开 ●秘密 ○机密": "R", "密级：[√]机密 [ ]公开": "R", "密级：[ ]机密 [√]公开": "N", "密级：□机密 ☑公开": "N",
    "密级：☑公开　□秘密　□机密": "N", "☑绝密 ☑机密 ☑秘密": "N", "■ 机密 ■ 秘密 ■ 绝密": "N", "蜜蜂养殖": "N",
    "密级：机密  日期：二○一二年三月": "C", "密级：机密  紧急程度：□特急 □平急": "C", "密级：机密 □特急": "C",
    "密级：秘密□ 机密□ 绝密☑": "R", "密级：秘密□ 机密☑ 绝密□": "R", "公开□ 秘密□ 机密√": "R", "密级 秘密（ ） 机密（√） 绝密（ ）": "R",
    "密级：秘密 □ 机密 ☑ 绝密 □": "R", "密级：秘密□ 机密□ 绝密☑ 期限 10年": "R", "是否公开 □是 ☑否 密级 ☑机密 □秘密": "R",
    "密级：秘密□ 机密□ 绝密□": "N", "密级：公开☑ 秘密□ 机密□": "N", "密级：公开■ 秘密□ 机密□": "N", "密级：公开√ 秘密 机密": "N",
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_first_lines(line: str) -> None:
    assert decide_document([("line", line), ("line", TITLE)], whole_text=True).code == LINES[line]


def test_the_level_that_is_ticked() -> None:
    """And not the one behind the tick."""
    assert decide_document([("line", "密级：秘密□ 机密☑ 绝密□"), ("line", TITLE)], whole_text=True).level == "机密"


def test_headings_that_are_stretched() -> None:
    found = heading("一、机　密")
    assert found is not None and found.level == "机密"


@pytest.mark.parametrize("path", ["机密★20年/a.docx", "机密 会议通知.docx", "a.zip!秘密★/b.csv", "绝密文件 2011.xlsx#S"])
def test_names_that_begin_with_a_mark(path: str) -> None:
    assert named_secret(path)


@pytest.mark.parametrize("path", ["机密室/a.docx", "秘密侦查.docx", "商业秘密 2011.xlsx", "秘书处 2011.docx", "工作秘密★3年/a.docx"])
def test_names_that_only_sound_like_it(path: str) -> None:
    assert not named_secret(path)


def test_a_document_called_after_a_level(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/机密 会议通知.docx", make.docx(make.paragraph(TITLE)))) == Counter(R=1)


HEADS = ("序号", "档号", "题名", "责任者", "日期", "密级")
LEVELS = ("公开", "机密", "公开")


def printed(page: int) -> list[tuple[str, ...]]:
    """A page of a printed catalogue."""
    rows = [(str(at), f"WS-2011-{page}-{at}", f"会议材料{page}{at}", "办公室", "2020-01-01", level) for at, level in enumerate(LEVELS)]
    return [("归档文件目录",), HEADS, *rows, ("", "", "本页小计", "", "3"), ("", "", f"第{page}页 共3页")]


def test_pages_under_the_same_names(tmp_path: Path) -> None:
    """They explain no column, and neither the names nor what stands between pages is a record."""
    rows = [*printed(1), *printed(2), *printed(3), ("制表人：张三",)]
    found = answers(tmp_path / "root/a.xlsx", sheet(rows))
    assert said(found) == Counter(C=3, N=6)
    assert len(found) == 1


def test_a_title_between_pages_that_speaks_of_secrecy_in_letters_stays(tmp_path: Path) -> None:
    rows = [*printed(1)[:5], ("", "", "[SECRET] 会议材料"), *printed(2)[1:5]]
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows))) == Counter(C=2, R=1, N=4)


def test_a_page_under_other_names_is_a_table_of_its_own(tmp_path: Path) -> None:
    further = [("会计档案目录",), ("档号", "密级", "题名"), ("KU-1", "秘密", "账册甲"), ("KU-2", "公开", "账册乙")]
    found = answers(tmp_path / "root/a.xlsx", sheet([*printed(1), *further]))
    assert said(found) == Counter(C=2, N=3)


def test_what_speaks_of_secrecy_between_pages_stays(tmp_path: Path) -> None:
    rows = [*printed(1)[1:], ("机密部分",), *printed(2)[1:]]
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows)))["R"] == 2


def test_cards_are_no_dictionary(tmp_path: Path) -> None:
    cards = [
        (("档案卡片",), ("档号", f"WS-{level}", "密级", level), ("题名", "会议材料"), ("责任者", "办公室", "日期", "2020-01-01"))
        for level in ("机密", "公开")
    ]
    book, out = openpyxl.Workbook(), io.BytesIO()
    for number, rows in enumerate(cards):
        page = book.create_sheet(f"卡{number}")
        for row in rows:
            page.append(row)
    book.save(out)
    found = said(answers(tmp_path / "root/a.xlsx", out.getvalue()))
    assert found["C"] + found["R"] + found["U"] == 1


@pytest.mark.parametrize("edge", ["&L机&B密★10年", '&R&"黑体,加粗"&16机密&14★&"宋体"长期', "&C&K00-014机&K000000密★20年"])
def test_page_headers_that_change_their_looks_within_a_mark(edge: str) -> None:
    assert [decide_document([("header", text)], whole_text=True).code for text in edge_texts(edge)] == ["C"]


def test_page_headers_of_several_sections() -> None:
    assert edge_texts("&L秘书处印&C第 &P 页，共 &N 页&R&D") == ["秘书处印", "第", "页，共", "页"]


def test_formulas_that_give_no_level_yet(tmp_path: Path) -> None:
    rows = [HEADS, *printed(1)[2:5]]
    rows[1] = (*rows[1][:5], "=VLOOKUP(B2,D:E,2,0)")
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows))) == Counter(U=1, C=1, N=1)


def test_letters_that_are_a_levels_and_much_elses() -> None:
    columns = [Column("档号"), Column("题名"), Column("尺寸单位"), Column("加工")]
    sample = {"档号": ["A-1", "A-2"], "题名": ["甲", "乙"], "尺寸单位": ["MM", "MM"], "加工": ["JM", "JM"]}
    assert identify(columns, {}, sample, {}).level is None
    assert identify([Column("密级")], {}, {"密级": ["JM", "JM"]}, {}).level == "密级"
    assert identify([*columns[:2], Column("x")], {}, {**sample, "x": ["JM", "GK"]}, {}).level == "x"


def test_two_parts_of_one_name(tmp_path: Path) -> None:
    out = io.BytesIO(make.docx(make.paragraph(TITLE)))
    with zipfile.ZipFile(out, "a") as package, pytest.warns(UserWarning):
        package.writestr("word/document.xml", package.read("word/document.xml"))
    assert said(answers(tmp_path / "root/a.docx", out.getvalue())) == Counter(N=1, unread=1)


def pdf(*objects: str, root: str = "", page: str = "") -> bytes:
    """A page with a line of text that says nothing, and further objects from the fourth one on."""
    stream = f"BT /F1 14 Tf 80 760 Td <{TITLE.encode('utf-16-be').hex()}> Tj ET"
    font = "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light"
    own = (
        f"<</Type/Catalog/Pages 2 0 R{root}>>",
        "<</Type/Pages/Count 1/Kids[3 0 R]>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>{page}>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        f"{font}/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000>>]>>",
    )
    body = "".join(f"{number} 0 obj\n{one}\nendobj\n" for number, one in enumerate((*own, *objects), 1))
    return f"%PDF-1.4\n{body}trailer<</Size {len(own) + len(objects) + 1}/Root 1 0 R>>\n%%EOF\n".encode()


def wide(text: str) -> str:
    return f"<FEFF{text.encode('utf-16-be').hex()}>"


CSV = "\r\n".join(",".join(row) for row in ROWS)
XMP = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:subject>机密★20年</dc:subject></x:xmpmeta>"
PAGES = {
    "nothing": (pdf(), Counter(N=1)),
    "a note": (pdf(f"<</Type/Annot/Subtype/FreeText/Rect[0 0 9 9]/Contents{wide('机密★20年')}>>", page="/Annots[6 0 R]"), Counter(C=1)),
    "a note that mentions": (pdf(f"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents{wide('请保密审查')}>>", page="/Annots[6 0 R]"), Counter(N=1)),
    "a field": (
        pdf(f"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V{wide('秘密★10年')}/Rect[0 0 9 9]>>", page="/Annots[6 0 R]", root="/AcroForm<</Fields[6 0 R]>>"),
        Counter(C=1),
    ),
    "its description": (pdf(f"<</Type/Metadata/Subtype/XML/Length {len(XMP.encode())}>>stream\n{XMP}\nendstream", root="/Metadata 6 0 R"), Counter(C=1)),
    "a file that it carries": (
        pdf(
            f"<</Type/EmbeddedFile/Length {len(CSV.encode())}>>stream\n{CSV}\nendstream",
            "<</Type/Filespec/F(a.csv)/EF<</F 6 0 R>>>>",
            root="/Names<</EmbeddedFiles<</Names[(a.csv)7 0 R]>>>>",
        ),
        Counter(C=1, N=2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_what_stands_in_a_pdf_beside_its_text(name: str, tmp_path: Path) -> None:
    data, wanted = PAGES[name]
    assert said(answers(tmp_path / "root/a.pdf", data)) == wanted


def test_a_file_that_hangs_on_a_page(tmp_path: Path) -> None:
    note = "<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 7 0 R>>"
    held = f"<</Type/EmbeddedFile/Length {len(CSV.encode())}>>stream\n{CSV}\nendstream"
    data = pdf(note, "<</Type/Filespec/F(a.csv)/EF<</F 8 0 R>>>>", held, page="/Annots[6 0 R]")
    assert said(answers(tmp_path / "root/a.pdf", data)) == Counter(C=1, N=2)


@pytest.mark.parametrize("name", ["notes", "a long note", "files"])
def test_what_is_not_looked_at_in_a_pdf_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = f"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents{wide('请核对')}>>"
    spec = "<</Type/Filespec/F(a.csv)/EF<</F 8 0 R>>>>"
    held = f"<</Type/EmbeddedFile/Length {len(CSV.encode())}>>stream\n{CSV}\nendstream"
    names = "/Names<</EmbeddedFiles<</Names[(a)6 0 R(b)7 0 R]>>>>"
    data = pdf(spec, spec, held, root=names) if name == "files" else pdf(note, note, page="/Annots[6 0 R 7 0 R]")
    assert said(answers(tmp_path / "root/a.pdf", data))["unread"] == 0
    limit, most = {"notes": ("MAX_NOTES", 1), "a long note": ("MAX_NOTE", 6), "files": ("MAX_ATTACHED", 1)}[name]
    monkeypatch.setattr(f"scanner.collect.holdings.files.pdf.{limit}", most)
    assert said(answers(tmp_path / "root/b.pdf", data))["unread"] == 1
