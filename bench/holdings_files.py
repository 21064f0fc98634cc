"""Catalogues in files: what counting them costs, beside what others need for less.

``python bench/holdings_files.py [MEGABYTES]`` makes seeded files in a temporary folder and measures CPU seconds (user and system, with
child processes): needle search, exact counts over CSV in UTF-8 and GBK, office files against only inflating them. ``bench.holdings``
does the same beside other programs.
"""

from __future__ import annotations

import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xlsxwriter

from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.content import plain
from scanner.collect.holdings.files.delimited import Delimited
from scanner.collect.holdings.files.layout import layout_of
from scanner.collect.holdings.files.needles import positions
from scanner.collect.holdings.files.walk import walk
from scanner.collect.holdings.work import ONCE, WORK
from scanner.facts.holdings.reading import Predicate

SEED = 20261125
HEAD = ("档号", "题名", "密级", "责任者", "日期", "保管期限", "备注")
LEVELS = ("公开", "内部", "非密", "无密级", "", "秘密★10年", "机密", "绝密")
WEIGHTS = (42, 18, 18, 4, 14, 2, 1.5, 0.5)
BOOK_ROWS = 50_000
LOOK = 50
"""Answers between two looks at a worker's memory: to look costs what counting a small file does."""
ZIPFILE = """
import pathlib, sys, zipfile
for path in pathlib.Path(sys.argv[1]).iterdir():
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            package.read(name)
"""
TITLES = ("关于召开会议的通知", "年度工作总结", "干部任免的批复", "基建项目验收报告", "收发文登记簿", "来信来访处理情况")
MENTION = "保密工作检查情况"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def row(chance: random.Random, number: int) -> tuple[str, ...]:
    title = MENTION if chance.random() < 0.0085 else chance.choice(TITLES)
    level = chance.choices(LEVELS, WEIGHTS)[0]
    return (f"X001-WS-2001-{number:07d}", f"{title}{number}", level, "某某市档案局办公室", f"2001{number % 12 + 1:02d}12", "永久", "")


def truth_of(level: str) -> str:
    """What a record of 2001 with that level is in 2026: only thirty years are not over."""
    return "C" if level == "绝密" else "R" if level.startswith(("机密", "秘密")) else "N"


def write_csv(path: Path, encoding: str, size: int) -> Counter[str]:
    """Rows up to a size in bytes, and what they are."""
    chance, rows, truth = random.Random(SEED), 0, Counter[str]()
    with path.open("w", encoding=encoding, newline="") as out:
        out.write(",".join(HEAD) + "\n")
        while out.tell() < size if rows % 1000 == 0 else True:
            cells = row(chance, rows)
            out.write(",".join(cells) + "\n")
            truth[truth_of(cells[2])] += 1
            rows += 1
    return truth


def write_offices(folder: Path, count: int) -> Counter[str]:
    """Workbooks of thirty to two thousand rows and documents of ten to two hundred paragraphs, in turn, and what is in them."""
    chance, truth = random.Random(SEED), Counter[str]()
    for number in range(count):
        if number % 2:
            marked = number % 3 == 0
            write_word(folder / f"{number}.docx", chance, int(10 * 20 ** chance.random()), "机密" if marked else "")
            truth["C" if marked else "N"] += 1
            continue
        truth += write_book(folder / f"{number}.xlsx", chance, number * 2000, int(30 * 66 ** chance.random()))
    return truth


def write_books(folder: Path, count: int, rows: int) -> Counter[str]:
    """Workbooks of so many rows each: what a row costs, apart from what a worker and a package do."""
    chance, truth = random.Random(SEED), Counter[str]()
    for number in range(count):
        truth += write_book(folder / f"{number}.xlsx", chance, number * rows, rows)
    return truth


def write_book(path: Path, chance: random.Random, first: int, rows: int) -> Counter[str]:
    truth = Counter[str]()
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("目录")
    sheet.write_row(0, 0, HEAD)
    for at in range(rows):
        cells = row(chance, first + at)
        sheet.write_row(at + 1, 0, cells)
        truth[truth_of(cells[2])] += 1
    book.close()
    return truth


def write_word(path: Path, chance: random.Random, paragraphs: int, level: str) -> None:
    """A document as offices write it: how it looks takes more room than what it says."""
    looks = (
        '<w:rPr><w:rFonts w:ascii="仿宋" w:eastAsia="仿宋" w:hAnsi="仿宋" w:hint="eastAsia"/><w:sz w:val="32"/><w:szCs w:val="32"/></w:rPr>'
    )
    frame = '<w:pPr><w:spacing w:line="560" w:lineRule="exact"/><w:ind w:firstLineChars="200" w:firstLine="640"/></w:pPr>'
    runs = [(level[0], f"{level[1]}★30年")] if level else []
    runs += [(f"{row(chance, n)[1]}，", "请各单位遵照执行，并将办理情况报局办公室。") for n in range(paragraphs)]
    text = "".join(f"<w:p>{frame}" + "".join(f"<w:r>{looks}<w:t>{part}</w:t></w:r>" for part in parts) + "</w:p>" for parts in runs)
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{n}"><w:name w:val="style {n}"/><w:basedOn w:val="a"/>{frame}{looks}</w:style>'
        for n in range(120)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{text}</w:body></w:document>')
        package.writestr("word/styles.xml", f'<w:styles xmlns:w="{W}">{styles}</w:styles>')
        package.writestr("docProps/core.xml", "<core><title>文稿</title></core>")


def used(job: Callable[[], object]) -> tuple[float, Any]:
    """Processor seconds and answer of a job."""
    seconds, _, answer = cpu(job)
    return seconds, answer


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


def search(path: Path, sign: str = "密") -> int:
    """Every place of a sign, in both encodings."""
    needles = {sign.encode(), sign.encode("gb18030")}
    with path.open("rb") as stream:
        return sum(len(positions(block, needle)) for block in iter(lambda: stream.read(1 << 20), b"") for needle in needles)


def reader_only(path: Path) -> int:
    content = plain(path, path.name)
    layout = layout_of(content)
    assert layout is not None
    source = Delimited(content.place(), "t", content, layout)
    predicate = Predicate("密级", frozenset(LEVELS[:5]), ("题名", "备注"), ("密",))
    return sum(1 for _ in source.candidates(HEAD[:3], predicate))


def counted(path: Path) -> tuple[Counter[str], int]:
    """Through a worker, as a scan does it: the counts, and the worker's largest memory in MiB."""
    total, apart, peak = Counter[str](), Apart(WORK, {"as_of": "2026-11-25", **ONCE}), 0
    for number, item in enumerate(apart.scan(walk(path))):
        assert isinstance(item, Answer), item
        for line in json.loads(item.payload)["lines"]:
            total.update(line["counts"])
        if apart._process is not None and number % LOOK == 0:
            status = Path(f"/proc/{apart._process.pid}/status").read_text()
            peak = max(peak, int(status.partition("VmHWM:")[2].split()[0]) >> 10)
    return total, peak


def inflated(folder: Path) -> int:
    size = 0
    for path in folder.iterdir():
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as package:
            size += sum(len(package.read(name)) for name in package.namelist())
    return size


def by_zipfile(folder: Path) -> None:
    """The same by a Python that does nothing else, its start included."""
    subprocess.run([sys.executable, "-I", "-S", "-c", ZIPFILE, str(folder)], check=True)


def by_unzip(folder: Path) -> None:
    """The same by Info-ZIP, one process a file."""
    for path in folder.iterdir():
        subprocess.run(["unzip", "-p", str(path)], stdout=subprocess.DEVNULL, check=True)


def main() -> None:
    size = int(sys.argv[1] if len(sys.argv) > 1 else "300") * 1_000_000 // 2
    with tempfile.TemporaryDirectory(prefix="sqbench") as name:
        folder = Path(name)
        for encoding in ("utf-8", "gb18030"):
            path = folder / f"{encoding}.csv"
            truth = write_csv(path, encoding, size)
            real = path.stat().st_size
            print(f"-- {path.name}: {real / 1e6:.0f} MB, {truth.total()} rows")
            tell("needle search, needle absent", real, lambda path=path: search(path, "祕"))
            tell("needle search, every hit told", real, lambda path=path: search(path))
            tell("reader alone: rows that may be classified", real, lambda path=path: reader_only(path))
            tell("shiqu: exact decisions, full counts, worker", real, lambda path=path: counted(path))
        for kind, write in (
            ("500 office files", lambda home: write_offices(home, 500)),
            ("4 large workbooks", lambda home: write_books(home, 4, BOOK_ROWS)),
        ):
            home = folder / kind.replace(" ", "-")
            home.mkdir()
            write(home)
            real = sum(path.stat().st_size for path in home.iterdir())
            print(f"-- {kind}: {real / 1e6:.0f} MB")
            tell("inflating only", real, lambda home=home: inflated(home))
            tell("the same by Python's zipfile, a process", real, lambda home=home: by_zipfile(home))
            tell("shiqu: exact decisions, full counts, worker", real, lambda home=home: counted(home))


if __name__ == "__main__":
    main()
