"""A big text file counted in slices comes to what it comes to in one piece, or is not cut."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.gather import Hearing
from scanner.collect.holdings import bigfiles, recordnumbers
from scanner.collect.holdings.count import Asked
from scanner.collect.holdings.files import splitter
from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.opening import opened
from scanner.collect.holdings.folder import listed, rows
from scanner.collect.holdings.meter import Meter
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.parts import do, plan
from scanner.collect.holdings.scan import Visit, about_of
from scanner.collect.holdings.slices import between
from scanner.collect.holdings.work import cut_up, slice_up, work
from scanner.facts.fact import spec_by_probe
from scanner.facts.holdings.reading import Found
from scanner.model.canonical import strict_loads
from scanner.model.target import Target

OPTIONS: dict[str, Any] = {"as_of": "2026-11-25", "salt": "07"}
HEAD = ("档号", "题名", "密级", "责任者", "日期")
CELLS = st.sampled_from(["公开", "机密", "秘密★10年", "", "内部", "绝密★长期", "机密★1年", "SECRET", "5"])
TITLES = st.sampled_from(
    ['关于"某事"的请示', "上一行\n下一行", "关于机密★20年文件的通知", "（机密）某件", "甲,乙", "已解密的通知", "\r\n尾"]
)


def found(path: Path, single: bool = False) -> Iterator[Found]:
    yield from opened(replace(plain(path, path.name), single=single))


def whole(path: Path) -> list[bytes]:
    return [work(item, OPTIONS) for item in found(path)]


def places(path: Path, each: int) -> list[int]:
    answers = [strict_loads(cut_up(item, {**OPTIONS, "each": each})) for item in found(path)]
    return answers[0] if len(answers) == 1 else []


def in_slices(path: Path, inner: list[int]) -> list[bytes]:
    counted = []
    for bounds in between(inner):
        (item,) = found(path, single=True)
        row = slice_up(item, {**OPTIONS, "bounds": list(bounds)})
        assert row is not None
        counted.append(strict_loads(row))
    return [work(item, {**OPTIONS, "slices": counted}) for item in found(path, single=True)]


def table(records: list[tuple[str, str]], end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    write.writerow(HEAD)
    write.writerows((f"1-WS·1999-{at // 7:04}-{at:05}", title, level, "某局", "19990102") for at, (level, title) in enumerate(records))
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_slices_add_up_to_the_whole(tmp_path_factory: pytest.TempPathFactory, encoding: str, quoting: int) -> None:
    path = tmp_path_factory.mktemp("t") / "目录.csv"

    @settings(max_examples=30)
    @given(st.lists(st.tuples(CELLS, TITLES), min_size=4, max_size=40), st.sampled_from(["\n", "\r\n"]), st.integers(60, 900))
    def check(records: list[tuple[str, str]], end: str, each: int) -> None:
        path.write_bytes(table(records, end, quoting).encode(encoding))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(splitter, "BLOCK", 97)
            inner = places(path, each)
        if inner:
            assert in_slices(path, inner) == whole(path)

    check()


def test_a_line_feed_in_quotes_begins_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitter, "BLOCK", 64)
    path = tmp_path / "a.csv"
    path.write_text(table([("机密", "上一行\n下一行")] * 30), "utf-8", newline="")
    inner = places(path, 100)
    assert len(inner) > 5 and all(path.read_bytes()[at:].startswith(b"1-WS") for at in inner)


def test_a_text_without_quotes_is_cut_where_lines_begin(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(table([("机密", "通知"), ("公开", "请示")] * 50).encode("gb18030"))
    inner = places(path, 300)
    assert len(inner) > 5 and all(path.read_bytes()[at - 1 : at + 4] == b"\n1-WS" for at in inner)
    assert in_slices(path, inner) == whole(path)


SOUND = table([("机密", "通知"), ("公开", "请示")] * 50)


@pytest.mark.parametrize(
    "data",
    [
        SOUND.replace("通知", '5" 通知', 1).encode(),
        SOUND.replace("\n", "\r").encode(),
        (SOUND + "x\ry\n").encode(),
        (SOUND + "\x1a\n" + SOUND[20:]).encode(),
        (SOUND + '1-WS·1999-0001-1,"没完,机密\n').encode(),
        SOUND.encode("utf-16"),
        SOUND.replace(",", "|").encode("gb18030"),
        (SOUND + "题名,文件密级,日期\n通知,机密,19990102\n" * 2).encode(),
        ("名称,甲,乙,丙\n题名,一,二,三\n密级,机密,公开,公开\n").encode(),
    ],
    ids=["stray-quote", "returns", "lone-return", "end-sign", "open-quote", "wide", "bytes-of-characters", "second-table", "across"],
)
def test_what_is_not_certain_is_not_cut(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert places(path, 100) == []


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bigfiles, "BIG", 1000)
    monkeypatch.setattr(bigfiles, "EACH", 2000)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})


def counted(root: Path, notes: Notes) -> list[Any]:
    asked = Asked(as_of=date(2026, 11, 25), salt=notes.salt)
    return [json.loads(json.dumps(row)) for _, row in rows(listed(root), asked, notes, Meter(), Cost("file"))]


def test_workers_count_a_file_together(tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text(table([("机密", "通知"), ("公开", "请示"), ("", "（机密）某件")] * 60), "utf-8", newline="")
    notes = Notes(None, salt=b"7")
    together = counted(tmp_path, notes)
    (entry,) = listed(tmp_path)
    bounds = notes.bounds(entry)  # type: ignore[arg-type]
    assert bounds is not None and len(bounds) > 3
    assert all(notes.file_slice(entry, item) is not None for item in bounds)  # type: ignore[arg-type]
    monkeypatch.setattr(bigfiles, "BIG", 1 << 40)
    assert together == counted(tmp_path, Notes(None, salt=b"7"))


def test_a_slice_that_cannot_be_counted_leaves_the_file_to_one_worker(tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text(table([("机密", "通知"), ("公开", "请示")] * 60), "utf-8", newline="")
    monkeypatch.setattr(bigfiles, "_row", lambda *_: None)
    lost = counted(tmp_path, Notes(None, salt=b"7"))
    monkeypatch.setattr(bigfiles, "BIG", 1 << 40)
    assert lost == counted(tmp_path, Notes(None, salt=b"7"))


def test_parts_of_a_file_are_counted_on_any_machine(tmp_path: Path, small: None) -> None:
    """As a cluster does it: one process plans, others count, and the rows of all of them give what one run gives."""
    path = tmp_path / "b.csv"
    path.write_text(table([("机密", "通知"), ("公开", "请示")] * 60), "utf-8", newline="")
    (tmp_path / "a.csv").write_text(SOUND[:200], "utf-8")
    probe = spec_by_probe("holdings.stores").probe

    def visit(*noted: bytes) -> Visit:
        target = Target(id="t", kind="catalogue", url=f"file:{tmp_path}/", zone="lan")
        notes = Notes(None, about_of(target, "2026-11-25"), b"7")
        notes.absorb(noted)
        return Visit(target=target, login=None, hearing=Hearing(time.monotonic() + 60), pins=None, as_of="2026-11-25", notes=notes)

    planning = visit()
    parts = plan(planning)
    assert [part.bounds is None for part in parts] == [True, *[False] * (len(parts) - 1)] and len(parts) > 4
    gathered = [*planning.notes.rows()]
    for part in reversed(parts):
        working = visit(planning.notes.head())
        do(working, part)
        assert working.notes.fresh
        gathered += working.notes.fresh
    (together,), (alone,) = visit(*gathered).evidence([probe]), visit().evidence([probe])
    assert together.stdout == alone.stdout and b'"rows_total":120' in together.stdout


def test_a_row_in_another_encoding_is_no_matter_of_its_neighbours(tmp_path: Path) -> None:
    """In one piece it makes a worker look at the cells around it one by one; slices of such a text are not used."""
    path = tmp_path / "a.csv"
    lines = table([("机密", "通知"), ("公开", "请示")] * 60).splitlines()
    data = [line.encode("utf-8" if at in (20, 90) else "gb18030") for at, line in enumerate(lines)]
    path.write_bytes(b"\n".join(data) + b"\n")
    inner = places(path, 1000)
    assert inner and in_slices(path, inner) == whole(path)


def test_values_beyond_those_that_are_told_are_the_same_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    levels = [f"M{at % 97}" for at in range(200)]
    path.write_text(table([(level, "通知") for level in [*["机密"] * 20, *levels]]), "utf-8", newline="")
    inner = places(path, 1000)
    assert inner and in_slices(path, inner) == whole(path)


def test_the_most_numbers_that_are_held_are_those_of_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordnumbers, "MOST", 30)
    path = tmp_path / "a.csv"
    path.write_text(table([("绝密★长期", "通知"), ("公开", "请示")] * 60), "utf-8", newline="")
    inner = places(path, 1500)
    assert inner and in_slices(path, inner) == whole(path) and b"too-many-to-compare" in whole(path)[0]
