"""Catalogues that differ from others in how they are built, not in what their cells say: every record is found and none twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest

from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.leftover import line_has_level
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet, table
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, text

HEADS = ("序号", "档号", "题名", "密级")
RECORDS = [(str(number), *row) for number, row in enumerate(zip(NUMBERS, TITLES, LEVELS), 1)]
FOUND = Counter(C=1, N=5)
BARE = [row[:3] for row in RECORDS]


def xml(body: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'


def elements(rows: Sequence[Sequence[str]], tag: str = "文件", names: Sequence[str] = HEADS) -> str:
    return "".join(f"<{tag}>" + "".join(f"<{name}>{cell}</{name}>" for name, cell in zip(names, row)) + f"</{tag}>" for row in rows)


def html(rows: Sequence[Sequence[str]]) -> str:
    return "<table>" + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows) + "</table>"


def test_a_line_of_fields_above_the_names_is_no_part_of_them(tmp_path: Path) -> None:
    rows = [
        ("归档文件目录",),
        ("全宗号：0031", "", "年度：2020", "密级：机密"),
        ("档号", "题名", "页数"),
        *([*row[1:], row[0]] for row in BARE),
    ]
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows))) == Counter(R=6)


def test_a_legend_above_the_names_explains_the_level_and_nothing_else(tmp_path: Path) -> None:
    codes = {"公开": "1", "机密": "4"}
    rows = [("归档文件目录",), ("密级代码：1-公开，2-内部，3-秘密，4-机密",), HEADS, *((*row[:3], codes[row[3]]) for row in RECORDS)]
    (line,) = answers(tmp_path / "root/a.xlsx", sheet(rows))
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]


@pytest.mark.parametrize("footer", ["密级：机密  第&P页", "&C密级：机密", "密级:秘密 共&N页"])
def test_a_label_in_the_footer_of_a_sheet(footer: str, tmp_path: Path) -> None:
    path = tmp_path / "root/a.xlsx"
    path.parent.mkdir()
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADS[:3], *BARE):
        book.active.append(row)
    book.active.oddFooter.center.text = footer
    book.save(path)
    assert said(answers(path, path.read_bytes())) == Counter(R=6)


def test_a_footer_with_levels_to_choose_from_is_none() -> None:
    assert decide_document([("footer", "密级：秘密 机密 绝密"), ("line", "某件")], whole_text=True).code == "N"


@pytest.mark.parametrize("upper", ["密级", "密级（打√）"])
@pytest.mark.parametrize("tick", ["√", "1", "是"])
def test_a_column_for_each_level_below_a_name_for_all_of_them(upper: str, tick: str, tmp_path: Path) -> None:
    levels = ("公开", "秘密", "机密", "绝密")
    ticked = [(*row[:3], *(tick if row[3] == level else "" for level in levels)) for row in RECORDS]
    rows = [("序号", "档号", "题名", upper, "", "", ""), ("", "", "", *levels), *ticked]
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows))) == FOUND


def test_two_halves_of_a_table_of_a_document(tmp_path: Path) -> None:
    rows = [HEADS * 2, *(left + right for left, right in zip(RECORDS[:3], RECORDS[3:]))]
    assert said(answers(tmp_path / "root/a.docx", make.docx(table(*rows)))) == FOUND
    assert said(answers(tmp_path / "root/b.html", html(rows))) == FOUND


SECTIONS = ("一、公开文件", "二、机密文件", "三、内部文件")


def test_headings_between_the_tables_of_a_document_are_each_of_the_table_below(tmp_path: Path) -> None:
    pieces = [
        make.paragraph(head) + table(("档号", "题名", "页数"), *([*row[1:3], row[0]] for row in BARE[at : at + 2]))
        for at, head in zip((0, 2, 4), SECTIONS)
    ]
    found = answers(tmp_path / "root/a.docx", make.docx("".join(pieces)))
    assert [said([line]) for line in found] == [Counter(N=2), Counter(R=2), Counter(N=2)]
    unknown = make.paragraph("二、机密文件") + table(HEADS[:3], *BARE)
    assert said(answers(tmp_path / "root/b.docx", make.docx(unknown))) == Counter(R=1)


def test_headings_between_the_tables_of_a_page_are_each_of_the_table_below(tmp_path: Path) -> None:
    pieces = [f"<h2>{head}</h2>" + html([HEADS[:3], *BARE[at : at + 2]]) for at, head in zip((0, 2, 4), SECTIONS)]
    found = answers(tmp_path / "root/a.html", f"<html><body>{''.join(pieces)}</body></html>")
    assert [said([line]) for line in found] == [Counter(N=2), Counter(R=2), Counter(N=2)]


def test_levels_that_a_page_offers_are_no_headings(tmp_path: Path) -> None:
    form = "<form>密级：<select><option selected>全部</option><option>公开</option><option>机密</option></select></form>"
    open_ones = [(*row[:3], "公开") for row in RECORDS]
    assert said(answers(tmp_path / "root/a.html", f"<html><body>{form}{html([HEADS, *open_ones])}</body></html>")) == Counter(N=6)


def test_a_heading_above_the_names_of_columns_in_running_text() -> None:
    lines = [
        "一、公开文件",
        "序号 档号 题名",
        f"1 {NUMBERS[0]} {TITLES[0]}",
        "二、机密文件",
        "序号 档号 题名",
        f"1 {NUMBERS[1]} {TITLES[1]}",
    ]
    assert decide_document([("line", line) for line in lines], whole_text=True).code == "R"
    assert decide_document([("line", line) for line in [*lines[:3], "三、其他文件", *lines[4:]]], whole_text=True).code == "N"


def test_ticks_below_levels_in_running_text(tmp_path: Path) -> None:
    lines = ["序号 档号 题名 公开 秘密 机密 绝密", *(f"{row[0]} {row[1]} {row[2]} √" for row in RECORDS)]
    assert said(answers(tmp_path / "root/a.docx", make.docx("".join(map(make.paragraph, lines))))) == Counter(U=1)


# XML


def test_an_export_whose_records_are_called_tables_is_no_page(tmp_path: Path) -> None:
    schema = '<xs:schema id="d" xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="d"/></xs:schema>'
    body = f"<NewDataSet>{schema}{elements(RECORDS, 'Table')}</NewDataSet>"
    for name, data in (("a", xml(body)), ("b", body)):
        found = answers(tmp_path / f"root/{name}.xml", data)
        assert [said([line]) for line in found if isinstance(line, dict) and line["role"] == "catalogue"] == [FOUND]
    assert said(answers(tmp_path / "root/c.xls", f"<div>{html([HEADS, *RECORDS])}</div>")) == FOUND


def test_the_level_of_an_element_around_records(tmp_path: Path) -> None:
    groups = f'<分类 密级="公开">{elements(BARE[:4])}</分类><分类 密级="机密">{elements(BARE[4:])}</分类>'
    assert said(answers(tmp_path / "root/a.xml", xml(f"<目录>{groups}</目录>"))) == Counter(N=4, R=2)
    own = f'<分类 密级="机密">{elements([(*row[:3], "公开") for row in RECORDS])}</分类>'
    assert said(answers(tmp_path / "root/b.xml", xml(f"<目录>{own}</目录>")))["C"] <= 1


def test_parts_of_a_level_belong_to_its_record(tmp_path: Path) -> None:
    records = "".join(
        f"<文件><档号>{number}</档号><题名>{title}</题名><密级><值>{level}</值><依据>文</依据></密级></文件>"
        for _, number, title, level in RECORDS
    )
    (line,) = answers(tmp_path / "root/a.xml", xml(f"<目录>{records}</目录>"))
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]


def test_what_is_around_the_records_of_an_export_is_no_record(tmp_path: Path) -> None:
    body = f'<export><database name="da" version="1">{elements(RECORDS, "row")}</database></export>'
    assert said(answers(tmp_path / "root/a.xml", xml(body))) == FOUND
    body = f'<案卷 档号="X017-WS" 题名="某卷">{elements(RECORDS)}</案卷>'
    assert said(answers(tmp_path / "root/b.xml", xml(body))) == Counter(C=1, N=6)


# JSON

OBJECTS = [dict(zip(HEADS, row)) for row in RECORDS]
WRITTEN = {
    "columns of cells by number": {name: {row[1]: row[at] for row in RECORDS} for at, name in enumerate(HEADS) if at > 1},
    "columns of cells by place": {name: {str(row): cells[at] for row, cells in enumerate(RECORDS)} for at, name in enumerate(HEADS)},
    "the same inside": {"data": {name: {row[1]: row[at] for row in RECORDS} for at, name in enumerate(HEADS) if at > 1}},
    "text that is JSON": {"code": 0, "data": json.dumps(OBJECTS, ensure_ascii=False)},
    "features": {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": one} for one in OBJECTS]},
    "names, rows and an index": {"columns": HEADS, "index": list(range(6)), "data": RECORDS},
    "names, rows and a sum": {"columns": HEADS, "rows": RECORDS, "total": 6},
    "links beside": {"links": {"self": "/x"}, "data": OBJECTS},
}


@pytest.mark.parametrize("name", WRITTEN)
def test_records_in_json(name: str, tmp_path: Path) -> None:
    (line,) = answers(tmp_path / "root/a.json", json.dumps(WRITTEN[name], ensure_ascii=False))
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]


def test_lists_in_lines(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in (HEADS, *RECORDS))
    assert said(answers(tmp_path / "root/a.ndjson", lines)) == FOUND


def test_codes_in_the_same_json_are_a_dictionary(tmp_path: Path) -> None:
    coded = [{"dh": row[1], "tm": row[2], "mj": {"公开": "1", "机密": "3"}[row[3]]} for row in RECORDS]
    data = {"dict": {"mj": {"1": "公开", "2": "秘密", "3": "机密"}}, "rows": coded}
    found = answers(tmp_path / "root/a.json", json.dumps(data, ensure_ascii=False))
    assert {line["role"]: said([line]) for line in found if isinstance(line, dict)} == {"dictionary": Counter(N=3), "catalogue": FOUND}


def test_a_record_of_short_names_is_no_dictionary(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.json", json.dumps({"mj": "机密", "kf": "公开"}, ensure_ascii=False)))["N"] == 0


# Lists of choices


def test_a_sheet_of_choices_is_no_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "root/a.xlsx"
    path.parent.mkdir()
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADS, *((*row[:3], "公开") for row in RECORDS)):
        book.active.append(row)
    choices = book.create_sheet("字典")
    for cells in (("密级", "保管期限"), ("公开", "永久"), ("内部", "30年"), ("秘密", "10年"), ("机密", ""), ("绝密", "")):
        choices.append(cells)
    choices.sheet_state = "hidden"
    book.save(path)
    assert said(answers(path, path.read_bytes())) == Counter(N=11)


@pytest.mark.parametrize("names", [("事项", "密级"), ("密级", "期限说明")])
def test_three_matters_with_a_level_each_are_no_choices(names: tuple[str, str], tmp_path: Path) -> None:
    cells = {"事项": ("防汛预案", "抢险物资", "值班安排"), "密级": ("公开", "秘密", "机密"), "期限说明": ("不限", "十年以内", "二十年以内")}
    rows = [names, *zip(*(cells[name] for name in names))]
    assert said(answers(tmp_path / "root/a.csv", text(rows)))["N"] < 3


# Files


def test_a_box_of_mail(tmp_path: Path) -> None:
    box = b""
    for records in (RECORDS[:3], RECORDS[3:]):
        mail = EmailMessage()
        mail["Subject"], mail["From"] = "目录", "a@example.com"
        mail.set_content("见附件")
        mail.add_attachment(text([HEADS, *records]), maintype="application", subtype="octet-stream", filename="a.csv")
        box += b"From a@example.com Mon Jan  6 10:00:00 2025\n" + mail.as_bytes() + b"\n\n"
    found = said(answers(tmp_path / "root/a.mbox", box))
    assert found["C"] == 1 and found["N"] == 5 + 2 and found["unread"] == 0


@pytest.mark.parametrize("data", ["[X017-WS-1]\n题名=某件\n密级=机密\n", '[[文件]]\n"题名" = "某件"\n"密级" = "机密"\n'])
def test_sections_in_brackets_are_no_json(data: str, tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.ini", data))
    assert found["unread"] == 0 and found["C"] + found["R"] + found["U"] == 1


def test_a_script_is_no_table_of_roles(tmp_path: Path) -> None:
    data = "var a = [" + ",\n".join(f"{{dh:'{row[1]}',tm:'{row[2]}',mj:'{row[3]}'}}" for row in RECORDS) + "];\n"
    found = said(answers(tmp_path / "root/a.js", data))
    assert found["R"] + found["U"] + found["C"] > 0


@pytest.mark.parametrize("line", ["密级  - 机密", "密级    机密", 's:6:"密级";s:6:"机密";', 's:2:"mj";s:6:"机密";'])
def test_levels_behind_their_name(line: str) -> None:
    assert line_has_level(line)


@pytest.mark.parametrize("line", ["密级  - 公开", "编号  - 机密工作室", "机密  - 指重要的国家秘密"])
def test_lines_that_give_no_level(line: str) -> None:
    assert not line_has_level(line)


def test_two_halves_of_a_printed_list(tmp_path: Path) -> None:
    rows = [HEADS * 2, *(left + right for left, right in zip(RECORDS[:3], RECORDS[3:]))]
    left = (10, 40, 140, 250, 300, 330, 430, 540)
    placed = [(left[at], 40 + 20 * line, cell) for line, row in enumerate(rows) for at, cell in enumerate(row)]
    assert said(answers(tmp_path / "root/a.pdf", make.printed([placed]))) == FOUND
