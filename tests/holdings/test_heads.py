"""Captions, names over several rows or in two languages, rows of numbers and rules, sums and signatures: none of them is a record, and no record is taken for one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.collect.holdings.files.heads import ends, head_of
from scanner.collect.holdings.files.sections import TAIL
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet, table
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, text

HEADS = ("档号", "题名", "密级")
RECORDS = list(zip(NUMBERS, TITLES, LEVELS))
CODED = [(number, title, "3" if level == "机密" else "1") for number, title, level in RECORDS]
Rows = Sequence[Sequence[str]]

ABOVE: dict[str, Rows] = {
    "a caption": [("某馆归档文件目录", "", ""), HEADS],
    "a caption and a unit": [("某馆归档文件目录", "", ""), ("单位：某局", "", "日期：2012年3月"), HEADS],
    "a caption as wide as the records": [("全宗名称：某局", "全宗号：X017", "年度：2012"), HEADS],
    "a caption with a day": [("某馆归档文件目录", "", ""), ("填表日期", "2012-03-01", "第1页"), HEADS],
    "a caption merged over all columns": [("归档文件目录", "归档文件目录", "归档文件目录"), ("单位", "某局", "2012"), HEADS],
    "groups of names": [("文件信息", "", "管理信息"), HEADS],
    "names in two rows": [("档号", "文件", ""), ("", "题名", "密级")],
    "names cut over two rows": [("档", "题", "密"), ("号", "名", "级")],
    "numbers of the columns": [HEADS, ("1", "2", "3")],
    "numbers in brackets": [HEADS, ("（一）", "（二）", "（三）")],
    "letters of the columns": [HEADS, ("A", "B", "C")],
    "a rule": [HEADS, ("---", ":--", "---")],
    "a second language": [HEADS, ("Code", "Title", "Level")],
    "a second language first": [("Code", "Title", "Level"), HEADS],
}


@pytest.mark.parametrize("name", ABOVE)
@pytest.mark.parametrize("kind", ["csv", "xlsx", "docx"])
def test_no_record_but_the_records(name: str, kind: str, tmp_path: Path) -> None:
    for records, wanted in ((RECORDS, Counter(C=1, N=5)), (CODED, Counter(U=6))):
        every = [*ABOVE[name], *records]
        data = (
            text(every)
            if kind == "csv"
            else sheet(every)
            if kind == "xlsx"
            else make.docx(make.paragraph("目录") + table(*map(tuple, every)))
        )
        assert said(answers(tmp_path / f"root/a.{kind}", data)) == wanted


def test_names_over_three_rows() -> None:
    top = [
        ("序号", "文件信息", "", "管理信息", ""),
        ("", "档号", "题名", "密", "保管期限"),
        ("", "", "", "级", ""),
        ("1", "A-1", "会议材料", "3", "永久"),
    ]
    head = head_of(top)
    assert head is not None and head.below == 3 and head.names[1:] == ("档号", "题名", "密级", "保管期限")


@pytest.mark.parametrize("first", [("WS-2012-0009", "城南道路修缮请示", "机密"), ("WS-2012-0009", "城南道路修缮请示", "3")])
def test_a_record_above_the_names_is_no_caption(first: tuple[str, ...], tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.csv", text([first, HEADS, *RECORDS])))
    assert found.total() >= 7 and found["C"] + found["R"] + found["U"] >= 1 + (first[2] == "机密")


def test_a_record_of_numbers_is_counted(tmp_path: Path) -> None:
    numbered = [(str(at), title, "3") for at, title in enumerate(TITLES, 1)]
    assert said(answers(tmp_path / "root/a.csv", text([("件号", "题名", "密级"), *numbered]))) == Counter(U=6)


BELOW: dict[str, Rows] = {
    "a sum": [("合计", "6件", "")], "signatures": [("填表人：张三", "审核人：李四", "2012年3月")], "both": [("合 计：6", "", ""), ("制表人（签字）", "", "日期：")],
    "a page": [("第1页 共1页", "", "")],
    "a note": [("注：本目录一式两份", "", "")],
}  # fmt: skip


@pytest.mark.parametrize("name", BELOW)
@pytest.mark.parametrize("kind", ["xlsx", "docx"])
def test_sums_and_signatures_are_no_records(name: str, kind: str, tmp_path: Path) -> None:
    secret = [(number, title, "机密") for number, title, _ in RECORDS]
    every = [HEADS, *secret, *BELOW[name]]
    data = sheet(every) if kind == "xlsx" else make.docx(table(*every))
    assert said(answers(tmp_path / f"root/a.{kind}", data)) == Counter(C=6)


@pytest.mark.parametrize(
    "row",
    [
        ("共计划3件", "x", ""),
        ("说明书汇编", "", ""),
        ("备注：机密", "", ""),
        ("审核报告", "x", ""),
        ("合计", "机密2件", ""),
        ("单位章程", "", ""),
        ("说明：附图3张", "x", "JM"),
        ("注：三份", "x", "机"),
        ("备注：见 &#26426;&#23494;", "x", ""),
        ("说明：[SECRET]", "x", ""),
        ("注：宻级件", "x", ""),
    ],
)
def test_rows_that_may_be_records_are_kept(row: Sequence[str]) -> None:
    assert ends([*RECORDS, row]) == 0


def test_the_end_of_a_long_line_is_no_row_of_its_own(tmp_path: Path) -> None:
    rows = [("档号", "题名", "附件", "页数", "密级"), *((number, title, "图", "3", "公开") for number, title, _ in RECORDS)]
    tail = "合计：3页,3,JM"
    long = "WS-9,会议材料,共" + tail.replace("页", "页" + "x" * (TAIL - len(tail.encode())))
    assert said(answers(tmp_path / "root/a.csv", text(rows) + long.encode())) == Counter(N=6, C=1)


def test_only_the_last_rows_are_no_records() -> None:
    assert ends([("合计", "6件", ""), *RECORDS]) == 0 and ends([*RECORDS, *[("合计", "6件", "")] * 20]) == 6


@pytest.mark.parametrize("form", ["merged", "nested", "wide"])
def test_tables_of_word_in_other_forms(form: str, tmp_path: Path) -> None:
    """A level merged over rows, a table inside a cell, a cell over two columns."""
    cell, paragraph = "<w:tc>{}{}</w:tc>", make.paragraph
    line = lambda *cells: "<w:tr>" + "".join(cell.format(more, paragraph(words)) for words, more in cells) + "</w:tr>"
    heads = line(*((name, "") for name in HEADS))
    again, on = "<w:tcPr><w:vMerge w:val='restart'/></w:tcPr>", "<w:tcPr><w:vMerge/></w:tcPr>"
    if form == "merged":
        body, wanted = line(("A-1", ""), ("城东", ""), ("JM", again)) + line(("A-2", ""), ("城西", ""), ("", on)), Counter(C=2)
    elif form == "wide":
        body, wanted = (
            line(("A-1", ""), ("城东", ""), ("JM", "")) + line(("A-2 城西", "<w:tcPr><w:gridSpan w:val='2'/></w:tcPr>"), ("JM", "")),
            Counter(C=2),
        )
    else:
        body, wanted = (
            line(("A-1", ""), ("城东", ""), ("JM", ""))
            + f"<w:tr><w:tc>{table(('内', '表'))}{paragraph('A-2')}</w:tc><w:tc>{paragraph('城西')}</w:tc><w:tc>{paragraph('GK')}</w:tc></w:tr>",
            Counter(C=1, N=1),
        )
    assert said(answers(tmp_path / "root/a.docx", make.docx(f"<w:tbl>{heads}{body}</w:tbl>"))) == wanted


def test_a_table_that_is_no_catalogue_stays_a_part_of_its_document(tmp_path: Path) -> None:
    form = make.docx(make.paragraph("机密★10年") + table(("发文字号", "某发3号"), ("拟稿人", "张某")))
    assert said(answers(tmp_path / "root/a.docx", form)) == Counter(C=1)


def test_what_stands_around_a_catalogue_in_word(tmp_path: Path) -> None:
    bare = [("档号", "题名", "责任者"), *((number, title, "某局") for number, title, _ in RECORDS)]
    assert said(answers(tmp_path / "root/a.docx", make.docx(make.paragraph("机密★10年") + table(*bare)))) == Counter(R=6)
    assert said(answers(tmp_path / "root/b.docx", make.docx(make.paragraph("机密文件目录") + table(*bare)))) == Counter(R=6)
    assert said(answers(tmp_path / "root/c.docx", make.docx(make.paragraph("归档文件目录") + table(*bare)))) == Counter(N=6)


LINES: dict[str, str | bytes] = {
    "between bars": "│档号│题名│密级│\n" + "".join(f"│{a}│{b}│{'JM' if c == '机密' else 'GK'}│\n" for a, b, c in RECORDS),
    "between spaces": "档号    题名    密级\n" + "".join(f"{a}    {b}    {'3' if c == '机密' else '公开'}\n" for a, b, c in RECORDS),
    "a page": make.pdf(["目录", "档号  题名  密级", *(f"{a}  {b}  {'3' if c == '机密' else '公开'}" for a, b, c in RECORDS)]),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_lines_below_names_in_running_text(name: str, tmp_path: Path) -> None:
    end = {"a page": "pdf"}.get(name, "txt")
    wanted = Counter(C=1, N=5) if name == "between bars" else Counter(U=1)
    assert said(answers(tmp_path / f"root/a.{end}", LINES[name])) == wanted


def test_open_lines_below_names(tmp_path: Path) -> None:
    lines = "归档目录\n\n档号    题名    密级    页数\n" + "".join(f"{a}    {b}    公开    12\n" for a, b, _ in RECORDS)
    assert said(answers(tmp_path / "root/a.txt", lines)) == Counter(N=1)
    assert said(answers(tmp_path / "root/b.txt", lines.replace("    公开", ""))) == Counter(N=1)
