"""Levels where nobody looks for them, and rows that come late: each is found or left for a person, and what only sounds like one stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scanner.facts.holdings.hints import hint_in_cell, hint_in_note, hint_in_remark, hint_in_title
from scanner.facts.holdings.leftover import heads_level, line_has_level, named_secret
from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, only, rows, text

LATE, MANY = 2000, 2500
"""Of a long catalogue the record that is classified, and how many there are."""


def long(heads: Sequence[str], *cells: Callable[[int], str]) -> list[Sequence[str]]:
    """A long catalogue."""
    return [heads, *((f"X017-WS-2012-Y-{at:05d}", f"会议材料第{at}号", *(cell(at) for cell in cells)) for at in range(MANY))]


def late(word: str, other: str = "") -> Callable[[int], str]:
    """A column in which one late record is told apart."""
    return lambda at: word if at == LATE else other


FAR: dict[str, tuple[list[Sequence[str]], Counter[str]]] = {
    "a level in another column": (long(("档号", "题名", "密级", "存放"), late(""), late("机密", "库房")), Counter(R=1, N=MANY - 1)),
    "a code in another column": (long(("档号", "题名", "密级", "mjdm"), late(""), late("3")), Counter(U=1, N=MANY - 1)),
    "a letter code": (long(("档号", "题名", "x"), late("JM", "GK")), Counter(C=1, N=MANY - 1)),
    "a term without a level": (long(("档号", "题名", "密级", "保密期限"), late(""), late("10年")), Counter(R=1, N=MANY - 1)),
    "a ground without a level": (long(("档号", "题名", "定密依据"), late("某事项范围第3条")), Counter(R=1, N=MANY - 1)),
    "a second secrecy column": (long(("档号", "题名", "密级", "定密"), late(""), late("机密")), Counter(C=1, N=MANY - 1)),
    "a flag": (long(("档号", "题名", "密级", "是否涉密"), late(""), late("是")), Counter(C=1, N=MANY - 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", FAR)
def test_what_comes_after_many_records_is_found(name: str, tmp_path: Path) -> None:
    table, wanted = FAR[name]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == wanted


def test_late_records_of_a_sheet(tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.xlsx", sheet(FAR["a code in another column"][0]))) == Counter(U=1, N=MANY - 1)


def test_brackets_that_only_late_titles_have(tmp_path: Path) -> None:
    """They are learnt of from places all over a text, so a stretch of them is seen wherever it lies."""
    table = [
        (number, title + ("（机）" if at > LATE else ""), *rest)
        for at, (number, title, *rest) in enumerate(long(("档号", "题名", "年度"), late("2012", "2012")))
    ]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(R=MANY - LATE, N=LATE)


@pytest.mark.parametrize("column", ["文种", "类型", "文件类型", "载体类型", "性质"])
@pytest.mark.parametrize("word", ["密件", "机密件", "绝密电报", "秘密文件", "涉密", "密级文件", "密", "密电", "密码电报"])
def test_a_kind_that_is_secret(column: str, word: str, tmp_path: Path) -> None:
    for level, wanted in ((None, Counter(R=1, N=5)), ("公开", Counter(R=1, N=5))):
        table = rows(("档号", "题名", *(["密级"] if level else []), column), *([[level] * 6] if level else []), only(word, "通知"))
        found = said(answers(tmp_path / "root/a.csv", text(table)))
        assert found == wanted or found == Counter(C=1, N=5)


@pytest.mark.parametrize("word", ["保密协议", "函", "商密件", "普通件", "非密件", "工作秘密", "秘书", "密封件", "保密", "密集架"])
def test_a_kind_that_is_not(word: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.csv", text(rows(("档号", "题名", "文种"), only(word, "通知"))))) == Counter(N=6)


MARKED_TITLES = (
    "{}（机）", "(秘){}", "{}[绝]", "【机】{}", "{}（密）", "{}（涉密）", "【涉密】{}", "{}（密件）", "{}（机密）（复印件）", "{}（机密）。", "{}{{机密}}", "「机密」{}",
    "绝密 {}", "机密◆10年 {}", "机密·10年 {}",
    "{} 机密", "{}（机密10年）", "{}[机密级，10年]", "{}（内部·机密）", "城东（机密）{}", "〔絕密〕{}", "{}（机\ufe00密\ufe00★10年）",
)  # fmt: skip
OTHER_TITLES = (
    "{}（农机）", "手扶{}（机动）", "关于设立机构（秘书）{}", "（机关）{}", "（绝缘）{}", "关于泄露国家秘密（机密级）案件的通报{}", "国家秘密（绝密、机密、秘密）{}",
    "机密文件管理{}", "{}（工作秘密）", "{}（商业秘密）",
    "{}保密工作（一）", "秘书处（机要室）{}", "绝密飞行{}",
)  # fmt: skip


@pytest.mark.parametrize("pattern", MARKED_TITLES)
@pytest.mark.parametrize("level", ["", "公开"])
def test_a_title_that_is_set_apart(pattern: str, level: str, tmp_path: Path) -> None:
    table = [
        ("档号", "题名", "密级"),
        *((number, pattern.format(title) if at == 2 else title, level) for at, (number, title) in enumerate(zip(NUMBERS, TITLES))),
    ]
    found = said(answers(tmp_path / "root/a.csv", text(table)))
    assert found["R"] + found["C"] == 1 and found["N"] == 5


@pytest.mark.parametrize("pattern", OTHER_TITLES)
def test_a_title_that_only_speaks_of_it(pattern: str) -> None:
    assert not hint_in_title(pattern.format("改造会议纪要"))


@pytest.mark.parametrize("remark", [
    "此件属机密级，勿外传", "按机密件管理", "密级机密，期限10年", "永久;机密;10年", "经定密为秘密", "含秘密级附件2份", "内有机密件1份", "卷内有绝密文件", "Classification: 机密", "密件", "涉密",
])  # fmt: skip
def test_a_remark_of_its_own_record(remark: str) -> None:
    assert hint_in_remark(remark)


@pytest.mark.parametrize("remark", [
    "不含有机密", "无机密文件", "学习秘密、机密级文件管理规定", "保密期满", "已过保密审查，可公开", "非密件", "商业秘密", "原密级：机密，已解密", "密封保存", "移交保密办",
])  # fmt: skip
def test_a_remark_of_something_else(remark: str) -> None:
    assert not hint_in_remark(remark)


@pytest.mark.parametrize(
    "cell",
    [
        "D:/档案/机密/0003.pdf",
        r"\\srv\涉密\3.tif",
        "0003（机密）.pdf",
        "x_绝密.doc",
        "机密柜",
        "涉密库房3-2",
        "城建 机密",
        "属于国家秘密",
        "机密盒1",
        "存机密柜内",
        "机密库第三排",
        "涉密文件柜三层",
    ],
)
def test_a_note_in_a_column_that_nobody_knows(cell: str) -> None:
    assert hint_in_note(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "D:/保密办/0003.pdf",
        "涉密档案管理办法",
        "关于涉密",
        "保密室",
        "密集柜3",
        "不涉及国家秘密",
        "工作秘密柜",
        "D:/机密局/3.pdf",
        "机密性",
        "商业秘密盒",
        "涉密区域图",
        "机密室主任",
    ],
)
def test_a_note_about_something_else(cell: str) -> None:
    assert not hint_in_note(cell)


def test_numbers_of_classified_papers() -> None:
    assert all(map(hint_in_cell, ("市密发〔2012〕3号", "密函[2012]4号", "市发机密〔2012〕3号", "密〔2012〕5号")))
    assert not any(
        map(hint_in_cell, ("市保密委〔2012〕3号", "国密办字〔2012〕3号", "保密发〔2012〕3号", "国密发〔2012〕3号", "市发〔2012〕4号"))
    )


@pytest.mark.parametrize(("head", "cells"), [("密", ("√", "")), ("密", ("是", "否")), ("密", ("机", "")), ("机", ("√", ""))])
def test_a_column_called_by_one_character(head: str, cells: tuple[str, str], tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.csv", text(rows(("档号", "题名", head), only(*cells))))) == Counter(C=1, N=5)


HEADS = [
    ("档号 Archival Code", "题名 Title", "密级 Security Level"), ("Ref/档号", "Title/题名", "Security/密级"), ("档号(No.)", "题名(Title)", "密级(Level)"), ("*档号", "*题名", "*密级"),
    ("1.档号", "2.题名", "3.密级"), ("档号", "题名", "密级情况"), ("RefNo", "Title", "SecurityLevelCode"),
]  # fmt: skip


@pytest.mark.parametrize("heads", HEADS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_codes_below_heads_of_all_kinds_are_not_open(heads: Sequence[str], kind: str, tmp_path: Path) -> None:
    table = rows(heads, ["3" if level == "机密" else "1" for level in LEVELS])
    assert said(answers(tmp_path / f"root/a.{kind}", text(table) if kind == "csv" else sheet(table))) == Counter(U=6)


@pytest.mark.parametrize("path", [
    "涉密/a.csv", "涉密档案目录.csv", "密件目录.xlsx", "2012绝密.csv", "密级档案/a.csv", "機密/a.csv", "01机密/a.csv", "机密2012/a.csv", "三、机密类/a.csv",
    "a.xlsx#涉密", "a.xlsx#涉密档案目录", "机密材料/x.csv",
    "2012年机密文件/a.csv", "密级文件登记簿.csv", "目录（涉密）.csv",
])  # fmt: skip
def test_names_of_places(path: str) -> None:
    assert named_secret(path)


@pytest.mark.parametrize(
    "path",
    [
        "非涉密档案目录.csv",
        "不涉密文件目录.csv",
        "涉密人员名册.csv",
        "保密制度汇编目录.csv",
        "保密文件目录.csv",
        "已解密/a.csv",
        "涉密载体管理/a.csv",
        "商密文件目录.csv",
        "密集架/a.csv",
    ],
)
def test_names_of_other_places(path: str) -> None:
    assert not named_secret(path)


def test_rows_that_head_the_records_of_one_level(tmp_path: Path) -> None:
    assert all(map(heads_level, ("机密级文件", "一、机密", "机密文件（3件）", "2.绝密材料共3件"))) and not any(
        map(heads_level, ("机密文件管理", "公开文件", "机密局"))
    )
    table = [
        ("序号", "档号", "题名"),
        ("机密级文件", "", ""),
        *((str(at), number, title) for at, (number, title) in enumerate(zip(NUMBERS, TITLES))),
    ]
    assert said(answers(tmp_path / "root/a.xlsx", sheet(table))) == Counter(R=6)


@pytest.mark.parametrize("line", ["密级：JM", "【密级】机密", "MJ:JM", "密级＝绝", "[密级]秘密级"])
def test_lines_of_cards(line: str) -> None:
    assert line_has_level(line)


@pytest.mark.parametrize("line", ["密级：GK", "【密级】公开", "密级：秘密、机密、绝密三级", "MJ:3.5", "密级：见下表"])
def test_lines_of_other_cards(line: str) -> None:
    assert not line_has_level(line)
