from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hub.courier import disc
from scanner.errors import KeepError


def test_what_is_put_is_taken(tmp_path: Path) -> None:
    path = disc.put(tmp_path / "disc", disc.name_of("330100", "notice", 7, "sha256:" + "ab" * 32), b"data")
    assert path.name == "330100-notice-000007-abababababab.shiqu"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [(found.name, found.data, found.error) for found in disc.take(tmp_path / "disc")] == [(path.name, b"data", None)]


def test_the_same_file_again_is_left_alone_and_another_replaces_it_whole(tmp_path: Path) -> None:
    before = disc.put(tmp_path, "a.shiqu", b"data").stat()
    assert disc.put(tmp_path, "a.shiqu", b"data").stat().st_ino == before.st_ino
    assert disc.put(tmp_path, "a.shiqu", b"more").read_bytes() == b"more"


@pytest.mark.parametrize("code", ["../../etc", "/etc/passwd", "a/b", "..", "a\\b", "局\n", "", ".hidden", "x" * 300])
def test_no_code_becomes_a_path(tmp_path: Path, code: str) -> None:
    name = disc.name_of(code, "notice", 1, "sha256:" + "0" * 64)
    assert "/" not in name and not name.startswith(".") and len(name) < 200 and name.isascii()
    assert disc.put(tmp_path, name, b"x").parent == tmp_path


def test_links_pipes_folders_and_large_files_are_told_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "a.shiqu").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "b.shiqu")
    (tmp_path / "c.shiqu").mkdir()
    with (tmp_path / "d.shiqu").open("wb") as stream:
        stream.truncate(disc.MAX_FILE + 1)
    (tmp_path / "e.shiqu").write_bytes(b"good")
    found = list(disc.take(tmp_path))
    assert [(one.name, one.data) for one in found if one.error is None] == [("e.shiqu", b"good")]
    assert [one.error.code for one in found if one.error is not None] == ["disc-file", "disc-file", "disc-file", "dispatch-large"]


def test_hidden_half_and_other_files_are_passed_over(tmp_path: Path) -> None:
    for name in (".a.shiqu", "a.shiqu.part", "a.txt", "a"):
        (tmp_path / name).write_bytes(b"x")
    assert list(disc.take(tmp_path)) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeepError) as caught:
        list(disc.take(tmp_path / "none"))
    assert caught.value.code == "disc-unreadable"


def test_a_flood_of_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disc, "MAX_FILES", 2)
    for number in range(3):
        (tmp_path / f"{number}.shiqu").write_bytes(b"x")
    with pytest.raises(KeepError) as caught:
        list(disc.take(tmp_path))
    assert caught.value.code == "disc-full"
