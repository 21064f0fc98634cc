"""The array splitter agrees with a plain reading, whatever stands in the cells, at any size of block."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.holdings.files import delimited, needles, splitter
from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.distinct import Distinct
from scanner.collect.holdings.files.separated import Layout
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Column, Predicate
from scanner.model.absent import Absent

CELL = st.text(st.sampled_from('ab密★，, "\n\r\t机'), max_size=12)
TABLE = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=30)
COLUMNS = tuple(Column(name) for name in ("a", "b", "c"))


def source(folder: Path, data: bytes, encoding: str, separator: bytes = b",") -> Delimited:
    path = folder / "t"
    path.write_bytes(data)
    content = plain(path, "t")
    return Delimited(content.place(), "t", content, Layout(encoding, 0, separator, 0, COLUMNS))


@pytest.mark.parametrize("block", [1, 7, 1024 * 1024])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_agrees_with_the_standard_library(tmp_path_factory: pytest.TempPathFactory, block: int, encoding: str) -> None:
    folder = tmp_path_factory.mktemp("t")

    @given(TABLE, st.sampled_from(["\r\n", "\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    def check(table: list[list[str]], end: str, quoting: int) -> None:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end, quoting=quoting).writerows(table)
        text = out.getvalue()
        lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="")
        want = [((*row, "", "")[0], (*row, "", "")[1], ",".join(row[2:])) for row in csv.reader(lines) if any(row)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(splitter, "BLOCK", block)
            found = source(folder, text.encode(encoding), encoding)
            rows = [tuple((cell or "").replace("\r\n", "\n").replace("\r", "\n") for cell in row) for row in found.rows(("a", "b", "c"))]
            assert [row for row in rows if any(row)] == want
            counts = found.histogram("b", 1000)
            assert not isinstance(counts, Absent)
            assert sum(counts.values()) == found.passed == len(rows)
            predicate = Predicate("b", frozenset({"a", "b"}), ("a", "c"), ("密", "★"))
            asked = Counter(found.candidates(("a", "b", "c"), predicate))
            wanted = Counter(
                row
                for row in found.rows(("a", "b", "c"))
                if row[1] not in ("a", "b", "", None) or any(n in (row[at] or "") for n in "密★" for at in (0, 2))
            )
            assert not wanted - asked

    check()


@given(st.binary(max_size=400), st.sampled_from([b",", b"\t"]))
def test_any_bytes_end(data: bytes, separator: bytes) -> None:
    """Every record that is not empty comes out, whatever the quotes do; nothing loops."""
    rows = 0
    for block in splitter.blocks(io.BytesIO(data), separator):
        rows += len(block.rows) if isinstance(block, splitter.Loose) else len(block.starts)
    if data.strip(b'\r\n,\t"'):
        assert rows >= 1


def test_endless_record() -> None:
    with pytest.raises(ReachError) as caught:
        list(splitter.blocks(io.BytesIO(b"x" * (splitter.MAX_RECORD + 2 * splitter.BLOCK)), b","))
    assert caught.value.absent.detail.startswith("record longer than")


def test_quote_that_never_closes_in_a_large_file() -> None:
    """Rows behind it are still rows."""
    data = b'"open,1\n' + b"x,2\n" * 3_000_000
    rows = sum(
        len(block.rows) if isinstance(block, splitter.Loose) else len(block.starts) for block in splitter.blocks(io.BytesIO(data), b",")
    )
    assert rows == 3_000_001


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=60))
def test_distinct(values: list[bytes]) -> None:
    data, begins, ends = b"", [], []
    for value in values:
        begins.append(len(data))
        data += value
        ends.append(len(data))
    distinct = Distinct()
    codes = distinct.number(data, np.array(begins), np.array(ends)).tolist()
    assert [distinct.values[code] for code in codes] == values
    assert len(set(distinct.values)) == len(distinct.values)


def test_a_record_cut_as_a_whole_is_the_one_cut_by_columns(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("t")

    @given(st.lists(st.lists(st.text(st.sampled_from('a密\x00"\r\x85 ,'), max_size=4), min_size=3, max_size=3), min_size=1, max_size=8))
    def check(table: list[list[str]]) -> None:
        found = source(folder, "".join(",".join(row) + "\n" for row in table).encode(), "utf-8")
        monkeypatch.setattr(delimited, "MANY", 1000)
        whole = list(found.rows(("c", "a", "b")))
        monkeypatch.setattr(delimited, "MANY", 0)
        assert whole == list(found.rows(("c", "a", "b")))

    check()


def test_a_record_cut_as_a_whole_may_have_one_column(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes("一,二\n三\n".encode())
    content = plain(path, "t")
    found = Delimited(content.place(), "t", content, Layout("utf-8", 0, b",", 0, COLUMNS[:1]))
    assert list(found.rows(("a",))) == [("一,二",), ("三",)]


@pytest.mark.parametrize(
    ("line", "brought"),
    [("密,b,c", True), ("a,密,c", False), ("a,b,密", True), ("a,b,c,密", True), ('"a,密",b,c', True), ('a,"b,密",c', False), ("密", True)],
)
def test_a_needle_counts_in_the_columns_that_are_searched(tmp_path: Path, line: str, brought: bool) -> None:
    """A cell beyond the last column belongs to it; a separator in quotes separates nothing."""
    found = source(tmp_path, f"x,y,z\n{line}\nx,y,z\n".encode(), "utf-8")
    assert bool(list(found.candidates(("a",), Predicate(None, frozenset(), ("a", "c"), ("密",))))) is brought


@given(st.text(st.sampled_from("密级，a"), max_size=60), st.sampled_from(["密", "密级", "aa"]), st.integers(1, 40))
def test_every_place_of_a_needle_however_many_there_are(text: str, needle: str, sparse: int) -> None:
    block, sought = text.encode(), needle.encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(needles, "SPARSE", sparse)
        assert needles.positions(block, sought).tolist() == [at for at in range(len(block)) if block.startswith(sought, at)]
