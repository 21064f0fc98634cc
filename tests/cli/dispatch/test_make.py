"""`shiqu dispatch make` as a person uses it: numbered without holes, and told what is wrong before anything is made."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

import scanner.cli.dispatch
import scanner.ledger.envelope
from scanner.cli.main import main
from scanner.ledger.envelope import START
from scanner.ledger.home import Home
from scanner.ledger.keys import new_key, write_key
from scanner.ledger.outbox import Outbox
from scanner.model.canonical import digest
from tests.cli.dispatch.post import MARK, PASSPHRASE, dispatch, open_result, opened, read, receipt, rows, write_result
from tests.ledger.bundle import UNIT
from tests.ledger.envelopes import CREATED, result


def test_from_result_to_receipt(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch("one", *MARK, "-o", "a.shiqu") == 0
    assert "第 1 号" in capsys.readouterr().out
    assert read("a.shiqu") == 0
    out = capsys.readouterr().out
    assert "签名有效，密钥可信" in out and "CH4 局域网与外网未物理隔离：确认命中" in out and "工作秘密" in out
    assert main(["dispatch", "list"]) == 0
    assert "还没有回执" in capsys.readouterr().out
    assert read(str(receipt(1))) == 0
    assert "回执已记入台账" in capsys.readouterr().out
    assert main(["dispatch", "list"]) == 0
    assert f"330100 已于 {CREATED} 收到" in capsys.readouterr().out
    assert main(["ledger", "verify"]) == 0


def test_numbers_follow_and_name_the_one_before(unit: Path) -> None:
    assert dispatch("one", "two", *MARK, "-o", ".") == 0
    first, second = opened(f"{UNIT}-000001.shiqu"), opened(f"{UNIT}-000002.shiqu")
    assert (first.manifest["sequence"], first.manifest["previous"]) == (1, START)
    assert (second.manifest["sequence"], second.manifest["previous"]) == (2, first.digest)


def test_the_same_content_keeps_its_number_and_its_bytes(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    dispatch("two", *MARK, "-o", "b.shiqu")
    assert dispatch("one", *MARK, "-o", "again.shiqu") == 0
    assert "编号不变" in capsys.readouterr().out
    assert Path("again.shiqu").read_bytes() == Path("a.shiqu").read_bytes()
    assert main(["dispatch", "again", "2", "-o", "c.shiqu"]) == 0
    assert Path("c.shiqu").read_bytes() == Path("b.shiqu").read_bytes()
    assert len(rows("dispatch")) == 2


def test_another_level_of_disclosure_is_another_envelope(unit: Path) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    dispatch("one", *MARK, "--disclosure", "figures", "-o", "b.shiqu")
    assert opened("b.shiqu").manifest["sequence"] == 2


def forked(work: Callable[[], int]) -> int:
    """Run in a child process; returns its id."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(work())
        finally:
            os._exit(99)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dies(*_: object) -> None:
    os._exit(9)


PLACES = {
    "before the copy": (Outbox, "_keep"),
    "between copy and row": (Home, "write"),
    "between row and file": (scanner.cli.dispatch, "_write"),
}


@pytest.mark.parametrize("place", PLACES)
def test_whoever_is_killed_in_between_asks_again_and_no_number_is_skipped_or_used_twice(unit: Path, place: str) -> None:
    def work() -> int:
        setattr(*PLACES[place], dies)
        return dispatch("one", *MARK, "-o", "lost.shiqu")

    assert ended(forked(work)) == 9 and not Path("lost.shiqu").exists()
    numbered = {body["sequence"]: body["file"] for body in rows("dispatch")}
    assert list(numbered) == ([1] if place == "between row and file" else [])
    assert dispatch("one", *MARK, "-o", "a.shiqu") == 0
    assert dispatch("two", *MARK, "-o", "b.shiqu") == 0
    assert [opened(name).manifest["sequence"] for name in ("a.shiqu", "b.shiqu")] == [1, 2]
    assert digest(Path("a.shiqu").read_bytes()) == numbered.get(1, digest(Path("a.shiqu").read_bytes()))


def test_several_at_once_never_share_a_number(unit: Path) -> None:
    levels = [(name, level) for name in ("one", "two") for level in ("figures", "masked")]
    held = [
        forked(lambda name=name, level=level: dispatch(name, *MARK, "--disclosure", level, "-o", f"{name}.{level}.shiqu"))  # type: ignore[misc]
        for name, level in levels
    ]
    assert [ended(one) for one in held] == [0, 0, 0, 0]
    made = [opened(f"{name}.{level}.shiqu").manifest for name, level in levels]
    assert sorted(manifest["sequence"] for manifest in made) == [1, 2, 3, 4]
    copies = {path.stem for path in Path("shiqu-home/dispatch").glob("*.shiqu")}
    assert copies == {body["file"][7:] for body in rows("dispatch")}


def test_files_are_their_owners_only(unit: Path) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    for path in (Path("a.shiqu"), Path("shiqu-home/alias.key"), *Path("shiqu-home/dispatch").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_copy_that_was_changed_is_not_sent_again(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dispatch("one", *MARK, "-o", "a.shiqu")
    next(Path("shiqu-home/dispatch").iterdir()).write_bytes(b"x")
    assert dispatch("one", *MARK, "-o", "b.shiqu") == 5
    assert "底件" in capsys.readouterr().err and not Path("b.shiqu").exists()


def test_a_result_too_large_says_what_to_do(unit: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    open_result(unit / "open")
    monkeypatch.setattr(scanner.ledger.envelope, "LIMIT", scanner.ledger.envelope.MAX_MANIFEST + 100_000)
    assert dispatch("open", "--disclosure", "full", "-o", "a.shiqu") == 2
    assert "请改用 --disclosure masked" in capsys.readouterr().err
    assert dispatch("open", "--disclosure", "masked", "-o", "a.shiqu") == 0


def test_another_units_key_makes_nothing(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_key(unit / "other.key", new_key("ed25519", "330100-002"), PASSPHRASE)
    assert main(["dispatch", "make", "one", *MARK, "--key", "other.key", "--passphrase", "env:SQ_PASS", "-o", "a.shiqu"]) == 2
    assert "330100-002" in capsys.readouterr().err


def test_a_run_without_a_unit_is_not_sent(unit: Path) -> None:
    document = result()
    write_result(unit / "nobody", "20261126T061150Z-7f3e", run=document["run"] | {"unit": {}})
    assert dispatch("nobody", *MARK, "-o", "a.shiqu") == 2


def test_a_misspelt_addressee_begins_no_second_numbering(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch("one", *MARK, "--to", "330100", "-o", "a.shiqu") == 0
    assert dispatch("two", *MARK, "-o", "b.shiqu") == 0
    assert opened("b.shiqu").manifest["to"] == "330100" and opened("b.shiqu").manifest["sequence"] == 2
    assert dispatch("two", *MARK, "--to", "330101", "-o", "c.shiqu") == 2
    assert "--first" in capsys.readouterr().err
    assert dispatch("two", *MARK, "--to", "330101", "--first", "-o", "c.shiqu") == 0
    assert opened("c.shiqu").manifest["sequence"] == 1
