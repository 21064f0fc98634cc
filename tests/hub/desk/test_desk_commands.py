"""Commands that the desk runs: no secret where others may read it, one scan at a time, an end to everything."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.desk import commands
from hub.desk.commands import PASSPHRASE, Work, run, shown
from scanner.errors import UseError

SHOW = "import os, sys; print(sys.argv[1:], open('/proc/self/environ').read(), open(sys.argv[-1].removeprefix('file:')).read())"
SECRET = "correct horse battery"


def until(what: Callable[[], bool]) -> None:
    for _ in range(600):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_a_passphrase_is_in_no_argument_and_no_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_PROGRAM", (sys.executable, "-c", SHOW))
    done = run(tmp_path, "zh", "seal", "--passphrase", PASSPHRASE, passphrase=SECRET)
    words, _, given = done.said.strip().rpartition(" ")[0], "", done.said.strip()
    assert given.endswith(SECRET) and done.said.count(SECRET) == 1 and words
    assert SECRET not in done.shown and done.shown.endswith("ask")


def test_a_command_is_shown_as_it_would_be_typed() -> None:
    assert (
        shown(["hazards", "assign", "H-1", "--owner=张 三", "-i", "inventory.yaml"])
        == "shiqu hazards assign H-1 '--owner=张 三' -i inventory.yaml"
    )
    assert shown(["x", "it's"]) == "shiqu x 'it'\\''s'"


def test_what_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_PROGRAM", (sys.executable, "-c", "import time; time.sleep(600)"))
    with pytest.raises(UseError, match="desk-too-long"):
        run(tmp_path, "zh", "scan", seconds=0.5)


def test_control_characters_of_a_target_do_not_reach_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_PROGRAM", (sys.executable, "-c", "print('a\\x1b[31mb\\u202ec')"))
    assert run(tmp_path, "zh").said == "a·[31mb·c\n"


def test_one_scan_at_a_time_and_it_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = "import sys, time\ntry:\n print('起', flush=True); time.sleep(600)\nexcept KeyboardInterrupt:\n print('停', flush=True); sys.exit(130)"
    monkeypatch.setattr(commands, "_PROGRAM", (sys.executable, "-c", commands.INTERRUPTIBLE + "\n" + patient))
    work = Work(tmp_path)
    work.start("zh", "scan")
    with pytest.raises(UseError, match="desk-busy"):
        work.start("zh", "scan")
    until(lambda: work.lines()[0] == 1)
    work.stop()
    until(lambda: not work.running)
    assert work.code == 130 and work.lines()[1] == ["起", "停"] and work.lines(1)[1] == ["停"] and work.lines(2)[1] == []


def test_an_endless_output_keeps_its_end_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_PROGRAM", (sys.executable, "-c", "for n in range(2000): print(n)\nprint('x' * 10**6)"))
    work = Work(tmp_path)
    work.start("zh", "scan")
    until(lambda: not work.running)
    count, lines = work.lines()
    assert count >= 2001 and len(lines) == commands.MAX_LINES and max(map(len, lines)) <= commands.MAX_LINE


def test_nothing_in_the_folder_is_taken_for_the_program(tmp_path: Path) -> None:
    (tmp_path / "scanner").mkdir()
    (tmp_path / "scanner" / "__init__.py").write_text("raise SystemExit('taken')")
    (tmp_path / "click.py").write_text("raise SystemExit('taken')")
    assert run(tmp_path, "zh", "--version").said.startswith("shiqu, version")
