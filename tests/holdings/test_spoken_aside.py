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
from scanner.facts.holdings.leftover import named_secret
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet, table
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


def page(*lines: str) -> str:
    return f"<html><body><table>{''.join(lines)}</table></body></html>"


HEADS, TWO = "<tr><td>档号</td><td>题名</td></tr>", [f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b, _ in RECORDS]
PICTURED = [f'<tr><td>{a}</td><td>{b}</td><td><img src="x" alt="{c}"></td></tr>' for a, b, c in RECORDS]
HTML = {
    "a caption": (page("<caption>机密文件目录</caption>", HEADS, *TWO), Counter(R=6)),
    "a comment": (page(HEADS, *TWO, "<!-- 机密 -->"), Counter(R=6)),
    "an attribute": (page(HEADS, *TWO, '<tr title="机密"><td>B-1</td><td>会议材料</td></tr>'), Counter(R=7)),
    "pictures": (page("<tr><td>档号</td><td>题名</td><td>密级</td></tr>", *PICTURED), Counter(C=1, N=5)),
    "a filled field": ('<html><body><p>会议材料</p><input name="mj" value="机密"></body></html>', Counter(C=1)),
    "chosen levels": (
        page(
            "<tr><td>档号</td><td>题名</td><td>密级</td></tr>",
            *(
                f"<tr><td>{a}</td><td>{b}</td><td><select><option{' selected' * (c == '公开')}>公开<option{' selected' * (c == '机密')}>机密</select></td></tr>"
                for a, b, c in RECORDS
            ),
        ),
        Counter(C=1, N=5),
    ),
    "data": ('<html><body><ul><li data-dh="A-1" data-mj="机密">会议材料</li></ul></body></html>', Counter(C=1)),
}  # fmt: skip


@pytest.mark.parametrize("name", HTML)
def test_what_a_page_says_beside_its_text(name: str, tmp_path: Path) -> None:
    data, wanted = HTML[name]
    assert said(answers(tmp_path / "root/a.html", data)) == wanted


def test_choices_that_nobody_made(tmp_path: Path) -> None:
    form = '<html><body><form>检索<select><option>公开</option><option value="机密">机密</option></select><input type="radio" value="机密">是</form></body></html>'
    assert said(answers(tmp_path / "root/a.html", form)) == Counter(N=1)


@pytest.mark.parametrize("level", ["机密", "JM"])
def test_a_sheet_in_the_exchange_format_of_old_offices(level: str, tmp_path: Path) -> None:
    rows = [("档号", "题名", "密级"), *((a, b, level if c == "机密" else "公开") for a, b, c in RECORDS)]
    cells = "".join(f'C;Y{at};X1;K"{a}"\r\nC;X2;K"{b}"\r\nC;X3;K"{c}"\r\n' for at, (a, b, c) in enumerate(rows, 1))
    assert said(answers(tmp_path / "root/a.slk", ("ID;PWXL;N;E\r\n" + cells + "E\r\n").encode("gb18030"))) == Counter(C=1, N=5)


def _placed(at: int, a: str, b: str, c: str) -> str:
    return f'F;P0;FG0L;Y{at};X1\r\nC;K"{a}"\r\nF;X2\r\nC;K"{b}"\r\nF;SM0;X3\r\nC;K"{c}"\r\n'


def test_a_sheet_whose_places_stand_with_the_formats(tmp_path: Path) -> None:
    cells = "".join(_placed(at, *row) for at, row in enumerate([("档号", "题名", "密级"), *RECORDS], 1))
    assert said(answers(tmp_path / "root/a.slk", ("ID;PWXL;N;E\r\n" + cells + "E\r\n").encode("gb18030"))) == Counter(C=1, N=5)


def test_a_sheet_with_a_cell_that_is_nowhere_is_not_open(tmp_path: Path) -> None:
    cells = "".join(_placed(at, *row) for at, row in enumerate([("档号", "题名", "密级"), *RECORDS], 1)) + 'C;X0;K"机密"\r\n'
    assert "N" not in said(answers(tmp_path / "root/a.slk", ("ID;PWXL;N;E\r\n" + cells + "E\r\n").encode("gb18030")))


def test_a_subject_that_names_a_level(tmp_path: Path) -> None:
    for subject, unread in (("=?utf-8?B?5py65a+G77ya5p+Q5LqL?=", 1), ("=?utf-8?B?5L+d5a+G5Lya6K6u6YCa55+l?=", 0)):
        mail = f"From: a@example.org\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n正文\n"
        assert said(answers(tmp_path / "root/a.eml", mail))["unread"] == unread


@pytest.mark.parametrize("line", ["f3.mj=\\u673a\\u5bc6", 'var data=[{"dh":"A-1","mj":"\\u673a\\u5bc6"}];'])
def test_levels_written_as_escapes_in_a_text(line: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.properties", f"# 配置\n{line}\n")) == Counter(U=1)


def test_a_level_in_a_form_of_word(tmp_path: Path) -> None:
    for level, wanted in (("JM", "C"), ("机密", "C"), ("公开", "N"), ("", "N")):
        form = make.docx(make.paragraph("卷内备考表") + table(("档号", "A-1"), ("密级", level), ("题名", "会议材料")))
        assert said(answers(tmp_path / "root/a.docx", form))[wanted] == 1


def test_records_below_a_heading_of_their_level() -> None:
    lines = [("line", "2012年文件目录"), ("line", "一、机密级"), ("line", "1．某案卷 X017-WS-2012-Y-0003"), ("line", "二、公开级")]
    assert decide_document(lines, whole_text=True).code == "R"
    rules = [
        ("line", "保密知识"),
        ("line", "一、绝密级"),
        ("line", "绝密级国家秘密是最重要的国家秘密"),
        ("line", "二、机密级"),
        ("line", "机密级国家秘密是重要的"),
    ]
    assert decide_document(rules, whole_text=True).code == "N"


def test_a_document_that_carries_another_text(tmp_path: Path) -> None:
    parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {make.W}><w:body>{make.paragraph('会议')}</w:body></w:document>",
    }
    data = make.packed({**parts, "word/afchunk.htm": "<html><body><p>机密★10年</p><p>通知</p></body></html>"})
    assert said(answers(tmp_path / "root/a.docx", data)) == Counter(C=1, N=1)


@pytest.mark.parametrize(
    ("cell", "wanted"), [("mj=机密;ys=3", 1), ("密级:机密,页数:3", 1), ("mj=公开;bz=机密文件管理", 0), ("密级:公开|题名:保密工作", 0)]
)
def test_names_and_values_in_one_cell(cell: str, wanted: int, tmp_path: Path) -> None:
    found = said(
        answers(
            tmp_path / "root/a.csv", text([("档号", "题名", "扩展"), *((a, b, f'"{cell}"' if c == "机密" else "") for a, b, c in RECORDS)])
        )
    )
    assert found["U"] + found["R"] + found["C"] == wanted


@pytest.mark.parametrize("name", ["t_smwj", "SMDA_2012", "jimi"])
def test_names_of_tables_in_letters(name: str) -> None:
    assert named_secret(f"a.db#{name}") and not named_secret("a.db#smallwj") and not named_secret("a.db#wsda")
