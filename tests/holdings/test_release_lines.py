"""A document whose release stands beside its mark, with or without a day: once that day has come it is released, and not before."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from scanner.facts.holdings.documents import decide_document
from scanner.facts.holdings.reading import PartKind
from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said

TODAY = date(2026, 11, 25)

DATED = {
    "2020年6月1日解密": "D", "解密 2020年6月1日": "D", "解密（2020-06-01）": "D", "解密日期：2020年6月1日": "D", "二〇二〇年六月一日解密": "D", "自2020年6月1日起解密": "D",
    "2099年6月1日解密": "C", "解密 2099年6月1日": "C", "解密时间：2099-06-01": "C", "已于2099年6月1日解密": "C", "二〇九九年六月一日解密": "C", "解密日期：长期": "C",
    "2020年6月1日后方可解密": "C", "1900-01-01解密": "C",
}  # fmt: skip


@pytest.mark.parametrize("line", DATED)
@pytest.mark.parametrize("kind", ["line", "header", "box"])
def test_a_day_of_release_beside_the_mark_of_a_document(line: str, kind: PartKind) -> None:
    """Row 33: it releases once it has come."""
    parts: list[tuple[PartKind, str]] = [(kind, "机密★10年"), (kind, line), ("line", "关于X的通知")]
    assert decide_document(parts, whole_text=True, as_of=TODAY).code == DATED[line]
    assert decide_document([parts[1], parts[0], parts[2]], whole_text=True, as_of=TODAY).code == DATED[line]


@pytest.mark.parametrize(("line", "code"), [
    ("机密★10年（2020年6月1日解密）", "D"), ("机密★10年 2099年6月1日解密", "C"), ("000123 机密 已解密", "D"), ("机密 2099年6月1日解密", "C"), ("机密 未解密", "C"),
    ("机密 到期解密", "C"), ("机密 解密办法", "R"), ("机密★2020年6月1日解密", "R"),
])  # fmt: skip
def test_a_mark_and_its_release_on_one_line(line: str, code: str) -> None:
    assert decide_document([("line", line), ("line", "关于X的通知")], whole_text=True, as_of=TODAY).code == code


@pytest.mark.parametrize(("lines", "code"), [
    (("解密", "2020年6月1日"), "D"), (("解密", "2099年6月1日"), "C"), (("2099年6月1日", "解密"), "C"), (("解密", "未解密"), "C"), (("2020年6月1日解密", "2099年6月1日解密"), "C"),
])  # fmt: skip
def test_a_day_on_a_line_of_its_own_beside_a_release(lines: tuple[str, str], code: str) -> None:
    parts: list[tuple[PartKind, str]] = [("line", "机密★10年"), *(("line", line) for line in lines), ("line", "关于X的通知")]  # type: ignore[list-item]
    assert decide_document(parts, whole_text=True, as_of=TODAY).code == code


def test_a_day_of_release_releases_nothing_where_no_day_is_known() -> None:
    assert decide_document([("line", "机密★10年"), ("line", "2020年6月1日解密")], whole_text=True).code == "C"


def test_a_released_document_in_a_file(tmp_path: Path) -> None:
    for name, line, wanted in (("a", "2020年6月1日解密", "D"), ("b", "2099年6月1日解密", "C")):
        data = make.docx(make.paragraph("机密★10年") + make.paragraph(line) + make.paragraph("关于会议的通知"))
        assert said(answers(tmp_path / f"root/{name}.docx", data)) == Counter({wanted: 1})
