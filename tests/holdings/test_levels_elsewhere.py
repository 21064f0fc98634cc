"""Levels in a column that is called after being open to the public: some keep nothing but the level there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.collect.holdings.files import make
from tests.holdings.test_left_over import answers, said, sheet
from tests.holdings.test_odd_catalogues import only, rows, text

LEVELS = ("公开", "内部", "机密", "公开", "", "非密")


@pytest.mark.parametrize("column", ["公开属性", "GKSX", "开放标识"])
def test_a_column_of_openness_that_holds_levels(column: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.csv", text(rows(("档号", "题名", column), LEVELS)))) == Counter(C=1, N=5)


@pytest.mark.parametrize("cells", [
    ("主动公开", "不予公开", "依申请公开", "主动公开", "", "不予公开"), ("开放", "控制", "已解密", "延期开放", "未审核", "开放"),
    ("公开", "已解密", "公开", "公开", "公开", "公开"),
])  # fmt: skip
def test_a_column_of_openness_beside_the_level(cells: Sequence[str], tmp_path: Path) -> None:
    table = rows(("档号", "题名", "密级", "公开属性"), only("机密", "公开"), cells)
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(C=1, N=5)
    table = rows(("档号", "题名", "公开属性"), cells)
    assert said(answers(tmp_path / "root/b.csv", text(table)))["C"] == 0


CAPTIONS = ["归档文件目录（机密★20年）", "归档文件目录【秘密★长期】", "2012年文件目录  绝密★30年"]
OTHERS = ["归档文件目录（商业秘密★3年）", "填写说明：密级按“机密★20年”的形式填写", "归档文件目录（2012年）", "密级填写如机密★20年"]


def captioned(caption: str, kind: str) -> bytes:
    """A table without levels below a caption."""
    table = rows(("档号", "题名", "日期"), only("2012-03-01", "2012-03-02"))
    if kind == "docx":
        return make.docx(make.paragraph(caption) + "".join(make.paragraph(" ".join(row)) for row in table))
    return sheet([(caption,), *table]) if kind == "xlsx" else text([(caption,), *table])


@pytest.mark.parametrize("caption", CAPTIONS)
@pytest.mark.parametrize(("kind", "records"), [("csv", 6), ("xlsx", 6), ("docx", 1)])
def test_a_mark_behind_a_caption(caption: str, kind: str, records: int, tmp_path: Path) -> None:
    found = said(answers(tmp_path / f"root/a.{kind}", captioned(caption, kind)))
    assert found["R"] == records == found.total()


@pytest.mark.parametrize("caption", OTHERS)
@pytest.mark.parametrize("kind", ["csv", "xlsx", "docx"])
def test_a_caption_that_bears_no_mark(caption: str, kind: str, tmp_path: Path) -> None:
    found = said(answers(tmp_path / f"root/a.{kind}", captioned(caption, kind)))
    assert found["N"] == found.total() > 0


@pytest.mark.parametrize("value", ["JM★10年", "见附件", "？？"])
@pytest.mark.parametrize("column", ["mj", "MJ", "secret_level"])
def test_a_strange_value_among_words_for_open(value: str, column: str, tmp_path: Path) -> None:
    table = rows(("档号", "题名", column), ("公开", "内部", value, "公开", "非密", "公开"))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(U=1, N=5)


@pytest.mark.parametrize("cells", [("12.5", "30", "8.25", "41", "7", "100.5"), ("普通", "重要", "一般", "普通", "一般", "重要")])
@pytest.mark.parametrize("column", ["mj", "level"])
def test_a_column_of_such_a_name_that_is_something_else(cells: Sequence[str], column: str, tmp_path: Path) -> None:
    assert said(answers(tmp_path / "root/a.csv", text(rows(("档号", "题名", column), cells)))) == Counter(N=6)


@pytest.mark.parametrize("remark", ["【密级】秘密", "[密级]机密", "（密级）：绝密级"])
def test_a_label_in_brackets(remark: str, tmp_path: Path) -> None:
    table = rows(("档号", "题名", "密级", "备注"), only(""), only(remark))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(C=1, N=5)


@pytest.mark.parametrize("remark", ["【密级】公开", "[密级]无", "（密级）机密性要求", "【密级】秘密、机密、绝密"])
def test_a_label_in_brackets_without_a_level(remark: str, tmp_path: Path) -> None:
    table = rows(("档号", "题名", "密级", "备注"), only(""), only(remark))
    assert said(answers(tmp_path / "root/a.csv", text(table)))["C"] == 0
