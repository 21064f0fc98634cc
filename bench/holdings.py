"""Catalogues in every kind of store, counted by shiqu and gone through by others, in one run on the same made data.

``python -m bench.holdings [--csv-mb 300] [--rows 2000000] [--server-rows 1000000] [--offices 500] [--books 20] [--rounds 2] [--peers FOLDER]
[--only csv,offices,sqlite,postgresql,mariadb]``

All data come from a seed, and shiqu's counts must be those that were made, or the run ends. Figures are processor seconds, the best of
the rounds; peers run in between. With ``--peers`` an environment with ripgrep, DuckDB, polars, Presidio and hawk-scanner is made in the
folder. Presidio and hawk-scanner are given the first rows only (``--slow-rows``): both go row by row, and their rates are compared.
"""

from __future__ import annotations

import argparse
import csv
import platform
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from bench import holdings_files as files
from bench import holdings_peers as peers
from bench import holdings_servers as servers
from tests.holdings.maker import COLUMNS

ENCODINGS = ("utf-8", "gb18030")
HAWK = {"postgresql": "postgresql", "mariadb": "mysql"}


def best(rounds: int, job: Callable[[], tuple[float, Any]]) -> tuple[float, Any]:
    """The least processor seconds of some rounds."""
    return min((job() for _ in range(rounds)), key=lambda item: item[0])


def row(name: str, seconds: float, rate: str, said: str) -> None:
    print(f"  {name:<34}{seconds:9.2f} CPU s  {rate:<28}{said}", flush=True)


def beside(name: str, ours: float, took: peers.Took, unit: str) -> None:
    """A peer's line: its rate, and how many times ours is."""
    rate = took.done / took.cpu
    row(name, took.cpu, f"{rate:,.0f} {unit}/CPU-s", f"shiqu {ours / rate:,.2f} x; {took.found:,} hits; {peers.LACKS[name.split()[0]]}")


def same(counts: Counter[str], truth: Counter[str]) -> str:
    """Every row as it was made, or the run ends."""
    if +counts != +truth:
        raise SystemExit(f"counted {dict(counts)}, made {dict(truth)}")
    return "as made: " + " ".join(f"{code} {number:,}" for code, number in sorted(truth.items()))


def csvs(folder: Path, options: argparse.Namespace, programs: Path | None) -> None:
    for encoding in ENCODINGS:
        path = folder / f"{encoding}.csv"
        truth = files.write_csv(path, encoding, options.csv_mb * 1_000_000)
        size, rows = path.stat().st_size / 1e6, truth.total()
        print(f"\nCSV in {encoding}, {size:,.0f} MB, {rows:,} rows")
        for name, needle in (("needle that is not there", "祕"), ("needle, every place told", "密")):
            seconds, _ = best(options.rounds, lambda path=path, needle=needle: files.used(partial(files.search, path, needle)))  # type: ignore[misc]
            row(f"shiqu: {name}", seconds, f"{size / seconds:,.0f} MB/CPU-s", "")
        seconds, (counts, peak) = best(options.rounds, lambda path=path: files.used(partial(files.counted, path)))  # type: ignore[misc]
        row(
            "shiqu: every record decided",
            seconds,
            f"{size / seconds:,.0f} MB/CPU-s",
            f"{same(counts, truth)}; worker's start included; peak {peak} MiB",
        )
        if programs is None:
            continue
        beside("ripgrep", size / seconds, peers.ripgrep(programs, path, encoding), "MB")
        if encoding == "utf-8":
            for name in ("duckdb", "polars"):
                beside(name, rows / seconds, peers.asked(programs, name, path), "rows")
        for name in ("presidio", "presidio-text"):
            beside(name, rows / seconds, peers.asked(programs, name, path, encoding, options.slow_rows), "rows")
        path.unlink()


def offices(folder: Path, options: argparse.Namespace, programs: Path | None) -> None:
    """Many small files, of which most of the cost is that each of them is one, and large workbooks, where it is that of their rows."""
    home, books = folder / "offices", folder / "books"
    home.mkdir()
    truth = files.write_offices(home, options.offices)
    seconds = beside_inflating(f"{options.offices} office files", home, truth, options)
    if programs is not None:
        (folder / "empty").mkdir()
        took = peers.hawk(programs, folder, "fs", lambda all_: {"path": str(home if all_ else folder / "empty")}, options.offices)
        beside("hawk fs", options.offices / seconds, took, "files")
    books.mkdir()
    truth = files.write_books(books, options.books, files.BOOK_ROWS)
    beside_inflating(f"{options.books} workbooks of {files.BOOK_ROWS:,} rows", books, truth, options)


def beside_inflating(name: str, home: Path, truth: Counter[str], options: argparse.Namespace) -> float:
    """What counting a folder of packages takes, beside what only inflating them does, here and by programs that do nothing else."""
    inflated, size = best(options.rounds, lambda: files.used(partial(files.inflated, home)))
    print(f"\n{name}, {size / 1e6:,.0f} MB inflated, {truth.total():,} rows and documents")
    row("inflating them, nothing else", inflated, f"{size / 1e6 / inflated:,.0f} MB/CPU-s", "")
    for other, job in (("Python's zipfile, a process", files.by_zipfile), ("unzip -p, a process each", files.by_unzip)):
        seconds, _ = best(options.rounds, lambda job=job: files.used(partial(job, home)))  # type: ignore[misc]
        row(other, seconds, f"{size / 1e6 / seconds:,.0f} MB/CPU-s", f"{seconds / inflated:.1f} x inflating")
    seconds, (counts, peak) = best(options.rounds, lambda: files.used(partial(files.counted, home)))
    said = f"{same(counts, truth)}; worker's start included; peak {peak} MiB"
    row("shiqu: every record decided", seconds, f"{seconds / inflated:.1f} x inflating", said)
    return seconds


def databases(name: str, folder: Path, options: argparse.Namespace, programs: Path | None) -> None:
    """One table of made rows in a server or a file."""
    total = options.rows if name == "sqlite" else options.server_rows
    truth, asked = servers.truth(total), []

    def others(connection: dict[str, Any] | None) -> None:
        """While the server runs."""
        if connection is not None and programs is not None:
            part = lambda all_: {**connection, "limit_end": options.slow_rows if all_ else 1}
            asked.append(peers.hawk(programs, folder, HAWK[name], part, options.slow_rows))

    print()
    found = servers.RUNS[name](total, others)
    said = same(found.counts, truth)
    row("shiqu: every record decided", found.client + found.server, f"{total / (found.client + found.server):,.0f} rows/CPU-s", said)
    if found.bare:
        row(
            "  of it the server",
            found.server,
            f"{found.server / found.bare:.2f} x bare GROUP BY",
            f"client {found.client / found.brought * 1e6:.1f} µs a row brought",
        )
    for took in asked:
        beside("hawk", total / (found.client + found.server), took, "rows")
    if programs is not None:
        part = folder / "part.csv"
        with part.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([COLUMNS, *islice(servers.rows(total), options.slow_rows)])
        for peer in ("presidio", "presidio-text"):
            beside(peer, total / (found.client + found.server), peers.asked(programs, peer, part, "utf-8", options.slow_rows), "rows")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv-mb", type=int, default=300, help="size of each of the two CSV files")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows in SQLite")
    parser.add_argument("--server-rows", type=int, default=1_000_000, help="rows in PostgreSQL and in MariaDB")
    parser.add_argument("--offices", type=int, default=500)
    parser.add_argument("--books", type=int, default=20, help="workbooks of fifty thousand rows")
    parser.add_argument("--slow-rows", type=int, default=20_000, help="rows for the peers that go row by row")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--peers", type=Path, help="folder of the environment with the peers; made when it is not there")
    parser.add_argument("--only", default="csv,offices,sqlite,postgresql,mariadb")
    options = parser.parse_args(argv)
    programs = peers.environment(options.peers.resolve()) if options.peers else None
    print(f"{datetime.now(UTC):%Y-%m-%d} {platform.machine()} Python {platform.python_version()}, seed {files.SEED}")
    for name in options.only.split(","):
        with tempfile.TemporaryDirectory(prefix="shiqu-bench-") as folder:
            if name in ("csv", "offices"):
                {"csv": csvs, "offices": offices}[name](Path(folder), options, programs)
            else:
                databases(name, Path(folder), options, programs)


if __name__ == "__main__":
    main()
