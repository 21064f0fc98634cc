"""Privilege: sudo without and with a password, su; one wrong password is one failure, and no script line is eaten as a guess."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.collect import openssh, ssh
from scanner.collect.compose import Slot, compose
from scanner.collect.converse import Call
from scanner.collect.frames import Reading, read_frames
from scanner.collect.gather import Converse, Job, run_job
from scanner.collect.login import Attempts, Login
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Probe
from scanner.model.target import Target
from tests.labs.hosts import LONG, Host, Lab

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
BOTH = pytest.mark.parametrize("converse", [ssh.converse, openssh.converse], ids=["paramiko", "openssh"])
WHO = Probe("who", "sh", ("id -u",))
ROOT = Probe("root", "sh", ("id -u",), root=True)


class World:
    """A lab with an account that may use sudo with its password."""

    def __init__(self, lab: Lab, host: Host, user: str, password: str) -> None:
        self.lab, self.host, self.user, self.password = lab, host, user, password

    def ask(self, converse: Converse, **more: object) -> Reading:
        login = Login(**({"name": "ops", "user": self.user, "key": str(self.lab.key), "known_hosts": str(self.lab.known_hosts)} | more))  # type: ignore[arg-type]
        script = compose([Slot("t", WHO), Slot("t", ROOT)], secrets.token_hex(16))
        target = Target(id="t", kind="linux", address=self.host.address)
        raw = converse(Call(target, login, script, time.monotonic() + 15, Attempts(), lambda _state: None))
        return read_frames(script, raw, "", 0.0)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    user, password = f"sq{os.getpid() % 100000}", secrets.token_hex(8)
    subprocess.run(["useradd", "-M", "-s", "/bin/sh", "-G", "sudo", user], check=True)
    try:
        subprocess.run(["chpasswd"], input=f"{user}:{password}\n".encode(), check=True)
        # The account reads its authorized_keys itself: the way there must be open to it, and every pytest that begins closes the root of
        # all temporary folders of tests again.
        with tempfile.TemporaryDirectory(prefix="sqpriv-") as name, Lab(Path(name), 70) as lab:
            lab.folder.chmod(0o755)
            (lab.folder / "authorized_keys").chmod(0o644)
            yield World(lab, lab.host(), user, password)
    finally:
        subprocess.run(["userdel", user], check=False, capture_output=True)


@BOTH
def test_without_privilege_root_probes_are_absent(world: World, converse: Converse) -> None:
    found = world.ask(converse)
    assert found.privilege == "user"
    assert found.evidence[1].absent == Absent(Why.NO_PERMISSION, "root")


@BOTH
def test_sudo_that_wants_a_password_and_gets_none_leaves_the_rest(world: World, converse: Converse) -> None:
    found = world.ask(converse, elevate="sudo")
    assert found.privilege == "user"
    assert found.evidence[0].absent is None


@BOTH
def test_sudo_with_its_password(world: World, converse: Converse) -> None:
    found = world.ask(converse, elevate="sudo", elevate_password=world.password)
    assert found.privilege == "sudo"
    assert found.evidence[1].stdout == b"0\n"


@BOTH
def test_a_wrong_sudo_password_runs_nothing_and_fails_once(world: World, converse: Converse) -> None:
    began = time.monotonic()
    login = Login(
        name="ops",
        user=world.user,
        key=str(world.lab.key),
        known_hosts=str(world.lab.known_hosts),
        elevate="sudo",
        elevate_password="wrong",
    )
    target = Target(id="t", kind="linux", address=world.host.address)
    attempts = Attempts()
    first = run_job(
        Job(target=target, slots=(Slot("t", WHO),), login=login, converse=converse, seconds=2 * LONG), attempts, lambda *_: None
    )
    assert first.absent is not None and first.absent.why is Why.AUTH_FAILED
    sessions = world.host.log.read_text().count("Starting session")
    again = run_job(
        Job(target=target, slots=(Slot("t", WHO),), login=login, converse=converse, seconds=2 * LONG), attempts, lambda *_: None
    )
    assert again.absent is not None and again.absent.why is Why.AUTH_FAILED
    assert world.host.log.read_text().count("Starting session") == sessions
    assert time.monotonic() - began < LONG
