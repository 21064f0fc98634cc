"""Levels beside the records: in comments, hints, pictures, formats, legends, names of keys and tables, defaults; and texts in encodings of another time."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from scanner.facts.holdings.codes import in_legend
from scanner.facts.holdings.documents import decide_document
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, text

BARE = [("档号", "题名"), *zip(NUMBERS, TITLES)]
RECORDS = list(zip(NUMBERS, TITLES, LEVELS))


def workbook(change: Callable[[Any], None], rows: Any = BARE) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    change(book)
    book.save(out)
    return out.getvalue()


def comment(words: str) -> Callable[[Any], None]:
    return lambda book: setattr(book.active["B4"], "comment", Comment(words, "x"))


def hint(book: Any) -> None:
    book.active["B4"].hyperlink = "http://example.org/"
    book.active["B4"].hyperlink.tooltip = "机密★10年"


def shown(book: Any) -> None:
    for row in range(2, 8):
        book.active.cell(row, 3).number_format = '[=1]"机密";[=0]"公开";General'


@pytest.mark.parametrize("words", ["此件机密", "机密", "密件", "本件为机密级文件", "内有机密件1份"])
def test_a_comment_of_a_sheet(words: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.xlsx", workbook(comment(words)))) == Counter(R=6)


@pytest.mark.parametrize("words", ["请核对保密审查表", "不涉密", "机密文件管理办法见附件"])
def test_another_comment(words: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.xlsx", workbook(comment(words)))) == Counter(N=6)


def test_a_hint_and_a_format_of_a_sheet(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.xlsx", workbook(hint))) == Counter(R=6)
    coded = [("档号", "题名", "x"), *((a, b, int(c == "机密")) for a, b, c in RECORDS)]
    assert said(answers(tmp_path / "root/b.xlsx", workbook(shown, coded)))["unread"] == 1


PICTURE = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
VML, WATER = 'xmlns:v="urn:schemas-microsoft-com:vml"', '<v:shape><v:textpath string="机密"/></v:shape>'
WORDS = {
    "a picture": make.docx(f'<w:p><w:r><w:drawing><wp:inline {PICTURE}><wp:docPr id="1" name="a" descr="机密★10年"/></wp:inline></w:drawing></w:r></w:p>'),
    "a watermark": make.docx(make.paragraph("通知"), word__header1=f"<w:hdr {make.W} {VML}><w:p><w:r><w:pict>{WATER}</w:pict></w:r></w:p></w:hdr>"),
    "references": make.docx(f'<w:p><w:r><w:drawing><wp:inline {PICTURE}><wp:docPr id="1" name="a" descr="&#26426;&#23494;"/></wp:inline></w:drawing></w:r></w:p>'),
    "from top to bottom": make.docx("".join(map(make.paragraph, ("机", "密", "★", "10年", "关于某事的通知")))),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_words_of_a_document_that_are_no_text(name: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.docx", WORDS[name])) == Counter(C=1)


@pytest.mark.parametrize("lines", [("保", "密", "工", "作"), ("机", "要", "通", "知"), ("密", "云", "县"), ("秘", "书", "处")])
def test_other_words_from_top_to_bottom(lines: tuple[str, ...]) -> None:
    assert decide_document([("line", line) for line in lines], whole_text=True).code == "N"


def test_a_legend_explains_signs(tmp_path: Path) -> None:
    assert in_legend("颜色说明：红=机密，蓝=秘密，白=公开") == {"红": "机密", "蓝": "秘密", "白": "公开"}
    assert not in_legend("红=急件，白=平件") and not in_legend("密级分为绝密、机密、秘密") and not in_legend("机密：重要的国家秘密")
    colours = {"机密": "红", "公开": "白"}
    rows = [("颜色说明：红=机密，蓝=秘密，白=公开", "", ""), ("档号", "题名", "颜色"), *((a, b, colours[c]) for a, b, c in RECORDS)]
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows))) == Counter(C=1, N=5)
    coded = [
        ("密级代码：1公开 2秘密 3机密", "", ""),
        ("档号", "题名", "密级"),
        *((a, b, "3" if c == "机密" else "1") for a, b, c in RECORDS),
    ]
    assert said(answers(tmp_path / "root/b.csv", text(coded))) == Counter(C=1, N=5)


def test_json_by_level_and_by_column(tmp_path: Path) -> None:
    groups = {level: [{"dh": a, "tm": b} for a, b, c in RECORDS if c == level] for level in ("公开", "机密")}
    assert said(answers(tmp_path / "root/a.json", json.dumps(groups, ensure_ascii=False))) == Counter(R=1, N=5)
    columns = {"dh": NUMBERS, "tm": TITLES, "mj": LEVELS}
    assert said(answers(tmp_path / "root/b.json", json.dumps(columns, ensure_ascii=False))) == Counter(C=1, N=5)
    assert said(
        answers(tmp_path / "root/c.json", json.dumps({"dh": "A-1", "tm": "会议", "zrz": ["甲", "乙"], "gjc": ["丙", "丁"]}))
    ) == Counter(N=1)


def test_xml_by_level_and_its_comments(tmp_path: Path) -> None:
    record = '<f dh="{}" tm="{}"/>'.format
    grouped = "<r>" + "".join(f"<机密件>{record(a, b)}</机密件>" if c == "机密" else record(a, b) for a, b, c in RECORDS) + "</r>"
    assert said(answers(tmp_path / "root/a.xml", grouped)) == Counter(R=1, N=5)
    noted = (
        "<r>"
        + "".join(f"<f><dh>{a}</dh><tm>{b}</tm>{'<!-- 密级：机密 -->' if c == '机密' else '<!-- 保密审查 -->'}</f>" for a, b, c in RECORDS)
        + "</r>"
    )
    assert said(answers(tmp_path / "root/b.xml", noted)) == Counter(C=1, N=6)
    ruled = "<r>" + "".join(f"<f><a><dh>{a}</dh><x>{b}</x></a><p>本件为机密级文件</p></f>" for a, b, _ in RECORDS[:1]) + "</r>"
    found = said(answers(tmp_path / "root/c.xml", ruled))
    assert found["U"] + found["R"] == 1


VALUES = ",".join(f"('{a}','{b}')" for a, b, _ in RECORDS)
WHOLE = ",".join(f"('{a}','{b}','{c}')" for a, b, c in RECORDS)
SQL = {
    "a default": (f"CREATE TABLE w(dh text,tm text,mj varchar(10) DEFAULT '机密');\nINSERT INTO w(dh,tm) VALUES {VALUES};\n", Counter(C=6)),
    "a comment of a table": (f"CREATE TABLE t1 (\n dh text,\n tm text\n) ENGINE=InnoDB COMMENT='机密文件目录';\nINSERT INTO t1 VALUES {VALUES};\n", Counter(R=6)),
    "a comment on a table": (f"CREATE TABLE t1 (dh text, tm text);\nCOMMENT ON TABLE t1 IS '机密文件目录';\nINSERT INTO t1 VALUES {VALUES};\n", Counter(R=6)),
    "replacing": (f"REPLACE INTO `w` (`dh`,`tm`,`mj`) VALUES {WHOLE};\n", Counter(C=1, N=5)),
    "characters by number": ("CREATE TABLE w(dh text,tm text,mj text);\n" + "".join(
        f"INSERT INTO w VALUES ('{a}','{b}',UNISTR('{''.join(f'{chr(92)}{ord(sign):04x}' for sign in c)}'));\n" for a, b, c in RECORDS), Counter(C=1, N=5)),
    "selected values": ("CREATE TABLE w(dh text,tm text,mj text);\nINSERT INTO w(dh,tm,mj)\n" + " UNION ALL\n".join(f"SELECT '{a}','{b}','{c}'" for a, b, c in RECORDS) + ";\n", Counter(unread=1)),
}  # fmt: skip


@pytest.mark.parametrize("name", SQL)
def test_levels_that_a_dump_tells_otherwise(name: str, tmp_path: Path) -> None:
    data, wanted = SQL[name]
    assert said(answers(tmp_path / "root/a.sql", data)) == wanted


def test_a_comment_of_an_archive(tmp_path: Path) -> None:
    for words, unread in (("机密", 1), ("保密审查通过", 0)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            package.writestr("a.csv", text(BARE))
            package.comment = words.encode()
        assert said(answers(tmp_path / "root/a.zip", out.getvalue()))["unread"] == unread


@pytest.mark.parametrize("encoding", ["hz", "iso2022_jp_2"])
def test_texts_of_letters_alone(encoding: str, tmp_path: Path) -> None:
    data = text(
        [("档号", "題名", "密級"), ("A-1", "会議", "機密"), ("A-2", "会議", "公開")]
        if encoding != "hz"
        else [("档号", "题名", "密级"), *RECORDS]
    )
    assert said(answers(tmp_path / "root/a.csv", data.decode().encode(encoding, "ignore")))["unread"] == 1
    plain = "code,name\nA~{1~},+86138-0000\n"
    assert said(answers(tmp_path / "root/b.csv", plain))["unread"] == 0


@pytest.mark.parametrize("separator", ["~", "$", "#"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_other_signs_between_cells(separator: str, encoding: str, tmp_path: Path) -> None:
    rows = [("档号", "题名", "密级"), *((a, b, "JM" if c == "机密" else "GK") for a, b, c in RECORDS)]
    assert said(answers(tmp_path / "root/a.txt", text(rows, separator, encoding))) == Counter(C=1, N=5)


def test_a_wide_comma_between_cells_is_told(tmp_path: Path) -> None:
    rows = [("档号", "题名", "密级"), *((a, b, "3" if c == "机密" else "1") for a, b, c in RECORDS)]
    assert said(answers(tmp_path / "root/a.csv", text(rows, "，")))["unread"] == 1
