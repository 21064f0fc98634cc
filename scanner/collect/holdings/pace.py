"""What the speed of a count hung on, told by what it cost."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

BUSY = 0.65
"""Share of the time that was spent working from which on the processor was the limit."""
LOCAL = ("file", "sqlite")


@dataclass(slots=True)
class Cost:
    """Time, work and bytes of one target."""

    scheme: str
    """Of its URL."""
    began: float = field(default_factory=time.monotonic)
    own: float = field(default_factory=time.thread_time)
    """Work of this thread when it began."""
    apart: float = 0.0
    """Seconds that other processes worked for it."""
    bytes: int = 0
    """Bytes of the files that were read; 0 for servers, which do not tell."""

    def seconds(self) -> float:
        """Time since it began."""
        return time.monotonic() - self.began

    def limit(self) -> str:
        """``cpu`` when this side worked nearly all the time; what it waited for otherwise."""
        work = time.thread_time() - self.own + self.apart
        if work >= BUSY * self.seconds():
            return "cpu"
        return "disk" if self.scheme in LOCAL else "server"
