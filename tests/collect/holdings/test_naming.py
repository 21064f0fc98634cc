"""What a path tells: a document named after its title is told by a digest, everything else by its name."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.holdings.naming import LONG, told, told_unread

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
    assert told_unread(f"{TITLE}.zip") == f"{TITLE}.zip"
