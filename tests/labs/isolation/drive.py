"""The command line from plan to replay, as a tester at two ends would type it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.labs.isolation.topology import Net, eventually

SHIQU = str(Path(sys.executable).with_name("shiqu"))
COMPILED = Path(__file__).parents[3] / ".pytest_cache" / "lab-bytecode"
"""Compiled modules of the commands that the lab starts, a thousand times over: whoever switched them off for himself does not pay for it here."""


@dataclass
class Run:
    """One run at both ends; ``during`` hooks get it while both processes live."""

    net: Net
    folder: Path
    seconds: int
    listeners: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    probe: subprocess.Popen[bytes] | None = None
    probed: int = 0
    """The probe's exit code."""
    said: str = ""
    """What the probe printed."""

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    @property
    def inner(self) -> Path:
        return self.folder / "inner.zip"

    @property
    def probe_log(self) -> Path:
        return self.folder / "probe.log"

    def listens(self, sentinel: str) -> Path:
        """What a sentinel printed."""
        return self.folder / f"listen-{sentinel}.log"

    def outer(self, sentinel: str) -> Path:
        """A sentinel's record."""
        return self.folder / f"outer-{sentinel}.zip"


def environment(net: Net) -> dict[str, str]:
    """English, a home of its own, and modules that are compiled once."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"SHIQU_LANG": "en", "SHIQU_HOME": str(net.folder / "home"), "PYTHONPYCACHEPREFIX": str(COMPILED)}


def shiqu(net: Net, *argv: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    """A command that needs no network."""
    return subprocess.run(
        (SHIQU, *argv), cwd=net.folder, env=environment(net), capture_output=True, text=True, check=False, timeout=timeout
    )


def planned(net: Net, seconds: int, options: Sequence[str] = ()) -> Run:
    """Write the inventory and the plan."""
    (net.folder / "inventory.yaml").write_text(yaml.safe_dump(net.book, allow_unicode=True))
    first = net.book["isolation"][0]["between"]
    words = ("isolation", "plan", "-i", "inventory.yaml", "--pair", ":".join(first), "--seconds", str(seconds), "-o", "plan.json")
    done = shiqu(net, *words, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return Run(net, net.folder, seconds)


def listen(run: Run, sentinel: str, options: Sequence[str] = (), before: Sequence[str] = (), wait: float = 60) -> None:
    """Start a sentinel in the box of its name and wait for its word."""
    net = run.net
    interface = next(iter(net.boxes[sentinel].legs.values()))
    words = ("isolation", "listen", str(run.plan), "--interface", interface, "--sentinel", sentinel, "-o", str(run.outer(sentinel)))
    said = run.listens(sentinel)
    with said.open("wb") as log:
        process = subprocess.Popen(
            net.argv(sentinel, *before, SHIQU, *words, *options),
            cwd=run.folder, env=environment(net), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    run.listeners[sentinel] = process
    deadline = time.monotonic() + wait
    while not told(said, "listening") and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert told(said, "listening"), said.read_text()


def told(log: Path, word: str) -> bool:
    """Whether an end has printed a line that is this word."""
    return log.exists() and word.encode() in log.read_bytes().split(b"\n")


def rounds(log: Path) -> int:
    """How often a sentinel has sent everything again."""
    return log.read_bytes().split(b"\n").count(b"round")


def comes_to(run: Run, step: str, seconds: float = 100) -> None:
    """Wait until the probe comes to a step: what is to happen then happens then, however slow the machine is."""
    eventually(lambda: told(run.probe_log, step), f"the probe comes to {step}", seconds)


def home_after(run: Run, step: str, linger: float, heard_out: bool = True) -> None:
    """Send the probe home some seconds after it came to a step, once every sentinel has done its own duties: what takes a quiet machine
    seconds may take a busy one its minute, and neither waits for what cannot come any more."""
    assert run.probe is not None
    while run.probe.poll() is None and not told(run.probe_log, "discovery"):
        time.sleep(0.05)
    # A whole round of each sentinel, begun while the probe listens, where what leads in matters.
    wanted = {log: (rounds(log) + 1 + told(log, "ports-wide")) * heard_out for log in map(run.listens, run.listeners)}
    while run.probe.poll() is None and not (
        told(run.probe_log, step) and all(told(log, "ports-wide") and rounds(log) >= count for log, count in wanted.items())
    ):
        time.sleep(0.1)
    deadline = time.monotonic() + linger
    while run.probe.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if run.probe.poll() is None:
        run.probe.send_signal(signal.SIGTERM)


def probe(run: Run, options: Sequence[str] = (), during: Callable[[Run], None] | None = None, before: Sequence[str] = ()) -> None:
    """Run the inner end to its own end."""
    words = ("isolation", "probe", str(run.plan), "--interface", "eth0", *options, "-o", str(run.inner))
    with run.probe_log.open("wb") as log:
        run.probe = subprocess.Popen(
            run.net.argv("probe", *before, SHIQU, *words),
            cwd=run.folder, env=environment(run.net), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        if during is not None:
            during(run)
        # The probe promises to end within the plan's seconds; a few more for starting on a busy machine.
        run.probed = run.probe.wait(timeout=run.seconds + 60)
    finally:
        run.probe.kill()
        run.probe.wait()
        run.said = run.probe_log.read_text()


def stop(run: Run, patient: bool = False) -> None:
    """End the sentinels by SIGTERM, or wait for their own end; each writes its record."""
    for process in run.listeners.values():
        if process.poll() is None and not patient:
            process.send_signal(signal.SIGTERM)
    for sentinel, process in run.listeners.items():
        code = process.wait(timeout=60)
        assert code == 0, (sentinel, code, run.listens(sentinel).read_text())


def reap(run: Run) -> None:
    """Whatever happened: no process of ours stays."""
    for process in (*run.listeners.values(), run.probe):
        if process is not None:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Joined:
    """What `join` made of the records."""

    code: int
    verdict: dict[str, Any]
    result: dict[str, Any]
    folder: Path

    @property
    def observed(self) -> dict[str, Any]:
        found: dict[str, Any] = self.verdict["observed"]
        return found


def join(run: Run, outers: Sequence[Path], extra: Sequence[str] = ()) -> Joined:
    """Join, then judge the shelf again elsewhere: the same bytes."""
    folder = run.folder / "out"
    words = ("isolation", "join", str(run.plan), str(run.inner), *map(str, outers), *extra, "-i", "inventory.yaml", "-o", str(folder))
    done = shiqu(run.net, *words)
    assert done.returncode in (1, 4) and "Traceback" not in done.stderr, f"{done.returncode}: {done.stdout}{done.stderr}"
    again = run.folder / "again"
    replayed = shiqu(run.net, "judge", str(folder / "shelf.zip"), "--format", "json", "-o", str(again))
    assert replayed.returncode == done.returncode, replayed.stdout + replayed.stderr
    assert (again / "result.json").read_bytes() == (folder / "result.json").read_bytes(), "judging the shelf gives other bytes"
    result = json.loads((folder / "result.json").read_bytes())
    pair = ":".join(run.net.book["isolation"][0]["between"])
    verdicts = [one for one in result["verdicts"] if one["check"] == "isolation.no-path"]
    assert [one["target"] for one in verdicts] == [pair]
    return Joined(done.returncode, verdicts[0], result, folder)


def whole(
    net: Net, seconds: int, *, depth: str = "standard", rate: int | None = None, sentinels: Sequence[str] = ("edge",),
    during: Callable[[Run], None] | None = None, extra: Sequence[str] = (), before: Callable[[str], Sequence[str]] = lambda _: (),
    patient: bool = False, early: bool = False,
) -> tuple[Run, Joined]:  # fmt: skip
    """Plan, listen, probe, stop, join, replay.

    ``before`` gives words before the command line of an end; ``patient`` lets the sentinels end by themselves, ``early`` lets them do their
    duties before there is a probe."""
    fast = ("--rate", str(rate)) if rate else ()
    run = planned(net, seconds)
    try:
        for sentinel in sentinels:
            listen(run, sentinel, fast, before(sentinel))
        if early:
            eventually(
                lambda: all(told(run.listens(sentinel), "ports-wide") for sentinel in sentinels), "the sentinel has done its duties", 100
            )
        probe(run, ("--depth", depth, *fast), during, before("probe"))
        assert run.probed == 0, f"probe: exit {run.probed}: {run.said}"
        stop(run, patient)
        return run, join(run, [run.outer(sentinel) for sentinel in sentinels], extra)
    finally:
        reap(run)
