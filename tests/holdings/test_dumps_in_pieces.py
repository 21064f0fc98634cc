"""Dumps whose tables are made in one file and whose rows stand in others beside it."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from tests.holdings.test_catalogues import held
from tests.holdings.test_schemas import NUMBERS, RECORDS, TITLES

CREATE = "CREATE TABLE `wj` (\n  `dh` varchar(40) COMMENT '档号',\n  `tm` varchar(99) COMMENT '题名',\n  `mj` int COMMENT '密级（1公开 2秘密 3机密）'\n) ENGINE=InnoDB;\n"
VALUES = ",".join(f"('{a}','{b}',{3 if c == '机密' else 1})" for a, b, c in RECORDS)
ROWS = f"INSERT INTO `wj` VALUES {VALUES};\n"
OTHER = "CREATE TABLE `wj` (\n  `mj` int,\n  `dh` text,\n  `tm` text\n);\n"


def counts_of(root: Path) -> tuple[Counter[str], list[str]]:
    """Counts of all files of a folder, and why some are unread."""
    found, _ = held(root)
    return sum((+Counter(dict(store.counts)) for store in found.stores), Counter()), [item.detail for item in found.unread]


@pytest.mark.parametrize("files", [
    {"db.wj-schema.sql": CREATE, "db.wj.00000.sql": ROWS},
    {"01_schema.sql": CREATE, "02_data.sql": ROWS},
    {"db.wj-schema.sql.gz": CREATE, "db.wj.00000.sql.gz": ROWS},
    {"db.wj-schema.sql": CREATE, "db.wj.00000.sql": ROWS, "elder.sql": OTHER},
], ids=["mydumper", "no-data", "packed", "the nearest name"])  # fmt: skip
def test_rows_by_the_definition_beside_them(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=1, N=5) and not unread


def test_rows_whose_columns_nobody_names(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(ROWS)
    _, unread = counts_of(tmp_path)
    assert unread == ["rows of a table that is defined elsewhere"]


def test_rows_that_tell_their_levels_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("INSERT INTO wj VALUES " + ",".join(f"('{a}','{b}','{c}')" for a, b, c in RECORDS) + ";\n")
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=1, N=5) and not unread


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_table_with_its_rows_in_a_text_beside_it(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "wj.sql").write_bytes(CREATE.encode())
    codes = {NUMBERS[0]: r"\N"} | {a: "3" for a, _, c in RECORDS if c == "机密"}
    lines = [f"{a}\t{b}\t{codes.get(a, '1')}\n" for a, b, _ in RECORDS]
    (tmp_path / "wj.txt").write_bytes("".join(lines).encode(encoding))
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=1, N=5) and not unread


def test_a_text_beside_a_dump_of_another_table(tmp_path: Path) -> None:
    (tmp_path / "wj.sql").write_text(CREATE)
    (tmp_path / "ml.txt").write_text("".join(f"{a}\t{b}\t机密\n" for a, b in zip(NUMBERS, TITLES)))
    counts, unread = counts_of(tmp_path)
    assert counts == Counter(C=6) and not unread
