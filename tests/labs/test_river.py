"""The river on real hosts: five sshd in namespaces, two of them broken in different ways; scanned, killed midway, resumed, replayed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.labs.hosts import Lab

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
SHIQU = [str(Path(sys.executable).with_name("shiqu"))]
HEAD = """
unit: {{code: lab, name: 试验馆}}
scope: {{allow: [10.213.20.0/24], authorised_by: 试验, until: 2099-12-31}}
zones: {{lan: {{kind: lan, networks: [10.213.20.0/24]}}}}
logins: {{ops: {{user: root, key: {key}, known_hosts: {known}}}}}
systems:
  - id: dams
    name: 数字档案馆系统
    grade: 3
    zone: lan
    targets:
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("river"), 20) as lab:
        for _ in range(3):
            lab.host()
        # One host has no sshd; another answers with a key that nobody knows.
        lab.host(start=False)
        stranger = lab.host(start=False)
        lab.start(stranger)
        yield lab


@pytest.fixture(scope="module")
def inventory(lab: Lab) -> Path:
    path = lab.folder / "inventory.yaml"
    lines = [f"      - {{id: h{n}, kind: linux, address: {host.address}, login: ops}}\n" for n, host in enumerate(lab.hosts)]
    path.write_text(HEAD.format(key=lab.key, known=lab.known_hosts) + "".join(lines))
    return path


def shiqu(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SHIQU, *argv], cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def load(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "result.json").read_text())
    return found


@pytest.fixture(scope="module")
def scanned(inventory: Path) -> Path:
    done = shiqu("scan", "-i", str(inventory), "-o", "out", "--jobs", "5", cwd=inventory.parent)
    assert done.returncode in (1, 4), done.stderr
    return inventory.parent / "out"


def test_every_question_has_exactly_one_verdict(scanned: Path) -> None:
    result = load(scanned)
    asked = [(a["target"], a["check"]) for a in result["asked"]]  # type: ignore[attr-defined]
    got = [(v["target"], v["check"]) for v in result["verdicts"]]  # type: ignore[attr-defined]
    assert sorted(asked) == sorted(got)
    assert len(set(got)) == len(got)


def test_the_two_broken_hosts_say_why(scanned: Path) -> None:
    reached = {t["id"]: (t["reached"], t["why"]) for t in load(scanned)["targets"]}  # type: ignore[attr-defined]
    assert reached == {
        "h0": (True, None),
        "h1": (True, None),
        "h2": (True, None),
        "h3": (False, "unreachable"),
        "h4": (False, "host-key-unknown"),
    }


def test_nothing_of_a_broken_host_is_met(scanned: Path) -> None:
    verdicts = load(scanned)["verdicts"]
    assert {v["status"] for v in verdicts if v["target"] in ("h3", "h4")} == {"unknown"}  # type: ignore[attr-defined]


def test_every_verdict_of_a_host_cites_evidence_that_the_shelf_holds(scanned: Path) -> None:
    import hashlib
    import zipfile

    with zipfile.ZipFile(scanned / "shelf.zip") as shelf:
        held = {"sha256:" + name.removeprefix("objects/") for name in shelf.namelist() if name.startswith("objects/")}
        for digest in held:
            assert hashlib.sha256(shelf.read("objects/" + digest[7:])).hexdigest() == digest[7:]
    for verdict in load(scanned)["verdicts"]:  # type: ignore[attr-defined]
        if not verdict["check"].startswith("person."):
            assert verdict["evidence"] and set(verdict["evidence"]) <= held, verdict["check"]


def test_the_shelf_judged_again_gives_the_same_bytes(scanned: Path, tmp_path: Path) -> None:
    done = shiqu("judge", str(scanned / "shelf.zip"), "-o", "again", cwd=tmp_path)
    assert done.returncode in (1, 4), done.stderr
    assert (tmp_path / "again/result.json").read_bytes() == (scanned / "result.json").read_bytes()
    assert (tmp_path / "again/report.html").read_bytes() == (scanned / "report.html").read_bytes()


def test_files_are_private(scanned: Path) -> None:
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in scanned.iterdir()} == dict.fromkeys(
        ("shelf.zip", "result.json", "report.html"), "0o600"
    )


def test_killed_midway_resumed_and_replayed(inventory: Path, lab: Lab) -> None:
    folder = inventory.parent / "killed"
    argv = [*SHIQU, "scan", "-i", str(inventory), "-o", str(folder), "--jobs", "1"]
    child = subprocess.Popen(argv, cwd=inventory.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    child.stderr.readline()  # the first host is on the disk or about to be
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stderr.close()
    logins_before = lab.hosts[0].log.read_text().count("Starting session")
    partial = shiqu("judge", str(folder), "-o", str(folder) + "-partial", cwd=inventory.parent)
    assert partial.returncode in (1, 4), partial.stderr
    statuses = [v for v in load(Path(str(folder) + "-partial"))["verdicts"] if v["why"] == "interrupted"]  # type: ignore[attr-defined]
    assert statuses, "what was not asked says so"
    done = shiqu("scan", "-i", str(inventory), "--resume", str(folder), "--jobs", "5", cwd=inventory.parent)
    assert done.returncode in (1, 4), done.stderr
    assert lab.hosts[0].log.read_text().count("Starting session") - logins_before <= 1
    whole, resumed = load(inventory.parent / "out") if (inventory.parent / "out").exists() else None, load(folder)
    keys = [(v["target"], v["check"], v["status"]) for v in resumed["verdicts"]]  # type: ignore[attr-defined]
    assert len(set(keys)) == len(keys)
    if whole is not None:
        assert keys == [(v["target"], v["check"], v["status"]) for v in whole["verdicts"]]  # type: ignore[attr-defined]
    again = shiqu("judge", str(folder / "shelf.zip"), "-o", str(folder) + "-again", cwd=inventory.parent)
    assert again.returncode in (1, 4)
    assert (Path(str(folder) + "-again") / "result.json").read_bytes() == (folder / "result.json").read_bytes()


def test_ctrl_c_leaves_a_shelf_that_can_be_judged(inventory: Path, lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    argv = [*SHIQU, "scan", "-i", str(inventory), "-o", str(folder), "--jobs", "1"]
    # The second host's server does not answer meanwhile: the scan cannot have ended when it is interrupted.
    held = lab.hosts[1].process
    assert held is not None
    held.send_signal(signal.SIGSTOP)
    try:
        # Whoever runs the tests in the background had Ctrl-C ignored for all that they start.
        listens = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
        child = subprocess.Popen(
            argv, cwd=inventory.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=listens
        )  # fmt: skip
        assert child.stderr is not None
        child.stderr.readline()
        child.send_signal(signal.SIGINT)
        _, rest = child.communicate(timeout=30)
    finally:
        held.send_signal(signal.SIGCONT)
    assert child.returncode == 130, rest
    assert (folder / "shelf.zip").exists()
    assert shiqu("judge", str(folder / "shelf.zip"), "-o", str(folder) + "-j", cwd=inventory.parent).returncode in (1, 4)


def settled(lab: Lab) -> list[str]:
    """What the servers wrote, once they have ended with the connections of the test before."""
    seen: list[str] = []
    for _ in range(60):
        before, seen = seen, [host.log.read_text() for host in lab.hosts if host.log.exists()]
        if before == seen:
            break
        time.sleep(1)
    return seen


def test_outside_the_scope_nothing_is_sent(inventory: Path, lab: Lab) -> None:
    path = inventory.with_name("outside.yaml")
    path.write_text(inventory.read_text().replace("10.213.20.0/24], authorised_by", "10.213.20.2/32], authorised_by"))
    before = settled(lab)
    done = shiqu("scan", "-i", str(path), "-o", "no", cwd=inventory.parent)
    time.sleep(0.2)
    assert done.returncode == 3
    assert "10.213.20.3" in done.stderr
    assert before == [host.log.read_text() for host in lab.hosts if host.log.exists()]
