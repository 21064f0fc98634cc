"""Codes of levels that nothing explains: whatever numbers they are, and wherever they stand, their records are not open."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from scanner.collect.holdings.servers.sqlite import read_sqlite_bytes
from scanner.collect.holdings.work import counted
from scanner.facts.holdings.reading import Unread
from tests.holdings.test_count import ASKED
from tests.holdings.test_left_over import answers, said
from tests.holdings.test_odd_catalogues import NUMBERS, TITLES, rows, text

MANY = [(f"X017-WS-2012-Y-{number:04d}", f"会议材料{number}") for number in range(48)]


@pytest.mark.parametrize("codes", [
    [str(100 + at % 8) for at in range(48)], [str(1001 + at % 4) for at in range(48)], [f"{100 + at % 8}.0" for at in range(48)],
    ["20240001" if at % 5 else "20240002" for at in range(48)],
])  # fmt: skip
@pytest.mark.parametrize("column", ["mj", "bmdj", "secret_level"])
def test_numbers_of_a_dictionary_that_is_not_there(column: str, codes: Sequence[str], tmp_path: Path) -> None:
    table = [("dh", "tm", column), *((*record, value) for record, value in zip(MANY, codes))]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(U=48)


@pytest.mark.parametrize("areas", [
    [f"{80 + at}.5" for at in range(48)], [str(1200 + 7 * at) for at in range(48)], [f"{1200 + 7 * at}.0" for at in range(48)],
    [f"{90 + at % 3}.25" for at in range(48)],
])  # fmt: skip
def test_areas_are_no_codes(areas: Sequence[str], tmp_path: Path) -> None:
    table = [("dh", "tm", "mj"), *((*record, value) for record, value in zip(MANY, areas))]
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(N=48)


@pytest.mark.parametrize(("key", "value", "wanted"), [
    ("miji", 2, Counter(U=6)), ("mj", "3", Counter(U=6)), ("密级", 2, Counter(U=6)), ("miji", "机密", Counter(C=6)), ("miji", "公开", Counter(N=6)), ("miji", None, Counter(N=6)),
    ("level", 2, Counter(N=6)), ("bgqx", 2, Counter(N=6)),
])  # fmt: skip
def test_a_field_within_a_field_of_json(key: str, value: object, wanted: Counter[str], tmp_path: Path) -> None:
    records = [{"dh": number, "tm": title, "attrs": {"px": at, key: value}} for at, (number, title) in enumerate(zip(NUMBERS, TITLES))]
    assert said(answers(tmp_path / "root/a.json", json.dumps(records))) == wanted


def test_a_title_within_a_record_is_not_its_own(tmp_path: Path) -> None:
    records = [{"dh": number, "tm": title, "aj": {"tm": "会议材料", "mj": "公开"}, "mj": "机密"} for number, title in zip(NUMBERS, TITLES)]
    assert said(answers(tmp_path / "root/a.json", json.dumps(records))) == Counter(C=6)


def packed(*cells: str, more: Sequence[str] = ()) -> Counter[str]:
    """Cells in a column of their own beside numbers and titles, in a database."""
    with sqlite3.connect(":memory:") as made:
        made.execute("CREATE TABLE da(dh TEXT, tm TEXT, ext TEXT)")
        made.executemany(
            "INSERT INTO da VALUES(?, ?, ?)", [(f"X017-WS-2012-Y-{at:04d}", "会议材料", cell) for at, cell in enumerate(cells)]
        )
        for statement in more:
            made.execute(statement)
        made.commit()
        data = made.serialize()
    found: Counter[str] = Counter()
    for item in read_sqlite_bytes(data, "a.db", {}):
        for line in counted(item, ASKED):
            assert not isinstance(line, Unread)
            found += Counter(line["counts"]) if line["role"] == "catalogue" else Counter()
    return found


@pytest.mark.parametrize(("cells", "wanted"), [
    (['{"miji": 2, "px": 1}'] * 3, Counter(U=3)), (['{"mj":"3"}', "{}", ""], Counter(U=1, N=2)), (['{"\\u5bc6\\u7ea7": 2}', '{"密级": 1}', '{"密级":null}'], Counter(U=2, N=1)),
    (['{"mj": "机密"}', '{"mj": "公开"}', '{"mj": ""}'], Counter(C=1, N=2)), (['{"mj": "\\u673a\\u5bc6"}', '{"mj": "\\u516c\\u5f00"}'], Counter(C=1, N=1)),
    (['[{"px": 1, "attrs": {"miji": "JM"}}]'], Counter(C=1)), (['{"bgqx": 30, "level": 2}'] * 2, Counter(N=2)), (["{甲}会议", '"miji": 2'], Counter(N=2)),
    (['{"px": 1}'] * 1200 + ['{"px": 1, "miji": 3}'], Counter(U=1, N=1200)),
])  # fmt: skip
def test_codes_within_cells(cells: list[str], wanted: Counter[str]) -> None:
    assert packed(*cells) == wanted


def test_a_dictionary_explains_codes_within_cells() -> None:
    words = ["CREATE TABLE zd_miji(dm TEXT, mc TEXT)", "INSERT INTO zd_miji VALUES('1', '公开'), ('2', '机密')"]
    assert packed('{"miji": 2}', '{"miji": 1}', "{}", more=words) == Counter(C=1, N=2)


def test_a_level_within_a_cell_against_an_open_one() -> None:
    rows = ["ALTER TABLE da ADD COLUMN mj TEXT DEFAULT '公开'"]
    assert packed('{"miji": "机密"}', '{"miji": "公开"}', "{}", more=rows) == Counter(R=1, N=2)


@pytest.mark.parametrize("lost", ["??", "\ufffd\ufffd", "？？"])
def test_levels_that_lost_their_characters(lost: str, tmp_path: Path) -> None:
    """A dump in a character set without Chinese: nobody can tell what they were."""
    table = rows(("dh", "tm", "mj"), [lost] * 6)
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(U=6)


def test_numbers_beside_words(tmp_path: Path) -> None:
    table = rows(("dh", "tm", "mj"), ("公开", "1003", "公开", "公开", "1003", "公开"))
    assert said(answers(tmp_path / "root/a.csv", text(table))) == Counter(U=2, N=4)
