"""What a path tells: a document named after its title is told by a digest, everything else by its name."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.holdings.naming import LONG, told, told_place, told_unread

TITLE = "关于某某地区水利工程建设情况的报告"


@pytest.mark.parametrize("path", ["a.docx", "目录/2019/归档文件目录.xlsx", "x.zip!正文.pdf", "scan-0001.tif", "机密文件.doc"])
def test_short_names_stay(path: str) -> None:
    assert told(path) == path


def test_a_title_is_replaced_by_its_length_and_a_digest() -> None:
    name = f"{TITLE}.docx"
    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    assert told(f"永久/2011/{name}") == f"永久/2011/…{len(TITLE)}~{mark}.docx"
    assert told(f"包.zip!里/0007-{TITLE}") == f"包.zip!里/0007-…{len(TITLE)}~{hashlib.sha256(f'0007-{TITLE}'.encode()).hexdigest()[:6]}"


@given(st.text(alphabet="关于水利工程建设报告（）〔〕.2011abc", min_size=1, max_size=40), st.sampled_from(["", ".pdf", ".docx", "."]))
def test_no_four_characters_of_a_long_name_come_through(stem: str, end: str) -> None:
    han = re.findall(r"[\u4e00-\u9fff]", stem)
    shown = told(f"d/{stem}{end}")
    if len(han) >= LONG and "." not in stem:
        assert not re.search(r"[\u4e00-\u9fff]", shown)
    assert shown.startswith("d/")


def test_what_could_not_be_read_is_told_by_its_end() -> None:
    assert TITLE not in told_unread(f"{TITLE}.PDF")
    assert told_unread("归档文件目录2019年度.zip") == "归档文件目录2019年度.zip"


@pytest.mark.parametrize(
    "path",
    [
        "归档文件目录2019年度（永久）.xlsx",
        "非涉密文书档案卷内文件目录.csv#目录",
        "档案数据备份2024年第3批.zip!卷内/a.csv",
        "archive#wsda_wj",
        "a/b.zip!c#d",
    ],
)
def test_names_of_kinds_of_places_stay(path: str) -> None:
    assert told_place(path) == path == told_place(told_place(path))


@pytest.mark.parametrize("between", ["/", "!", "#"])
def test_every_name_on_the_way_that_may_be_a_title_is_replaced(between: str) -> None:
    mark = hashlib.sha256(f"{TITLE}.xlsx".encode()).hexdigest()[:6]
    assert told_place(f"x{between}{TITLE}.xlsx{between}y") == f"x{between}关于…{len(TITLE)}~{mark}.xlsx{between}y"
    assert told_place(f"db#{TITLE}") == told_place(told_place(f"db#{TITLE}"))


@given(st.text(alphabet="关于水利工程建设报告（）〔〕.2011abc/!#", min_size=1, max_size=60))
def test_no_four_characters_come_through_any_piece(path: str) -> None:
    for piece, shown in zip(re.split("[/!#]", path), re.split("[/!#]", told_place(path)), strict=True):
        assert piece == shown or len(re.findall(r"[\u4e00-\u9fff]", shown)) <= 2
        assert piece != shown or len(re.findall(r"[\u4e00-\u9fff]", piece)) < LONG or "." in piece
