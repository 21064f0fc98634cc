"""Files that change while they are read: what was counted of them stands for none of the two."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.holdings.files.walk import Entry, walk
from scanner.collect.holdings.files.worker import ONCE, _answer
from scanner.collect.holdings.notes import Notes

Act = Callable[[Path], None]
LINE = "X017-WS-2012-Y-{:06},会议材料,公开\n"


def frames(path: Path, act: Act, further: dict[str, Any] | None = None) -> tuple[list[bytes], list[list[str]], dict[str, Any]]:
    """Kinds of the answers, what was not read, and the options that counting got; the act is done while something is counted."""
    (entry,) = walk(path)
    assert not isinstance(entry, Exception)
    out, given = io.BytesIO(), dict[str, Any]()

    def work(_found: Any, options: dict[str, Any]) -> bytes:
        given.update(options)
        act(path)
        return b"counted"

    asked = {"path": os.fsencode(path).hex(), "shown": path.name, "identity": list(entry.identity), "changed": entry.changed}  # type: ignore[union-attr]
    _answer(out, asked | {"further": further or {}}, work, {})
    data, kinds, unread = out.getvalue(), [], []
    while data:
        size = int.from_bytes(data[1:5], "little")
        kinds.append(data[:1])
        unread += [json.loads(data[5 : 5 + size])] if data[:1] == b"U" else []
        data = data[5 + size :]
    return kinds, unread, given


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("档号,题名,密级\n" + "".join(map(LINE.format, range(ONCE // 40))), "utf-8")
    assert path.stat().st_size > ONCE
    return path


def grown(path: Path) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(LINE.format(0))


def rewritten(path: Path) -> None:
    """The same length, and the time of before."""
    status = path.stat()
    with path.open("r+b") as stream:
        stream.seek(-10, os.SEEK_END)
        stream.write(b"x")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def put_back(path: Path) -> None:
    """Another file stood there for a while."""
    path.rename(path.with_name("b"))
    path.with_name("b").rename(path)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("act", [grown, rewritten, put_back, gone])
def test_a_large_file_that_changes_is_told(act: Act, large: Path) -> None:
    kinds, unread, _ = frames(large, act)
    assert kinds == [b"R", b"U", b"E"]
    assert unread == [["a.csv", "truncated", "the file changed while it was read"]]


def test_a_file_that_stays_is_read(large: Path) -> None:
    assert frames(large, lambda _: None)[0] == [b"R", b"E"]


@pytest.mark.parametrize("act", [grown, gone])
def test_a_small_file_is_read_once(act: Act, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("档号,题名,密级\n" + LINE.format(1) * 5, "utf-8")
    assert frames(path, act)[0] == [b"R", b"E"]


def test_what_was_noted_of_a_file_holds_as_long_as_it_stays(tmp_path: Path, large: Path) -> None:
    notes, row = Notes(tmp_path / "notes", "c"), {"lines": [], "unread": [], "standing": []}
    (before,) = walk(large)
    assert isinstance(before, Entry)
    notes.keep_file(before, row)
    assert notes.file(before) is not None
    rewritten(large)
    (after,) = walk(large)
    assert isinstance(after, Entry) and after.size == before.size and notes.file(after) is None


def test_slices_of_what_was_there_before_do_not_count(large: Path) -> None:
    assert frames(large, lambda _: None, {"slices": [1]})[2]["slices"] == [1]
    (entry,) = walk(large)
    asked = {"path": os.fsencode(large).hex(), "shown": "a.csv", "identity": list(entry.identity), "changed": 1, "further": {"slices": [1]}}  # type: ignore[union-attr]
    given: dict[str, Any] = {}
    _answer(io.BytesIO(), asked, lambda _found, options: given.update(options), {})
    assert "slices" not in given and "single" not in given
