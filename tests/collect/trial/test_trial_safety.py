"""What an end never does: say more than it sent, or send more than it may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.trial.journal import ALL_BATCHES, Journal, Progress
from scanner.collect.trial.pace import Pacer
from scanner.collect.trial.saving import Saver
from scanner.collect.trial.storage import Folders, tidy
from scanner.errors import KeepError
from scanner.facts.network import tokens
from scanner.facts.network.records import Trial
from tests.facts.network.made import Bench


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_device_is_never_asked_faster_by_connections_than_by_packets() -> None:
    clock = Clock()
    pacer = Pacer(2000, 500, 50, clock, clock.sleep)
    starts = []
    for _ in range(100):
        pacer.connection("d", 6)
        starts.append(clock.now)
    worst = max(6 * sum(start <= other < start + 1 for other in starts) for start in starts)
    assert worst <= 50 + 6 and 100 * 6 / 50 <= clock.now <= 100 * 6 / 40


def test_what_the_kernel_sends_of_itself_is_waited_for() -> None:
    clock = Clock()
    pacer = Pacer(2000, 500, 50, clock, clock.sleep)
    pacer.owe("d", 48)
    pacer.take(1, device="d")
    assert 0.9 <= clock.now <= 1.2
    pacer.take(1, device="other")
    assert clock.now <= 1.2


def test_a_record_of_many_trials_stays_small_and_is_read_as_it_was() -> None:
    import msgspec

    journal = Journal(Bench().plan, "in")
    for _ in range(2000):
        draft = journal.trial("beacon", "routed", "tcp", port=80)
        for turn in range(100):
            draft.went([(float(turn), 1)], [turn])
    rows = journal.data()["trials"]
    assert sum(len(row["batches"]) for row in rows) <= ALL_BATCHES
    read = msgspec.convert(rows[7], Trial)
    assert (read.n, read.port, read.sent, read.ranges, read.source, read.template) == (8, 80, 100, [(0, 99)], "", None)


class Half:
    """As much of an end as storage asks for."""

    def __init__(self, folders: list[str]) -> None:
        self.plan = Bench(storage=folders).plan
        self.journal = Journal(self.plan, "in")
        self.end, self.others = "in", ("out:edge",)
        self.closers: list[Callable[[], None]] = []
        self.files: list[dict[str, Any]] = []


def test_no_token_file_is_left_behind_a_link_that_leaves_the_scope(tmp_path: Path) -> None:
    named, elsewhere, link = tmp_path / "named", tmp_path / "elsewhere", tmp_path / "link"
    named.mkdir()
    elsewhere.mkdir()
    link.symlink_to(elsewhere)
    half = Half([str(named), str(link)])
    progress = Progress("storage", False)
    Folders(half).leave(progress)  # type: ignore[arg-type]
    assert (progress.tried, progress.of, progress.why) == (1, 2, "folder")
    assert [path.stat().st_size for path in named.iterdir()] == [49] and not list(elsewhere.iterdir())
    for close in half.closers:
        close()
    assert not list(named.iterdir())


def test_a_token_file_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    half = Half([str(tmp_path)])
    said = tokens.payload(half.plan.key, "out:edge", 3, 0).hex().encode()
    for name in ("a", "m", "z"):
        (tmp_path / f"shiqu-{half.plan.id}-{name}").symlink_to("/nonexistent")
    (tmp_path / f"shiqu-{half.plan.id}-out-edge").write_bytes(said)
    Folders(half).look()  # type: ignore[arg-type]
    assert len(half.files) == 1


def test_what_a_killed_run_left_in_a_folder_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    half = Half([str(tmp_path)])
    Folders(half).leave(Progress("storage", False))  # type: ignore[arg-type]
    (mine,) = tmp_path.iterdir()
    theirs = tmp_path / f"shiqu-{half.plan.id}-out-edge"
    theirs.write_bytes(tokens.payload(half.plan.key, "out:edge", 3, 0).hex().encode())
    again = Half([str(tmp_path)])
    tidy(again)  # type: ignore[arg-type]
    assert not mine.exists() and theirs.exists() and again.journal.notes == [f"token-file-removed {mine}"]


def test_a_file_of_that_name_without_this_end_s_token_is_not_ours_to_take_away(tmp_path: Path) -> None:
    half = Half([str(tmp_path)])
    path = tmp_path / f"shiqu-{half.plan.id}-in"
    path.write_bytes(b"somebody's own words")
    tidy(half)  # type: ignore[arg-type]
    assert path.read_bytes() == b"somebody's own words" and not half.journal.notes


def test_the_record_names_a_token_file_before_there_is_one(tmp_path: Path) -> None:
    half = Half([str(tmp_path)])
    seen: list[tuple[list[str], list[Path]]] = []
    Folders(half).leave(Progress("storage", False), lambda: seen.append((list(half.journal.notes), list(tmp_path.iterdir()))))  # type: ignore[arg-type]
    assert seen == [([f"token-file {tmp_path}/shiqu-{half.plan.id}-in"], [])]


def test_a_record_is_there_before_anything_is_sent() -> None:
    saved: list[dict[str, Any]] = []
    with Saver(lambda: {"n": len(saved)}, saved.append, threading.Event()):
        assert saved == [{"n": 0}]


def test_a_run_whose_record_can_no_more_be_written_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.collect.trial.saving.SAVE_SECONDS", 0.01)
    halt, saved = threading.Event(), [0]

    def save(_record: dict[str, Any]) -> None:
        saved[0] += 1
        if saved[0] > 1:
            raise KeepError("file-write", file="x", detail="No space left on device")

    with Saver(dict, save, halt):
        assert halt.wait(5)
