"""A level written in a way of its own, and weak words that somebody has to look at."""

from datetime import date

import pytest

from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.normal import folded
from scanner.facts.holdings.record import Record
from scanner.facts.holdings.rules import decide
from scanner.facts.holdings.texts import said_in
from scanner.facts.holdings.values import Codes, meaning


def decided(level, title="", remark="", untold=()):
    return decide(
        Record(meaning=meaning(level, Codes()), as_of=date(2026, 11, 25), said=said_in(title, (remark,), untold), dated="2026")
    ).code


@pytest.mark.parametrize("level", ["机密\0\0", "\x01机密", "机\x7f密", "密级：机密", "秘密件", "秘密文件", '"机密"', "'机密", "“机密”", "机密。", "机密；", "3-机密", "03、机密", "密级:机密★10年",
                                   "★机密★"])  # fmt: skip
def test_a_level_with_something_around_it(level: str) -> None:
    assert decided(level) == "C"


@pytest.mark.parametrize(
    ("level", "code"),
    [("公开。", "N"), ("1-公开", "N"), ("商业秘密件", "N"), ("非机密件", "U"), ("3-5", "U"), ('"', "U"), ("1-", "U"), ("\0\0", "N")],
)
def test_other_cells_stay_what_they_are(level: str, code: str) -> None:
    assert decided(level) == code


def test_cells_padded_with_controls_are_folded_and_tabs_stay_spaces() -> None:
    assert folded("公开\0\0") == "公开" and folded("a\tb") == "ab"


@pytest.mark.parametrize("title", ["机 密 ★ 1 0 年 关于调整的报告", "关于调整的报告（机 密 ★ 10 年）", "绝　密★长 期"])
def test_a_spaced_mark_in_a_title(title: str) -> None:
    assert decided("", title) == "C"


@pytest.mark.parametrize(
    "remark",
    [
        "本件不含机密",
        "不涉及国家秘密",
        "非涉密",
        "不涉密",
        "涉密人员培训",
        "密级：公开",
        "密级：无",
        "涉密审查通过",
        "保密工作，涉密载体管理",
        "商业秘密",
        "工作秘密",
    ],
)
def test_other_remarks_stay_open(remark: str) -> None:
    assert decided("", "某件", remark) == "N"


@pytest.mark.parametrize("line", [
    "密级：机密 份号：001", "密级：机密★20年  编号：1", "编号：1  密级：机密★20年", "档号：A1 密级：秘密 保管期限：永久", "保密级别：机密", "密　　级：机密",
    "No.000123   机密★10年   特急", "机密、急件", "★机密★", "*机密*", "<doc><head><密级>机密</密级></head>", '"密级": "机密",', "机 密 ★ 1 0 年", "【机密】", "机密★10年 份号：000001",
])  # fmt: skip
def test_labelled_first_lines(line: str) -> None:
    assert decide_document([("line", line), ("line", "关于X的通知")], whole_text=True).code == "C"


@pytest.mark.parametrize(
    "line",
    [
        "密级：公开",
        "密级分为秘密、机密、绝密",
        "密级：秘密、机密、绝密三级",
        "商业秘密",
        "国家秘密的密级为“机密”的，",
        "机密文件管理办法",
        "密级：工作秘密",
    ],
)
def test_lines_that_mark_nothing(line: str) -> None:
    assert decide_document([("line", line), ("line", "关于X的通知")], whole_text=True).code == "N"


@pytest.mark.parametrize("name", ["机密/x.docx", "a/机密件/x.txt", "涉密文件目录（机密）.docx", "x.zip!绝密/1.txt"])
def test_a_name_that_says_so_is_for_a_person(name: str) -> None:
    assert decide_document([("name", name), ("line", "关于X的通知")], whole_text=True).code == "R"
