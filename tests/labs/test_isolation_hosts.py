"""Hosts with legs in both zones, and hosts without: namespaces with real bridges, VXLAN, tun and NAT, looked at as `local`."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
SHIQU = str(Path(sys.executable).with_name("shiqu"))
INVENTORY = """
unit: {code: lab, name: 试验馆}
scope: {allow: [10.214.1.0/24], authorised_by: 试验, until: 2099-12-31}
zones:
  lan: {kind: lan, networks: [10.214.1.0/24, "fd14:1::/64"]}
  lan2: {kind: lan, networks: [10.214.3.0/24]}
  internet: {kind: internet, networks: [10.214.2.0/24]}
isolation: [{between: [lan, internet]}]
systems: [{id: dams, name: 数字档案馆系统, grade: 3, zone: lan, targets: [{id: here, kind: linux, address: local}]}]
"""


def run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


@dataclass
class Host:
    """A namespace of our own; the far ends of its cables lie in a second one."""

    tag: str
    folder: Path
    cables: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.tag}h"

    @property
    def far(self) -> str:
        return f"{self.tag}f"

    def ip(self, *words: str) -> None:
        run("ip", "-n", self.name, *words)

    def cable(self, *addresses: str, up: bool = True) -> str:
        """A network card with a cable; returns its name."""
        self.cables += 1
        name = f"eth{self.cables}"
        self.ip("link", "add", name, "type", "veth", "peer", "name", f"far{self.cables}", "netns", self.far)
        for address in addresses:
            self.ip("addr", "add", address, "dev", name, *(("nodad",) if ":" in address else ()))
        if up:
            self.ip("link", "set", name, "up")
            run("ip", "-n", self.far, "link", "set", f"far{self.cables}", "up")
        return name

    def inside(self, *argv: str) -> None:
        run("ip", "netns", "exec", self.name, *argv)

    def scan(self) -> dict[str, dict[str, object]]:
        """Look at the host as `local` from within; verdicts by check."""
        inventory = self.folder / "inventory.yaml"
        inventory.write_text(INVENTORY)
        out = self.folder / "out"
        argv = [
            "ip",
            "netns",
            "exec",
            self.name,
            SHIQU,
            "scan",
            "-i",
            str(inventory),
            "--only",
            "isolation.host-*",
            "-o",
            str(out),
            "--format",
            "json",
        ]
        done = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode in (0, 1, 4), done.stderr
        result = json.loads((out / "result.json").read_text())
        again = subprocess.run(
            [SHIQU, "judge", str(out / "shelf.zip"), "-o", str(self.folder / "again"), "--format", "json"], capture_output=True, check=False
        )
        assert again.returncode == done.returncode
        assert json.loads((self.folder / "again" / "result.json").read_text())["verdicts"] == result["verdicts"]
        return {str(verdict["check"]).removeprefix("isolation.host-"): verdict for verdict in result["verdicts"]}


@pytest.fixture
def host(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Host]:
    made = Host(f"sqih{os.getpid() % 10000}", tmp_path)
    for name in (made.name, made.far):
        run("ip", "netns", "add", name)
    try:
        run("ip", "-n", made.name, "link", "set", "lo", "up")
        # A new namespace inherits settings from the root one: begin with a host that passes nothing on.
        made.inside("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0")
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()
        for name in (made.name, made.far):
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", name)


def status(found: dict[str, dict[str, object]], *names: str) -> dict[str, object]:
    return {name: found[name]["status"] for name in names}


LEGS = ("dual-homed", "forwarding", "bridges", "default-routes")


def test_a_host_with_one_leg(host: Host) -> None:
    host.cable("10.214.1.10/24", "fd14:1::10/64", "2001:db8:77::10/64")
    host.ip("route", "add", "default", "via", "10.214.1.1")
    found = host.scan()
    assert status(found, *LEGS) == dict.fromkeys(LEGS, "met"), found
    assert found["tunnels"]["status"] == "met"


def test_two_legs_and_forwarding_with_translation(host: Host) -> None:
    host.cable("10.214.1.10/24")
    out = host.cable("10.214.2.10/24")
    host.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
    host.inside(
        "nft",
        "add table ip t; add chain ip t post { type nat hook postrouting priority 100; }; add rule ip t post oifname "
        + out
        + " masquerade",
    )
    host.ip("route", "add", "default", "via", "10.214.2.1")
    found = host.scan()
    assert status(found, *LEGS) == {"dual-homed": "unmet", "forwarding": "unmet", "bridges": "met", "default-routes": "unmet"}, found
    assert found["dual-homed"]["strength"] == "A"
    assert found["forwarding"]["observed"]["translation"] == [{"kind": "masquerade", "where": "ip t post", "to": ""}]  # type: ignore[index]


def test_two_legs_without_forwarding(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.cable("10.214.2.10/24")
    assert status(host.scan(), "dual-homed", "forwarding") == {"dual-homed": "unmet", "forwarding": "met"}


def test_an_inner_router_does_not_alarm(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.cable("10.214.3.10/24")
    host.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
    assert status(host.scan(), "dual-homed", "forwarding") == {"dual-homed": "met", "forwarding": "met"}


def test_a_leg_in_a_network_that_nobody_declared(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.cable("10.214.99.10/24")
    found = host.scan()
    assert status(found, "dual-homed", "forwarding") == {"dual-homed": "awaits-person", "forwarding": "met"}
    host.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
    (host.folder / "out").rename(host.folder / "first")
    assert host.scan()["forwarding"]["status"] == "unmet"


def test_a_second_leg_that_is_switched_off(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.cable("10.214.2.10/24", up=False)
    found = host.scan()["dual-homed"]
    assert (found["status"], found["strength"]) == ("unmet", "B")


def test_a_bridge_of_a_cable_and_a_vxlan(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.ip("link", "add", "br0", "type", "bridge")
    host.ip("link", "add", "vx0", "type", "vxlan", "id", "42", "remote", "10.214.2.9", "dstport", "4789")
    host.ip("link", "set", "vx0", "master", "br0")
    for name in ("br0", "vx0"):
        host.ip("link", "set", name, "up")
    found = host.scan()
    # The cable is no port of it: only where the tunnel leads is known.
    assert status(found, "bridges", "tunnels") == {"bridges": "awaits-person", "tunnels": "unmet"}, found


def test_guests_behind_a_bridge_do_not_alarm(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.ip("link", "add", "docker0", "type", "bridge")
    host.ip("addr", "add", "172.17.0.1/16", "dev", "docker0")
    host.ip("tuntap", "add", "tap1", "mode", "tap")
    host.ip("link", "set", "tap1", "master", "docker0")
    for name in ("docker0", "tap1"):
        host.ip("link", "set", name, "up")
    host.inside("sysctl", "-qw", "net.ipv4.ip_forward=1")
    assert status(host.scan(), *LEGS) == dict.fromkeys(LEGS, "met")


def test_a_tunnel_as_default(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.ip("tuntap", "add", "tun0", "mode", "tun")
    host.ip("addr", "add", "10.8.0.2/24", "dev", "tun0")
    host.ip("link", "set", "tun0", "up")
    host.ip("route", "add", "0.0.0.0/1", "dev", "tun0")
    assert host.scan()["default-routes"]["status"] == "unmet"


def test_a_program_that_looks_for_a_way_out(host: Host) -> None:
    host.cable("10.214.1.10/24")
    host.ip("route", "add", "default", "via", "10.214.1.1")
    # A SYN that nobody answers, from a program of a known name; it never leaves the two namespaces.
    code = "import socket, time; s = socket.socket(); s.setblocking(False); s.connect_ex(('203.0.113.80', 7000)); time.sleep(60)"
    host.ip("neigh", "add", "10.214.1.1", "lladdr", "02:00:00:00:00:01", "dev", "eth1")
    argv = ["ip", "netns", "exec", host.name, "bash", "-c", f'exec {sys.executable} -c "$0"', code]
    host.processes.append(subprocess.Popen(argv))
    for _ in range(50):
        seen = subprocess.run(["ip", "netns", "exec", host.name, "ss", "-Hnat"], capture_output=True, text=True, check=True).stdout
        if "203.0.113.80" in seen:
            break
    found = host.scan()["connections"]
    assert found["status"] == "unmet", found
    assert found["observed"]["outside"][0]["state"] == "asking"  # type: ignore[index]
