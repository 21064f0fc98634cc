"""A release is only what is recorded as one: statements that merely speak of it leave a classified record classified or to a person."""

from datetime import date

import pytest

from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.record import Record
from scanner.facts.holdings.rules import decide
from scanner.facts.holdings.texts import said_in
from scanner.facts.holdings.values import Codes, meaning

AS_OF = date(2026, 11, 25)


def decided(level, title="", remark="", **cells):
    found = decide(Record(meaning=meaning(level, Codes()), as_of=AS_OF, said=said_in(title, (remark,)), **cells))
    return found.code, found.reason


@pytest.mark.parametrize("remark", [
    "解密后可开放", "解密后移交", "不同意解密", "尚需批准解密", "已到期应解密", "已到解密期", "2024年复审不解密", "2022年审核不可解密", "已通知解密办公室", "已转解密组",
    "经鉴定不具备解密条件", "已报解密审批", "已列入解密计划", "已提请解密", "已驳回解密", "已拒绝解密申请", "已取消解密", "并非已解密", "误标已解密，现予更正",
    "请勿按已解密处理", "是否已解密待查", "批准解密前不得借阅", "同意解密的请示未批", "见解密件目录", "原定2020年解密，已延长", "2020年解密审查时决定继续保密",
    "2019年已解密，2021年重新定密", "原件已解密，附件仍为机密", "已解密2份，其余仍保密", "原为绝密，2020年降为机密，解密时间另定", "已解密？", "已解密（误）",
    "2035年解密", "原为机密，2035年5月解密", "已于2010年解密", "未经批准解密", "经局长批准后解密", "除附件外已解密",
])  # fmt: skip
def test_a_remark_that_speaks_of_release_records_none(remark: str) -> None:
    assert decided("机密★20年", remark=remark, dated="2021")[0] in "CR"


@pytest.mark.parametrize("remark", ["解密后移交", "已通知解密办公室", "2019年已解密，2021年重新定密", "已解密2份，其余仍保密"])
def test_what_may_be_a_release_is_for_a_person(remark: str) -> None:
    assert decided("机密★20年", remark=remark, dated="2021") == ("R", "release-unclear")


@pytest.mark.parametrize("remark", [
    "已解密", "现已解密", "业已解密。", "已于2022年3月解密", "2022年12月1日解密", "2022-12-01已解密", "2022年已解密，存三楼", "经省保密局批准解密", "经批准已解密",
    "经鉴定小组审核同意解密", "原为机密，2022年解密", "原机密已解密", "原密级：机密，已解密", "已解除密级", "2023年5月经市委办公室批准解密", "本件已解密",
])  # fmt: skip
def test_a_statement_of_release_is_one(remark: str) -> None:
    assert decided("机密★20年", remark=remark, dated="2021") == ("D", "released")


@pytest.mark.parametrize("level", ["机密，到期自动解密", "机密★10年，到期后解密", "机密 暂不解密", "机密，不宜解密", "机密不得解密", "机密、无法解密", "机密,不同意解密",
                                   "机密(2035年解密)", "机密解密", "机密(未解密)", "机密拟改为公开", "公开→机密→公开？", "工作秘密、机密"])  # fmt: skip
def test_a_level_that_speaks_of_release_is_not_released(level: str) -> None:
    assert decided(level, dated="2021")[0] in "CRU"


@pytest.mark.parametrize(
    "level",
    [
        "机密(已解密)",
        "机密，已于2022年解密",
        "机密★10年（2022年5月解密）",
        "原机密，已解密",
        "机密→公开",
        "机密→已解密",
        "原为机密，现已公开",
        "秘密(解密)",
    ],
)
def test_a_level_that_records_the_release(level: str) -> None:
    assert decided(level, dated="2021") == ("D", "released")


@pytest.mark.parametrize("day", ["1900-01-01", "1900-01-01 00:00:00", "1900-01-00", "1899-12-30", "1899-12-31",
                                 "1970-01-01", "1970-01-01 08:00:00", "1904-01-01", "1901-01-01", "19700101", "1980-01-01"])  # fmt: skip
@pytest.mark.parametrize("dated", ["2021-05-01", None, "1960"])
def test_a_default_day_releases_nothing(day: str, dated: str | None) -> None:
    assert decided("机密★长期", declassified_on=day, dated=dated) == ("C", "release-day-invalid")


@pytest.mark.parametrize(("cells", "code"), [
    ({"declassified_on": "2021-05-01", "dated": "2021-05-01"}, "R"),
    ({"declassified_on": "2020-05-01", "dated": "2021"}, "R"),
    ({"declassified_on": "2022-05-01", "dated": "2021"}, "D"),
    ({"declassified_on": "2022-05-01", "dated": "2021", "set_on": "2023-01-01"}, "R"),
    ({"declassified_on": "2022-05-01"}, "D"),
    ({"remark": "2010年解密", "dated": "2021"}, "R"),
    ({"remark": "已解密", "declassified": "否", "dated": "2021"}, "R"),
])  # fmt: skip
def test_no_release_before_its_document(cells: dict[str, str], code: str) -> None:
    assert decided("机密★20年", **cells)[0] == code


@pytest.mark.parametrize("line", ["未解密", "不予解密", "2035年解密", "到期解密", "本件须经批准方可解密", "关于解密", "建议解密"])
def test_a_line_that_speaks_of_release_releases_no_document(line: str) -> None:
    assert decide_document([("line", "机密★10年"), ("line", line), ("line", "关于X的通知")], whole_text=True).code == "C"


@pytest.mark.parametrize("line", ["解密", "已解密", "（已解密）", "已于2015年3月解密", "经某某局批准解密"])
def test_a_line_of_release_releases_its_document(line: str) -> None:
    assert decide_document([("line", "机密★10年"), ("line", line), ("line", "关于X的通知")], whole_text=True).code == "D"
