"""Levels in a column that is called after being open to the public: some keep nothing but the level there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.holdings.test_left_over import answers, said
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
