"""How much one file may cost, and how a worker binds itself before it opens anything."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from dataclasses import dataclass

MEBI = 1024 * 1024
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a worker. Time grows with the size of a file, memory does not."""

    address_space: int = 1024 * MEBI
    file_size: int = 64 * MEBI
    """Largest file that may be written; only anonymous memory files are."""
    cpu_seconds: float = 120.0
    seconds: float = 300.0
    bytes_per_second: float = 0.25 * MEBI
    """Slowest reading that is waited for, on top of the seconds above: a workbook is a tenth of what it inflates to."""

    def cpu(self, size: int) -> float:
        """CPU seconds for a file of this size."""
        return self.cpu_seconds + size / self.bytes_per_second

    def wall(self, size: int) -> float:
        """Seconds by the clock for a file of this size."""
        return self.seconds + 4 * size / self.bytes_per_second


def bind(limits: Limits) -> bool:
    """Bind this process: memory, file size, no core, no new privileges, death with its parent. True when it has no network."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for which, bound in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        hard = resource.getrlimit(which)[1]
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(which, (bound, bound))
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    return bool(libc.unshare(flags) == 0)


def more_cpu(seconds: float) -> None:
    """Let this process use so many CPU seconds from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    bound = int(used.ru_utime + used.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))
