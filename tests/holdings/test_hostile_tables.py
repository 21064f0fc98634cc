"""Tables made to hide classified records from the counting: none of them may be counted as open."""

from __future__ import annotations

import pytest

from tests.holdings.maker import Maker
from tests.holdings.memory import Memory
from tests.holdings.test_count import base, counted, rows


def one(names: list[str], cells: list[tuple[str | None, ...]], *others: Memory) -> dict[str, int]:
    counts: dict[str, int] = counted(Memory("t", names, cells), *others)["t"]["counts"]
    return {code: number for code, number in counts.items() if number}


@pytest.mark.parametrize(
    "names",
    [["序号", "题名", "密级"], ["案卷号", "案卷题名", "密级"], ["件号", "题名", "密级"], ["id", "name", "mj"], ["编号", "名称", "密级"]],
    ids=str,
)
def test_a_small_catalogue_is_no_dictionary(names: list[str]) -> None:
    assert one(names, [("1", "城东方案", "公开"), ("2", "城西方案", "机密")]) == {"C": 1, "N": 1}
    assert one(["序号", "题名", "责任者", "密级"], [("1", "甲乙", "局", "公开"), ("2", "丙丁", "委", "机密")]) == {"C": 1, "N": 1}


def test_marks_with_a_period_are_no_labels_of_a_dictionary() -> None:
    assert one(["序号", "mc"], [(str(i), f"机密★{i}年") for i in range(3, 20)]).get("N", 0) == 0


def test_a_small_catalogue_decodes_no_other_table() -> None:
    small = Memory("smwj", ["id", "tm", "mj"], [("1", "城东", "公开"), ("2", "城西", "机密")])
    assert one(["dh", "tm", "mj"], [("A-1", "城南", "1"), ("A-2", "城北", "1")], small) == {"U": 2}
    three = counted(Memory("smwj", ["id", "mj"], [("1", "绝密"), ("2", "机密"), ("3", "秘密")]))["smwj"]
    assert three["counts"]["C"] == 3


@pytest.mark.parametrize(("column", "values", "counts"), [
    ("mj", ["机密", "机密", "机密", "x1"], {"C": 3, "U": 1}),
    ("mj", ["机密", "机密", "1", "2", "3", "1"], {"C": 2, "U": 4}),
    ("secret_level", ["机密", *["1"] * 9], {"C": 1, "U": 9}),
    ("mj", ["机密★10年", "机密★10年", "见后附说明一", "待办公室核对后再填", "甲乙丙丁"], {"C": 2, "U": 3}),
    ("mj", ["机密\0\0", "机密\0\0", "公开\0\0"], {"C": 2, "N": 1}),
])  # fmt: skip
def test_a_foreign_value_hides_no_level(column: str, values: list[str], counts: dict[str, int]) -> None:
    assert one(["dh", "tm", column], [(f"A-{i}", "城东", value) for i, value in enumerate(values)]) == counts


def test_words_beside_codes_that_a_dictionary_explains() -> None:
    words = Memory("mj_dict", ["dm", "mc"], [("1", "公开"), ("2", "机密")])
    assert one(base("mj"), rows(Maker(3), ["机密", "1", "2", "1"]), words) == {"C": 30, "N": 30}


@pytest.mark.parametrize(("column", "yes", "no"), [
    ("是否涉密", "是", "否"), ("是否涉密", "涉密", "不涉密"), ("是否涉密", "1", "0"), ("sfsm", "涉密", "非涉密"), ("涉密情况", "涉密", "不涉密"), ("涉密", "√", ""),
    ("is_secret", "Y", "N"), ("is_secret", "1", "0"),
])  # fmt: skip
def test_a_column_that_says_only_whether(column: str, yes: str, no: str) -> None:
    assert one(["dh", "tm", column], [("A-1", "城东", yes), ("A-2", "城西", no), ("A-3", "城南", no)]) == {"C": 1, "N": 2}
    assert one(["dh", "tm", "密级", column], [("A-1", "城东", "", yes), ("A-2", "城西", "公开", no), ("A-3", "城南", "公开", yes)]) == {
        "C": 1,
        "N": 1,
        "R": 1,
    }


def test_a_no_explains_no_level_that_nobody_understands() -> None:
    assert one(["dh", "tm", "mj", "sfsm"], [("A-1", "城东", "3", "否"), ("A-2", "城西", "7", "是"), ("A-3", "城南", "", "否")]) == {
        "U": 1,
        "C": 1,
        "N": 1,
    }


def test_a_name_of_nothing_else_with_many_codes() -> None:
    assert one(["dh", "tm", "secret_level"], [(f"A-{i}", "城东", f"{i}") for i in range(20)]) == {"U": 20}


def test_work_secrets_against_another_secrecy_column() -> None:
    assert one(["dh", "tm", "密级", "变更密级"], [("A-1", "城东", "工作秘密", "机密"), ("A-2", "城西", "公开", "公开")]).get("N") == 1


def test_a_name_alone_excludes_no_levels() -> None:
    audit = counted(Memory("审计文件", ["序号", "题名", "密级"], [("1", "城东", "机密"), ("2", "城西", "公开")]))["审计文件"]
    assert audit["counts"]["C"] + audit["counts"]["R"] == 1 and audit["counts"]["N"] == 1
    named = counted(Memory("file_code", ["xh", "wjm", "mj"], [(str(i), "城东方案", "机密") for i in range(60)]))["file_code"]
    assert named["counts"]["C"] == 60


def test_a_setting_that_is_secret_is_no_record() -> None:
    assert one(["k", "v", "is_secret"], [("a", "b", "1")]) == {"N": 1}


@pytest.mark.parametrize(("column", "value", "other"), [
    ("公开属性", "机密", "公开"), ("开放状态", "机密", "公开"), ("控制标识", "机密", "公开"), ("责任者", "机密★10年", "局"), ("日期", "机密★10年", "2020"),
    ("保管期限", "机密", "永久"), ("保管期限", "永久（机密）", "永久"), ("开放状态", "涉密不开放", "开放"), ("控制标识", "涉及国家秘密", "不涉及国家秘密"),
    ("备注", "机密件，存涉密柜", "不涉密"), ("备注", "附件机密", "参加保密工作会议"), ("备注", "含涉密附件", ""), ("备注", "涉密", "无涉密"),
])  # fmt: skip
@pytest.mark.parametrize("level", [None, "公开"])
def test_a_level_in_a_column_of_another_role(column: str, value: str, other: str, level: str | None) -> None:
    names, told = ["档号", "题名", *(["密级"] if level else []), column], [level] if level else []
    found = one(names, [("A-1", "城东", *told, value), ("A-2", "城西", *told, other)])
    assert found.get("N") == 1 and found.get("C", 0) + found.get("R", 0) == 1


@pytest.mark.parametrize("title", ["城东旧档--机密", "机密：城东旧档", "绝密电报（城东）"])
def test_a_level_set_off_in_a_title(title: str) -> None:
    assert one(["档号", "题名"], [("A-1", title), ("A-2", "机密文件管理办法")]) == {"R": 1, "N": 1}


def test_a_changed_level_against_an_open_one() -> None:
    for column in ("变更密级", "bgmj"):
        assert one(["dh", "tm", "密级", column], [("A-1", "城东", "公开", "机密"), ("A-2", "城西", "公开", "")]).get("N") == 1
    assert one(["dh", "tm", "原密级"], [("A-1", "城东", "机密"), ("A-2", "城西", "")]) == {"R": 1, "N": 1}


def test_one_row_of_a_field_dictionary_names_the_level() -> None:
    fields = Memory("sys_field", ["F", "L"], [("F09", "密级")])
    words = Memory("mj_dict", ["dm", "mc"], [("1", "公开"), ("4", "机密")])
    assert one(["F01", "F02", "F09"], [("A-1", "城东", "4"), ("A-2", "城西", "1")], fields, words) == {"C": 1, "N": 1}
