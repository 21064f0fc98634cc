"""Live captures in namespaces of our own: a kernel bridge with spanning tree, lldpd, radvd, dnsmasq and a client, seen from two ports."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scanner.facts.network.same import compare
from scanner.facts.network.sighting import Sighting, sighting_of
from scanner.ledger.shelf import Shelf
from scanner.model.canonical import strict_loads
from tests.labs.hosts import LONG, run

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
SHIQU = str(Path(sys.executable).with_name("shiqu"))
SECONDS = 14
RADVD = "interface br0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; prefix 2001:db8:66::/64 { }; };\n"
TAGGED = """
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); wire.bind((sys.argv[1], 0))
arp = bytes.fromhex("0001080006040001020000000a01c0000205000000000000c0000206")
wire.send(bytes.fromhex("ffffffffffff020000000a0181000064") + b"\\x08\\x06" + arp)
"""
ONLY_RAW = ["setpriv", "--bounding-set=-all,+net_raw", "--inh-caps=-all,+net_raw"]
NO_RIGHT = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


# Globally administered: what software sets is a lead at most.
MAC = "00:1b:21:66:00:{:02x}"


@dataclass
class Lab:
    """A switch with three ports: two lookers and a client."""

    tag: str
    folder: Path
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def within(self, name: str, *argv: str) -> list[str]:
        return ["ip", "netns", "exec", f"{self.tag}{name}", *argv]

    def start(self, name: str, *argv: str) -> None:
        with (self.folder / f"{Path(argv[0]).name}.log").open("wb") as log:
            self.daemons.append(subprocess.Popen(self.within(name, *argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def open_folder(self) -> Path:
        folder = Path(tempfile.gettempdir()) / self.tag
        folder.mkdir()
        folder.chmod(0o755)
        return folder

    def look(self, name: str, zone: str, *before: str, seconds: int = SECONDS) -> subprocess.Popen[str]:
        argv = [*before, SHIQU, "isolation", "capture", "--interface", "eth0", "--seconds", str(seconds), "--zone", zone]
        argv += ["-o", str(self.folder / f"{zone}.zip")]
        return subprocess.Popen(self.within(name, *argv), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    found = Lab(f"sqcp{os.getpid() % 100000}", tmp_path)
    try:
        for name in "sabc":
            run("ip", "netns", "add", found.tag + name)
        run(
            "ip",
            "-n",
            found.tag + "s",
            "link",
            "add",
            "br0",
            "address",
            MAC.format(0),
            "type",
            "bridge",
            "stp_state",
            "1",
            "forward_delay",
            "200",
        )
        for number, name in enumerate("abc", 1):
            words = ("link", "add", f"port{name}", "netns", found.tag + "s", "address", MAC.format(number), "type", "veth")
            run("ip", *words, "peer", "name", "eth0", "netns", found.tag + name, "address", MAC.format(16 + number))
            run("ip", "-n", found.tag + "s", "link", "set", f"port{name}", "master", "br0", "up")
            run("ip", "-n", found.tag + name, "link", "set", "eth0", "up")
        run("ip", "-n", found.tag + "s", "link", "set", "br0", "up")
        run("ip", "-n", found.tag + "s", "addr", "add", "192.168.66.1/24", "dev", "br0")
        yield found
    finally:
        for daemon in found.daemons:
            daemon.terminate()
        for daemon in found.daemons:
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(5)
            daemon.kill()
        for name in "sabc":
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", found.tag + name)
        shutil.rmtree(Path(tempfile.gettempdir()) / found.tag, ignore_errors=True)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def ready(looker: subprocess.Popen[str]) -> None:
    assert looker.stderr is not None
    assert looker.stderr.readline().startswith("listening")


def sighting(path: Path) -> Sighting:
    shelf = Shelf(path)
    (key,) = [key for _, probe, key, _ in shelf.records() if probe == "network.sighting"]
    found = sighting_of(strict_loads(shelf.answer(key).stdout))
    shelf.close()
    assert isinstance(found, Sighting)
    return found


def verdicts(path: Path, folder: Path) -> dict[str, Any]:
    subprocess.run([SHIQU, "judge", str(path), "-o", str(folder), "--format", "json"], capture_output=True, check=False)
    found = strict_loads((folder / "result.json").read_bytes())
    return {verdict["check"]: verdict for verdict in found["verdicts"]}


def test_real_daemons_seen_from_two_ports(lab: Lab) -> None:
    (lab.folder / "radvd.conf").write_text(RADVD)
    lab.start("s", "radvd", "-n", "-C", str(lab.folder / "radvd.conf"), "-p", str(lab.folder / "radvd.pid"))
    lab.start(
        "s", "dnsmasq", "-k", "--conf-file=/dev/null", "-i", "br0", "-p", "0", "--bind-interfaces", "--user=root", "--pid-file=",
        "--dhcp-range=192.168.66.50,192.168.66.99,120", f"--dhcp-leasefile={lab.folder / 'leases'}",
    )  # fmt: skip
    # lldpd's unprivileged half has to reach its socket: a folder that anyone may pass.
    socket = str(lab.open_folder() / "lldpd.sock")
    lab.start("s", "lldpd", "-d", "-u", socket, "-I", "porta,portb")
    until(lambda: Path(socket).exists())
    # The socket is there a little before somebody listens at it.
    asked = (*lab.within("s", "lldpcli", "-u", socket, "configure", "lldp", "tx-interval", "2"),)
    until(lambda: subprocess.run(asked, capture_output=True, check=False).returncode == 0)
    lookers = [lab.look("a", "lan"), lab.look("b", "internet")]
    for looker in lookers:
        ready(looker)
    lab.start("c", "busybox", "udhcpc", "-i", "eth0", "-f", "-s", "/bin/true", "-x", "hostname:reading-room-7")
    time.sleep(6)
    run(*lab.within("c", sys.executable, "-c", TAGGED, "eth0"))
    for looker in lookers:
        _, said = looker.communicate(timeout=90)
        assert looker.returncode == 0, said
    inner, outer = sighting(lab.folder / "lan.zip"), sighting(lab.folder / "internet.zip")
    assert inner.whole and inner.source["buffer"] >= 32 * 1024 * 1024
    assert len({row["root"] for row in inner.rows("bridges")}) == 1
    assert [row["protocol"] for row in inner.rows("announced")] == ["lldp"]
    (router,) = inner.rows("routers")
    assert router["longest"] > 0 and router["prefixes"] == ["2001:db8:66::/64"]
    assert [row["server"] for row in outer.rows("dhcp_servers") if row["protocol"] == "dhcp"] in ([], ["192.168.66.1"])
    assert "reading-room-7" in [row["host"] for row in inner.rows("dhcp_clients")]
    assert [row["vid"] for row in inner.rows("vlans")] == [100] and "02:00:00:00:0a:01" in inner.macs
    proven = {(found.kind, found.strength) for found in compare(inner, outer)}
    assert {("shared-mac", "B"), ("shared-bridge", "B"), ("same-box", "B")} <= proven
    judged = verdicts(lab.folder / "lan.zip", lab.folder / "judged")
    assert judged["isolation.segment-routers"]["status"] == "unmet" and judged["isolation.segment-routers"]["strength"] == "C"
    assert judged["isolation.segment-tags"]["status"] == "awaits-person"
    assert not [check for check, verdict in judged.items() if verdict["status"] == "met"]


def test_net_raw_alone_is_enough(lab: Lab) -> None:
    looker = lab.look("a", "lan", *ONLY_RAW, seconds=6)
    ready(looker)
    _, said = looker.communicate(timeout=60)
    assert looker.returncode == 0, said
    assert sighting(lab.folder / "lan.zip").rows("bridges")


def test_without_the_right_it_says_so(lab: Lab) -> None:
    looker = lab.look("a", "lan", *NO_RIGHT, seconds=3)
    _, said = looker.communicate(timeout=60)
    assert looker.returncode == 2 and "CAP_NET_RAW" in said and not (lab.folder / "lan.zip").exists()


def test_a_stopped_capture_keeps_what_it_saw(lab: Lab) -> None:
    looker = lab.look("a", "lan", seconds=600)
    ready(looker)
    time.sleep(5)
    looker.terminate()
    _, said = looker.communicate(timeout=60)
    assert looker.returncode == 130, said
    found = sighting(lab.folder / "lan.zip")
    assert found.ended == "interrupted" and found.rows("bridges") and not found.whole


FLOOD = """
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); wire.bind((sys.argv[1], 0))
frame = bytes.fromhex("ffffffffffff020000000a02" "88b5") + bytes(50)
for _ in range(60000):
    wire.send(frame)
"""


def test_a_burst_is_counted_whole(lab: Lab) -> None:
    """As many frames as were sent: seen or counted as lost, none missing in silence."""
    run("ip", "-n", lab.tag + "s", "link", "set", "br0", "type", "bridge", "stp_state", "0")
    time.sleep(5)
    looker = lab.look("a", "lan", seconds=12)
    ready(looker)
    run(*lab.within("c", sys.executable, "-c", FLOOD, "eth0"))
    looker.communicate(timeout=90)
    found = sighting(lab.folder / "lan.zip")
    assert found.macs["02:00:00:00:0a:02"]["frames"] + found.dropped >= 60_000
