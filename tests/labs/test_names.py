"""Names and client configurations on the way to a host: what was settled is dialled, and nothing leads out of the scope."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
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
from tests.labs.hosts import Host, Lab

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
BOTH = pytest.mark.parametrize("converse", [ssh.converse, openssh.converse], ids=["paramiko", "openssh"])
NAME, HOP = "records.sq.invalid", "hop.sq.invalid"
SHIQU = str(Path(sys.executable).with_name("shiqu"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("names"), 74) as lab:
        inside, outside = lab.host(), lab.host()
        lab.trust(inside, NAME)
        lab.trust(outside, HOP)
        yield lab


def talk(lab: Lab, converse: Converse, pins: dict[str, str], **more: object) -> Raw:
    login = Login(**({"name": "ops", "user": "root", "key": str(lab.key), "known_hosts": str(lab.known_hosts)} | more))  # type: ignore[arg-type]
    script = compose([Slot("t", Probe("hello", "sh", ("echo hello",)))], secrets.token_hex(16))
    target = Target(id="t", kind="linux", address=NAME)
    return converse(Call(target, login, script, time.monotonic() + 20, Attempts(), lambda _state: None, pins))


def connections(host: Host) -> int:
    return host.log.read_text().count("Connection from")


@BOTH
def test_the_settled_address_is_dialled_and_the_key_is_looked_up_by_name(lab: Lab, converse: Converse, tmp_path: Path) -> None:
    """The name resolves to nothing at all here: only the pin can have led to the host."""
    pins = {NAME: lab.hosts[0].address}
    assert b"hello" in talk(lab, converse, pins).stdout
    known = tmp_path / "known_hosts"
    known.write_text("".join(line + "\n" for line in lab.known_hosts.read_text().split("\n") if line and NAME not in line))
    with pytest.raises(ReachError) as caught:
        talk(lab, converse, pins, known_hosts=str(known))
    assert caught.value.absent.why is Why.HOST_KEY_UNKNOWN


@BOTH
def test_a_jump_host_and_what_lies_behind_are_dialled_as_settled(lab: Lab, converse: Converse) -> None:
    jump = Login(name="hop", user="root", key=str(lab.key), known_hosts=str(lab.known_hosts), address=HOP)
    pins = {NAME: lab.hosts[0].address, HOP: lab.hosts[1].address}
    before = connections(lab.hosts[1])
    assert b"hello" in talk(lab, converse, pins, jump=jump).stdout
    assert connections(lab.hosts[1]) == before + 1


@BOTH
def test_a_name_that_was_never_settled_is_not_resolved_by_anybody(lab: Lab, converse: Converse) -> None:
    with pytest.raises(ReachError) as caught:
        talk(lab, converse, {})
    assert caught.value.absent.why is Why.UNREACHABLE


INVENTORY = """
unit: {{code: lab, name: 试验馆}}
scope: {{allow: [{allow}], authorised_by: 试验, until: 2099-12-31}}
logins: {{ops: {{user: root, key: {key}, known_hosts: {known}, ssh_config: ./config}}}}
systems: [{{id: s, name: 系统, grade: 3, targets: [{{id: t, kind: linux, address: {address}, login: ops}}]}}]
"""


def scan(lab: Lab, folder: Path, config: str, address: str, allow: str) -> subprocess.CompletedProcess[str]:
    (folder / "config").write_text(config)
    text = INVENTORY.format(key=lab.key, known=lab.known_hosts, address=address, allow=allow)
    (folder / "inventory.yaml").write_text(text)
    argv = [SHIQU, "scan", "-i", "inventory.yaml", "-o", str(folder / "out"), "--only", "linux.ssh-root-login", "--format", "json"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_a_configuration_that_leads_out_of_the_scope_is_refused(lab: Lab, tmp_path: Path) -> None:
    inside, outside = lab.hosts
    before = connections(outside), connections(inside)
    done = scan(lab, tmp_path, f"Host *\n HostName {outside.address}\n", inside.address, inside.address)
    assert done.returncode == 3 and outside.address in done.stderr, done.stderr
    assert (connections(outside), connections(inside)) == before


def test_an_alias_that_leads_into_the_scope_is_followed(lab: Lab, tmp_path: Path) -> None:
    inside, _outside = lab.hosts
    before = connections(inside)
    done = scan(lab, tmp_path, f"Host archive\n HostName {inside.address}\n", "archive", inside.address)
    assert done.returncode in (1, 4), done.stderr
    assert connections(inside) == before + 1
    assert '"reached":true' in (tmp_path / "out" / "result.json").read_text()


def test_a_proxy_command_is_refused_and_never_run(lab: Lab, tmp_path: Path) -> None:
    done = scan(lab, tmp_path, f"Host *\n ProxyCommand touch {tmp_path}/ran\n", lab.hosts[0].address, lab.hosts[0].address)
    assert done.returncode == 3 and "ProxyCommand" in done.stderr, done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_proxy_jump_outside_is_refused(lab: Lab, tmp_path: Path) -> None:
    inside, outside = lab.hosts
    before = connections(outside)
    for jump in (outside.address, "hop"):
        config = f"Host {inside.address}\n ProxyJump {jump}\nHost hop\n HostName {outside.address}\n"
        done = scan(lab, tmp_path, config, inside.address, inside.address)
        assert done.returncode == 3 and outside.address in done.stderr, done.stderr
    assert connections(outside) == before


def test_a_proxy_jump_by_name_is_refused(lab: Lab, tmp_path: Path) -> None:
    config = f"Host {lab.hosts[0].address}\n ProxyJump {HOP}\n"
    done = scan(lab, tmp_path, config, lab.hosts[0].address, "10.213.74.0/24")
    assert done.returncode == 3 and HOP in done.stderr, done.stderr


def test_a_proxy_jump_within_the_scope_is_taken(lab: Lab, tmp_path: Path) -> None:
    inside, hop = lab.hosts
    before = connections(hop)
    config = f"Host {inside.address}\n ProxyJump {hop.address}\nHost *\n UserKnownHostsFile {lab.known_hosts}\n IdentityFile {lab.key}\n"
    done = scan(lab, tmp_path, config, inside.address, "10.213.74.0/24")
    assert done.returncode in (1, 4), done.stderr
    assert connections(hop) == before + 1
    assert '"reached":true' in (tmp_path / "out" / "result.json").read_text()


def test_a_configuration_that_makes_no_sense_is_wrong_use(lab: Lab, tmp_path: Path) -> None:
    done = scan(lab, tmp_path, "Nonsense yes\n", lab.hosts[0].address, lab.hosts[0].address)
    assert done.returncode == 2 and "config" in done.stderr
