"""One conversation: a script in, two bounded streams out, under one total deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from scanner.collect.clean import scrub
from scanner.collect.compose import STDERR_BYTES, Script
from scanner.collect.login import Attempts, Login
from scanner.collect.places import Pins, pinned
from scanner.model.absent import Absent, Why
from scanner.model.target import Target

MAX_STDOUT = 8 * 1024 * 1024
"""More than this of one host's stdout is never held, whatever its probes allow, in bytes."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a transport is asked to do."""

    target: Target
    login: Login | None
    script: Script
    deadline: float
    """``time.monotonic()`` by which everything must be over."""
    attempts: Attempts
    tell: Callable[[str], None]
    """Progress: ``connecting``, ``login``, ``asking N/M``."""
    pins: Pins = None

    @property
    def remaining(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self.deadline - time.monotonic())

    def place(self, name: str) -> str:
        """The address to dial for a name. Raises ReachError."""
        return pinned(self.pins, name)


class Streams:
    """Collects both streams within their limits and reports progress by counting marks."""

    def __init__(self, call: Call) -> None:
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        self._out_size = 0
        self._err_size = 0
        self._limit = min(MAX_STDOUT, call.script.max_bytes)
        self._mark = call.script.token.encode() + b" E "
        self._total = len(call.script.slots)
        self._done = 0
        self._tell = call.tell
        self._secrets = call.login.secrets if call.login is not None else ()
        self.over = False
        """True once stdout is over its limit: the conversation must end."""

    def out(self, data: bytes) -> None:
        """Take a piece of stdout."""
        if self.over:
            return
        self._out_size += len(data)
        if self._out_size > self._limit:
            self.over = True
        self._out.append(data)
        found = data.count(self._mark)
        if found:
            self._done += found
            self._tell(f"asking {self._done}/{self._total}")

    def err(self, data: bytes) -> None:
        """Take a piece of stderr; what is over the limit is dropped."""
        room = STDERR_BYTES + 8192 - self._err_size
        if room > 0:
            self._err.append(data[:room])
            self._err_size += len(data[:room])

    @property
    def stdout(self) -> bytes:
        """What came, without any password of ours: a host may throw back what it was given."""
        return scrub(b"".join(self._out), self._secrets)

    @property
    def stderr(self) -> bytes:
        return scrub(b"".join(self._err), self._secrets)

    def why_cut(self, timed_out: bool) -> Absent | None:
        """Why the streams are not whole, None when they are."""
        if self.over:
            return Absent(Why.TRUNCATED, f"the host sent more than {self._limit} bytes")
        return Absent(Why.TIMED_OUT, "the time limit for the host passed") if timed_out else None


def elevated_command(login: Login | None, token: str) -> tuple[str, bool]:
    """The remote command, and whether it asks for a password and says ``TOKEN O`` before the script may be sent.

    With a password the script follows only after that mark: a refused sudo would else eat script lines as further guesses.
    """
    if login is None or login.elevate == "none":
        return "sh -s", False
    if login.elevate_password is None:
        return "sh -c 'sudo -n sh -s || exec sh -s'", False
    inner = f'printf "\\n%s O\\n" {token}; exec sh -s'
    if login.elevate == "su":
        return f"sh -c 'IFS= read -r p; {{ printf \"%s\\n\" \"$p\"; unset p; exec cat; }} | su root -c '\\''{inner}'\\'''", True
    return f"sh -c 'IFS= read -r p; {{ printf \"%s\\n\" \"$p\"; unset p; exec cat; }} | sudo -k -S -p \"\" sh -c '\\''{inner}'\\'''", True
