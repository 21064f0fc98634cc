"""Files opened in a process of their own: a crash, a bomb or a hang costs one file, which is told by name."""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType

from scanner.collect.holdings.files.limits import MEBI, Limits
from scanner.collect.holdings.files.walk import Entry
from scanner.facts.holdings.reading import Place, Unread
from scanner.model.absent import Why

WORKER = "import gc; gc.disable(); from scanner.collect.holdings.files.worker import main; main()"
"""Imports make many objects and hardly a cycle: to look for cycles among them costs a part of the start."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin:/usr/local/bin",
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    # What one file took is there for the next one, up to so many bytes.
    "MALLOC_MMAP_THRESHOLD_": str(4 * MEBI),
    "MALLOC_TRIM_THRESHOLD_": str(16 * MEBI),
}
WORKER_ARGUMENTS = ["-I", "-c"]
"""Nothing of the folder or the environment that it is started in reaches a worker."""
FOLDER = "/"
MAX_FRAME = 64 * 1024 * 1024
LOOK = 1.0
"""Seconds between two looks at how far a worker is."""
RENEWED = 500
"""Files after which a worker is replaced, so that no library's leak adds up."""
SIGNALS = {
    signal.SIGXCPU: (Why.TIMED_OUT, "cpu limit"),
    signal.SIGKILL: (Why.TRUNCATED, "killed"),
    signal.SIGXFSZ: (Why.TRUNCATED, "size limit"),
}
HEAD = struct.Struct("<cI")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call of the work function answered for something in one file."""

    entry: Entry
    payload: bytes


@dataclass(slots=True)
class Apart:
    """Workers, one after another. Closing it ends the one that runs."""

    work: str
    """``module:function``; called in the worker with what was found and the options, answers bytes without any cell text."""
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """Plain JSON."""
    limits: Limits = field(default_factory=Limits)
    cpu: float = 0.0
    """Seconds that workers worked which have ended."""
    underway: Callable[[str, int], None] = lambda _shown, _bytes: None
    """Told now and then how far into a file its worker is."""
    _process: subprocess.Popen[bytes] | None = None
    _files: int = 0
    _buffer: bytearray = field(default_factory=bytearray)

    def scan(self, entries: Iterable[Entry | Unread]) -> Iterator[Answer | Unread]:
        """Every entry in its order; something comes out for each file, even if only why it could not be read."""
        try:
            for entry in entries:
                if isinstance(entry, Unread):
                    yield entry
                else:
                    yield from self.file(entry)
        finally:
            self.close()

    def close(self) -> None:
        """End the worker."""
        if self._process is not None:
            self.cpu += worked(self._process.pid)
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait()
            self._process = None
        self._buffer.clear()

    def file(self, entry: Entry, further: Mapping[str, object] = MappingProxyType({})) -> Iterator[Answer | Unread]:
        """One file: whatever is in it, or why it could not be read. ``further`` are options for it alone."""
        process = self._started()
        asked = {
            "path": os.fsencode(entry.path).hex(), "shown": entry.shown, "size": entry.size, "identity": list(entry.identity),
            "changed": entry.changed, "beside": [os.fsencode(path).hex() for path in entry.beside], "further": dict(further),
        }  # fmt: skip
        until = time.monotonic() + self.limits.wall(entry.size)
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            yield self._lost(entry, None)
            return
        while True:
            frame = self._frame(process, until, entry)
            if frame is None or frame[0] == b"X":
                yield self._lost(entry, frame, timed_out=frame is None and time.monotonic() >= until)
                return
            kind, payload = frame
            if kind == b"E":
                return
            yield Answer(entry, payload) if kind == b"R" else _unread(payload)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._files >= RENEWED:
            self.close()
        if self._process is None:
            self._files = 0
            self._process = subprocess.Popen(
                [sys.executable, *WORKER_ARGUMENTS, WORKER, self.work],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, cwd=FOLDER,
            )  # fmt: skip
            first = {"limits": asdict(self.limits), "options": dict(self.options)}
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(first).encode() + b"\n")
        self._files += 1
        return self._process

    def _frame(self, process: subprocess.Popen[bytes], until: float, entry: Entry) -> tuple[bytes, bytes] | None:
        """The next whole frame; None when the worker ended or its time is over."""
        while True:
            if len(self._buffer) >= HEAD.size:
                kind, size = HEAD.unpack_from(self._buffer)
                if size > MAX_FRAME:
                    return None
                if len(self._buffer) >= HEAD.size + size:
                    payload = bytes(self._buffer[HEAD.size : HEAD.size + size])
                    del self._buffer[: HEAD.size + size]
                    return kind, payload
            if not self._more(process, until, entry):
                return None

    def _more(self, process: subprocess.Popen[bytes], until: float, entry: Entry) -> bool:
        assert process.stdout is not None
        waiting = select.poll()
        waiting.register(process.stdout, select.POLLIN)
        while not waiting.poll(1000 * max(0.0, min(until - time.monotonic(), LOOK))):
            if time.monotonic() >= until:
                return False
            self.underway(entry.shown, _position(process.pid, entry))
        piece = os.read(process.stdout.fileno(), 65_536)
        self._buffer += piece
        return bool(piece)

    def _lost(self, entry: Entry, frame: tuple[bytes, bytes] | None, timed_out: bool = False) -> Unread:
        """Why the worker did not come to the end of this file; the next file gets a new one."""
        assert self._process is not None
        why, detail = Why.TIMED_OUT, "time limit"
        if frame is not None:
            name = frame[1].decode("ascii", "replace")
            why, detail = (Why.TRUNCATED, "memory limit") if name == "MemoryError" else (Why.DEFECT, name)
        elif not timed_out:
            try:
                code = self._process.wait(5)
            except subprocess.TimeoutExpired:
                code = 0
            why, detail = (
                SIGNALS.get(signal.Signals(-code), (Why.GARBLED, signal.Signals(-code).name)) if code < 0 else (Why.DEFECT, f"exit {code}")
            )
        self.close()
        return Unread(Place(entry.shown), why, f"reader ended: {detail}")


def worked(process: int) -> float:
    """Seconds that a process and those that it waited for worked; 0 where the system does not tell."""
    try:
        words = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return float(sum(map(int, words[11:15]))) / os.sysconf("SC_CLK_TCK") if len(words) > 15 else 0.0


def _position(process: int, entry: Entry) -> int:
    """How far into a file a process has read, as the system tells; 0 where it does not."""
    folder = Path(f"/proc/{process}")
    try:
        for name in (folder / "fd").iterdir():
            status = name.stat()
            if (status.st_dev, status.st_ino) == entry.identity:
                return int((folder / "fdinfo" / name.name).read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return 0


def _unread(payload: bytes) -> Unread:
    path, why, detail = json.loads(payload)
    return Unread(Place(path), Why(why), detail)
