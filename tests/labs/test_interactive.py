"""A server that takes no password but asks for it (keyboard-interactive through PAM): one answer, and one failure when it is wrong.

The account lives in a passwd and a shadow file that only this sshd sees.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.collect import openssh, ssh
from scanner.collect.compose import Slot, compose
from scanner.collect.converse import Call
from scanner.collect.frames import Raw
from scanner.collect.gather import Converse
from scanner.collect.login import Attempts, Login
from scanner.errors import ReachError
from scanner.model.absent import Why
from scanner.model.evidence import Probe
from scanner.model.target import Target
from tests.labs.hosts import LONG, Host, Lab, written

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
BOTH = pytest.mark.parametrize("converse", [ssh.converse, openssh.converse], ids=["paramiko", "openssh"])
USER = "sqasked"
ONLY_ASKS = ("UsePAM=yes", "PasswordAuthentication=no", "PubkeyAuthentication=no", "KbdInteractiveAuthentication=yes")
TAKES_BOTH = ("UsePAM=yes", "PasswordAuthentication=yes", "PubkeyAuthentication=no", "KbdInteractiveAuthentication=yes")
MOUNTS = 'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/shadow && shift 2 && exec "$@"'


class World:
    """Two servers of one lab that know one account, and its password."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.password = lab, secrets.token_hex(8)
        known, shadow = lab.folder / "passwd", lab.folder / "shadow"
        known.write_text(Path("/etc/passwd").read_text() + f"{USER}:x:60123:60123::/:/bin/sh\n")
        hashed = (
            subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=self.password.encode(), capture_output=True, check=True)
            .stdout.decode()
            .strip()
        )
        shadow.write_text(Path("/etc/shadow").read_text() + f"{USER}:{hashed}:20000:0:99999:7:::\n")
        shadow.chmod(0o600)
        # The account itself looks its name up.
        known.chmod(0o644)
        self.within = ("sh", "-c", MOUNTS, "sh", str(known), str(shadow))
        self.asking, self.both = self._host(ONLY_ASKS), self._host(TAKES_BOTH)

    def _host(self, options: tuple[str, ...]) -> Host:
        host = self.lab.host(start=False)
        self.lab.start(host, options, self.within)
        self.lab.trust(host)
        return host

    def talk(self, converse: Converse, host: Host, password: str) -> Raw:
        login = Login(name="asked", user=USER, password=password, known_hosts=str(self.lab.known_hosts))
        script = compose([Slot("t", Probe("who", "sh", ("id -un",)))], secrets.token_hex(16))
        target = Target(id="t", kind="linux", address=host.address)
        return converse(Call(target, login, script, time.monotonic() + 20, Attempts(), lambda _state: None))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with Lab(tmp_path_factory.mktemp("asked"), 72) as lab:
        yield World(lab)


def refusals(host: Host) -> list[str]:
    """What the server wrote down about failed logins."""
    return [line for line in host.log.read_text().split("\n") if line.startswith("Failed ") and " none " not in line]


@BOTH
def test_the_right_answer_brings_the_evidence(world: World, converse: Converse) -> None:
    raw = world.talk(converse, world.asking, world.password)
    assert USER.encode() in raw.stdout
    assert f"Accepted keyboard-interactive/pam for {USER}" in world.asking.log.read_text()


@BOTH
def test_a_wrong_answer_spends_exactly_one_login(world: World, converse: Converse) -> None:
    before = len(refusals(world.asking))
    with pytest.raises(ReachError) as caught:
        world.talk(converse, world.asking, "wrong")
    assert caught.value.absent.why is Why.AUTH_FAILED
    assert written(lambda: len(refusals(world.asking)) - before) == 1
    fresh = refusals(world.asking)[before:]
    assert fresh[0].startswith(f"Failed keyboard-interactive/pam for {USER}"), fresh


@BOTH
def test_where_both_are_offered_a_wrong_password_is_spent_once(world: World, converse: Converse) -> None:
    before, began = len(refusals(world.both)), time.monotonic()
    with pytest.raises(ReachError) as caught:
        world.talk(converse, world.both, "wrong")
    assert caught.value.absent.why is Why.AUTH_FAILED
    assert written(lambda: len(refusals(world.both)) - before) == 1
    assert time.monotonic() - began < LONG
