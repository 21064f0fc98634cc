"""Rows of the decision table that speak of more than one record: what is only marked as deleted, other secrets, marks around a table, logs that quote."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.collect.holdings.files import make
from tests.holdings.memory import Memory
from tests.holdings.test_count import counted
from tests.holdings.test_left_over import answers, said, table
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES

NAMES = ["dh", "tm", "mj", "cwrq"]
RECORDS = [(number, title, level, "2025-01-01") for number, title, level in zip(NUMBERS, TITLES, LEVELS)]


@pytest.mark.parametrize("column", ["del_flag", "is_deleted", "删除标志"])
def test_what_is_only_marked_as_deleted_is_as_classified_as_before(column: str) -> None:
    line = counted(Memory("t", [*NAMES, column], [(*record, "1") for record in RECORDS]))["t"]
    assert line["counts"]["C"] == 1 and line["deleted"] == 1
    assert counted(Memory("t", [*NAMES, column], [(*record, "0") for record in RECORDS]))["t"]["deleted"] == 0


@pytest.mark.parametrize("name", ["t_draft", "recycle_bin", "t_history", "t_bak"])
def test_copies_and_drafts_are_decided_like_any_other(name: str) -> None:
    assert counted(Memory(name, NAMES, RECORDS))[name]["counts"]["C"] == 1


@pytest.mark.parametrize(
    ("level", "reason"), [("工作秘密", "work-secret"), ("商业秘密", "trade-secret"), ("核心商密", "trade-secret"), ("公开", "open")]
)
def test_other_secrets_are_open_and_told_apart(level: str, reason: str) -> None:
    reasons = counted(Memory("t", NAMES, [(a, b, level, d) for a, b, _, d in RECORDS]))["t"]["reasons"]
    assert reasons == {reason: 6} or (reason == "open" and set(reasons) <= {"open", "unmarked"})


def test_a_log_that_quotes_a_marked_title() -> None:
    rows = [("1", "10.0.0.1", "查看", "打开《城东改造报告（机密★10年）》"), ("2", "10.0.0.1", "查看", "打开目录")]
    line = counted(Memory("sys_oper_log", ["id", "ip", "operation", "detail"], rows))["sys_oper_log"]
    assert (line["counts"]["R"], line["counts"]["N"], line["role"]) == (1, 1, "log")


def test_a_mark_around_a_table_that_a_record_agrees_with(tmp_path: Path) -> None:
    """Records without a level are classified like it; where none agrees, all are for a person."""
    rows = [("档号", "题名", "密级"), *((a, b, "机密" if at == 2 else "") for at, (a, b) in enumerate(zip(NUMBERS, TITLES)))]
    marked = make.docx(make.paragraph("机密★10年") + table(*rows))
    assert said(answers(tmp_path / "root/a.docx", marked)) == Counter(C=6)
    silent = make.docx(make.paragraph("机密★10年") + table(rows[0], *((a, b, "") for a, b, _ in rows[1:])))
    assert said(answers(tmp_path / "root/b.docx", silent)) == Counter(R=6)
    said_open = make.docx(make.paragraph("机密★10年") + table(rows[0], rows[3], *((a, b, "公开") for a, b, _ in rows[1:3])))
    assert said(answers(tmp_path / "root/c.docx", said_open)) == Counter(C=1, N=2)


@pytest.mark.parametrize("value", ["永久", "长期", "30年", "10年"])
def test_terms_of_keeping_are_no_terms_of_secrecy(value: str) -> None:
    rows = [(a, b, "", d, value) for a, b, _, d in RECORDS]
    assert counted(Memory("t", [*NAMES, "bgqx"], rows))["t"]["counts"]["N"] == 6


def test_a_column_of_that_name_that_is_an_area_or_a_rack() -> None:
    areas = [(a, b, f"{number}.5", d) for number, (a, b, _, d) in enumerate(RECORDS)]
    assert counted(Memory("t", NAMES, areas))["t"]["counts"]["N"] == 6
    racks = [(a, b, f"密集架{number}", d) for number, (a, b, _, d) in enumerate(RECORDS)]
    assert counted(Memory("t", ["dh", "tm", "mjjh", "cwrq"], racks))["t"]["counts"]["N"] == 6


def test_telephones_of_persons_are_no_record_numbers() -> None:
    persons = [
        (name, level, f"1380013{number:04d}")
        for number, (name, level) in enumerate([("甲", "核心涉密"), ("乙", "一般涉密"), ("丙", "机密"), ("丁", "公开")])
    ]
    assert counted(Memory("t_ry", ["xm", "mj", "dh"], persons))["t_ry"]["role"] == "clearance"
    files = [(name, level, f"X001-{number}") for number, (name, level, _) in enumerate(persons)]
    assert counted(Memory("t_ry", ["xm", "mj", "dh"], files))["t_ry"]["role"] == "catalogue"


@pytest.mark.parametrize(("column", "wanted"), [("secret_level", Counter(C=4, N=2)), ("secret_level_id", Counter(U=6))])
def test_numbers_of_a_dictionary_s_rows_are_none_of_its_codes(column: str, wanted: Counter[str]) -> None:
    """Its own codes go before the order in which it happens to be kept; a column called after an id may hold either."""
    kinds = [
        ("1", "secret_level", "3", "公开", "2"),
        ("2", "secret_level", "1", "绝密", "3"),
        ("3", "secret_level", "2", "机密", "1"),
        ("4", "sex", "1", "男", "1"),
    ]
    dictionary = Memory("sys_dict_data", ["id", "dict_type", "dict_value", "dict_label", "dict_sort"], kinds)
    rows = [(number, title, str(at % 3 + 1)) for at, (number, title) in enumerate(zip(NUMBERS, TITLES))][:6]
    found = counted(Memory("t", ["dh", "tm", column], rows), dictionary)["t"]["counts"]
    assert Counter({code: number for code, number in found.items() if number}) == wanted


@pytest.mark.parametrize("label", ["面积（平方米）", "密集架编号", "门禁", "紧急程度"])
def test_a_label_says_what_a_name_is_not(label: str) -> None:
    """mj is 面积, too: codes in it are none of levels, and words for levels still are."""
    rows = [(number, title, str(80 + at % 3)) for at, (number, title) in enumerate(zip(NUMBERS, TITLES))]
    assert set(+Counter(counted(Memory("t", ["dh", "tm", ("mj", label)], rows))["t"]["counts"])) == {"N"}
    told = [(number, title, "机密") for number, title, _ in rows]
    assert set(+Counter(counted(Memory("t", ["dh", "tm", ("mj", label)], told))["t"]["counts"])) == {"C"}


def test_a_comment_that_tells_its_codes_as_json() -> None:
    rows = [(number, title, str(at % 2 + 1)) for at, (number, title) in enumerate(zip(NUMBERS, TITLES))][:6]
    counts = counted(Memory("t", ["dh", "tm", ("wjmj", '密级{"1":"公开","2":"机密"}')], rows))["t"]["counts"]
    assert +Counter(counts) == Counter(C=3, N=3)
