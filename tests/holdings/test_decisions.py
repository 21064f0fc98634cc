"""Every row of the decision table, with its cases and traps."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts.holdings.dates import after, day, period
from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.normal import arabic, folded
from scanner.facts.holdings.record import Record
from scanner.facts.holdings.rules import decide, decide_elsewhere, decide_in_log
from scanner.facts.holdings.tally import Tally, safe_key
from scanner.facts.holdings.texts import said_in
from scanner.facts.holdings.values import Codes, column_is_cipher, column_is_english, meaning

AS_OF = date(2026, 11, 25)
NO_CODES = Codes()


def record(level, title="", remark="", codes=NO_CODES, **cells):
    return Record(meaning=meaning(level, codes), as_of=AS_OF, said=said_in(title, (remark,)), **cells)


def decided(level, title="", remark="", codes=NO_CODES, **cells):
    return decide(record(level, title, remark, codes, **cells)).code


LEVELS = {
    # rows 1-3: the column says so
    "机密": "C", "绝密级": "C", "[秘密]": "C", "（机密）": "C", "【绝密】": "C", "秘 密": "C", "机　密": "C", "机\u200b密": "C", "\ufeff机密": "C",
    "機密": "C", "祕密★５年": "C", "絕密級": "C", "机密★10年": "C", "机密☆10年": "C", "机密*10年": "C", "机密★十年": "C", "绝密★三十年": "C",
    "机密★长期": "C", "绝密★永久": "C", "秘密★启用前": "C", "机密★会议开始前": "C", "秘密★6个月": "C", "秘密★2030年1月1日": "C", "机密★": "C",
    "机密10年": "C", "机密→秘密": "C", "公开→机密": "C", "机密★45年": "C",
    # row 5: the column tells of the release
    "机密→公开": "D", "已解密": "D", "机密(已解密)": "D", "秘密->公开": "D", "原机密，已解密": "D",
    # rows 8-9: codes
    "JM": "C", "um": "C", "MM": "C", "GK": "N", "NB": "N", "5": "U", "01": "U", "SECRET": "U", "待定": "U", "见附件": "U",
    # rows 11-13: no state secret
    "公开": "N", "公开级": "N", "内部": "N", "内部级": "N", "国内": "N", "限制": "N", "无": "N", "无密级": "N", "非密": "N", "非涉密": "N", "一般": "N",
    "普通": "N", "否": "N", "-": "N", "—": "N", "/": "N", "空": "N", "NULL": "N", "": "N", None: "N", "工作秘密": "N", "商业秘密": "N",
    "普通商密": "N", "核心商密": "N", "核心商密★3年": "N", "受控": "N", "个人隐私": "N",
    # negations of the whole of it are open; of one level among three, or with anything beside them, they say nothing
    "非秘密": "N", "【非 秘密】": "N", "非国家秘密": "N", "非密件": "N", "不属于国家秘密": "N", "不涉及国家秘密": "N", "无密": "N", "非涉密文件": "N", "非密文件。": "N",
    "非机密": "U", "非绝密": "U", "非经批准机密": "U", "非秘密(机密)": "U", "非秘密级": "U", "不属于国家秘密，机密": "U", "非秘密→机密": "C", "机密→非秘密": "D",
    # row 20: spoilt by optical reading
    "机宓": "R", "机宻": "R", "秘蜜": "R", "绝蜜": "R", "纯密": "R", "扒密": "R", "机密食10年": "R", "绝密大30年": "R", "秘密★l0年": "R", "机密★1O年": "R",
    "机密★IO年": "R", "纯蜜级": "R",
}  # fmt: skip


@pytest.mark.parametrize(("level", "code"), LEVELS.items(), ids=repr)
def test_values_of_the_secrecy_column(level: str | None, code: str) -> None:
    assert decided(level, dated="2026-06-01") == code


@pytest.mark.parametrize(("cells", "code"), [
    ({"level": "秘密", "dated": "2010-01-01"}, "R"),
    ({"level": "机密", "dated": "2010-01-01"}, "C"),
    ({"level": "机密", "dated": "1990"}, "R"),
    ({"level": "绝密", "dated": "1997"}, "C"),
    ({"level": "绝密", "dated": "1996-01-01"}, "R"),
    ({"level": "秘密★1年", "dated": "2025-12"}, "C"),
    ({"level": "秘密★1年", "dated": "2025"}, "C"),
    ({"level": "秘密★1年", "dated": "2024"}, "R"),
    ({"level": "秘密★1年6个月", "dated": "2025-06-01"}, "C"),
    ({"level": "秘密★6个月", "dated": "20260101"}, "R"),
    ({"level": "机密★长期", "dated": "1950"}, "C"),
    ({"level": "秘密★启用前", "dated": "1999"}, "C"),
    ({"level": "秘密★2020年1月1日"}, "R"),
    ({"level": "秘密★5年", "dated": "不详"}, "C"),
    ({"level": "秘密★5年"}, "C"),
    ({"level": "秘密", "period": "5年", "dated": "2019-01-01"}, "R"),
    ({"level": "秘密", "period": "长期", "dated": "1950-01-01"}, "C"),
    ({"level": "秘密", "period": "10", "dated": "2019-01-01"}, "C"),
    ({"level": "秘密", "period": "见批文", "dated": "1950-01-01"}, "C"),
    ({"level": "秘密★5年", "set_on": "2024-01-01", "dated": "1999-01-01"}, "C"),
    ({"level": "秘密★5年", "set_on": "", "dated": "1999-01-01"}, "R"),
    ({"level": "机密", "declassified_on": "2020-05-01", "dated": "2015"}, "D"),
    ({"level": "机密", "declassified_on": "2020", "dated": "2015"}, "D"),
    ({"level": "机密", "declassified_on": "2099-12-31"}, "C"),
    ({"level": "机密", "declassified_on": "0000-00-00"}, "C"),
    ({"level": "机密", "declassified_on": "长期"}, "C"),
    ({"level": "机密", "declassified_on": "待定"}, "C"),
    ({"level": "机密", "declassified": "已解密"}, "D"),
    ({"level": "机密", "declassified": "否"}, "C"),
    ({"level": "机密", "declassified": "未解密"}, "C"),
    ({"level": "机密", "remark": "已解密"}, "D"),
    ({"level": "机密", "remark": "原为机密，2015年解密"}, "D"),
    ({"level": "机密", "remark": "2099年解密"}, "C"),
    ({"level": "机密", "remark": "尚未解密"}, "C"),
    ({"level": "机密", "remark": "解密申请未批准"}, "C"),
    ({"level": "机密", "remark": "待解密"}, "C"),
    ({"level": "公开", "title": "关于调整的报告（机密★10年）"}, "R"),
    ({"level": "公开", "remark": "密级：机密"}, "R"),
    ({"level": "", "title": "关于调整的报告（机密★10年）"}, "C"),
    ({"level": None, "title": "机密★关于调整的报告"}, "C"),
    ({"level": None, "remark": "秘密★5年"}, "C"),
    ({"level": "", "remark": "密级：机密"}, "C"),
    ({"level": "", "remark": "密 级：秘密★10年，存三楼"}, "C"),
    ({"level": "", "remark": "原密级：机密，已解密"}, "N"),
    ({"level": "", "title": "【机密】关于调整的报告"}, "R"),
    ({"level": "", "title": "关于调整的报告（机密）"}, "R"),
    ({"level": "公开", "title": "关于“机密★10年”标志的说明"}, "R"),
])  # fmt: skip
def test_rows_of_the_table(cells: dict[str, str], code: str) -> None:
    assert decided(cells.pop("level"), **cells) == code


@pytest.mark.parametrize("title", [
    "关于做好保密工作的通知", "《机密工作条例》学习材料", "机密文件管理办法", "秘书处工作总结", "密集架采购合同", "商业秘密保护规定", "保守国家秘密法宣传",
    "国家秘密载体管理规定", "绝密飞行影片登记", "关于秘密侦查的批复", "公开的秘密一文校样", "关于机密等级划分的意见", "泄露国家秘密案件通报",
    "工作秘密★3年管理说明", "商业秘密★5年文件", "关于解密工作的通知", "密码管理制度", "机要交通", "关于涉密人员管理的规定", "揭秘古城", "人口密度统计",
])  # fmt: skip
def test_a_mention_is_no_mark(title: str) -> None:
    assert decided("", title) == "N"
    assert decided("公开", title) == "N"


@pytest.mark.parametrize("remark", ["无密级", "不涉密", "已解密", "原为机密，现已解密", "保密审查通过", "非涉密"])
def test_a_negation_outweighs_the_word(remark: str) -> None:
    assert decided("", "关于机密的报告", remark) == "N"


def test_codes_speak_through_a_dictionary_alone() -> None:
    assert decided("1", codes=Codes({"1": "绝密", "2": "机密"})) == "C"
    assert decided("1", codes=Codes({"1": "公开", "5": "绝密"})) == "N"
    assert decided("05", codes=Codes({"5": "绝密"})) == "C"
    assert decided("9", codes=Codes({"1": "公开", "5": "绝密"})) == "U"
    assert decided("JM", codes=Codes({"JM": "公开"})) == "N"
    assert decide(record("SECRET", codes=Codes(english=True))).level == "?"
    assert decided("internal", codes=Codes(english=True)) == "N"


def test_columns_of_english_words_and_of_cipher_text() -> None:
    assert column_is_english(["PUBLIC", "top secret", None, ""])
    assert not column_is_english(["PUBLIC", "INTERNAL"])
    assert not column_is_english(["NORMAL", "SECRET"])
    cipher = [f"{number:032x}" for number in range(7, 40)]
    assert column_is_cipher(cipher) and not column_is_cipher(cipher[:20]) and not column_is_cipher([*cipher, *map(str, range(1, 40))])
    assert decided(cipher[0], codes=Codes(cipher=True)) == "U"


def test_logs_and_other_tables() -> None:
    assert decide_in_log(record(None, "", "打开《关于X的报告（机密★10年）》")).code == "R"
    assert decide_in_log(record(None, "", "打开关于保密工作的通知")).code == "N"
    assert decide_elsewhere(record(None, "", "机密★10年")).code == "R"


DOCUMENTS = [
    ([("line", "000123"), ("line", "机密★10年"), ("line", "特急")], "C"),
    ([("line", "000123 机密★10年 特急")], "C"),
    ([("line", "绝密")], "C"),
    ([("line", "关于X的通知"), ("header", "秘密★5年")], "C"),
    ([("line", "关于X的通知"), ("box", "机密")], "C"),
    ([("line", "关于X的通知"), ("property", "密级=机密")], "C"),
    ([("line", "机密★10年"), ("line", "解密"), ("line", "关于X的通知")], "D"),
    ([("line", "国家秘密标志说明"), ("line", "其形式为“机密★10年”。")], "N"),
    ([("line", "标题"), ("body", "如标为秘密★5年的文件，应当登记。")], "N"),
    ([*[("line", "正文")] * 8, ("line", "机密★10年")], "R"),
    ([("line", "标题"), ("body", "附件1：秘密★5年")], "R"),
    ([("name", "机密_材料.docx"), ("line", "标题")], "R"),
    ([("name", "保密工作.docx"), ("line", "标题")], "N"),
    ([("name", "x.pdf")], "U"),
]


@pytest.mark.parametrize(("parts", "code"), DOCUMENTS)
def test_documents(parts: list[tuple[str, str]], code: str) -> None:
    assert decide_document(parts, whole_text=True).code == code


def test_a_document_that_could_not_be_read_whole_is_undecided() -> None:
    assert decide_document([("line", "标题")], whole_text=False).code == "U"


def test_dates_and_periods() -> None:
    assert day("1998") == date(1998, 12, 31) and day("2024-02") == date(2024, 2, 29) and day("20240230") is None
    assert day("2010年3月5日") == date(2010, 3, 5) and day("0000-00-00") is None and day("2010.3.5 00:00:00") == date(2010, 3, 5)
    assert period("半年").months == 6 and period("一年六个月") is not None and period("长期").endless and period("x") is None
    assert arabic("二十五年") == "25年" and arabic("十年") == "10年" and folded("〔 机 密 〕") == "机密"
    assert after(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_keys_never_hold_words() -> None:
    assert (
        safe_key("0001-WS·2010-Y-0003") and safe_key("文书-2001-永久-0001") and not safe_key("关于召开会议的通知") and not safe_key("a b")
    )


@given(st.text(max_size=40), st.text(max_size=60), st.text(max_size=60))
def test_anything_is_decided(level: str, title: str, remark: str) -> None:
    assert decided(level, title, remark, dated=remark, declassified_on=title) in "CRDNU"


@given(st.lists(st.sampled_from(["机密★10年", "公开", "5", None, "绝密", "秘密→公开", "机宓"]), max_size=60), st.integers(0, 60))
def test_two_halves_give_the_whole(levels: list[str | None], cut: int) -> None:
    def counted(part):
        out = Tally()
        for number, level in part:
            out.add(decide(record(level)), f"K-{number}", str(level)[:2], opening=("termless",) if level == "绝密" else ())
        return out

    rows = list(enumerate(levels))
    assert counted(rows[:cut]).merge(counted(rows[cut:])).data() == counted(rows).data()


@given(st.integers(1840, 2090), st.integers(1, 12), st.integers(0, 600))
def test_time_only_moves_on(year: int, month: int, months: int) -> None:
    start = date(year, month, 28)
    assert after(start, months) >= start and after(after(start, months), 12) == after(start, months + 12)
