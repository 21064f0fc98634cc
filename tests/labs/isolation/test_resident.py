"""Ends that stay, that are killed and taken up again, or that lack a tool: what they heard is kept, and what they cannot see is said."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.labs.isolation.case import MARKS, TURNS, Want, checked, ends, topology
from tests.labs.isolation.drive import Run, comes_to, join, listen, planned, probe, reap, stop
from tests.labs.isolation.test_relays import mounted, stores
from tests.labs.isolation.test_routing import gateway
from tests.labs.isolation.topology import Net, eventually

pytestmark = list(MARKS)
FAST = ("--rate", "5000")


def killed_at(run: Run, step: str, seconds: float = 0.5) -> None:
    """The probe's machine loses its power in the middle of a step."""
    assert run.probe is not None
    comes_to(run, step)
    time.sleep(seconds)
    run.probe.kill()


def goes_home(run: Run, step: str, seconds: float = 0.5) -> None:
    """Somebody ends the probe in the middle of a step."""
    assert run.probe is not None
    comes_to(run, step)
    time.sleep(seconds)
    run.probe.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("turn", TURNS)
def test_a_resident_probe_meets_a_link_that_comes_later(tmp_path: Path, turn: int) -> None:
    """``--watch``: it saves as it goes, ends by SIGTERM with its record, and what came up meanwhile is in it."""
    with Net(tmp_path) as net:
        gateway(net)
        net.ip("gw", "link", "set", "eth1", "down")
        run = planned(net, 15)
        saved: list[float] = []

        def later(run: Run) -> None:
            assert run.probe is not None
            comes_to(run, "dwell")
            net.ip("gw", "link", "set", "eth1", "up")
            first = run.inner.stat().st_mtime
            eventually(lambda: run.inner.stat().st_mtime > first, "the record is written while the probe stays", 40)
            saved.append(time.time())
            run.probe.send_signal(signal.SIGTERM)

        try:
            listen(run, "edge", (*FAST, "--seconds", "300"))
            probe(run, ("--depth", "quick", "--watch", *FAST), later)
            assert run.probed == 0 and saved, (run.probed, run.said)
            stop(run)
            checked(net, run, join(run, [run.outer("edge")]), "breach_proven", (Want("routed", "gw"),), ())
        finally:
            reap(run)


@pytest.mark.parametrize("turn", TURNS)
def test_a_killed_probe_is_taken_up_again(tmp_path: Path, turn: int) -> None:
    """SIGKILL leaves a record that can be joined; ``--resume`` goes on from it, and nothing of the killed run is taken for something else."""
    with Net(tmp_path) as net:
        ends(net)
        run = planned(net, 90)
        try:
            listen(run, "edge", (*FAST, "--seconds", "300"))
            probe(run, FAST, lambda run: killed_at(run, "vlan", 1.0))
            assert run.probed == -signal.SIGKILL and run.inner.exists()
            assert join(run, [run.outer("edge")]).observed["conclusion"] == "not_tested"
            probe(run, (*FAST, "--resume"), lambda run: killed_at(run, "full-range", 12.0))
            probe(run, (*FAST, "--resume"), lambda run: goes_home(run, "full-range", 4))
            assert run.probed == 0, run.said
            stop(run)
            checked(net, run, join(run, [run.outer("edge")]), "no_path_observed", (), ())
        finally:
            reap(run)


@pytest.mark.parametrize("turn", TURNS)
def test_a_killed_sentinel_keeps_what_it_heard(tmp_path: Path, turn: int) -> None:
    """SIGKILL at the outer end: what had crossed by then is proven all the same."""
    with Net(tmp_path) as net:
        gateway(net)
        run = planned(net, 40)

        def dies(run: Run) -> None:
            assert run.probe is not None
            comes_to(run, "full-range")
            time.sleep(12)
            run.listeners["edge"].kill()
            run.probe.send_signal(signal.SIGTERM)

        try:
            listen(run, "edge", FAST)
            probe(run, FAST, dies)
            run.listeners["edge"].wait()
            checked(net, run, join(run, [run.outer("edge")]), "breach_proven", (Want("routed", "gw"),), ())
        finally:
            reap(run)


@pytest.mark.parametrize("turn", TURNS)
def test_a_killed_storage_trial_leaves_no_file_for_good(tmp_path: Path, turn: int) -> None:
    """The token file that SIGKILL left behind is taken away by the next run."""
    with Net(tmp_path) as net:
        stores(net)
        run = planned(net, 90)
        words, left = mounted(net, "probe", "nas"), net.folder / "nas"
        try:
            listen(run, "edge", (*FAST, "--seconds", "300"), mounted(net, "edge", "other"))
            probe(run, FAST, lambda run: killed_at(run, "full-range"), words)
            assert [path.stat().st_size <= 64 for path in left.iterdir()] == [True]
            probe(run, (*FAST, "--resume"), lambda run: goes_home(run, "full-range"), words)
            assert run.probed == 0 and not list(left.iterdir()), run.said
            stop(run)
            assert join(run, [run.outer("edge")]).observed["conclusion"] != "breach_proven"
        finally:
            reap(run)


def numpyless(net: Net) -> tuple[str, ...]:
    """Words that start a command in a Python that has no numpy."""
    folder = net.folder / "numpyless" / "numpy"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("raise ImportError('not here')\n")
    return ("env", f"PYTHONPATH={folder.parent}")


@topology("no_path_observed", before=lambda net, _end: numpyless(net))
def test_isolated_without_numpy(net: Net) -> None:
    """Both ends frame by frame: as right, and said."""
    ends(net)


@topology("breach_proven", Want("routed", "gw", "tcp"), Want("routed", "gw", "icmp"), before=lambda net, _end: numpyless(net))
def test_default_gateway_without_numpy(net: Net) -> None:
    """The same with a leak."""
    gateway(net)


@pytest.mark.parametrize("turn", TURNS)
def test_what_is_missing_is_said(tmp_path: Path, turn: int) -> None:
    """Without numpy and without raw frames: the words of the command line and the coverage of the report name it."""
    with Net(tmp_path) as net:
        ends(net)
        run = planned(net, 12)
        try:
            listen(run, "edge", FAST, numpyless(net))
            probe(run, FAST, before=("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"))
            stop(run)
            joined = join(run, [run.outer("edge")])
        finally:
            reap(run)
        blind = joined.observed["coverage"]["blind"]
        assert joined.observed["conclusion"] == "not_tested" and {"numpy", "raw"} & set(blind), blind
        assert "raw" in run.said.lower() and os.path.getsize(joined.folder / "report.html") > 0
