"""Records written field by field, typed into columns, in forms with boxes, and what stands above and below the rows of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from scanner.collect.holdings.files.legends import legend_below
from scanner.facts.holdings.choosing import ticked
from tests.collect.holdings.files import make
from tests.holdings.test_built_otherwise import FOUND, HEADS, RECORDS, html
from tests.holdings.test_left_over import answers, said, sheet, table
from tests.holdings.test_odd_catalogues import NUMBERS, text

NAMES = HEADS[1:]
FIELDS = [row[1:] for row in RECORDS]


def wide(cell: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in cell)


def padded(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    widths = [max(map(wide, column)) + max(map(wide, column)) % 2 for column in zip(*rows)]
    return [[cell + " " * (width - wide(cell)) for cell, width in zip(row, widths)] for row in rows]


def typed(rows: Sequence[Sequence[str]]) -> str:
    return "卷内目录\n\n" + "\n".join("  ".join(row).rstrip() for row in padded(rows)) + "\n"


def framed(rows: Sequence[Sequence[str]]) -> str:
    cells = padded(rows)
    edge = "┼".join("─" * (wide(cell) // 2) for cell in cells[0])
    return "卷内目录\n" + "".join(f"├{edge}┤\n│{'│'.join(row)}│\n" for row in cells) + f"└{edge.replace('┼', '┴')}┘\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("form", [typed, framed])
def test_columns_kept_by_spaces_or_frames(form: type[str], encoding: str, tmp_path: Path) -> None:
    (line,) = answers(tmp_path / "root/a.txt", form([HEADS, *RECORDS]).encode(encoding))
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]


def test_the_level_of_a_typed_list_before_an_empty_column(tmp_path: Path) -> None:
    rows = [(*HEADS, "备注"), *((*row, "") for row in RECORDS)]
    assert said(answers(tmp_path / "root/a.txt", typed(rows))) == FOUND


def test_pages_of_a_typed_list(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.prn", "\x0c".join(typed([HEADS, *RECORDS[at : at + 3]]) for at in (0, 3)))) == FOUND


def blocks(line: str, before: str = "", behind: str = "\n") -> str:
    return "".join(before + "".join(line.format(name, cell) for name, cell in zip(NAMES, row)) + behind for row in FIELDS)


WRITTEN = {
    "lines": blocks("{}：{}\n"),
    "lines below a title": "档案著录卡\n\n" + blocks("{}：{}\n"),
    "equal signs": blocks("{}={}\n"),
    "columns of names": blocks("{:>12}: {}\n", "*************************** 1. row ***************************\n", ""),
    "records with rules": blocks("{} | {}\n", "-[ RECORD 1 ]------\n", ""),
    "lists of YAML": "records:\n" + "".join(
        f'  - 档号: "{row[0]}"\n    题名: {row[1]}\n    密级: {row[2]}\n' for row in FIELDS
    ),
    "sections": "".join(f"[{row[0]}]\n题名={row[1]}\n密级={row[2]}\n\n" for row in FIELDS),
    "tables of TOML": "".join(f'[[文件]]\n"档号" = "{row[0]}"\n"题名" = "{row[1]}"\n"密级" = "{row[2]}"\n' for row in FIELDS),
    "fields side by side": "".join(f"档号：{row[0]}    密级：{row[2]}\n题名：{row[1]}\n\n" for row in FIELDS),
    "further fields": blocks("{}: {}\n", "dn: ou=a\nobjectClass: record\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_fields_in_text(name: str, tmp_path: Path) -> None:
    (line,) = answers(tmp_path / "root/a.txt", WRITTEN[name])
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]


def test_the_head_of_one_document_stays_a_document(tmp_path: Path) -> None:
    one = "档号：A-1\n题名：某件\n密级：机密\n\n正文第一段。\n"
    (line,) = answers(tmp_path / "root/a.txt", one)
    assert isinstance(line, dict) and line["role"] == "document" and said([line]) == Counter(C=1)


def test_what_no_field_holds_is_not_left_out(tmp_path: Path) -> None:
    told = answers(tmp_path / "root/a.txt", blocks("{}：{}\n") + "附：机密★10年的另有三件\n")
    assert isinstance(told[0], dict) and told[0]["role"] == "document" and not said(told)["N"]


PAGES = {
    "definitions": "".join("<dl>" + "".join(f"<dt>{n}</dt><dd>{c}</dd>" for n, c in zip(NAMES, row)) + "</dl>" for row in FIELDS),
    "blocks": "".join("<div>" + "".join(f"<p><b>{n}：</b><i>{c}</i></p>" for n, c in zip(NAMES, row)) + "</div>" for row in FIELDS),
    "forms": "<hr>".join(html([("档号", row[0], "密级", row[2]), ("题名", row[1], "备注", "")]) for row in FIELDS),
}


@pytest.mark.parametrize("name", PAGES)
def test_fields_in_a_page(name: str, tmp_path: Path) -> None:
    (line,) = answers(tmp_path / "root/a.html", f"<html><body>{PAGES[name]}</body></html>")
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]


def test_a_page_whose_tables_are_places_for_others(tmp_path: Path) -> None:
    outer = f"<table><tr><td>首页</td><td>系统</td></tr><tr><td colspan=2>{html([HEADS, *RECORDS])}</td></tr></table>"
    assert said(answers(tmp_path / "root/a.html", f"<html><body>{outer}</body></html>")) == FOUND


def test_a_mark_in_a_row_of_its_own_beside_a_table(tmp_path: Path) -> None:
    body = f"<table><tr><td>机密★10年</td><td>000123</td></tr></table>{html([NAMES[:2], *(row[:2] for row in FIELDS)])}"
    assert said(answers(tmp_path / "root/a.html", f"<html><body>{body}</body></html>"))["N"] == 0


def test_forms_of_a_document(tmp_path: Path) -> None:
    body = "".join(table(("档号", row[0], "密级", row[2]), ("题名", row[1], "", "")) for row in FIELDS)
    assert said(answers(tmp_path / "root/a.docx", make.docx(body))) == FOUND
    assert said(answers(tmp_path / "root/b.docx", make.docx(table(("档号", "A-1", "密级", "机密"), ("题名", "某件"))))) == Counter(C=1)


@pytest.mark.parametrize(("cell", "wanted"), [
    ("公开□秘密☑机密□", "秘密"), ("□公开☑秘密□机密", "秘密"), ("☐公开☒秘密", "秘密"), ("公开√秘密□", "公开"), ("公开□秘密□", None), ("☑秘密☑机密", None),
    ("秘密☑", None), ("公开□秘密☑以及别的话", None), ("", None),
])  # fmt: skip
def test_what_is_ticked(cell: str, wanted: str | None) -> None:
    assert ticked(cell) == wanted


def test_boxes_in_the_column_of_levels(tmp_path: Path) -> None:
    boxes = {"公开": "公开☑ 秘密□ 机密□", "机密": "公开□ 秘密□ 机密☑"}
    rows = [HEADS, *((*row[:3], boxes[row[3]]) for row in RECORDS)]
    assert said(answers(tmp_path / "root/a.xlsx", sheet(rows))) == FOUND
    none = [HEADS, *((*row[:3], "公开□ 秘密□ 机密□") for row in RECORDS)]
    assert said(answers(tmp_path / "root/b.xlsx", sheet(none))) == Counter(U=6)


def test_buttons_of_a_page(tmp_path: Path) -> None:
    def radio(level: str) -> str:
        return "".join(f"<label><input type=radio{' checked' if one == level else ''}>{one}</label>" for one in ("公开", "秘密", "机密"))

    rows = [HEADS, *((*row[:3], radio(row[3])) for row in RECORDS)]
    assert said(answers(tmp_path / "root/a.html", f"<html><body>{html(rows)}</body></html>")) == FOUND


# Above and below the rows

CODED = [(*row[:3], {"公开": "1", "机密": "4"}[row[3]]) for row in RECORDS]
SIGNED = [(*row[:3], {"公开": "○", "机密": "▲"}[row[3]]) for row in RECORDS]
BELOW: dict[str, tuple[Sequence[Sequence[str]], Sequence[Sequence[str]]]] = {
    "rows of codes": (CODED, [("密级代码说明",), ("1", "公开"), ("2", "内部"), ("3", "秘密"), ("4", "机密")]),
    "codes without a head": (CODED, [("1", "公开"), ("3", "秘密"), ("4", "机密")]),
    "a line of signs": (SIGNED, [("注：密级栏中 ○=公开 ●=秘密 ▲=机密",)]),
    "a line below signatures": (CODED, [("制表人：某", "", "审核：某"), ("密级代码：1-公开，3-秘密，4-机密",)]),
}  # fmt: skip


@pytest.mark.parametrize("name", BELOW)
def test_a_legend_below_the_records(name: str, tmp_path: Path) -> None:
    records, below = BELOW[name]
    (line,) = answers(tmp_path / "root/a.xlsx", sheet([HEADS, *records, *below]))
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]
    assert said(answers(tmp_path / "root/b.csv", text([HEADS, *records, *below]))) == FOUND


def test_records_of_two_cells_are_no_legend() -> None:
    names = ("序号", "密级", "题名", "备注")
    assert legend_below([("1", "机密", "", ""), ("2", "公开", "", "")], names) == (0, "")
    assert legend_below([("1", "机密"), ("2", "公开")], ("编号", "说明")) == (0, "")
    assert legend_below([("1", "机密★10年", "", ""), ("2", "公开", "", "")], ("a", "b", "c", "d")) == (0, "")


ROWS = {
    "many lines of text above": [("编制说明",), *((f"{number}. 目录按规定编制，经审核后交付。",) for number in range(30)), HEADS, *RECORDS],
    "names in letters and in words": [("XH", "DH", "TM", "MJ"), HEADS, *RECORDS],
    "kinds of values below the names": [HEADS, ("数字", "文本", "文本", "字典"), *RECORDS],
    "what must be filled": [HEADS, ("必填", "必填", "必填", "选填"), *RECORDS],
    "a day below signatures": [HEADS, *RECORDS, ("移交人：", "", "接收人："), ("2025年3月1日",)],
    "groups by volumes": [HEADS, ("第1卷（共3件）",), *RECORDS[:3], ("第2卷（共3件）",), *RECORDS[3:]],
    "fields at the head of each page": [part for at in (0, 3) for part in [("全宗号：0031", "", "", f"第{at}页"), HEADS, *RECORDS[at : at + 3]]],
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_are_no_records(name: str, tmp_path: Path) -> None:
    (line,) = answers(tmp_path / "root/a.xlsx", sheet(ROWS[name]))
    assert isinstance(line, dict) and said([line]) == FOUND


@pytest.mark.parametrize("rows", [[("编制说明",), ("机密",), *[("说明",)] * 25], [("二、机密文件",), *[("某件",)] * 25]])
def test_lines_above_that_may_be_records_stay(rows: Sequence[Sequence[str]], tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.xlsx", sheet([*rows, HEADS, *RECORDS])))
    assert found.total() > len(RECORDS)


def test_rules_and_sums_of_programs_end_a_text(tmp_path: Path) -> None:
    lines = [f"| {' | '.join(row)} |" for row in (HEADS, *RECORDS)]
    rule = "+----+----+----+----+"
    data = "\n".join([rule, lines[0], rule, *lines[1:], rule, "6 rows in set (0.00 sec)", ""])
    assert said(answers(tmp_path / "root/a.txt", data)) == FOUND


def test_a_table_of_a_document_with_a_record_in_each_column(tmp_path: Path) -> None:
    rows = [(name, *cells) for name, cells in zip(NAMES, zip(*FIELDS))]
    assert said(answers(tmp_path / "root/a.docx", make.docx(table(*rows)))) == FOUND


def test_cells_that_go_on_below_in_their_frame(tmp_path: Path) -> None:
    lines = [piece for row in RECORDS for piece in ((*row[:2], row[2][:4], row[3]), ("", "", row[2][4:], ""))]
    cells = padded([HEADS, *lines])
    rule = "├" + "┼".join("─" * (wide(cell) // 2) for cell in cells[0]) + "┤\n"
    drawn = [f"│{'│'.join(row)}│\n" for row in cells]
    data = rule + drawn[0] + "".join(rule + one + other for one, other in zip(drawn[1::2], drawn[2::2])) + rule
    (line,) = answers(tmp_path / "root/a.txt", data.encode("gb18030"))
    assert isinstance(line, dict) and said([line]) == FOUND and line["keys"]["C"] == [NUMBERS[2]]
