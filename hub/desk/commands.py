"""The desk does nothing by itself: it runs the commands that a person could type, and shows which. Their rules and sentences hold here too.

A passphrase goes to a command as a file in memory that only it can open: never as an argument, a variable or a file on a disk.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.clock import now
from scanner.errors import UseError

SECONDS = 600
MAX_LINES, MAX_LINE = 500, 400
PASSPHRASE = "\0passphrase"  # noqa: S105 - a place holder
"""Stands in the arguments for the reference to it."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    """Exit code, as CONTRACT has them: 0, 1 and 4 are results."""
    said: str
    """What it printed as its answer."""
    told: str
    """What it printed beside it: progress, warnings, the sentence of an error."""
    shown: str
    """The command as a person would type it."""

    @property
    def good(self) -> bool:
        """Whether it did what was asked."""
        return self.code in (0, 1, 4)

    @property
    def sentence(self) -> str:
        """The last line that it told, else the last that it said."""
        lines = [line for text in (self.told, self.said) for line in text.splitlines() if line.strip()]
        told = [line for line in self.told.splitlines() if line.strip()]
        return (told or lines or [""])[-1]


def run(folder: Path, lang: str, *words: str, passphrase: str | None = None, seconds: float = SECONDS) -> Done:
    """Run a command to its end in this folder. Raises UseError when it does not end in time."""
    with _secret(passphrase) as (reference, kept):
        argv = [reference if word == PASSPHRASE else word for word in words]
        try:
            done = subprocess.run(
                [*_PROGRAM, *argv],
                cwd=folder,
                env=_environment(lang),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                pass_fds=kept,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UseError("desk-too-long", command=shown(words), seconds=int(seconds)) from None
    return Done(done.returncode, _text(done.stdout), _text(done.stderr), shown(words))


def shown(words: Sequence[str]) -> str:
    """As a person would type it."""
    return " ".join(["shiqu", *("ask" if word == PASSPHRASE else _quoted(word) for word in words)])


class Work:
    """The one long command that runs at a time: a scan that is watched and may be stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._counted = 0
        self.shown, self.began, self.ended = "", "", ""
        self.code: int | None = None

    @property
    def running(self) -> bool:
        """Whether it still works."""
        with self._lock:
            return self._child is not None

    def start(self, lang: str, *words: str) -> None:
        """Raises UseError when one runs already."""
        with self._lock:
            if self._child is not None:
                raise UseError("desk-busy", command=self.shown)
            self._lines.clear()
            self._counted = 0
            self.shown, self.began, self.ended, self.code = shown(words), now(), "", None
            # A session of its own: Ctrl-C at the desk's terminal reaches the scan through stop(), once.
            self._child = subprocess.Popen(
                [*_PROGRAM, *words],
                cwd=self._folder,
                env=_environment(lang),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            threading.Thread(target=self._follow, args=(self._child,), daemon=True).start()

    def lines(self, after: int = 0) -> tuple[int, list[str]]:
        """(how many there were in all, those after the given number that are still held)."""
        with self._lock:
            held = list(self._lines)
            return self._counted, held[max(0, len(held) - (self._counted - after)) :] if after < self._counted else []

    def stop(self) -> None:
        """Ask it to end: what was collected stays and can be gone on with."""
        with self._lock:
            if self._child is not None:
                self._child.send_signal(signal.SIGINT)

    def close(self, seconds: float = 30) -> None:
        """Stop, wait, and end it by force when it does not."""
        self.stop()
        with self._lock:
            child = self._child
        if child is not None:
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()

    def _follow(self, child: subprocess.Popen[bytes]) -> None:
        # Leaving the block closes the pipe and waits for the child.
        with child:
            while child.stdout is not None and (line := child.stdout.readline(64 * 1024)):
                with self._lock:
                    self._lines.append(_text(line).rstrip()[:MAX_LINE])
                    self._counted += 1
        with self._lock:
            self._child, self.code, self.ended = None, child.returncode, now()


INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""Whatever was started in the background ignores Ctrl-C, and so would its children: a scan has to end when it is told to."""
_PROGRAM = (sys.executable, "-P", "-c", INTERRUPTIBLE + "import sys; from scanner.cli.main import main; sys.exit(main())")
"""-P: nothing in the unit's folder is ever taken for a part of the program."""


@contextmanager
def _secret(value: str | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    if value is None:
        yield "", ()
        return
    handle = os.memfd_create("shiqu", os.MFD_CLOEXEC)
    os.fchmod(handle, 0o600)
    try:
        os.write(handle, value.encode())
        os.lseek(handle, 0, os.SEEK_SET)
        yield f"file:/proc/self/fd/{handle}", (handle,)
    finally:
        os.close(handle)


def _environment(lang: str) -> dict[str, str]:
    return {**os.environ, "SHIQU_LANG": lang, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "NO_COLOR": "1", "COLUMNS": "120"}


def _text(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return "".join(char if char.isprintable() or char in "\n\t" else "·" for char in text)


def _quoted(word: str) -> str:
    return word if word and all(char.isalnum() or char in "-_./:=,@%+" for char in word) else "'" + word.replace("'", "'\\''") + "'"
