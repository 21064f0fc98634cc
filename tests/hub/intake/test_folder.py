from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.intake.door import Door, Outcome
from hub.intake.folder import Watch
from hub.registry.own import Own
from scanner.errors import KeepError
from scanner.ledger.envelope import LIMIT, open_envelope
from tests.hub.post import Sender, bulletin, register


@pytest.fixture
def watch(hub: Own, tmp_path: Path) -> Watch:
    folder = tmp_path / "in"
    folder.mkdir()
    return Watch(folder, Door(hub, hub.database))


@pytest.fixture
def unit(hub: Own) -> Sender:
    return register(hub.database, "330102-001")


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def looked(watch: Watch) -> list[tuple[str, str]]:
    """Two looks: the first sees a file, the second sees that nobody writes it any more."""
    list(watch.look())
    return [(taken.name, taken.code) for taken in watch.look()]


def test_a_finished_file_is_taken_in_and_answered(watch: Watch, unit: Sender) -> None:
    data = unit.report()
    (watch.folder / "a.shiqu").write_bytes(data)
    assert looked(watch) == [("a.shiqu", "accepted")]
    assert tree(watch.folder) == ["done/a.shiqu", "receipts/a.receipt.shiqu"]
    receipt = open_envelope((watch.folder / "receipts/a.receipt.shiqu").read_bytes())
    assert receipt.manifest["previous"] == open_envelope(data).digest


def test_a_file_that_still_grows_waits(watch: Watch, unit: Sender) -> None:
    data = unit.report()
    path = watch.folder / "a.shiqu"
    for end in (100, 200, len(data)):
        path.write_bytes(data[:end])
        assert list(watch.look()) == []
    assert [taken.code for taken in watch.look()] == ["accepted"]


def test_what_is_refused_lies_beside_its_reason_in_both_languages(watch: Watch, unit: Sender) -> None:
    (watch.folder / "bad.shiqu").write_bytes(unit.report()[:-1])
    (watch.folder / "stranger.shiqu").write_bytes(Sender(unit.code).report())
    assert looked(watch) == [("bad.shiqu", "refused"), ("stranger.shiqu", "refused")]
    assert tree(watch.folder) == ["refused/bad.shiqu", "refused/bad.shiqu.txt", "refused/stranger.shiqu", "refused/stranger.shiqu.txt"]
    chinese, english = (watch.folder / "refused/stranger.shiqu.txt").read_text("utf-8").splitlines()
    assert "没有登记" in chinese and "not registered" in english


def test_a_file_that_was_kept_before_it_was_moved_is_moved_now(watch: Watch, unit: Sender) -> None:
    data = unit.report()
    watch.door.accept(data, "folder")
    (watch.folder / "a.shiqu").write_bytes(data)
    assert looked(watch) == [("a.shiqu", "duplicate")]
    assert tree(watch.folder) == ["done/a.shiqu", "receipts/a.receipt.shiqu"]


def test_another_file_of_the_same_name_replaces_none(watch: Watch, unit: Sender) -> None:
    for _ in range(2):
        (watch.folder / "a.shiqu").write_bytes(unit.report())
        looked(watch)
    assert len(list((watch.folder / "done").iterdir())) == 2


def test_links_pipes_half_files_and_folders_are_left_alone(watch: Watch, unit: Sender, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.shiqu").write_bytes(unit.report())
    (watch.folder / "link.shiqu").symlink_to(tmp_path / "elsewhere.shiqu")
    (watch.folder / "dir.shiqu").mkdir()
    os.mkfifo(watch.folder / "pipe.shiqu")
    (watch.folder / "half.shiqu.part").write_bytes(b"x")
    (watch.folder / ".hidden.shiqu").write_bytes(b"x")
    assert looked(watch) == []


def test_a_file_that_is_too_large_is_not_read(watch: Watch) -> None:
    with (watch.folder / "big.shiqu").open("wb") as stream:
        stream.truncate(LIMIT * 4)
    assert looked(watch) == [("big.shiqu", "refused")]
    assert "128.0" in (watch.folder / "refused/big.shiqu.txt").read_text("utf-8")


def test_a_database_that_fails_leaves_the_file_where_it_is(watch: Watch, unit: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise KeepError("hub-database", detail="")

    (watch.folder / "a.shiqu").write_bytes(unit.seal(bulletin(unit.code)))
    with monkeypatch.context() as patched:
        patched.setattr("hub.intake.keep.receipt", away)
        with pytest.raises(KeepError):
            looked(watch)
    assert tree(watch.folder) == ["a.shiqu"]
    assert [taken.code for taken in watch.look()] == ["accepted"]


def test_a_file_that_breaks_the_program_keeps_no_other_waiting(watch: Watch, unit: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = unit.report(), unit.report()
    accept = watch.door.accept

    def broken(data: bytes, source: str) -> Outcome:
        if data == bad:
            raise KeepError("hub-intake-broken")
        return accept(data, source)

    (watch.folder / "a.shiqu").write_bytes(bad)
    (watch.folder / "b.shiqu").write_bytes(good)
    monkeypatch.setattr(watch.door, "accept", broken)
    assert looked(watch) == [("a.shiqu", "refused"), ("b.shiqu", "accepted")]
    assert "a.shiqu" in tree(watch.folder), "it stays where it is, for whoever looks into it"
    assert list(watch.look()) == [], "told once"
