from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.intake import fold
from hub.intake.door import Door
from hub.ops import backup, restore
from hub.people import log
from hub.registry.own import Own, open_database
from hub.store import tables as t
from scanner.cli.main import main
from scanner.errors import KeepError, ShiquError
from tests.hub.conftest import KINDS
from tests.hub.post import hazard, register
from tests.hub.served import SECRET, home_at, token


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres").url())


def filled(own: Own) -> None:
    units = [register(own.database, f"330102-{number:03d}") for number in range(3)]
    door = Door(own, own.database)
    for unit in units:
        door.accept(unit.report(hazards=[hazard(1)]), "http")
    door.accept(b"\x00\xff nonsense", "http")
    token(own)
    fold.fold_all(own.database)
    with own.database.writing() as connection:
        # A parent with a greater number than its child, as moves leave it.
        register_ = connection.execute(sa.select(t.unit.c.id).where(t.unit.c.code == "330102-002")).scalar_one()
        connection.execute(sa.update(t.unit).where(t.unit.c.code == "330102-000").values(parent_id=register_))


@pytest.mark.parametrize("into", KINDS)
def test_a_restored_hub_is_the_same_on_either_database(url: str, into: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    own = home_at(tmp_path / "old", url)
    filled(own)
    path = tmp_path / "hub.backup"
    made = backup.make(own, tmp_path / "old", path)
    assert path.stat().st_mode & 0o077 == 0
    assert restore.verify(path, own.sign.public) == made.manifest
    target = "" if into == "sqlite" else request.getfixturevalue("postgres").url()
    restore.restore(path, tmp_path / "new", target)
    again = Own.load(tmp_path / "new", "env:SQHUB_SECRET")
    assert again.sign == own.sign
    assert backup.make(again, tmp_path / "new", tmp_path / "again").manifest["tables"] == made.manifest["tables"]
    with again.database.writing() as connection:
        assert log.verify(connection, own.code, [own.sign.public]) == []
        before = log.head(connection)
        assert (before.n, before.root) == (made.manifest["head"]["n"], made.manifest["head"]["root"])
        assert connection.execute(sa.select(sa.func.count()).select_from(t.session)).scalar_one() == 0
    unit = register(again.database, "330102-999")
    assert Door(again, again.database).accept(unit.report(), "http").code == "accepted", "it goes on where it was"
    for one in (own, again):
        one.database.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup")
    own = home_at(folder / "hub")
    filled(own)
    backup.make(own, folder / "hub", folder / "whole")
    own.database.close()
    return folder / "whole"


def changed(whole: Path, path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(whole) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def edit(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        assert old in members[name]
        members[name] = members[name].replace(old, new, 1)

    return change


def drop(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.__delitem__(name)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (edit("tables/hazard.jsonl", b"registered", b"closed    "), "hub-backup-changed"),
        (edit("tables/log.jsonl", b"account.add", b"account.xdd"), "hub-backup-changed"),
        (edit("manifest.json", b'"rows":3', b'"rows":2'), "hub-backup-signature"),
        (edit("home/keys/sign.pub", b"MCow", b"MCox"), "hub-backup-form"),
        (edit("home/hub.json", b"330000", b"330001"), "hub-backup-changed"),
        (drop("tables/hazard.jsonl"), "hub-backup-form"),
        (drop("manifest.sig"), "hub-backup-form"),
        (lambda members: members.update({"home/../../evil": b"x"}), "hub-backup-form"),
    ],
)
def test_a_changed_backup_is_found_and_makes_no_hub(
    whole: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], code: str
) -> None:
    path = changed(whole, tmp_path / "changed", change)
    with pytest.raises(KeepError) as caught:
        restore.restore(path, tmp_path / "new")
    assert caught.value.code == code
    assert not (tmp_path / "new" / "hub.json").exists()


def test_cut_and_foreign_files_are_said(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes(whole.read_bytes()[:-100])
    (tmp_path / "other").write_bytes(b"no zip at all")
    for name in ("cut", "other"):
        with pytest.raises(KeepError) as caught:
            restore.verify(tmp_path / name)
        assert caught.value.code == "hub-backup-form"
    with pytest.raises(ShiquError):
        restore.verify(tmp_path / "absent")


def test_the_commands(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SQHUB_SECRET", SECRET)
    home = ["--home", str(tmp_path / "hub"), "--passphrase", "env:SQHUB_SECRET"]
    assert main(["hub", "backup", *home, "--restore", str(whole)]) == 0
    assert main(["hub", "backup", *home, "--restore", str(whole)]) == 2, "not over a hub that is there"
    assert main(["hub", "backup", *home, "-o", str(tmp_path / "b")]) == 0
    assert main(["hub", "backup", *home, "--verify", str(tmp_path / "b")]) == 0
    assert main(["hub", "backup", *home]) == 2
    assert "恢复完成" in capsys.readouterr().out
    shutil.rmtree(tmp_path / "hub")
    assert main(["hub", "init", *home, "--unit", "x", "--name", "别的局"]) == 0
    assert main(["hub", "backup", *home, "--verify", str(tmp_path / "b")]) == 5, "another hub's"
    open_database(tmp_path / "hub").close()
