"""Sentences: two languages, no field left open, nothing that moves the cursor."""

from __future__ import annotations

import errno
import os

import pytest

from scanner.cli.words import printable, say, sentence
from scanner.errors import ScopeError, UseError

ERROR = UseError("inventory-key-missing", file="i.yaml", line=3, where="targets", key="url", wanted="")


def test_a_sentence_names_file_and_line() -> None:
    assert "i.yaml 第 3 行" in sentence(ERROR, "zh")
    assert "i.yaml line 3" in sentence(ERROR, "en")


def test_the_language_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIQU_LANG", "en")
    assert sentence(ERROR) == sentence(ERROR, "en")
    monkeypatch.delenv("SHIQU_LANG")
    assert sentence(ERROR) == sentence(ERROR, "zh")


@pytest.mark.parametrize("text", ["\x1b[2J", "a\u202eb", "\r", "\x07", "\u2028"])
def test_what_came_from_outside_cannot_move_the_cursor(text: str) -> None:
    shown = sentence(ScopeError("scope-outside", id=text, place="192.0.2.1"))
    assert text not in shown and printable(text) in shown


def test_a_key_that_nobody_wrote_stands_for_itself() -> None:
    assert say("no.such-key", name="x") == "no.such-key name=x"


def test_what_the_operating_system_says_is_said_in_the_language_of_the_sentence() -> None:
    error = UseError("file-unreadable", file="a", detail=os.strerror(errno.ENOENT))
    assert "没有这个文件或目录" in sentence(error, "zh") and "No such" not in sentence(error, "zh")
    assert "No such file or directory" in sentence(error, "en")
