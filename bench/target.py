"""What the composed script costs on the target: CPU seconds of every Linux probe asked alone, and of all of them in one script.

``[sudo] .venv/bin/python -m bench.target [--rounds 5]``. This machine is the target (``sh -s`` as over SSH). User and system seconds
of the shell and all its waited-for children, medians; ``forks`` is the difference of the kernel's count of processes and threads,
the smallest of the rounds, since other work adds to it. The first row is an empty script: subtracted from every probe, not from the sum.
At the end, in the same run: the sixty commands of ``sixty.txt`` one after another as a plain script asks them, and the scripts of sixty
checks drawn with four seeds.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shlex
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner import flow
from scanner.collect.compose import Slot, compose
from scanner.model.evidence import Probe
from scanner.model.target import Target

SIXTY = Path(__file__).with_name("sixty.txt")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a script cost."""

    seconds: float
    """User and system time, median."""
    forks: int
    """Processes started, the smallest count seen."""
    size: int
    """Bytes of the answer."""


def forks() -> int:
    """Processes and threads started on this machine since it booted."""
    for line in Path("/proc/stat").read_text("ascii").split("\n"):
        if line.startswith("processes "):
            return int(line.split()[1])
    raise ValueError("/proc/stat counts no processes")


def spent() -> float:
    """User and system seconds of all children so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cost(probes: Sequence[Probe], rounds: int) -> Cost:
    """Run these probes as one script, ``rounds`` times."""
    script = compose([Slot("x", probe) for probe in probes], os.urandom(16).hex())
    seconds, started, size = [], [], 0
    for _ in range(rounds):
        began, before = spent(), forks()
        done = subprocess.run(["sh", "-s"], input=script.text, capture_output=True, check=True)
        seconds.append(spent() - began)
        started.append(forks() - before)
        size = len(done.stdout)
    return Cost(statistics.median(seconds), min(started), size)


def probes_of(only: Sequence[str] = ()) -> Sequence[Probe]:
    """The probes that a Linux target is asked for these checks; for all of them by default."""
    asked = flow.Request(targets=(Target(id="x", kind="linux"),), unit={}, systems=(), inventory={}, only=tuple(only))
    return flow.plan_for(asked).probes["x"]


def plain(commands: Sequence[str], rounds: int) -> float:
    """CPU seconds of commands asked one by one in a plain script, median."""
    script = "\n".join(f"sh -c {shlex.quote(command)} </dev/null" for command in commands).encode()
    seconds = []
    for _ in range(rounds):
        began = spent()
        subprocess.run(["sh", "-s"], input=script, capture_output=True, check=False)
        seconds.append(spent() - began)
    return statistics.median(seconds)


def main() -> None:
    """Run and print, the dearest first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    probes = probes_of()
    empty = cost((), rounds)
    print(f"{'ms CPU':>8} {'forks':>6} {'bytes':>8}")
    print(f"{empty.seconds * 1000:8.1f} {empty.forks:6} {empty.size:8}  (empty script)")
    rows = sorted(((cost((probe,), rounds), probe) for probe in probes), key=lambda row: -row[0].seconds)
    for row, probe in rows:
        print(f"{(row.seconds - empty.seconds) * 1000:8.1f} {row.forks - empty.forks:6} {row.size:8}  {probe.id}", flush=True)
    whole = cost(probes, rounds)
    print(f"{whole.seconds * 1000:8.1f} {whole.forks:6} {whole.size:8}  all {len(probes)} probes in one script")
    commands = SIXTY.read_text("utf-8").strip().split("\n")
    print(f"{plain(commands, rounds) * 1000:8.1f} {'':6} {'':8}  {len(commands)} plain commands, one after another")
    linux = [check for check in flow.rulebook().checks if check.startswith("linux.")]
    for seed in range(4):
        drawn = probes_of(random.Random(seed).sample(linux, 60))
        some = cost(drawn, rounds)
        print(f"{some.seconds * 1000:8.1f} {some.forks:6} {some.size:8}  60 checks, seed {seed}: {len(drawn)} probes in one script")


if __name__ == "__main__":
    main()
