"""Columns, dictionaries and kinds of tables, and what counting refuses."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings.count import Asked, count_group
from scanner.facts.holdings.codes import in_comment
from scanner.facts.holdings.reading import Group, Unread
from scanner.facts.holdings.record import Decision
from scanner.facts.holdings.tally import Tally
from tests.holdings.maker import Maker
from tests.holdings.memory import Memory

ASKED = Asked(as_of=date(2026, 11, 25))
WORDS = """
密级 密　级 文件密级 案卷密级 保密级别 保密等级 机密等级 涉密级别 涉密等级 密级代码 密级标识 定密 MJ mj mjdm mjmc MJBS wjmj ajmj miji MIJI_CODE
bmdj bmjb smjb SMDJ secret_level SECRETLEVEL secretLevel security_level security_class secret_class classification confidentiality secrets
safe_level_id sec_lvl level_no secretlevel security_classification confidential_level
"""
LEVELS = WORDS.replace("\n", " ").strip().split(" ")


def counted(*sources: Memory) -> dict[str, dict[str, Any]]:
    lines = list(count_group(Group("base", sources), ASKED))
    return {line["path"].partition("#")[2]: line for line in lines if isinstance(line, dict)}


def rows(maker: Maker, words: list[str | None], n: int = 60) -> list[tuple[str | None, ...]]:
    return [(maker.number(), maker.title(), words[i % len(words)], "2025-01-01", "办公室") for i in range(n)]


def base(level: str | tuple[str, str]) -> list[str | tuple[str, str]]:
    return ["dh", "tm", level, "cwrq", "zrz"]


@pytest.mark.parametrize("level", LEVELS)
def test_names_of_the_secrecy_column(level: str) -> None:
    maker = Maker(3)
    assert counted(Memory("t", base(level), rows(maker, ["机密", "公开", "秘密★5年"])))["t"]["counts"]["C"] == 40
    assert counted(Memory("t", base(level), rows(maker, ["1", "2", "3", "4"])))["t"]["counts"]["U"] == 60


@pytest.mark.parametrize(("column", "values"), [
    ("mj", ["80.5", "91.0", "120.25"]), ("bgqx", ["永久", "长期", "30年"]), ("mjjh", ["密集架1", "密集架2"]), ("mm", ["机密x1", "abc"]), ("门禁", ["是", "否"]),
])  # fmt: skip
def test_columns_that_only_look_like_it(column: str, values: list[str]) -> None:
    line = counted(Memory("t", base(column), rows(Maker(3), list(values))))["t"]
    assert line["counts"] == {"C": 0, "R": 0, "D": 0, "N": 60, "U": 0} and line["columns"].get("level") != "bgqx"


def test_an_opaque_column_by_its_comment_and_by_its_values() -> None:
    maker = Maker(5)
    coded = [row[:3] for row in rows(maker, ["1", "2", "3"])]
    told = Memory("a", [("F1", "档号"), ("F2", "题名"), ("F9", "密级(1:公开 2:秘密 3:机密)")], coded)
    spoken = Memory("b", ["F1", "F2", "F9"], [row[:3] for row in rows(maker, ["公开", "机密", "内部"])])
    found = counted(told, spoken)
    assert found["a"]["counts"]["C"] == 40 and found["b"]["counts"]["C"] == 20


def test_dictionaries_that_disagree_explain_nothing() -> None:
    one = Memory("t_level_a", ["dm", "mc"], [("1", "公开"), ("2", "机密")])
    other = Memory("t_level_b", ["dm", "mc"], [("1", "绝密"), ("2", "公开")])
    assert counted(Memory("t", base("mj"), rows(Maker(5), ["1", "2"])), one, other)["t"]["counts"]["U"] == 60


def test_a_dictionary_without_any_level_still_explains() -> None:
    words = Memory("sec_level", ["dm", "mc"], [("1", "内部"), ("2", "受控"), ("3", "商密"), ("4", "公开")])
    assert counted(Memory("t", base("sec_level"), rows(Maker(5), ["1", "2", "3.0", "4"])), words)["t"]["counts"]["N"] == 60
    stranger = Memory("gksx", ["dm", "mc"], [("1", "主动公开"), ("2", "依申请公开"), ("3", "不予公开")])
    assert counted(Memory("t", base("mj"), rows(Maker(5), ["1", "2", "3"])), stranger)["t"]["counts"]["U"] == 60


def test_tables_that_are_no_catalogues() -> None:
    found = counted(
        Memory("t_staff", ["姓名", "部门", "密级"], [("甲", "乙", "机密")] * 9),
        Memory("help_doc", ["id", "title", "content"], [("1", "如何填写", "填写为“机密★10年”")] * 3),
        Memory("t_perm", ["role_name", "max_secret_level"], [("a", "机密")] * 4),
        Memory("zd", ["dm", "mc"], [("1", "公开"), ("2", "机密")]),
    )
    assert {name: line["role"] for name, line in found.items()} == {
        "t_staff": "clearance",
        "help_doc": "help",
        "t_perm": "permission",
        "zd": "dictionary",
    }
    assert all(line["counts"]["N"] == line["rows_total"] for line in found.values())


def test_a_lone_dictionary_is_no_catalogue_and_a_short_list_is_no_dictionary() -> None:
    alone = counted(Memory("dict", ["代码", "名称"], [("1", "公开"), ("2", "秘密"), ("3", "机密"), ("4", "绝密")]))["dict"]
    assert alone["role"] == "dictionary" and alone["counts"]["N"] == 4
    titled = counted(Memory("dict", ["code", "title"], [("1", "公开"), ("2", "机密")]))["dict"]
    assert titled["role"] == "dictionary" and titled["counts"]["N"] == 2
    short = counted(Memory("list", ["档号", "密级"], [("A-1", "机密"), ("A-2", "公开")]))["list"]
    assert short["role"] == "catalogue" and short["counts"]["C"] == 1
    bare = counted(Memory("list", ["题名", "密级"], [("城东", "机密"), ("城西", "公开"), ("城南", "绝密")]))["list"]
    assert bare["counts"]["C"] == 2


def test_an_empty_secrecy_column_is_noted() -> None:
    line = counted(Memory("t", ["档号", "题名", "密级"], [(*row[:2], "") for row in rows(Maker(5), [""])]))["t"]
    assert line["notes"] == ["level-empty"] and line["counts"]["N"] == 60


def test_marks_are_found_in_columns_that_nobody_names() -> None:
    cells = [(f"0001-{i:04d}", "公" * 6, "", "机密★10年" if i < 3 else "x") for i in range(30)]
    assert counted(Memory("t", ["档号", "题名", "密级", "ext7"], cells))["t"]["counts"]["C"] == 3


def test_a_column_that_is_blank_for_long_is_found_all_the_same() -> None:
    cells = [(f"0001-{i:04d}", "公" * 6, "机密" if i > 4000 else None) for i in range(4010)]
    assert counted(Memory("t", ["dh", "tm", "mj"], cells))["t"]["counts"]["C"] == 9
    assert counted(Memory("t", ["dh", "tm", "x9"], cells))["t"]["counts"]["R"] == 9


def test_a_head_that_explains_its_codes() -> None:
    line = counted(Memory("t", ["档号", "题名", "密级(1:公开 2:机密)"], [row[:3] for row in rows(Maker(5), ["1", "2"])]))["t"]
    assert line["counts"]["C"] == 30


def test_a_lost_row_is_an_error_and_never_clean() -> None:
    source = Memory("t", base("mj"), rows(Maker(5), ["公开"]))
    source.total = 61
    line, lost = count_group(Group("base", (source,)), ASKED)
    assert isinstance(lost, Unread) and (lost.why.value, lost.detail) == ("truncated", "60 rows read of 61, after 60 rows")
    assert isinstance(line, dict) and line["method"] == "partial"


def test_a_slip_of_ours_tells_its_class_and_nothing_else() -> None:
    class Slipping(Memory):
        def candidates(self, columns: Any, predicate: Any) -> Any:
            raise ValueError("城东旧档移交清册")
            yield ()

    (line,) = count_group(Group("base", (Slipping("t", base("mj"), rows(Maker(5), ["公开"])),)), ASKED)
    assert isinstance(line, Unread) and (line.why.value, line.detail) == ("defect", "ValueError")


def test_a_source_that_does_not_know_its_rows() -> None:
    line = counted(Memory("t", base("密级"), rows(Maker(5), ["公开", "机密"]), declared=False))["t"]
    assert line["rows_total"] == 60 and line["counts"]["C"] == 30


@pytest.mark.parametrize(
    "comment", ["密级：0-公开,1-秘密,2-机密", "密级 1公开 2秘密 3机密", "公开=1;秘密=2", "级别 01公开、02秘密、03绝密", "GK公开，MM秘密"]
)
def test_comments_that_explain_codes(comment: str) -> None:
    assert "秘密" in in_comment(comment).values()


def test_comments_that_explain_nothing() -> None:
    assert in_comment("密级代码") == {} and in_comment("1:男 2:女") == {}


def test_a_column_whose_name_is_nothing_beside_numbers() -> None:
    assert counted(Memory("t", ["dh", "档号", "."], [(None, None, "0")]))["t"]["rows_total"] == 1


CELLS = st.one_of(
    st.none(), st.text(max_size=12),
    st.sampled_from(["机密", "公开", "1", "2", "JM", "机密★10年", "秘密★启用前", "已解密", "2020-01-01", "密级：机密", "（机密）", "SECRET", "0f" * 16, "一般"]),
)  # fmt: skip
NAMES = st.lists(
    st.one_of(st.sampled_from(["dh", "档号", "题名", "tm", "密级", "mj", "备注", "解密日期", "保密期限", "dm", "mc", "user_name", "密级(1:公开 2:机密)"]), st.text(min_size=1, max_size=6)),
    min_size=1, max_size=6, unique=True,
)  # fmt: skip


@settings(max_examples=150)
@given(st.data())
def test_whatever_stands_in_a_table_it_adds_up_and_nothing_of_it_is_kept(data: st.DataObject) -> None:
    sources = []
    for number in range(data.draw(st.integers(1, 2))):
        names = data.draw(NAMES)
        cells = data.draw(st.lists(st.tuples(*[CELLS for _ in names]), max_size=25))
        sources.append(Memory(f"t{number}", names, cells, declared=data.draw(st.booleans())))
    lines = list(count_group(Group("base", tuple(sources)), ASKED))
    assert len(lines) == len(sources)
    for line in lines:
        assert isinstance(line, dict) and sum(line["counts"].values()) == line["rows_total"] == line["rows_read"]
        assert sum(line["reasons"].values()) == line["rows_total"]


def test_rows_that_are_something_else_after_all_leave_the_reasons_of_open_ones() -> None:
    tally = Tally()
    tally.add(Decision("R", "mark-outside-catalogue"), "", "null", 10)
    tally.add(Decision("N", "unmarked"), "", "null", 5)
    tally.move(3, "U", "level-left-over")
    assert +tally.reasons == Counter({"mark-outside-catalogue": 10, "unmarked": 2, "level-left-over": 3})
