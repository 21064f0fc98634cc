"""The list of profiles: asked for once, and again when something else is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub.desk import profiles
from hub.desk.commands import Done
from hub.desk.profiles import Profiles, mark
from tests.hub.desk.conftest import Seat


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages in which the command was run; its answers stand in for the second that it takes."""
    done: list[str] = []

    def run(folder: Path, lang: str, *words: str) -> Done:
        assert words == ("profiles", "list")
        done.append(lang)
        return Done(0, f"own-l3               12  {lang} words\nno line of the list\n", "", "")

    monkeypatch.setattr(profiles, "run", run)
    return done


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A third party's profiles, installed."""
    folder = tmp_path / "site"
    (folder / "ownrules" / "deep").mkdir(parents=True)
    (folder / "ownrules" / "__init__.py").write_text('raise RuntimeError("looked at, never run")')
    (folder / "ownrules" / "deep" / "own.yaml").write_text("a: 1\n")
    info = folder / "ownrules-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ownrules\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[shiqu.profiles]\nown = ownrules.deep\n")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_the_page_asks_once(seat: Seat, asked: list[str]) -> None:
    for _ in range(3):
        assert '<option value="own-l3"' in seat.get("/scan") and "zh words" in seat.get("/scan")
    assert asked == ["zh"]
    assert "en words" in seat.get("/scan?lang=en") and asked == ["zh", "en"]


def test_an_answer_that_was_none_is_not_kept(tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    one = Profiles(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(profiles, "run", lambda *words: Done(5, "", "no", ""))
        assert one.listed("zh") == []
    assert one.listed("zh") == [("own-l3", "zh words")]


@pytest.mark.parametrize("change", ["newer", "longer", "more", "gone", "release"])
def test_another_installation_is_asked_anew(tmp_path: Path, package: Path, asked: list[str], change: str) -> None:
    one = Profiles(tmp_path)
    one.listed("zh")
    path = package / "ownrules" / "deep" / "own.yaml"
    state = path.stat()
    if change == "newer":
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1_000_000))
    elif change == "longer":
        path.write_text("a: 12\n")
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    elif change == "more":
        path.with_name("more.yaml").write_text("")
    elif change == "gone":
        path.unlink()
    else:
        (package / "ownrules-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: ownrules\nVersion: 1.1\n")
    one.listed("zh")
    one.listed("zh")
    assert asked == ["zh", "zh"]


def test_what_is_installed_here_is_seen_wherever_the_program_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = mark()
    monkeypatch.chdir(tmp_path)
    assert mark() == before
