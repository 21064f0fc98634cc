"""What makes counting fast changes nothing: rows that the predicate leaves out are open, and rows that are alike are decided alike."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.holdings import deciding
from scanner.collect.holdings.count import count_group
from scanner.collect.holdings.files import headers, splitter
from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.opening import opened
from scanner.collect.holdings.files.table import Table
from scanner.facts.holdings import codes, normal
from scanner.facts.holdings.labels import label_role, may_label_level
from scanner.facts.holdings.marking import LEVELS as LEVELS_OF_SECRECY
from scanner.facts.holdings.reading import Column, Group, Place, Predicate, Row
from scanner.facts.holdings.words import COLUMNS as COLUMNS_OF
from tests.holdings.maker import Maker, catalogue
from tests.holdings.memory import Memory
from tests.holdings.test_count import ASKED

COLUMNS = ["dh", "tm", "mj", "bz", "cwrq", "bmqx", "jmrq", "del_flag"]
LEVELS = st.one_of(
    st.none(), st.text(max_size=6),
    st.sampled_from(["", "公开", "内部", "机密", "機密", "绝 密", "秘密★10年", "密", "已解密", "JM", "3", "秘蜜", "机密→公开", "SECRET", "工作秘密"]),
)  # fmt: skip
TEXTS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(["某件材料", "机密★10年", "（機密）", "密级：绝密", "已解密", "不涉密", "祕密★长期", "保密工作"]),
)
DAYS = st.sampled_from([None, "", "2001-01-01", "2025-06-30", "不详", "2099-12-31"])
ROWS = st.lists(
    st.tuples(st.just("A-1"), TEXTS, LEVELS, TEXTS, DAYS, st.sampled_from([None, "10年", "长期"]), DAYS, st.sampled_from(["0", "1"])),
    max_size=40,
)


class Whole(Memory):
    """Brings every row, whatever is asked for."""

    def candidates(self, columns: Sequence[str], predicate: Predicate) -> Iterator[Row]:
        yield from self.rows(columns)


def line(source: Memory) -> dict[str, Any]:
    (found,) = count_group(Group("base", (source,)), ASKED)
    assert isinstance(found, dict)
    return found


def told(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("counts", "levels", "keys", "opening", "deleted", "rows_total")}


@settings(max_examples=150)
@given(ROWS)
def test_what_the_predicate_leaves_out_is_open(rows: list[Row]) -> None:
    assert told(line(Memory("t", COLUMNS, rows))) == told(line(Whole("t", COLUMNS, rows)))


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_rows_alike_are_decided_alike(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker(seed)
    made = catalogue(maker, "t", C=150, R=60, D=60, N=300)
    maker.random.shuffle(made.rows)
    rows = [tuple(row.get(name) for name in COLUMNS) for row in made.rows * 3]
    held = line(Memory("t", COLUMNS, rows))
    monkeypatch.setattr(deciding, "DECISIONS", 0)
    assert held == line(Memory("t", COLUMNS, rows)) and held["counts"]["C"] >= 450


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("seed", [11, 12])
def test_a_text_file_counts_like_its_rows(seed: int, encoding: str, tmp_path: Path) -> None:
    """With quotes, line feeds in cells, blank lines and rows that end early; across many blocks."""
    maker = Maker(seed)
    made = catalogue(maker, "t", C=150, R=60, D=60, N=300)
    maker.random.shuffle(made.rows)
    rows = [tuple(_text(row.get(name)) for name in COLUMNS) for row in made.rows]
    rows = [(row[0], f'{row[1]},"又"\n续' if n % 9 == 0 else row[1], *row[2:]) for n, row in enumerate(rows)]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows):
        writer.writerow(row[:-1] if number % 7 == 0 and row[-1] == "" else row)
        if number % 50 == 0:
            out.write("\r\n")
    path = tmp_path / "t.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    (group,) = opened(plain(path, "t.csv"))
    assert isinstance(group, Group)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitter, "BLOCK", 4096)
        (found,) = count_group(group, ASKED)
    assert isinstance(found, dict) and told(found) == told(line(Memory("t", COLUMNS, rows))) and found["counts"]["C"] >= 150


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


@given(st.text(st.one_of(st.characters(), st.sampled_from("★☆*＊﹡（１０）年機密祕ﬁ①Å\u200b\u3000e\u0301"))))
def test_looking_first_cleans_alike(text: str) -> None:
    plain = unicodedata.normalize("NFKC", text.translate(normal.STARS)).translate(normal._UNIFIED)
    assert normal.clean(text) == plain


@given(st.lists(st.text(st.one_of(st.characters(), st.sampled_from("ΑΣς_-. \t\u0301機★\0"))), max_size=8))
def test_names_compared_at_once_are_those_compared_one_by_one(texts: list[str]) -> None:
    apart = [normal.name(text).replace(normal.BETWEEN, "\ue001") for text in texts]
    assert normal.joined(texts) == normal.BETWEEN.join(apart)


@given(
    st.lists(
        st.sampled_from([*sorted(COLUMNS_OF["level"][0]), "原", "及", " ", "_", "（1:公开）", "：", "人员", "代码", "Ａ", "\u200b"]),
        max_size=4,
    )
)
def test_no_label_of_a_secrecy_column_is_passed_over(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert label_role(text) != "level" or may_label_level(normal.joined(["题名", text]))


CELLS = st.sampled_from([None, "", "机密", "甲", "保密工作", "祕", "公开"])


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=9), st.sampled_from(["密级", None]))
def test_rows_in_memory_are_brought_like_rows_that_are_made(rows: list[tuple[str | None, ...]], level: str | None) -> None:
    predicate = Predicate(level, frozenset({"公开"}), ("题名", "备注"), ("密", "祕"))
    names = ("密级", "题名", "备注")
    columns = [[row[at] for row in rows] for at in range(3)]
    made, held = (Table(Place("t"), "t", tuple(map(Column, names)), lambda: iter(rows), held=held) for held in (None, columns))
    assert list(made.candidates(names[1:], predicate)) == list(held.candidates(names[1:], predicate))
    assert (made.passed, made.blank) == (held.passed, held.blank)
    for asked in (names, names[:1], ()):
        assert made.sample(asked, 3) == held.sample(asked, 3)
        assert list(made.rows(asked)) == list(held.rows(asked)) and made.passed == held.passed == len(rows)
    assert [made.histogram("题名", limit) for limit in (1, 9)] == [held.histogram("题名", limit) for limit in (1, 9)]


def test_nothing_but_the_sign_of_secrecy_becomes_it() -> None:
    """Texts without it are passed over before they are cleaned."""
    every = (chr(number) for number in range(0x110000) if not 0xD800 <= number < 0xE000)
    assert [char for char in every if "密" in normal.clean(char)] == ["密"]
    assert all("密" in level for level in LEVELS_OF_SECRECY)


WORDS = st.sampled_from(
    [*sorted(headers.KNOWN), "题 名", "密　级", "ｔｍ", "D_H", "20010506", "关于召开会议的通知12", "甲", "机密", "", "备注2", None]
)


@given(st.lists(WORDS, max_size=9), st.sets(st.sampled_from(["题名", "密级", "备注2", "tm", "column12", ""]), min_size=1))
def test_names_of_columns_among_cells_are_found_at_once(cells: list[str | None], wanted: set[str]) -> None:
    texts = {cell or "" for cell in cells}
    assert codes._Cells(cells).named(wanted) == {text for text in texts if normal.name(text) in wanted}


@given(st.lists(st.lists(WORDS, max_size=5), min_size=1, max_size=12))
def test_a_row_of_names_is_told_like_by_all_of_its_neighbours(rows: list[list[str | None]]) -> None:
    row, below = rows[0], rows[1:]
    anew = {number for number, one in enumerate(below) if headers.names_columns(one)}
    others = [one for number, one in enumerate(below) if one != row and number not in anew]
    again = any(cell and cell.strip() and any(at < len(one) and one[at] == cell for one in others) for at, cell in enumerate(row))
    assert headers._names(row, below) == (headers._names(row, []) and not again)


@given(st.lists(st.lists(WORDS, max_size=5), max_size=12))
def test_rows_that_name_columns_are_found_at_once(rows: list[list[str | None]]) -> None:
    assert headers.naming_rows(rows) == [number for number, row in enumerate(rows) if headers.names_columns(row)]
