"""Ends that slept, came late, were tampered with or belong to another plan: never a clean sheet."""

from __future__ import annotations

import os
import signal
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.labs.isolation.case import MARKS, TURNS, Want, checked, ends, topology
from tests.labs.isolation.drive import Run, comes_to, join, listen, planned, probe, reap, shiqu, stop, whole
from tests.labs.isolation.topology import Net

pytestmark = list(MARKS)


def asleep(run: Run) -> None:
    """The sentinel is stopped for the whole time of the probe."""
    assert run.probe is not None
    sentinel = run.listeners["edge"]
    os.kill(sentinel.pid, signal.SIGSTOP)
    run.probe.wait(timeout=run.seconds + 60)
    os.kill(sentinel.pid, signal.SIGCONT)


def unplugged(run: Run) -> None:
    """The sentinel's cable is out while the probe runs."""
    assert run.probe is not None
    run.net.ip("edge", "link", "set", "eth0", "down")
    run.probe.wait(timeout=run.seconds + 60)
    run.net.ip("edge", "link", "set", "eth0", "up")


def early_end(run: Run) -> None:
    """The sentinel is sent home in the middle."""
    comes_to(run, "vlan")
    run.listeners["edge"].send_signal(signal.SIGTERM)


@topology("not_tested", during=asleep)
def test_sentinel_that_slept(net: Net) -> None:
    """A sentinel that is stopped hears nothing: that is no silence."""
    ends(net)


@topology("not_tested", during=unplugged)
def test_sentinel_without_a_cable(net: Net) -> None:
    """Its capture runs, its wire is dead."""
    ends(net)


@topology("not_tested", during=early_end)
def test_sentinel_that_left_early(net: Net) -> None:
    """What the probe sent afterwards was heard by nobody."""
    ends(net)


@topology("not_tested", depth="quick", seconds=16)
def test_quick_depth_is_no_clean_sheet(net: Net) -> None:
    """A depth that skips mandatory steps says so."""
    ends(net)


@topology("not_tested")
def test_no_neighbour_to_prove_that_the_inner_wire_lives(net: Net) -> None:
    """The probe is alone on a dead segment: no positive control, no result."""
    ends(net)
    net.ip("pc", "link", "set", "eth0", "down")


@topology("breach_proven", Want("routed", "gw"), depth="quick", seconds=16)
def test_quick_depth_may_prove_a_breach(net: Net) -> None:
    """What crossed has crossed."""
    ends(net)
    net.box("gw", {"lan": ["192.0.2.1/24"], "out": ["198.51.100.1/24"]}, forward=True)


@pytest.mark.parametrize("turn", TURNS)
def test_sentinel_that_came_late(tmp_path: Path, turn: int) -> None:
    with Net(tmp_path) as net:
        ends(net)
        run = planned(net, 30)
        try:
            probe(run, during=lambda run: (time.sleep(9), listen(run, "edge"))[0])
            stop(run)
            checked(net, run, join(run, [run.outer("edge")]), "not_tested", (), ())
        finally:
            reap(run)


@pytest.mark.parametrize("turn", TURNS)
def test_interrupted_probe_is_joinable(tmp_path: Path, turn: int) -> None:
    with Net(tmp_path) as net:
        ends(net)
        net.box("gw", {"lan": ["192.0.2.1/24"], "out": ["198.51.100.1/24"]}, forward=True)
        run = planned(net, 90)
        try:
            listen(run, "edge")
            stopped: list[float] = []

            def interrupt(run: Run) -> None:
                assert run.probe is not None
                comes_to(run, "declared")
                time.sleep(3)
                run.probe.send_signal(signal.SIGINT)
                stopped.append(time.monotonic())

            probe(run, during=interrupt)
            assert run.probed == 130 and time.monotonic() - stopped[0] < 10, (run.probed, run.said)
            stop(run)
            checked(net, run, join(run, [run.outer("edge")]), "breach_proven", (Want("routed", "gw"),), ())
        finally:
            reap(run)


def tampered(path: Path) -> None:
    """Change one character of a record's body, leaving the archive whole."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["record.json"] = members["record.json"].replace(b'"192.0.2.', b'"192.0.9.', 1).replace(b'"198.51.100.', b'"198.51.109.', 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def cut(path: Path) -> None:
    """Lose the end of a record's file."""
    path.write_bytes(path.read_bytes()[:-200])


def refused(net: Net, words: Sequence[str], *codes: int) -> None:
    """`join` says so loudly and leaves no result."""
    done = shiqu(net, "isolation", "join", *words, "-i", "inventory.yaml", "-o", str(net.folder / "refused"))
    assert done.returncode in codes, f"{done.returncode}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    assert not (net.folder / "refused" / "result.json").exists()


def test_records_that_were_touched(tmp_path: Path) -> None:
    """A changed record, a cut record, a record of another plan: refused as broken, each by itself."""
    with Net(tmp_path) as net:
        ends(net)
        run, _ = whole(net, 12, depth="quick")
        inner, outer = run.inner, run.outer("edge")
        kept = {path: path.read_bytes() for path in (inner, outer)}
        # A changed record is broken (5); one that is cut is no record any more, and one of another plan was mixed up (2 or 5).
        spoils: tuple[tuple[Callable[[Path], None], tuple[int, ...]], ...] = ((tampered, (5,)), (cut, (2, 5)))
        for path, data in kept.items():
            for spoil, codes in spoils:
                spoil(path)
                refused(net, (str(run.plan), str(inner), str(outer)), *codes)
                path.write_bytes(data)
        run.plan.rename(net.folder / "old.json")
        planned(net, 12)
        refused(net, (str(run.plan), str(inner), str(outer)), 2, 5)


def test_one_end_alone(tmp_path: Path) -> None:
    """An inner record in the place of an outer one, or no outer record at all, proves nothing."""
    with Net(tmp_path) as net:
        ends(net)
        run, _ = whole(net, 12, depth="quick")
        assert join(run, [run.inner]).observed["conclusion"] == "not_tested"
        alone = run.folder / "alone"
        done = shiqu(net, "isolation", "join", str(run.plan), str(run.inner), "-i", "inventory.yaml", "-o", str(alone))
        assert done.returncode in (2, 4), done.stdout + done.stderr
        nobody = shiqu(net, "isolation", "join", str(run.plan), str(run.outer("edge")), "-i", "inventory.yaml", "-o", str(alone))
        assert nobody.returncode == 2, nobody.stdout + nobody.stderr
