"""A store that breaks off: what was counted stays counted, the place is told, and nothing is called whole."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.holdings.counted import open_questions
from scanner.collect.holdings.count import count_group
from scanner.errors import ReachError
from scanner.facts.holdings import Holdings
from scanner.facts.holdings.reading import Group, Unread
from scanner.facts.holdings.stores import written
from scanner.model.absent import Why
from scanner.model.evidence import Answer
from tests.collect.holdings.files import make
from tests.holdings.memory import Memory
from tests.holdings.test_count import ASKED
from tests.holdings.test_left_over import answers, said, sql

LINES = [json.dumps({"dh": f"A-{n}", "tm": "会议", "mj": "公开" if n % 5 else "机密"}, ensure_ascii=False) for n in range(20)]
TABLE = "CREATE TABLE `ws` (dh text, tm text, mj text);\n"
VALUES = ",".join(f"('A-{n}','会议','{'公开' if n % 5 else '机密'}')" for n in range(20))
COPY = "CREATE TABLE ws (dh text, tm text, mj text);\nCOPY ws (dh, tm, mj) FROM stdin;\n" + "".join(
    f"A-{n}\t会议\t{'公开' if n % 5 else '机密'}\n" for n in range(20)
)
BASE = make.dbf([(f"A-{n}", "会议", "公开" if n % 5 else "机密") for n in range(20)])
XML = "<卷>" + "".join(f"<件><档号>A-{n}</档号><密级>{'公开' if n % 5 else '机密'}</密级></件>" for n in range(20)) + "</卷>"
LONG = gzip.compress("\n".join(f"A-{n},会议{n * n * 7919 % 99991},{'公开' if n % 5 else '机密'}" for n in range(30_000)).encode())
CUT: dict[str, tuple[bytes | str, int, int, str]] = {
    "bad.jsonl": ("\n".join([*LINES[:10], '{"dh": "A-x", "mj": 机密}', *LINES[10:]]), 4, 16, "line 11"),
    "worse.jsonl": ("\n".join([*LINES[:10], "rubbish", '{"dh":"A-x","tm":"会', *LINES[10:]]), 4, 16, "line 11 and 1 more"),
    "cut.jsonl": ("\n".join(LINES)[:-12], 4, 15, "line 20"),
    "cut.json": ("[" + ",\n".join(LINES)[:-12], 4, 15, "line 20"),
    "open.json": ("[" + ",\n".join(LINES), 4, 16, "list not closed, line 20"),
    "bad.json": ("[" + ",".join([*LINES[:10], '{"dh":}', *LINES[10:]]) + "]", 4, 16, "line 1"),
    "behind.json": ("[" + ",\n".join(LINES) + "]\nrubbish", 4, 16, "line 21"),
    "statements.sql": (TABLE + sql("INSERT INTO `ws` VALUES('{}','{}','{}');")[:-20], 1, 1, "line 4"),
    "values.sql": (TABLE + f"INSERT INTO `ws` VALUES {VALUES};"[:-20], 4, 15, "line 2"),
    "copy.sql": (COPY[:-8], 4, 16, "line 22"),
    "middle.sql": (TABLE + "INSERT INTO `ws` VALUES ('a','b','机密');\nINSERT INTO `ws` VALUES ('a','b' 'c' ;;(\nINSERT INTO `ws` VALUES ('a','b','机密');\n", 1, 0, "after 1 rows"),
    "short.dbf": (BASE[: len(BASE) - 3 * 95], 4, 13, "17 records stored of 20 declared"),
    "cut.xml": (XML[:-30], 4, 15, "after 19 rows"),
    "cut.csv.gz": (LONG[: len(LONG) * 2 // 3], 1000, 4000, "EOFError"),
}  # fmt: skip


@pytest.mark.parametrize("name", CUT)
def test_what_was_read_stays_counted(name: str, tmp_path: Path) -> None:
    data, classified, plain, told = CUT[name]
    found = answers(tmp_path / "root" / name, data)
    counts, lines = said(found), [line for line in found if not isinstance(line, Unread)]
    assert counts["C"] >= classified and counts["N"] >= plain and counts["unread"] >= 1
    assert any(told in item.detail for item in found if isinstance(item, Unread)), found
    assert {line["method"] for line in lines} == {"partial"}


def test_a_partial_store_is_never_clean() -> None:
    held = of_lines([
        {**line, "method": "partial"} for line in count_group(Group("base", (Memory("t", ["dh", "tm", "mj"], [("A-1", "会议", "公开")]),)), ASKED)
        if isinstance(line, dict)
    ])  # fmt: skip
    assert not held.unread and open_questions(held) == "not read to the end"


class Breaking(Memory):
    """A server that hangs up in the middle."""

    def candidates(self, *asked: Any) -> Iterator[Any]:
        for row in super().candidates(*asked):
            yield row
            if "A-10" in row:
                self.passed = 0
                raise ReachError(Why.UNREACHABLE, "gone")


def test_a_server_that_hangs_up_loses_nothing_of_what_came() -> None:
    rows = [(f"A-{n}", "会议", "公开" if n % 5 else "机密") for n in range(20)]
    line, lost = list(count_group(Group("base", (Breaking("t", ["dh", "tm", "mj"], rows),)), ASKED))
    assert isinstance(line, dict) and line["counts"]["C"] == 3 and line["method"] == "partial"
    assert isinstance(lost, Unread) and (lost.why, lost.detail) == (Why.UNREACHABLE, "gone, after 3 rows")


def of_lines(lines: list[dict[str, Any]]) -> Holdings:
    data = {"as_of": "2026-11-25", "target": {}, "stores": lines, "unread": []}
    found = Holdings.read(Answer(written(data)))
    assert isinstance(found, Holdings)
    return found


def test_numbers_of_a_broken_file_add_up(tmp_path: Path) -> None:
    found = answers(tmp_path / "root/bad.jsonl", CUT["bad.jsonl"][0])
    held = of_lines([line for line in found if not isinstance(line, Unread)])
    assert Counter({code: sum(store.counts[code] for store in held.stores) for code in "CN"}) == Counter(C=4, N=16)
