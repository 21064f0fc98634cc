"""A host that throws the password back: it must not rest anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from scanner.collect import openssh, ssh
from scanner.collect.compose import Slot
from scanner.collect.gather import Converse, Job, run_job
from scanner.collect.login import Attempts, Login
from scanner.model.evidence import Probe
from scanner.model.target import Target
from tests.labs.hosts import Lab

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
SECRET = "Zq8 vw-geheim"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("secrets"), 51) as lab:
        yield lab


@pytest.mark.parametrize("converse", [ssh.converse, openssh.converse], ids=["paramiko", "openssh"])
@pytest.mark.parametrize("command", ["head -n1 >&2", "head -n1 >&2; exit 255", "head -n1"])
def test_a_password_that_is_thrown_back_rests_nowhere(lab: Lab, converse: Converse, command: str) -> None:
    host = lab.host(start=False)
    lab.start(host, (f"ForceCommand={command}",))
    lab.trust(host)
    login = Login(name="ops", user="root", key=str(lab.key), known_hosts=str(lab.known_hosts), elevate="sudo", elevate_password=SECRET)
    target = Target(id="t", kind="linux", address=host.address)
    job = Job(target=target, slots=(Slot("t", Probe("a", "sh", ("echo hello",))),), login=login, converse=converse, seconds=6.0)
    outcome = run_job(job, Attempts(), lambda *_: None)
    assert "geheim" not in repr((outcome.evidence, outcome.absent, outcome.notes))
