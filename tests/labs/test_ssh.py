"""Both SSH transports against real sshd daemons in namespaces."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.collect import openssh, ssh
from scanner.collect.compose import Slot, compose
from scanner.collect.converse import Call
from scanner.collect.frames import Raw, read_frames
from scanner.collect.gather import Converse, Job, gather
from scanner.collect.login import Attempts, Login
from scanner.collect.transports import with_fallback
from scanner.errors import ReachError
from scanner.model.absent import Why
from scanner.model.evidence import Probe
from scanner.model.target import Target
from tests.labs.hosts import LONG, Host, Lab, written

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
BOTH = pytest.mark.parametrize("converse", [ssh.converse, openssh.converse], ids=["paramiko", "openssh"])
HELLO = Probe("hello", "sh", ("echo hello",))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab"), 10) as lab:
        yield lab


@pytest.fixture(scope="module")
def host(lab: Lab) -> Host:
    return lab.host()


def key_login(lab: Lab, **more: object) -> Login:
    return Login(**({"name": "ops", "user": "root", "key": str(lab.key), "known_hosts": str(lab.known_hosts)} | more))  # type: ignore[arg-type]


def talk(converse: Converse, host: Host, login: Login, *probes: Probe, seconds: float = 20.0) -> Raw:
    script = compose([Slot("t", probe) for probe in probes or (HELLO,)], os.urandom(16).hex())
    target = Target(id="t", kind="linux", address=host.address, port=host.port)
    return converse(Call(target, login, script, time.monotonic() + seconds, Attempts(), lambda _state: None))


def failures(host: Host) -> int:
    return host.log.read_text().count("Failed password")


@BOTH
def test_a_key_login_brings_the_answer(converse: Converse, lab: Lab, host: Host) -> None:
    assert b"hello" in talk(converse, host, key_login(lab)).stdout


@BOTH
def test_an_unknown_host_key_is_refused(converse: Converse, lab: Lab, host: Host) -> None:
    with pytest.raises(ReachError) as caught:
        talk(converse, host, key_login(lab, known_hosts="/dev/null"))
    assert caught.value.absent.why is Why.HOST_KEY_UNKNOWN


@BOTH
def test_a_changed_host_key_is_refused(converse: Converse, lab: Lab, host: Host, tmp_path: Path) -> None:
    other = lab.key.with_suffix(".pub").read_text().split()
    (tmp_path / "kh").write_text(f"{host.address} {other[0]} {other[1]}\n")
    with pytest.raises(ReachError) as caught:
        talk(converse, host, key_login(lab, known_hosts=str(tmp_path / "kh")))
    assert caught.value.absent.why is Why.HOST_KEY_CHANGED


@BOTH
def test_a_wrong_password_fails_exactly_once(converse: Converse, lab: Lab, host: Host) -> None:
    before = failures(host)
    login = Login(name="pw", user="root", password="wrong", known_hosts=str(lab.known_hosts))
    with pytest.raises(ReachError) as caught:
        talk(converse, host, login)
    assert caught.value.absent.why is Why.AUTH_FAILED
    assert written(lambda: failures(host) - before) == 1


def test_a_closed_port_is_unreachable(lab: Lab, host: Host) -> None:
    with pytest.raises(ReachError) as caught:
        talk(ssh.converse, Host("x", host.address, 1), key_login(lab))
    assert caught.value.absent.why is Why.UNREACHABLE


def test_an_endless_answer_ends_at_the_deadline(lab: Lab, host: Host) -> None:
    began = time.monotonic()
    raw = talk(ssh.converse, host, key_login(lab), Probe("slow", "sh", ("sleep 120",), seconds=120), seconds=3.0)
    assert raw.cut is not None and raw.cut.why is Why.TIMED_OUT
    assert time.monotonic() - began < LONG


@BOTH
def test_through_a_jump_host(converse: Converse, lab: Lab, host: Host) -> None:
    inner = lab.host()
    jump = key_login(lab, address=host.address)
    assert b"hello" in talk(converse, inner, key_login(lab, jump=jump)).stdout


def test_a_server_of_another_age_is_asked_by_the_client(lab: Lab) -> None:
    old = lab.host(start=False)
    lab.start(old, ("KexAlgorithms=diffie-hellman-group14-sha1", "PubkeyAcceptedAlgorithms=+ssh-rsa"))
    lab.trust(old)
    raw = talk(with_fallback, old, key_login(lab))
    assert b"hello" in raw.stdout
    assert raw.operator == "ops@openssh-old-algorithms"


def test_one_dead_host_costs_the_others_nothing(lab: Lab, host: Host) -> None:
    dead = lab.host(start=False)
    silent = lab.host(start=False)
    targets = [Target(id=name, kind="linux", address=h.address) for name, h in (("good", host), ("dead", dead), ("silent", silent))]
    jobs = [Job(target=t, slots=(Slot(t.id, HELLO),), login=key_login(lab), converse=ssh.converse, seconds=5.0) for t in targets]
    outcomes = {o.job.target.id: o for o in gather(jobs, 3, lambda *_: None)}
    assert outcomes["good"].evidence[0].stdout == b"hello\n"
    assert outcomes["dead"].absent is not None and outcomes["dead"].absent.why is Why.UNREACHABLE
    assert sum(len(o.evidence) for o in outcomes.values()) == 3


def test_nothing_of_the_secret_is_in_any_command_line(lab: Lab, host: Host) -> None:
    import subprocess

    login = Login(name="pw", user="root", password="s3cr3t-canary", known_hosts=str(lab.known_hosts))
    seen = b""
    with pytest.raises(ReachError):
        talk(openssh.converse, host, login)
    seen = subprocess.run(["ps", "axeww"], capture_output=True, check=True).stdout
    assert b"s3cr3t-canary" not in seen


def test_frames_of_both_transports_are_the_same(lab: Lab, host: Host) -> None:
    script = compose([Slot("t", HELLO)], "ab" * 16)
    target = Target(id="t", kind="linux", address=host.address)
    found = []
    for converse in (ssh.converse, openssh.converse):
        raw = converse(Call(target, key_login(lab), script, time.monotonic() + 20, Attempts(), lambda _state: None))
        found.append(read_frames(script, raw, "", 0.0).evidence[0].stdout)
    assert found == [b"hello\n", b"hello\n"]
