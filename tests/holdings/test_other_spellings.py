"""Levels that are written otherwise: by the numbers of their characters, in look-alikes, in English, in letters within record numbers, in fields that nothing parts."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from scanner.collect.holdings.files.encodings import escaped_encoding
from scanner.collect.holdings.files.needles import there
from scanner.facts.holdings.english import marked_in_note, marked_in_title
from scanner.facts.holdings.escapes import spelt_out
from scanner.facts.holdings.leftover import has_level, line_has_level
from scanner.facts.holdings.sought import lettered_part, letters_in
from tests.holdings.test_hidden_levels import LATE, MANY, late, long
from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import LEVELS, NUMBERS, TITLES, only, rows, text

HEADS = ("档号", "题名", "密级")


def entities(word: str) -> str:
    return "".join(f"&#{ord(character)};" for character in word)


def escapes(word: str) -> str:
    return word.encode("unicode_escape").decode()


SPELLINGS = {
    "entities": entities("机密"),
    "hexadecimal entities": "&#x673a;&#x5bc6;",
    "entities in capitals": "&#X673A;&#X5BC6;",
    "twice": entities("机密").replace("&", "&amp;"),
    "escapes": escapes("机密"),
    "escapes in capitals": r"\u673A\u5BC6",
    "escapes of old pages": "%u673A%u5BC6",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_characters_by_their_numbers(name: str, tmp_path: Path) -> None:
    assert spelt_out(SPELLINGS[name]) == "机密"
    table = rows(HEADS, only(SPELLINGS[name], "公开"))
    assert said(answers(tmp_path / "root/level.csv", text(table))) == Counter(C=1, N=5)
    marked = [HEADS[:2], *((a, b + (f"（{SPELLINGS[name]}★10年）" if at == 2 else "")) for at, (a, b) in enumerate(zip(NUMBERS, TITLES)))]
    assert said(answers(tmp_path / "root/title.csv", text(marked))) == Counter(C=1, N=5)
    assert said(answers(tmp_path / "root/title.xlsx", sheet(marked))) == Counter(C=1, N=5)


@pytest.mark.parametrize("plain", ["A&B", "R&D项目", "50%u", r"C:\users\u", "a&b;c", "&#;", r"\u12"])
def test_signs_that_are_no_spelling(plain: str) -> None:
    assert spelt_out(plain) == plain


WORDS = {
    "entities": f"（{entities('机密')}★10年）",
    "escapes": r"（\u673a\u5bc6★10年）",
    "look-alike": "（机宻★10年）",
    "english": "(TOP SECRET)",
}


@pytest.mark.parametrize("name", WORDS)
def test_a_late_title(name: str, tmp_path: Path) -> None:
    """Nothing in the first rows gives reason to look for it."""
    table = [(a, b + (WORDS[name] if at == LATE + 1 else ""), *rest) for at, (a, b, *rest) in enumerate(long(("档号", "题名", "年度"), late("2012", "2012")))]  # fmt: skip
    wanted = Counter(C=1, N=MANY - 1) if name in ("entities", "escapes") else Counter(R=1, N=MANY - 1)
    assert said(answers(tmp_path / "root/a.csv", text(table))) == wanted
    assert said(answers(tmp_path / "root/b.csv", text(table, encoding="gb18030"))) == wanted
    assert said(answers(tmp_path / "root/c.xlsx", sheet(table))) == wanted
    path = tmp_path / "made.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE da(dh TEXT, tm TEXT, nd TEXT)")
        made.executemany("INSERT INTO da VALUES(?, ?, ?)", table[1:])
    made.close()
    assert said(answers(tmp_path / "root/d.db", path.read_bytes())) == wanted


def test_a_late_value_within_a_cell(tmp_path: Path) -> None:
    note = json.dumps({"mj": "机密"}).replace('"', '""')
    table = text(long(("档号", "题名", "ext"), late(f'"{note}"')))
    assert said(answers(tmp_path / "root/a.csv", table)) == Counter(U=1, N=MANY - 1)


def test_needles_behind_a_sign_that_is_not_there() -> None:
    assert there(b"abc #23494; secret", (b"\\u5bc6", b"#23494", b"%u5bc6")) == [b"#23494"]
    assert there(b"abc", (b"\\u5bc6", b"c", b"d")) == [b"c"]


@pytest.mark.parametrize(
    "title",
    ["{} (TOP SECRET)", "[Secret] {}", "SECRET//{}", "TOP SECRET {}", "{}（CONFIDENTIAL）", "{} - SECRET", "SECRET {}", "{}(confidential)"],
)
def test_english_marks_of_titles(title: str, tmp_path: Path) -> None:
    assert marked_in_title(title.format("城南水厂"))
    table = [HEADS[:2], *((a, title.format(b) if at == 2 else b) for at, (a, b) in enumerate(zip(NUMBERS, TITLES)))]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(R=1, N=5)


@pytest.mark.parametrize(
    "title",
    [
        "Trade Secret",
        "Secretary of State",
        "Secret Garden",
        "TRADE SECRET",
        "UNCLASSIFIED/SECRETARIAT",
        "The Confidential Agent 译本",
        "Victoria's Secret 专卖店",
    ],
)
def test_english_words_that_are_no_marks(title: str) -> None:
    assert not marked_in_title(title)


@pytest.mark.parametrize("note", ["SECRET", "Top Secret", "top_secret", "Classification: Secret", "confidential"])
def test_english_notes(note: str, tmp_path: Path) -> None:
    assert marked_in_note(note)
    for column in ("备注", "Status"):
        assert said(answers(tmp_path / "root/a.csv", text(rows((*HEADS[:2], column), only(note, "OPEN"))))) == Counter(R=1, N=5)


@pytest.mark.parametrize("column", ["level", "Class", "密级", "marking"])
def test_columns_of_english_words(column: str, tmp_path: Path) -> None:
    table = rows((*HEADS[:2], column), only("Secret", "Internal"))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(C=1, N=5)


@pytest.mark.parametrize("column", ["level", "grade"])
def test_columns_of_other_words(column: str, tmp_path: Path) -> None:
    table = rows((*HEADS[:2], column), only("high", "low"))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(N=6)


@pytest.mark.parametrize("mark", ["（机宻★10年）", "（机宻）", "【绝宻】", "（机宓★长期密）"])
def test_look_alikes_in_titles(mark: str, tmp_path: Path) -> None:
    table = [HEADS[:2], *((a, b + (mark if at == 2 else "")) for at, (a, b) in enumerate(zip(NUMBERS, TITLES)))]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(R=1, N=5)


@pytest.mark.parametrize("title", ["宓羲庙修缮", "蜂蜜收购（机蜜）站", "纯碱（一）", "宻云水库"])
def test_look_alikes_that_are_words(title: str, tmp_path: Path) -> None:
    table = [HEADS, *((a, title, "公开") for a in NUMBERS)]
    found = said(answers(tmp_path / "root/a.csv", text(table)))
    assert found == Counter(N=6) or "机蜜" in title


def test_a_text_in_utf7_is_refused_by_name(tmp_path: Path) -> None:
    data = text(rows(HEADS, LEVELS)).decode().encode("utf-7")
    assert escaped_encoding(data) == "utf-7"
    assert said(answers(tmp_path / "root/a.csv", data))["unread"] == 1


@pytest.mark.parametrize("data", [
    b"a,b\n" + base64.b64encode(bytes(range(256)) * 20) + b"\n",
    b"-----BEGIN-----\n" + b"\n".join(base64.b64encode(bytes((7 * one * two) % 251 for one in range(48))) for two in range(1, 60)) + b"\n",
    b"1+2=3\nC++ +abc-\n", b"Hello\n",
])  # fmt: skip
def test_letters_that_are_no_utf7(data: bytes) -> None:
    assert escaped_encoding(data) is None


def numbered(*letters: str) -> list[str]:
    return [f"X017-WS-2012-{letters[at % len(letters)]}-{at:04d}" for at in range(12)]


def test_letters_of_levels_in_record_numbers(tmp_path: Path) -> None:
    table = [HEADS[:2], *((number, f"会议材料第{at}号") for at, number in enumerate(numbered("GK", "GK", "JM", "NB")))]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(R=3, N=9)
    opened = [HEADS, *((number, f"会议材料第{at}号", "公开") for at, number in enumerate(numbered("GK", "GK", "UM", "NB")))]
    assert said(answers(tmp_path / "root/b.csv", text(opened))) == Counter(R=3, N=9)
    afar = [HEADS[:2], *((a.replace("Y", "JM" if at == LATE else "GK"), b) for at, (a, b, *_) in enumerate(long(HEADS)[1:]))]
    assert said(answers(tmp_path / "root/c.csv", text(afar))) == Counter(R=1, N=MANY - 1)


@pytest.mark.parametrize("letters", [("JM",), ("JM", "WS"), ("Y", "C"), ("GK", "KJ")])
def test_letters_that_are_something_else(letters: tuple[str, ...], tmp_path: Path) -> None:
    assert lettered_part(numbered(*letters)) is None
    table = [HEADS[:2], *((number, f"会议材料第{at}号") for at, number in enumerate(numbered(*letters)))]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(N=12)


def test_letters_by_their_part() -> None:
    assert lettered_part(numbered("GK", "MM")) == 3
    assert [letters_in(number, 3) for number in ("a-b-c-um-1", "a-b-c-gk-1", "a-b")] == ["绝密", None, None]


def test_a_code_beside_a_level_that_has_another(tmp_path: Path) -> None:
    heads = (*HEADS, "密级代码")
    usual = [heads, *((a, b, level, "3" if level == "机密" else "1") for a, b, level in zip(NUMBERS, TITLES, LEVELS))]
    assert said(answers(tmp_path / "root/a.csv", text(usual))) == Counter(C=1, N=5)
    against = [heads, *((*row[:3], "3" if at == 5 else row[3]) for at, row in enumerate(usual[1:]))]
    assert said(answers(tmp_path / "root/b.csv", text(against))) == Counter(C=1, R=1, N=4)
    strange = [heads, *((*row[:3], "9" if at == 5 else row[3]) for at, row in enumerate(usual[1:]))]
    assert said(answers(tmp_path / "root/c.csv", text(strange))) == Counter(C=1, U=1, N=4)
    alone = text(long((*HEADS, "bmdj"), late("公开", "公开"), late("3")))
    assert said(answers(tmp_path / "root/d.csv", alone)) == Counter(U=1, N=MANY - 1)


def test_fields_of_library_records(tmp_path: Path) -> None:
    marc = "\n".join(f"=001  {a}\n=245  $a{b}\n=506  $a{c}\n" for a, b, c in zip(NUMBERS, TITLES, LEVELS))
    assert said(answers(tmp_path / "root/a.txt", marc))["U"] == 1
    assert has_level("a机密") and has_level("$a机密★10年") and not has_level("a机密文件管理")


def test_fields_that_nothing_parts(tmp_path: Path) -> None:
    lines = "\r\n".join(f"{a.ljust(19)}{b.ljust(12, chr(0x3000))}{c}" for a, b, c in zip(NUMBERS, TITLES, LEVELS)).encode("gb18030")
    assert said(answers(tmp_path / "root/a.txt", lines)) == Counter(U=1)
    before = "\n".join(f"{c}关于{b}的请示" for b, c in zip(TITLES, LEVELS)).encode()
    assert said(answers(tmp_path / "root/b.txt", before)) == Counter(U=1)


@pytest.mark.parametrize("line", [
    "X017-WS-2012-0003 关于严禁泄露国家秘密的通知", "2012-03-04 会议研究了保守国家秘密", "机密文件管理规定", "绝密飞行", "秘密工作者名录", "关于X017-2012-03所涉的国家秘密",
])  # fmt: skip
def test_lines_that_only_speak_of_it(line: str) -> None:
    assert not line_has_level(line)
