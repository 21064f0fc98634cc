"""Catalogues as offices really keep them, each with a classified record in a place of its own: none may pass as open."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.facts.holdings.texts import said_in
from tests.collect.holdings.files import make
from tests.holdings.memory import Memory
from tests.holdings.test_count import counted
from tests.holdings.test_layouts import base
from tests.holdings.test_left_over import answers, said, sheet

TITLES = ("城东片区改造会议纪要", "城西道路修缮请示", "城南水厂扩建批复", "城北学校选址报告", "沿江堤防检查通报", "老街消防整改函")
NUMBERS = tuple(f"X017-WS-2012-Y-{number:04d}" for number in range(1, 7))
LEVELS = ("公开", "公开", "机密", "公开", "公开", "公开")
Rows = Sequence[Sequence[str]]


def rows(heads: Sequence[str], *columns: Sequence[str]) -> Rows:
    """Numbers, titles and further columns below their names."""
    return [heads, *zip(NUMBERS, TITLES, *columns)]


def only(*cells: str, at: int = 2) -> list[str]:
    """A column with something in one row."""
    return [cells[0] if row == at else (cells[1] if len(cells) > 1 else "") for row in range(6)]


def text(table: Rows, separator: str = ",", encoding: str = "utf-8") -> bytes:
    return "".join(separator.join(row) + "\n" for row in table).encode(encoding)


def paragraphs(lines: Sequence[str]) -> bytes:
    return make.docx("".join(map(make.paragraph, lines)))


COLUMNS = ("档号", "题名", "密级")
ONE_HOT = ("档号", "题名", "公开", "秘密", "机密", "绝密")
MSSQL = (
    "USE [DA]\nGO\nCREATE TABLE [dbo].[归档文件]([档号] [nvarchar](40) NULL,[题名] [nvarchar](200) NULL,[密级] [nvarchar](10) NULL)\nGO\n"
    + "".join(
        f"INSERT [dbo].[归档文件] ([档号], [题名], [密级]) VALUES (N'{a}', N'{b}', N'{c}')\nGO\n"
        for a, b, c in zip(NUMBERS, TITLES, LEVELS)
    )
)
TRADITIONAL = [
    ("檔號", "題名", "密級"),
    *((number, f"會議紀錄第{number}號", level) for number, level in zip(NUMBERS, only("機密", "公開"))),
]
LISTED = [f"{number}．{title}{'（机密）' if number == 3 else ''}　{NUMBERS[number - 1]}" for number, title in enumerate(TITLES, 1)]

FOUND: dict[str, tuple[str, bytes, Counter[str]]] = {
    "a column for each level": ("a.xlsx", sheet(rows(ONE_HOT, only("", "√"), only(""), only("√"), only(""))), Counter(C=1, N=5)),
    "a column for each level, ones": ("a.csv", text(rows(ONE_HOT, only("0", "1"), only("0", "0"), only("1", "0"), only("0", "0"))), Counter(C=1, N=5)),
    "a column for each level, in pinyin": ("a.csv", text(rows(("DH", "TM", "JIMI", "IS_MIMI"), only("T", "F"), only("F", "F"))), Counter(C=1, N=5)),
    "levels in brackets behind the label": ("a.csv", text(rows(("档号", "题名", "密级（秘密）", "密级（机密）"), only(""), only("√"))), Counter(U=1, N=5)),
    "codes beside a blank level": ("a.csv", text(rows(("档号", "题名", "密级", "mjdm"), only(""), only("3"))), Counter(U=1, N=5)),
    "the traditional forms' own encoding": ("a.csv", text(TRADITIONAL, encoding="big5"), Counter(C=1, N=5)),
    "one character, nothing named": ("a.csv", text(rows(("编号", "文题", "m"), only("机", "公"))), Counter(C=1, N=5)),
    "one character in brackets": ("a.csv", text(rows(("编号", "名称", "密别"), only("(机)", "公"))), Counter(C=1, N=5)),
    "a script without INTO": ("a.sql", MSSQL.encode("utf-16"), Counter(C=1, N=5)),
    "a label with a dash": ("a.csv", text(rows(("档号", "题名", "备注"), only("密级-机密", "存"))), Counter(C=1, N=5)),
    "set in a sentence": ("a.csv", text(rows(("档号", "题名", "备注"), only("本件定为机密级；保密期限10年", "原件存库房"))), Counter(R=1, N=5)),
    "the one word in a title": ("a.csv", text([("档号", "题名"), *zip(NUMBERS, [f"{TITLES[0]}（密）", *TITLES[1:]])]), Counter(R=1, N=5)),
    "who set a level": ("a.csv", text(rows(("档号", "题名", "定密依据"), only("某事项范围第3条"))), Counter(R=1, N=5)),
    "how long it is secret": ("a.csv", text(rows(("档号", "题名", "保密期限", "定密责任人"), only("10年", "无"), only("张某"))), Counter(R=1, N=5)),
    "how long, beside a blank level": ("a.csv", text(rows(("档号", "题名", "密级", "保密期限"), only("", "公开"), only("10年"))), Counter(R=1, N=5)),
    "words of English": ("a.csv", text(rows(("Ref No", "Title", "Security Classification"), only("Top Secret", "Unclassified"))), Counter(C=1, N=5)),
    "a protective marking": ("a.csv", text(rows(("Reference", "Description", "Protective Marking"), only("SECRET", "OFFICIAL"))), Counter(C=1, N=5)),
    "a caption": ("a.xlsx", sheet([("2012年机密文件目录",), ("档号", "题名"), *zip(NUMBERS, TITLES)]), Counter(R=6)),
    "the name of a list": ("2012年机密文件目录.csv", text([("档号", "题名"), *zip(NUMBERS, TITLES)]), Counter(R=6)),
    "a list in a document": ("a.docx", paragraphs(["2012年归档文件清单", *LISTED]), Counter(R=1)),
    "settings": ("a.ini", "".join(f"[{a}]\ntm={b}\nmj={c}\n" for a, b, c in zip(NUMBERS, TITLES, LEVELS)).encode(), Counter(C=1, N=5)),
    "a list of keys": ("a.yaml", "".join(f"- dh: {a}\n  tm: {b}\n  mj: {c}\n" for a, b, c in zip(NUMBERS, TITLES, LEVELS)).encode(), Counter(C=1, N=5)),
    "separators of records": ("a.dat", "\x1e".join("\x1f".join(row) for row in rows(COLUMNS, LEVELS)).encode(), Counter(U=1)),
    "words between spaces": ("a.txt", ("归档目录\n\n" + "".join(" ".join(row) + "\n" for row in rows(COLUMNS, LEVELS)[1:])).encode(), Counter(U=1)),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_the_record_is_not_open(name: str, tmp_path: Path) -> None:
    path, data, wanted = FOUND[name]
    assert said(answers(tmp_path / "root" / path, data)) == wanted


def test_levels_in_escaped_cells_of_a_database(tmp_path: Path) -> None:
    cells = [(a, b, json.dumps({"mj": c, "ys": 3})) for a, b, c in zip(NUMBERS, TITLES, LEVELS)]
    path = tmp_path / "root/a.db"
    assert said(answers(path, base(path, "dh TEXT, tm TEXT, ext TEXT", cells))) == Counter(C=1, N=5)


def test_a_short_name_with_yes_and_no(tmp_path: Path) -> None:
    path = tmp_path / "root/a.db"
    data = base(path, "dh TEXT, tm TEXT, sm INT", [(a, b, int(c == "机密")) for a, b, c in zip(NUMBERS, TITLES, LEVELS)])
    assert said(answers(path, data)) == Counter(C=1, N=5)


@pytest.mark.parametrize(("column", "dictionary"), [("baomi_id", "baomi"), ("dj_id", "t_dj"), ("lvlCode", "lvl_dict")])
def test_a_reference_by_name(column: str, dictionary: str) -> None:
    records = Memory(
        "da", ["dh", "tm", column, "status"], [(a, b, "9" if c == "机密" else "7", "8") for a, b, c in zip(NUMBERS, TITLES, LEVELS)]
    )
    found = counted(records, Memory(dictionary, ["id", "name"], [("7", "公开"), ("8", "秘密"), ("9", "机密")]))["da"]
    assert found["counts"]["C"] == 1 and found["counts"]["N"] == 5


def test_a_level_in_pointed_brackets() -> None:
    assert said_in("<秘密>城东片区改造会议纪要", ()).word == "秘密" and said_in("《秘密》城东片区改造会议纪要", ()).word is None


OPEN: dict[str, tuple[str, bytes]] = {
    "a count by level": ("a.xlsx", sheet([("年度", "公开", "秘密", "机密", "合计"), ("2010", "100", "1", "1", "102"), ("2011", "90", "1", "0", "91")])),
    "a column for each level": ("a.xlsx", sheet(rows(ONE_HOT, ["√"] * 6, only(""), only(""), only("")))),
    "words of English": ("a.csv", text(rows(("Ref", "Title", "Classification"), ["Unclassified"] * 6))),
    "remarks": ("a.csv", text(rows(("档号", "题名", "备注"), ["未定为国家秘密", "经审查不属于机密级", "不定密", "", "密级-公开", "参加保密培训"]))),
    "terms that are none": ("a.csv", text(rows(("档号", "题名", "保密期限", "定密依据"), ["无", "/", "", "-", "0", "——"], ["无", "/", "", "-", "", "——"]))),
    "terms beside an open level": ("a.csv", text(rows(("档号", "题名", "密级", "保密期限"), ["公开"] * 6, ["无"] * 6))),
    "captions": ("a.xlsx", sheet([("保密工作文件目录",), ("档号", "题名"), *zip(NUMBERS, TITLES)])),
    "other secrets' caption": ("a.xlsx", sheet([("商业秘密文件目录",), ("档号", "题名"), *zip(NUMBERS, TITLES)])),
    "regulations": ("a.docx", paragraphs(["保密知识", "国家秘密分为绝密、机密、秘密三级（绝密最高）。", "1. 机密文件的传递", "2. 绝密级（最高）、机密级"])),
    "settings": ("a.ini", "[a]\ntm=城东\nmj=公开\nbz=机密文件管理\n".encode()),
    "words between spaces": ("a.txt", "等级 绝密 机密 秘密\n保密 工作 会议\n".encode()),
    "traditional forms in the usual encoding": ("a.csv", text([("檔號", "題名", "密級"), *zip(NUMBERS, TITLES, ["公開"] * 6)], encoding="gb18030")),
    "short names with other values": ("a.csv", text(rows(("dh", "tm", "sm"), ["1", "2", "3", "4", "5", "6"]))),
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN)
def test_nothing_is_called_classified(name: str, tmp_path: Path) -> None:
    path, data = OPEN[name]
    found = said(answers(tmp_path / "root" / path, data))
    assert found["N"] and found.total() == found["N"], found
