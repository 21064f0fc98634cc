"""A file that a dictionary beside it explains is counted once, in slices like any other, and on other machines to the same end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.gather import Hearing
from scanner.collect.holdings import bigfiles, neighbours
from scanner.collect.holdings.files.apart import Answer, Apart
from scanner.collect.holdings.files.walk import Entry
from scanner.collect.holdings.notes import Notes
from scanner.collect.holdings.parts import do, plan
from scanner.collect.holdings.scan import Visit, about_of
from scanner.collect.holdings.work import WORK
from scanner.facts.fact import spec_by_probe
from scanner.facts.holdings import Holdings
from scanner.facts.holdings.reading import Unread
from scanner.model.evidence import Answer as Kept
from scanner.model.target import Target
from tests.holdings.test_files_beside import FIELDS, OPAQUE, TABLE, UNEXPLAINED
from tests.holdings.test_odd_catalogues import Rows, text

LONG: Rows = [(f"X017-WS-2012-Y-{at:04d}", f"会议材料第{at}号", "1224131"[at % 7]) for at in range(140)]
WANTED = Counter(C=40, N=100)
SETS: dict[str, dict[str, Rows]] = {
    "fields": {"字段说明.csv": FIELDS, "z.csv": [OPAQUE, *LONG]},
    "fields and codes": {"字段说明.csv": UNEXPLAINED, "a.csv": [OPAQUE, *LONG], "密级代码.csv": TABLE},
    "codes": {"密级代码.csv": TABLE, "a.csv": [("档号", "题名", "密级"), *LONG]},
}


def visit(root: Path, *noted: bytes) -> Visit:
    target = Target(id="t", kind="catalogue", url=f"file:{root}/", zone="lan")
    notes = Notes(None, about_of(target, "2026-11-25"), b"7")
    notes.absorb(noted)
    return Visit(target=target, login=None, hearing=Hearing(time.monotonic() + 60), pins=None, as_of="2026-11-25", notes=notes)


def evidence(made: Visit) -> bytes:
    (found,) = made.evidence([spec_by_probe("holdings.stores").probe])
    return found.stdout


def data(found: bytes) -> Counter[str]:
    held = Holdings.read(Kept(found))
    assert isinstance(held, Holdings)
    (store,) = [store for store in held.stores if store.role == "catalogue"]
    return +Counter(dict(store.counts))


@pytest.fixture(params=SETS)
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for name, rows in SETS[request.param].items():
        (tmp_path / name).write_bytes(text(rows, encoding="gb18030"))
    return tmp_path


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Mapping[str, object]]]:
    """Files that workers counted, with what they were told of each."""
    seen: list[tuple[str, Mapping[str, object]]] = []
    plainly = Apart.file

    def file(self: Apart, entry: Entry, further: Mapping[str, object] = {}) -> Iterator[Answer | Unread]:
        if self.work == WORK:
            seen.append((entry.shown, further))
        return plainly(self, entry, further)

    monkeypatch.setattr(Apart, "file", file)
    return seen


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "LARGE", 1000)


@pytest.fixture
def sliced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bigfiles, "BIG", 1000)
    monkeypatch.setattr(bigfiles, "EACH", 1500)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})


def test_each_file_is_counted_once(root: Path, large: None, handed: list[Any]) -> None:
    assert data(evidence(visit(root))) == WANTED
    assert Counter(name for name, _ in handed) == Counter(path.name for path in root.iterdir())


def test_the_same_as_counting_twice(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = evidence(visit(root))
    monkeypatch.setattr(neighbours, "LARGE", 1000)
    assert evidence(visit(root)) == twice


def test_in_slices(root: Path, large: None, sliced: None, handed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    found = evidence(visit(root))
    (told,) = [further for name, further in handed if name in ("a.csv", "z.csv")]
    assert len(told["slices"]) > 2 and data(found) == WANTED
    monkeypatch.setattr(bigfiles, "BIG", 1 << 40)
    assert evidence(visit(root)) == found


def test_in_parts_on_other_machines(root: Path, large: None, sliced: None, handed: list[Any]) -> None:
    planning = visit(root)
    parts = plan(planning)
    assert sum(part.bounds is not None for part in parts) > 2
    gathered = [*planning.notes.rows()]
    for part in parts:
        working = visit(root, planning.notes.head())
        do(working, part)
        gathered += working.notes.fresh
    handed.clear()
    together = evidence(visit(root, *gathered))
    assert data(together) == WANTED and together == evidence(visit(root))
    assert all(further.get("slices") for name, further in handed[:1])


def test_a_dictionary_that_changed_is_not_believed(root: Path, large: None) -> None:
    first = visit(root)
    assert b'"C":40' in evidence(first)
    for path in root.iterdir():
        if path.name not in ("a.csv", "z.csv"):
            path.unlink()
    found = evidence(visit(root, *first.notes.rows()))
    assert found == evidence(visit(root)) and b'"C":40' not in found


def test_many_small_files_are_not_counted_before_their_turn(
    root: Path, large: None, handed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "FEW", 0)
    assert data(evidence(visit(root))) == WANTED
    assert max(Counter(name for name, _ in handed).values()) == 2
