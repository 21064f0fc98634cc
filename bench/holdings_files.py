"""Catalogues in files: what counting them costs, beside what others need for less.

``python bench/holdings_files.py [MEGABYTES]`` makes seeded files in a temporary folder and measures CPU seconds (user and system, with
child processes): needle search, exact counts over CSV in UTF-8 and GBK, office files against only inflating them. ripgrep, DuckDB and
polars take part where they are installed.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.layout import layout_of
from scanner.collect.holdings.files.needles import positions
from scanner.collect.holdings.files.walk import walk
from scanner.collect.holdings.work import WORK
from scanner.facts.holdings.reading import Predicate

SEED = 20261125
HEAD = ("档号", "题名", "密级", "责任者", "日期", "保管期限", "备注")
LEVELS = ("公开", "内部", "非密", "无密级", "", "秘密★10年", "机密", "绝密")
WEIGHTS = (42, 18, 18, 4, 14, 2, 1.5, 0.5)
TITLES = ("关于召开会议的通知", "年度工作总结", "干部任免的批复", "基建项目验收报告", "收发文登记簿", "来信来访处理情况")
MENTION = "保密工作检查情况"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def row(chance: random.Random, number: int) -> tuple[str, ...]:
    title = MENTION if chance.random() < 0.0085 else chance.choice(TITLES)
    level = chance.choices(LEVELS, WEIGHTS)[0]
    return (f"X001-WS-2001-{number:07d}", f"{title}{number}", level, "某某市档案局办公室", f"2001{number % 12 + 1:02d}12", "永久", "")


def write_csv(path: Path, encoding: str, size: int) -> int:
    chance, rows = random.Random(SEED), 0
    with path.open("w", encoding=encoding, newline="") as out:
        out.write(",".join(HEAD) + "\n")
        while out.tell() < size if rows % 1000 == 0 else True:
            out.write(",".join(row(chance, rows)) + "\n")
            rows += 1
    return rows


def write_offices(folder: Path) -> None:
    chance = random.Random(SEED)
    for number in range(250):
        book = xlsxwriter.Workbook(str(folder / f"{number}.xlsx"))
        sheet = book.add_worksheet("目录")
        for at, cells in enumerate([HEAD, *(row(chance, number * 100 + n) for n in range(100))]):
            sheet.write_row(at, 0, cells)
        book.close()
    for number in range(250):
        text = "".join(f"<w:p><w:r><w:t>{row(chance, n)[1]}，请各单位遵照执行。</w:t></w:r></w:p>" for n in range(40))
        mark = "<w:p><w:r><w:t>机</w:t></w:r><w:r><w:t>密★10年</w:t></w:r></w:p>" if number % 3 == 0 else ""
        with zipfile.ZipFile(folder / f"{number}.docx", "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", "<Types/>")
            package.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{mark}{text}</w:body></w:document>')


def cpu(job: Callable[[], object]) -> tuple[float, float, object]:
    """CPU seconds, seconds and answer of a job, children included."""

    def used() -> float:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in both)

    began, wall = used(), time.monotonic()
    answer = job()
    return used() - began, time.monotonic() - wall, answer


def tell(name: str, size: float, job: Callable[[], object]) -> None:
    seconds, wall, answer = cpu(job)
    print(f"{name:<44} {seconds:7.2f} CPU s {wall:7.2f} s {size / 1e6 / max(seconds, 1e-9):8.0f} MB/CPU-s  {answer}", flush=True)


def search(path: Path) -> int:
    needles = ("密".encode(), "密".encode("gb18030"))
    with path.open("rb") as stream:
        return sum(sum(1 for needle in needles for _ in positions(block, needle)) for block in iter(lambda: stream.read(1 << 20), b""))


def absent(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(sum(1 for _ in positions(block, "祕".encode())) for block in iter(lambda: stream.read(1 << 20), b""))


def reader_only(path: Path) -> int:
    content = plain(path, path.name)
    layout = layout_of(content)
    assert layout is not None
    source = Delimited(content.place(), "t", content, layout)
    predicate = Predicate("密级", frozenset(LEVELS[:5]), ("题名", "备注"), ("密",))
    return sum(1 for _ in source.candidates(HEAD[:3], predicate))


def counted(path: Path) -> str:
    total: dict[str, int] = {}
    for item in Apart(WORK, {"as_of": "2026-11-25"}).scan(walk(path)):
        if isinstance(item, Answer):
            for line in json.loads(item.payload)["lines"]:
                for code, number in line["counts"].items():
                    total[code] = total.get(code, 0) + number
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return f"{total} peak {peak} MiB"


def inflated(folder: Path) -> int:
    size = 0
    for path in folder.iterdir():
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
            size += sum(len(package.read(name)) for name in package.namelist())
    return size


def others(path: Path, size: int) -> None:
    if shutil.which("rg"):
        tell("ripgrep -c 密 (no decision, no columns)", size, lambda: subprocess.run(["rg", "-c", "-F", "密", str(path)], capture_output=True, check=False).stdout)
    if importlib.util.find_spec("duckdb"):
        import duckdb

        question = f"SELECT 密级, count(*) FROM read_csv('{path}', all_varchar=true) GROUP BY 1"
        tell("DuckDB GROUP BY level (no decision)", size, lambda: len(duckdb.sql(question).fetchall()))
    if importlib.util.find_spec("polars"):
        import polars

        tell("polars group_by level (no decision)", size, lambda: polars.scan_csv(path, infer_schema=False).group_by("密级").len().collect().height)


def main() -> None:
    size = int(sys.argv[1] if len(sys.argv) > 1 else "300") * 1_000_000 // 2
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    with tempfile.TemporaryDirectory(prefix="sqbench") as name:
        folder = Path(name)
        for encoding in ("utf-8", "gb18030"):
            path = folder / f"{encoding}.csv"
            rows = write_csv(path, encoding, size)
            real = path.stat().st_size
            print(f"-- {path.name}: {real / 1e6:.0f} MB, {rows} rows")
            tell("needle search, needle absent", real, lambda path=path: absent(path))
            tell("needle search, every hit told", real, lambda path=path: search(path))
            tell("reader alone: rows that may be classified", real, lambda path=path: reader_only(path))
            tell("shiqu: exact decisions, full counts, worker", real, lambda path=path: counted(path))
            if encoding == "utf-8":
                others(path, real)
        offices = folder / "offices"
        offices.mkdir()
        write_offices(offices)
        real = sum(path.stat().st_size for path in offices.iterdir())
        print(f"-- 500 office files: {real / 1e6:.0f} MB")
        tell("inflating only", real, lambda: inflated(offices))
        tell("shiqu: exact decisions, full counts, worker", real, lambda: counted(offices))


if __name__ == "__main__":
    main()
