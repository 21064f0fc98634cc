"""What lies around records, in packages and in answers of services, is counted as none; what it says of secrecy is not lost for that."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from scanner.collect.holdings.files.envelope import is_envelope
from scanner.facts.holdings.reading import Unread
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES

SPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
RECORDS = [dict(zip(("档号", "题名", "密级"), row)) for row in zip(NUMBERS, TITLES, LEVELS)]


def entity(number: int, level: str, date: str = "2021-03-01", term: str = "") -> str:
    return (
        "<文件实体><聚合层次>文件</聚合层次><来源><档案馆名称>某馆</档案馆名称><全宗名称>某局</全宗名称></来源>"
        f"<档号><全宗号>X017</全宗号><目录号>1</目录号><年度>2021</年度><件号>{number}</件号></档号>"
        f"<内容描述><题名>会议材料</题名><日期>{date}</日期><责任者>某局</责任者><密级>{level}</密级><保密期限>{term}</保密期限></内容描述>"
        "<形式特征><文件组合类型>单件</文件组合类型><件数>1</件数></形式特征></文件实体>"
    )


def package(*entities: str, around: str = "原始型") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><电子文件封装包 xmlns="{SPACE}"><封装包格式描述>DA/T 48</封装包格式描述><版本>2009</版本>'
        f'<被签名对象 eep版本="2009"><封装包类型>{around}</封装包类型><封装包创建时间>2021-04-01</封装包创建时间><封装包创建单位>某馆</封装包创建单位>'
        f"<封装内容><文件实体块>{''.join(entities)}</文件实体块></封装内容></被签名对象></电子文件封装包>"
    )


def stores(path: Path, data: str) -> list[tuple[str, int]]:
    return [(line["role"], line["rows_total"]) for line in answers(path, data) if not isinstance(line, Unread)]


@pytest.mark.parametrize(
    ("entities", "wanted"),
    [
        ([entity(1, "机密")], Counter(C=1)),
        ([entity(1, "公开")], Counter(N=1)),
        ([entity(1, "")], Counter(N=1)),
        ([entity(1, "公开"), entity(2, "绝密"), entity(3, "内部")], Counter(C=1, N=2)),
        ([entity(1, "秘密", "2001-03-01", "5年")], Counter(R=1)),
    ],
)
def test_a_package_holds_as_many_records_as_it_describes(entities: list[str], wanted: Counter[str], tmp_path: Path) -> None:
    path = tmp_path / "root/a.eep"
    assert said(answers(path, package(*entities))) == wanted
    assert stores(path, package(*entities)) == [("catalogue", wanted.total())]


def test_a_level_around_the_records_of_a_package_is_not_lost(tmp_path: Path) -> None:
    found = said(answers(tmp_path / "root/a.eep", package(entity(1, "公开"), around="机密")))
    assert found["N"] == 1 and found["U"] + found["R"] + found["C"] == 1


@pytest.mark.parametrize(("level", "wanted"), [("JM", "C"), ("3", "U"), ("公开", "N")])
def test_a_record_beside_those_of_a_package_is_one(level: str, wanted: str, tmp_path: Path) -> None:
    more = f"<卷内文件><档号>X017-1-9</档号><题名>会议材料</题名><密级>{level}</密级></卷内文件></封装内容>"
    found = said(answers(tmp_path / "root/a.eep", package(entity(1, "公开")).replace("</封装内容>", more)))
    assert found == Counter({"N": 1}) + Counter({wanted: 1})


def test_an_earlier_version_within_a_package(tmp_path: Path) -> None:
    inner = package(entity(1, "机密")).partition("<被签名对象")[2].partition("</电子文件封装包>")[0]
    outer = package(entity(1, "公开")).replace("</封装内容>", f"<原封装包><被签名对象{inner}</原封装包></封装内容>")
    assert said(answers(tmp_path / "root/a.eep", outer)) == Counter(C=1, N=1)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 0, "msg": "ok", "data": {"total": 6, "rows": RECORDS}},
        {"success": True, "data": {"list": RECORDS, "pageNum": 1, "pageSize": 10}},
        {"took": 3, "timed_out": False, "hits": {"total": {"value": 6, "relation": "eq"}, "max_score": 1.0, "hits": RECORDS}},
    ],
)
def test_an_answer_around_records_is_no_record(answer: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "root/a.json"
    assert said(answers(path, json.dumps(answer))) == Counter(C=1, N=5)


@pytest.mark.parametrize(("row", "wanted"), [({"code": "0"}, True), ({"code": "0", "题名": "a"}, False), ({"msg": "机密★10年"}, False)])
def test_what_an_answer_says_of_itself(row: dict[str, str | None], wanted: bool) -> None:
    assert is_envelope(row) is wanted


def test_a_volume_around_its_items_is_a_record(tmp_path: Path) -> None:
    volume = {"案卷号": "7", "题名": "会议材料", "密级": "公开", "files": RECORDS}
    assert said(answers(tmp_path / "root/a.json", json.dumps([volume]))) == Counter(C=1, N=6)


def test_names_beside_the_rows_are_no_record(tmp_path: Path) -> None:
    table = {"columns": ["档号", "题名", "密级"], "data": [list(row.values()) for row in RECORDS]}
    assert said(answers(tmp_path / "root/a.json", json.dumps(table))) == Counter(C=1, N=5)
