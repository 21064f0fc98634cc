"""Uploads go on while the database is restarted and crashes, disks are full, the hub is restarted and killed, and its clock is set.

Short in every run of the tests; half an hour of it with `pytest -s -m slow tests/hub/ops/test_soak.py`, where SHIQU_SOAK_MINUTES,
SHIQU_SOAK_RATE and SHIQU_SOAK_UNITS set another length, uploads a second and number of units.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.registry.own import Own
from tests.hub.ops import soak
from tests.hub.ops.couriers import Couriers, Unit
from tests.hub.ops.soak import Clock, Fault, Soak
from tests.hub.ops.volume import Volume
from tests.hub.post import register
from tests.hub.postgres import POSSIBLE, Server
from tests.hub.served import Served, home_at, token

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]
CONF = "shared_buffers = '128MB'\nmax_wal_size = '{wal}MB'\nmin_wal_size = '32MB'\nautovacuum = on\n"
HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Form:
    """How long and how much."""

    rate: float
    units: int
    quiet: float
    harm: float
    """Seconds of a full disk and of a clock that is off."""
    down: float
    """Seconds without the database."""
    hurry: float
    mebibytes: int
    disk: bool
    steps: tuple[int, ...]
    most: int = 1_000_000
    """Reports that wait at most: what runs in every run of the tests shall not be long where the machine is slow."""


def long_form(harms: int) -> Form:
    seconds = float(os.environ.get("SHIQU_SOAK_MINUTES", "30")) * 60
    rate, units = float(os.environ.get("SHIQU_SOAK_RATE", "50")), int(os.environ.get("SHIQU_SOAK_UNITS", "5000"))
    quiet = (seconds - harms * 60) / (harms + 1)
    # 100 KiB an envelope: rows, indexes, what came, and the log of what is written.
    return Form(rate, units, quiet, 60, 5, 1, 2048 + int(seconds * rate / 10), True, (HOUR, -HOUR, DAY, -DAY))


def short_form(*steps: int) -> Form:
    return Form(rate=10, units=12, quiet=1, harm=2, down=1, hurry=10, mebibytes=320, disk=False, steps=steps, most=24)


@dataclass(frozen=True)
class Place:
    """A hub, its process, and what can be done to it."""

    own: Own
    served: Served
    clock: Clock
    disk: Volume
    server: Server | None

    def faults(self, form: Form) -> Iterator[Fault]:
        if self.server is not None:
            yield self._without_database("fast", form)
            yield self._without_database("immediate", form)
        yield Fault("disk of the database full", self.disk.fill, form.harm, self._room, True)
        if self.server is not None:
            mine = Volume(self.served.home.parent, 0)
            yield Fault("disk of the hub's own folder full", mine.fill, form.harm, mine.free, False)
        yield Fault("hub restarted", self.served.stop, 0, self.served.start, None)
        yield Fault("hub killed", lambda: self.served.stop(signal.SIGKILL), 0, self.served.start, None)
        for step in form.steps:
            yield self.clock.off(f"{step:+d}", f"clock set by {step:+d} s", form.harm)

    def _without_database(self, mode: str, form: Form) -> Fault:
        server = self.server
        assert server is not None
        return Fault(f"database stopped ({mode}) and started", lambda: server.stop(mode), form.down, server.start, None)

    def _room(self) -> None:
        self.disk.free()
        if self.server is not None and not self.server.runs():
            # It could not write its own log any more: somebody starts it again, as after a power cut.
            self.server.start()


@contextmanager
def ground() -> Iterator[Path]:
    """A folder that the database's own account may pass through, as it may not through pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="sqhubS-soak-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def place(form: Form, *, postgres: bool) -> Iterator[Place]:
    with ExitStack() as stack:
        folder = stack.enter_context(ground())
        disk = stack.enter_context(Volume(folder / "disk", form.mebibytes, disk=form.disk))
        home, server = disk.folder / "hub", None
        if postgres:
            home = stack.enter_context(Volume(folder / "own", 16)).folder / "hub"
            conf = CONF.format(wal=1024 if form.disk else 64) + ("" if form.disk else "fsync = off\n")
            server = stack.enter_context(Server(conf, place=disk.folder))
        own = home_at(home, server.url() if server is not None else "")
        stack.callback(own.database.close)
        clock = Clock(folder / "clock")
        clock.set("+0")
        served = stack.enter_context(Served(home, environment=clock.environment))
        yield Place(own, served, clock, disk, server)


def soaked(form: Form, *, postgres: bool) -> tuple[Soak, list[str]]:
    """Run it, look at what is left, and say what was seen."""
    with place(form, postgres=postgres) as one:
        units = [Unit(register(one.own.database, f"u{number:05d}")) for number in range(form.units)]
        couriers = Couriers(lambda: one.served.url, token(one.own), units, form.rate, form.hurry, form.most)
        found = Soak(couriers)
        found.run(one.faults(form), form.quiet, _process(one.served))
        start, left = time.monotonic(), soak.backlog(one.own)
        while soak.backlog(one.own) and time.monotonic() - start < soak.PATIENCE:
            time.sleep(0.1)
        said = [*found.told(), f"not in the roll-up at the end: {left}, gone after {time.monotonic() - start:.1f} s"]
        assert soak.backlog(one.own) == 0
        assert one.served.stop() == 0
        soak.check(one.own, found)
        back = soak.went_back(one.own)
        assert back == len(form.steps)
        return found, [*said, f"times in the log that go back: {back}"]


def _process(served: Served) -> Callable[[], int]:
    def process() -> int:
        assert served.process is not None
        return served.process.pid

    return process


def test_a_short_soak_on_sqlite() -> None:
    soaked(short_form(HOUR, -HOUR), postgres=False)


@pytest.mark.skipif(not POSSIBLE, reason="needs PostgreSQL")
def test_a_short_soak_on_postgresql() -> None:
    soaked(short_form(DAY, -DAY), postgres=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_half_an_hour_of_trouble(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    postgres = kind == "postgresql"
    found, said = soaked(long_form(10 if postgres else 7), postgres=postgres)
    with capsys.disabled():
        print(f"\n{kind}:", *said, sep="\n")
    for window in found.windows:
        assert found.normal(window) <= soak.SETTLED, window.fault.name
    assert sorted(found.calm())[int(len(found.calm()) * 0.99)] < soak.NORMAL
