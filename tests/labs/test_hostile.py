"""Hostile hosts: real sshd daemons that answer with something else than a shell, and things that are no sshd at all."""

from __future__ import annotations

import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner import flow
from scanner.collect import ssh
from scanner.collect.compose import Slot, compose
from scanner.collect.gather import Job, Outcome, run_job
from scanner.collect.login import Attempts, Login
from scanner.facts.fact import spec_of
from scanner.facts.linux import NetworkProfiles
from scanner.model.absent import Why
from scanner.model.evidence import Answer, Probe
from scanner.model.target import Target
from tests.labs.hosts import LONG, Host, Lab

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
PROBES = (Probe("a", "sh", ("echo hello",)), Probe("b", "files", ("/etc/hostname",)))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("hostile"), 40) as lab:
        yield lab


def forced(lab: Lab, command: str) -> Host:
    host = lab.host(start=False)
    lab.start(host, (f"ForceCommand={command}",))
    lab.trust(host)
    return host


def ask(lab: Lab, address: str, port: int = 22, seconds: float = 6.0) -> Outcome:
    login = Login(name="ops", user="root", key=str(lab.key), known_hosts=str(lab.known_hosts))
    target = Target(id="t", kind="linux", address=address, port=port)
    job = Job(target=target, slots=tuple(Slot("t", p) for p in PROBES), login=login, converse=ssh.converse, seconds=seconds)
    return run_job(job, Attempts(), lambda *_: None)


def whys(outcome: Outcome) -> set[Why | None]:
    assert len(outcome.evidence) == len(PROBES)
    return {item.absent.why if item.absent is not None else None for item in outcome.evidence}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("yes", {Why.TRUNCATED}),
        ("yes >&2", {Why.TIMED_OUT}),
        ("sleep 60", {Why.TIMED_OUT}),
        ("true", {Why.GARBLED}),
        (r"printf '\033[31m\342\200\250\377\000fake E 0'", {Why.GARBLED}),
        (r"while printf .; do sleep 0.2; done", {Why.TIMED_OUT}),
        ("cat", {Why.TRUNCATED, Why.GARBLED}),
    ],
    ids=["flood", "stderr-flood", "silent", "nothing", "fake", "drip", "echo"],
)
def test_a_hostile_shell_answers_nothing(lab: Lab, command: str, expected: set[Why]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    # What ends by itself is given the time that it needs.
    found = whys(ask(lab, forced(lab, command).address, seconds=6.0 if expected == {Why.TIMED_OUT} else LONG / 2))
    assert found <= expected and None not in found
    assert time.monotonic() - began < LONG
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-x\r\n", b"\x1b[31m" * 1000, b"A" * 100_000 + b"\n"], ids=["silent", "half", "escape", "long"]
)
def test_what_is_no_sshd_is_unreachable(lab: Lab, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(15)
                try:
                    connection.sendall(answer)
                    while connection.recv(65536):
                        pass
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        outcome = ask(lab, "127.0.0.1", server.getsockname()[1], seconds=3.0)
    thread.join(20)
    assert whys(outcome) == {Why.UNREACHABLE}
    assert outcome.absent is not None and outcome.absent.detail.isprintable()


def test_the_whole_script_of_every_check_writes_nothing(tmp_path: Path) -> None:
    plan = flow.plan_for(flow.Request(targets=(Target(id="x", kind="linux"),), unit={}, systems=(), inventory={}))
    script = compose([Slot("x", probe) for probe in plan.probes["x"]], "ab" * 16)
    calls = "open,openat,openat2,creat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat,chown,fchownat,utimensat"
    log = tmp_path / "calls"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-s", "200", "-e", f"trace={calls}", "-o", str(log), "sh", "-s"],
        input=script.text,
        capture_output=True,
        check=False,
    )
    assert b" Z\n" in done.stdout
    harmless = re.compile(r'"/dev/(null|tty)"|= -1 |--- SIG|\+\+\+ |resumed>')
    changed = [
        line
        for line in log.read_text("utf-8", "replace").split("\n")
        if line
        and not harmless.search(line)
        and ("O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line or not re.search(r"open(at2?)?\(", line))
    ]
    assert changed == []


WIREGUARD = """mount -t tmpfs none /run && mkdir /run/wireguard && mount -t tmpfs none /sys/class || exit 9
for i in kern live dead eth0; do mkdir -p /sys/class/net/$i; echo INTERFACE=$i >/sys/class/net/$i/uevent; done
echo DEVTYPE=wireguard >>/sys/class/net/kern/uevent
mkdir /run/bin; printf '#!/bin/sh\\n[ "$3" = endpoints ] && printf "%s\\\\t192.0.2.7:51820\\\\n" "$2-key"\\nexit 0\\n' >/run/bin/wg; chmod 755 /run/bin/wg
exec "$1" -c "
import os, socket, subprocess, sys
dead, live = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
dead.bind('/run/wireguard/dead.sock'); live.bind('/var/run/wireguard/live.sock'); live.listen()
subprocess.run(['sh', '-c', sys.argv[1]], env={**os.environ, 'PATH': '/run/bin:' + os.environ['PATH']})
" "$2"
"""


def _profiles_probe() -> str:
    return spec_of(NetworkProfiles).probe.ask[0]


def test_peers_are_asked_of_tunnels_by_name_and_only_where_somebody_listens() -> None:
    argv = ["unshare", "--mount", "sh", "-c", WIREGUARD, "sh", sys.executable, _profiles_probe()]
    done = subprocess.run(argv, capture_output=True, check=True)
    found = NetworkProfiles.read(Answer(done.stdout, done.stderr))
    assert isinstance(found, NetworkProfiles), done.stderr
    assert found.endpoints == (("kern", "192.0.2.7:51820"), ("live", "192.0.2.7:51820"))


STALE = """mount -t tmpfs none /run && mkdir /run/wireguard || exit 9
ip link add wg7 type veth peer name wg8 || exit 9
"$1" -c "import socket; socket.socket(socket.AF_UNIX).bind('/run/wireguard/wg7.sock')"
sh -c "$2"
ls /run/wireguard"""


def test_a_socket_that_nobody_listens_at_stays_where_it_is() -> None:
    argv = ["unshare", "--mount", "--net", "sh", "-c", STALE, "sh", sys.executable, _profiles_probe()]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert "== wireguard\n" in done.stdout and done.stdout.endswith("wg7.sock\n")
