"""A level after a change beside the one before it: what holds today decides, and only words that say so open a record."""

from __future__ import annotations

import pytest

from tests.holdings.test_hostile_tables import one

NAMES = ["dh", "tm", "密级", "变更密级", "变更日期"]
PLAIN = [("A-8", "城西", "公开", "", ""), ("A-9", "城南", "秘密", "", "")]

CHANGES = {
    ("机密", "公开", "2020-03-01"): "D", ("机密", "公开", ""): "D", ("机密★20年", "解密", "2020年3月"): "D", ("绝密", "公开", "2099-01-01"): "C",
    ("机密", "公开", "待定"): "R", ("机密", "内部", "2020-03-01"): "R", ("机密", "工作秘密", ""): "R", ("机密", "否", ""): "C", ("机密", "无", ""): "C", ("机密", "", ""): "C",
    ("机密", "-", "2020-03-01"): "C", ("公开", "机密", "2025-03-01"): "C", ("公开", "机密", "2099-01-01"): "R", ("公开", "公开", "2020-03-01"): "N", ("绝密", "秘密", "2025-03-01"): "C",
}  # fmt: skip


@pytest.mark.parametrize("cells", CHANGES)
@pytest.mark.parametrize("turned", [False, True])
def test_a_change_of_the_level(cells: tuple[str, str, str], turned: bool) -> None:
    """Whichever of the two columns comes first."""
    order = (0, 1, 3, 2, 4) if turned else (0, 1, 2, 3, 4)
    rows = [tuple(row[at] for at in order) for row in [("A-1", "城东", *cells), *PLAIN]]
    found = one([NAMES[at] for at in order], rows)
    found["N"] -= 1
    found["C"] -= 1
    assert {code: number for code, number in found.items() if number} == {CHANGES[cells]: 1}


def test_the_level_that_holds_is_the_one_that_is_counted() -> None:
    from tests.holdings.memory import Memory
    from tests.holdings.test_count import counted

    rows = [("A-1", "城东", "绝密", "秘密", "2025-03-01"), ("A-2", "城西", "秘密", "绝密", "2099-03-01")]
    assert counted(Memory("t", NAMES, [*rows, *PLAIN]))["t"]["levels"] == {"秘密": 3}


@pytest.mark.parametrize(("flag", "code"), [("未解密", "R"), ("否", "R"), ("是", "D"), ("", "D")])
def test_a_flag_that_denies_the_release(flag: str, code: str) -> None:
    found = one([*NAMES, "是否解密"], [("A-1", "城东", "机密", "公开", "2020-03-01", flag), *((*row, "") for row in PLAIN)])
    assert found[code] == (1 if code != "C" else 2)


def test_a_day_of_release_that_lies_ahead_outweighs_a_change() -> None:
    found = one([*NAMES, "解密日期"], [("A-1", "城东", "机密", "公开", "", "2099-01-01"), *((*row, "") for row in PLAIN)])
    assert found["C"] == 2


def test_codes_that_are_explained() -> None:
    names = ["dh", "tm", ("mj", "密级(0:公开 1:秘密 2:机密)"), ("bgmj", "变更后密级(0:公开 1:秘密 2:机密)")]
    assert one(names, [("A-1", "城东", "2", "0"), ("A-2", "城西", "0", ""), ("A-3", "城南", "1", "")]) == {"D": 1, "N": 1, "C": 1}


def test_the_only_secrecy_column_is_read_as_it_stands() -> None:
    assert one(["dh", "tm", "变更密级"], [("A-1", "城东", "机密"), ("A-2", "城西", "公开")]) == {"C": 1, "N": 1}
