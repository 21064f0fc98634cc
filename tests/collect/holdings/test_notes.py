"""A killed count goes on where it was: what was done is not asked again, and what stands in the notes is counts alone."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from scanner.collect.holdings import scan
from scanner.collect.holdings.count import Asked
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.pace import Cost
from scanner.collect.holdings.servers import read_sqlite
from scanner.facts.holdings.reading import Found, Place, Unread
from scanner.model.absent import Why
from scanner.model.target import Target

TARGET = Target(id="c", kind="catalogue", url="sqlite:////x")
ASKED = Asked(as_of=date(2026, 11, 25))


def build(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.db" for number in range(count)]
    for path in paths:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE wj (dh TEXT, tm TEXT, mj TEXT)")
            connection.executemany(
                "INSERT INTO wj VALUES (?, ?, ?)", [(f"01-{n}", f"关于某事的题名{n}", "机密" if n % 5 else "公开") for n in range(50)]
            )
        connection.close()
    return paths


def found(paths: list[Path]) -> Iterator[Found]:
    for path in paths:
        yield from read_sqlite(path, path.name, {})


def counted(paths: list[Path], notes: Notes) -> bytes:
    got = scan.count(TARGET, found(paths), ASKED, Cost("sqlite"), notes)
    assert isinstance(got, bytes)
    return re.sub(rb'"(limit|seconds)":("[a-z]*"|[0-9.]+)', b"", got)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.collect.holdings.test_notes import *
paths = sorted(Path(sys.argv[1]).glob("*.db"))

def dying():
    for number, item in enumerate(found(paths)):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield item

scan.count(TARGET, dying(), ASKED, 0.0, Notes(Path(sys.argv[1]) / "notes", "a"))
"""


@pytest.mark.parametrize("at", [1, 4, 7])
def test_a_killed_run_goes_on(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = build(tmp_path, 4)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(at)], check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == -signal.SIGKILL
    whole = counted(paths, Notes(None))
    asked: list[str] = []
    inner = scan.counted

    def seen(item: Found, how: Asked, kept: object = None) -> Iterator[object]:
        asked.append(type(item).__name__)
        return inner(item, how, kept)

    monkeypatch.setattr(scan, "counted", seen)
    notes = Notes(tmp_path / "notes", "a")
    assert counted(paths, notes) == whole
    assert asked.count("Group") == 4 - (at + 1) // 2
    text = (tmp_path / "notes").read_text()
    assert "题名" not in text and "某事" not in text and os.stat(tmp_path / "notes").st_mode & 0o077 == 0
    notes.close()
    assert not (tmp_path / "notes").exists()


def test_half_a_row_another_day_and_another_table_count_for_nothing(tmp_path: Path) -> None:
    paths = build(tmp_path, 1)
    counted(paths, Notes(tmp_path / "notes", "a"))
    (group,) = [item for item in found(paths) if hasattr(item, "sources")]
    assert Notes(tmp_path / "notes", "a").known(group) is not None
    assert Notes(tmp_path / "notes", "b").known(group) is None
    data = (tmp_path / "notes").read_bytes()
    (tmp_path / "notes").write_bytes(data[: len(data) // 2])
    notes = Notes(tmp_path / "notes", "a")
    assert notes.known(group) is None
    notes.keep(group, [Unread(Place("x"), Why.TIMED_OUT)])
    assert Notes(tmp_path / "notes", "a").known(group) is None
    notes.keep(group, [Unread(Place("x"), Why.GARBLED)])
    assert Notes(tmp_path / "notes", "a").known(group) == [Unread(Place("x"), Why.GARBLED)]
