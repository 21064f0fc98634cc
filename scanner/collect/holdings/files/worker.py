"""The process in which files are opened: bound, without a network, silent but for its frames.

``python -I -c "…; main()" MODULE:FUNCTION``: limits and options as the first line of JSON on standard
input, then one line for each file; answers are frames on standard output. What it dies of is told by the name of the class only.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from scanner.collect.holdings.files import limits
from scanner.collect.holdings.files.anew import FurtherTable
from scanner.collect.holdings.files.broken import told
from scanner.collect.holdings.files.content import Content, held, plain
from scanner.collect.holdings.files.opening import opened
from scanner.errors import ReachError
from scanner.facts.holdings.reading import Document, Found, Group, Unread
from scanner.model.absent import Absent, Why

RESULT, UNREAD, END, DIED = b"R", b"U", b"E", b"X"
MAGIC = b"SQLite format 3\0"
ONCE = 1024 * 1024
"""Files up to this size are read once for all that is asked of them."""
CONTAINERS = 50_000
"""Lists and their like that are made before cycles of them are looked for."""
Work = Callable[[Found, dict[str, Any]], bytes | None]


def main() -> None:
    """Answer until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes where nobody reads
    sys.excepthook = lambda kind, _value, _trace: _died(out, kind)
    threading.excepthook = lambda _: None
    first = json.loads(sys.stdin.buffer.readline())
    bounds = limits.Limits(**first["limits"])
    offline = limits.bind(bounds)
    module, _, name = sys.argv[1].partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    options = {**first["options"], "offline": offline}
    # Rows make many lists and no cycles: looking for cycles at every seven hundred of them costs a tenth.
    gc.freeze()
    gc.set_threshold(CONTAINERS)
    gc.enable()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        limits.more_cpu(bounds.cpu(asked["size"]))
        _answer(out, asked, work, options)


def _answer(out: BinaryIO, asked: dict[str, Any], work: Work, options: dict[str, Any]) -> None:
    try:
        with told():
            path = Path(os.fsdecode(bytes.fromhex(asked["path"])))
            beside = tuple(Path(os.fsdecode(bytes.fromhex(one))) for one in asked.get("beside", ()))
            content = replace(plain(path, asked["shown"], asked.get("volume", "")), beside=beside)
            with content.opener() as stream:
                status = os.fstat(stream.fileno())
                if [status.st_dev, status.st_ino] != asked["identity"]:
                    raise ReachError(Why.GARBLED, "file was replaced while it was listed")
                once = status.st_size <= ONCE
                if once:
                    content = held(content, stream)
        further = asked.get("further", {})
        if status.st_ctime_ns != asked.get("changed", status.st_ctime_ns):
            # What was counted in slices is not what is there now.
            further.pop("slices", None)
        told_apart = replace(content, single=further.get("single", False))
        try:
            _every(out, replace(told_apart, once=options.get("once", False)), work, {**options, **further})
        except FurtherTable:
            # Nothing was answered yet: a separated text is the only thing in its file.
            _every(out, told_apart, work, {**options, **further})
        # A database is read in one snapshot; any other file is opened again and again, and must have been one and the same.
        if not once and not _stayed(path, status):
            raise ReachError(Why.TRUNCATED, "the file changed while it was read")
    except ReachError as problem:
        _refused(out, asked["shown"], problem.absent)
    _send(out, END, b"")


def _every(out: BinaryIO, content: Content, work: Work, options: dict[str, Any]) -> None:
    for found in opened(content):
        _one(out, found, work, options)


def _stayed(path: Path, before: os.stat_result) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC or _mark(path.lstat()) == _mark(before)
    except OSError:
        return False


def _mark(status: os.stat_result) -> tuple[int, ...]:
    """Putting a file back in its place, or its time back, still shows in the last of these."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _one(out: BinaryIO, found: Found, work: Work, options: dict[str, Any]) -> None:
    """One thing in a file; when it breaks off while it is worked on, the others still get their turn."""
    if isinstance(found, Unread):
        _refused(out, found.place.path, Absent(found.why, found.detail))
        return
    try:
        answer = work(found, options)
    except ReachError as problem:
        _refused(out, found.name if isinstance(found, Group) else _path(found), problem.absent)
    else:
        if answer is not None:
            _send(out, RESULT, answer)


def _path(found: Found) -> str:
    return found.place.path if isinstance(found, Document) else ""


def _refused(out: BinaryIO, path: str, absent: Absent) -> None:
    _send(out, UNREAD, json.dumps([path, str(absent.why), absent.detail]).encode())


def _send(out: BinaryIO, kind: bytes, payload: bytes) -> None:
    out.write(kind + struct.pack("<I", len(payload)) + payload)
    out.flush()


def _died(out: BinaryIO, kind: type[BaseException]) -> None:
    _send(out, DIED, kind.__name__.encode())
