"""`shiqu judge` beside a sealed result: the same bytes, an altered file, another rulebook."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.cli.words import say
from scanner.model.canonical import canonical_unchecked
from tests.ledger.bundle import key, seal_only

OTHER = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, sealed run of this machine."""
    folder = tmp_path_factory.mktemp("kept") / "run"
    assert main(["scan", "--only", "linux.ssh-root-login", "--quiet", "--format", "json", "-o", str(folder)]) in (0, 1, 4)
    seal_only(folder, key())
    return folder


@pytest.fixture
def run(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(kept, tmp_path / "run"))


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    data = json.loads(path.read_bytes())
    change(data)
    path.write_bytes(canonical_unchecked(data))


def judge(*more: str) -> int:
    return main(["judge", "run", "-o", "again", "--format", "json", *more])


def test_a_sealed_shelf_gives_the_same_bytes(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge() in (0, 1, 4)
    out = capsys.readouterr().out
    assert "逐字节相同" in out and "签封核对无误" in out
    assert Path("again/result.json").read_bytes() == (run / "result.json").read_bytes()
    assert not Path("again/replay.json").exists()


def test_an_altered_result_under_the_same_rulebook_is_found(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "result.json.seal").unlink()
    rewrite(run / "result.json", lambda d: d["verdicts"][0].update(status="not-applicable"))
    assert judge() == 5
    said = capsys.readouterr()
    assert "被改动过" in said.err and "not-applicable" in said.out


@pytest.mark.parametrize("name", ["result.json", "shelf.zip"])
def test_a_run_that_is_not_what_was_sealed_is_not_replayed(run: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = run / name
    path.write_bytes(path.read_bytes() + b" ")
    assert judge() == 5
    assert "被改动" in capsys.readouterr().err
    assert not Path("again").exists()


def test_another_rulebook_says_what_changed_and_which_release_is_needed(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "result.json.seal").unlink()

    def older(data: dict[str, Any]) -> None:
        data["run"]["rulebook"] = OTHER
        data["rulebook"]["release"] = "0.0.9"
        line = next(v for v in data["verdicts"] if v["check"] == "linux.ssh-root-login")
        line["status"] = "not-applicable"
        data["rulebook"]["checks"][line["check"]]["judge"] = "0" * 16

    rewrite(run / "result.json", older)
    assert judge() in (0, 1, 4)
    out = capsys.readouterr().out
    assert "0.0.9" in out and OTHER in out and say("replay.why.judge") in out
    (written,) = [d for d in json.loads(Path("again/replay.json").read_bytes())["differences"] if d["kind"] == "verdict"]
    assert (written["old"], written["reasons"]) == ("not-applicable", ["judge"])


def test_another_profile_is_compared_and_no_alarm(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judge("-p", "gbt22239-l2") in (0, 1, 4)
    said = capsys.readouterr().out
    assert "测评配置换了（原来 gbt22239-l3，现在 gbt22239-l2）" in said
    assert "（无）" not in said and "；测评配置 gbt22239-l2 不同" not in said
    written = json.loads(Path("again/replay.json").read_bytes())["differences"]
    assert any(one["old"] == "" or one["new"] == "" for one in written)
    assert all(len(one["reasons"]) == len(set(one["reasons"])) for one in written)


def test_a_result_of_another_shelf_is_not_compared(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "result.json.seal").unlink()
    rewrite(run / "result.json", lambda d: d["run"].update(shelf=OTHER))
    assert judge() in (0, 1, 4)
    assert "没有比对" in capsys.readouterr().err


def test_a_shelf_alone_under_its_own_rulebook_says_nothing(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("result.json", "result.json.seal"):
        (run / name).unlink()
    assert judge() in (0, 1, 4)
    said = capsys.readouterr()
    assert "规则" not in said.out + said.err


def test_a_named_result_that_is_not_there_is_wrong_use(run: Path) -> None:
    assert judge("--against", "nowhere.json") == 2
