"""Counting holds no more than it looks at: parent and worker together stay under 200 MiB, whatever the size."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from scanner.collect.holdings.files import sheetwords

ROOT = Path(__file__).parents[2]
MOST = 200 * 1024
"""KiB of the counting process and its largest worker together."""
COUNT = """
import json, re, resource, sys, time
from pathlib import Path
from scanner.collect.gather import Hearing
from scanner.collect.holdings.scan import ask_holdings
from scanner.facts.fact import spec_by_probe
from scanner.model.target import Target
from scanner.rulebook.book import rulebook

rulebook()
target = Target(id="c", kind="catalogue", url=sys.argv[1])
(evidence,) = ask_holdings(target, None, [spec_by_probe("holdings.stores").probe], Hearing(time.monotonic() + 3600))
rows = sum(store["rows_total"] for store in json.loads(evidence.stdout)["stores"])
# The system's own figure of this process would begin with what its parent had.
own = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
peak = [own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
print(json.dumps({"rows": rows, "peak": peak}))
"""
SIZES = [pytest.param(120_000, id="small"), pytest.param(8_000_000, id="large", marks=pytest.mark.slow)]


def counted(url: str) -> tuple[int, list[int]]:
    """Rows, and the peaks of the process and of its largest worker in KiB."""
    done = subprocess.run([sys.executable, "-c", COUNT, url], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return found["rows"], found["peak"]


@pytest.mark.parametrize("rows", SIZES)
def test_a_separated_text(rows: int, tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w") as stream:
        stream.write("档号,题名,密级,备注\n")
        for start in range(0, rows, 50_000):
            ends = range(start, min(rows, start + 50_000))
            stream.write("".join(f"01-{n},关于{n}号事项的请示及批复的通知,{'机密' if n % 9 == 0 else '公开'},无{n}\n" for n in ends))
    found, peak = counted(f"file:{tmp_path}/")
    assert found == rows and sum(peak) < MOST, peak


@pytest.mark.parametrize("rows", SIZES)
def test_a_database(rows: int, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("CREATE TABLE wj (dh TEXT, tm TEXT, mj TEXT, aj TEXT)")
        base.execute("CREATE TABLE aj (dh TEXT, ajtm TEXT, mj TEXT)")
        base.execute(f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) INSERT INTO wj "
                     "SELECT '01-' || (n / 20) || '-' || n, '关于某号事项的请示' || n, CASE n % 3 WHEN 0 THEN '机密' ELSE '公开' END, '01-' || (n / 20) FROM c")  # fmt: skip
        base.execute("INSERT INTO aj SELECT DISTINCT aj, '案卷', '公开' FROM wj")
    base.close()
    found, peak = counted(f"sqlite://{tmp_path}/a.db")
    assert found >= rows and sum(peak) < MOST, peak


@pytest.mark.parametrize("rows", [pytest.param(2_000, id="small"), pytest.param(60_000, id="large", marks=pytest.mark.slow)])
def test_a_workbook_that_is_just_held(rows: int, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    sheet = book.add_worksheet("目录")
    sheet.write_row(0, 0, ("档号", "题名", "密级", "备注"))
    for n in range(rows):
        title = "关于召开某某会议的若干情况的通知" * 3
        sheet.write_row(n + 1, 0, (f"X001-WS-2001-{n:07d}", f"{title}第{n}号之", "公开" if n % 9 else "机密", f"备注甲{n}乙"))
    book.close()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert sum(info.file_size for info in package.infolist()) < sheetwords.HELD
    found, peak = counted(f"file:{tmp_path}/")
    assert found == rows and sum(peak) < MOST, peak


@pytest.mark.parametrize("large", [pytest.param(2_000, id="small"), pytest.param(100_000, id="large", marks=pytest.mark.slow)])
def test_a_database_of_many_small_tables(large: int, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as base:
        for table, rows in [*((f"t{number:03d}", 50) for number in range(300)), *((f"wj{number}", large) for number in range(3))]:
            base.execute(f"CREATE TABLE {table} (dh TEXT, tm TEXT, mj TEXT, bz TEXT)")
            base.execute(f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) INSERT INTO {table} "
                         f"SELECT '{table.upper()}-2001-' || n, '关于某号事项的请示' || n, CASE n % 3 WHEN 0 THEN '机密' ELSE '公开' END, '备注' || n FROM c")  # fmt: skip
    base.close()
    for url in (f"sqlite://{tmp_path}/a.db", f"file:{tmp_path}/"):
        found, peak = counted(url)
        assert found == 15_000 + 3 * large and sum(peak) < MOST, peak
