"""Real sshd daemons in network namespaces of our own: one bridge, one veth pair a host, fixed MACs (a bridge without one stalls peers)."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

NETWORK = "10.213.{}.{}"
LONG = 60.0
"""Seconds after which something hangs. A busy machine does everything, only later; whoever is left in time would have gone on for twice as long."""
SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


def written(count: Callable[[], int]) -> int:
    """How much a daemon has put down: waited for until there is something, and a moment longer for more."""
    deadline = time.monotonic() + LONG
    while not count() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    return count()


def run(*argv: str) -> None:
    """Run a command; raises CalledProcessError with its output."""
    subprocess.run(argv, check=True, capture_output=True)


@dataclass
class Host:
    """One sshd in its own network namespace."""

    name: str
    address: str
    port: int = 22
    log: Path = field(default_factory=Path)
    process: subprocess.Popen[bytes] | None = None


class Lab:
    """A bridge in the root namespace and hosts behind it. A context manager: everything is gone afterwards."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.number = number
        self.tag = f"sq{os.getpid() % 10000}{number}"
        self.bridge = f"{self.tag}b"
        self.hosts: list[Host] = []
        self.key = folder / "id_ed25519"
        self.known_hosts = folder / "known_hosts"

    def __enter__(self) -> Lab:
        os.makedirs("/run/sshd", exist_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key))
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / "host_key"))
        (self.folder / "authorized_keys").write_text(self.key.with_suffix(".pub").read_text())
        # sshd wants the path of authorized_keys safe up to the root; StrictModes is off because tests run below a shared /tmp.
        run("ip", "link", "add", self.bridge, "address", f"02:00:0a:d5:{self.number:02x}:01", "type", "bridge")
        run("ip", "addr", "add", NETWORK.format(self.number, 1) + "/24", "dev", self.bridge)
        run("ip", "link", "set", self.bridge, "up")
        return self

    def __exit__(self, *_: object) -> None:
        for host in self.hosts:
            if host.process is not None:
                host.process.kill()
                host.process.wait()
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", host.name)
        with contextlib.suppress(subprocess.CalledProcessError):
            run("ip", "link", "del", self.bridge)

    def host(self, start: bool = True, options: tuple[str, ...] = ()) -> Host:
        """Add a host; with ``start`` its sshd runs and its key is known."""
        index = len(self.hosts) + 2
        host = Host(f"{self.tag}h{index}", NETWORK.format(self.number, index), 22, self.folder / f"sshd{index}.log")
        self.hosts.append(host)
        outer, inner = f"{self.tag}o{index}", f"{self.tag}i{index}"
        run("ip", "netns", "add", host.name)
        run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "address", f"02:00:0a:d5:{self.number:02x}:{index:02x}")
        run("ip", "link", "set", outer, "master", self.bridge, "up")
        run("ip", "link", "set", inner, "netns", host.name)
        run("ip", "-n", host.name, "addr", "add", host.address + "/24", "dev", inner)
        run("ip", "-n", host.name, "link", "set", inner, "up")
        run("ip", "-n", host.name, "link", "set", "lo", "up")
        if start:
            self.start(host, options)
            self.trust(host)
        return host

    def start(self, host: Host, options: tuple[str, ...] = (), within: tuple[str, ...] = ()) -> None:
        """Start a host's sshd, through the command ``within`` where its files differ from ours, and wait until it listens."""
        argv = ["ip", "netns", "exec", host.name, *within, SSHD, "-D", "-f", "/dev/null", "-E", str(host.log), "-p", str(host.port)]
        # The first value counts: a test's own options go before ours.
        settings = (
            *options,
            f"HostKey={self.folder / 'host_key'}",
            f"AuthorizedKeysFile={self.folder / 'authorized_keys'}",
            "PermitRootLogin=yes",
            "StrictModes=no",
            "UsePAM=no", "PidFile=none", "MaxStartups=200:30:400", "LogLevel=VERBOSE",
        )  # fmt: skip
        for setting in settings:
            argv += ["-o", setting]
        host.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + LONG
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((host.address, host.port), 1):
                return
            time.sleep(0.05)
        raise RuntimeError(f"sshd of {host.name} does not listen: {host.log.read_text() if host.log.exists() else ''}")

    def trust(self, host: Host, name: str = "") -> None:
        """Write the host's key into known_hosts, under its address or a name."""
        kind, blob = (self.folder / "host_key.pub").read_text().split()[:2]
        with self.known_hosts.open("a") as stream:
            stream.write(f"{name or host.address} {kind} {blob}\n")
