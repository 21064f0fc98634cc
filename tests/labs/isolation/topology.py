"""Namespaces of one topology: segments are bridges inside their own namespaces, boxes have legs on them, every MAC is fixed.

Nothing is created in the root namespace and everything is gone afterwards.
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Process = subprocess.Popen[bytes]
HELPERS = Path(__file__).parent / "helpers"
# Globally administered MACs: a locally administered one would say "virtual" to whoever compares both sides.
MAC = "00:1b:21:{:02x}:{:02x}:{:02x}"
_COUNT = itertools.count()


def run(*argv: str, stdin: str | None = None, timeout: float = 60) -> str:
    """Run a command; a failure raises with what it printed."""
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False, timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def eventually(ready: Callable[[], bool], what: str, seconds: float = 8) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass
class Box:
    """A host, router or appliance: one namespace."""

    name: str
    space: str
    """Its namespace."""
    legs: dict[str, str] = field(default_factory=dict)
    """Segment to interface name."""
    macs: dict[str, str] = field(default_factory=dict)
    """Segment to MAC."""
    addresses: list[str] = field(default_factory=list)

    @property
    def marks(self) -> set[str]:
        """Every word by which a report may name this box."""
        return {self.name, *self.macs.values(), *self.addresses}


class Net:
    """One topology. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tag = f"sqi{os.getpid() % 100000}{next(_COUNT)}"
        self.boxes: dict[str, Box] = {}
        self.ports: dict[tuple[str, str], str] = {}
        """The switch port of a box on a segment."""
        self._segments: dict[str, int] = {}
        self._spaces: list[str] = []
        self._started: list[Process] = []
        self.book: dict[str, Any] = _book()

    def __enter__(self) -> Net:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.kill()
        for process in self._started:
            process.wait()
        for space in self._spaces:
            # Daemons fork (ssh sessions, socat): whatever lives in a namespace of ours is ours.
            for pid in subprocess.run(("ip", "netns", "pids", space), capture_output=True, text=True, check=False).stdout.split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            subprocess.run(("ip", "netns", "del", space), capture_output=True, check=False)

    # Building -------------------------------------------------------------

    def _space(self, name: str) -> str:
        space = f"{self.tag}-{name}"
        run("ip", "netns", "add", space)
        self._spaces.append(space)
        run("ip", "-n", space, "link", "set", "lo", "up")
        return space

    def segment(self, name: str) -> str:
        """A switch: a bridge in its own namespace. Floods and learns like one."""
        number = len(self._segments) + 1
        space = self._space(f"seg-{name}")
        self.sysctl(space, {"net.ipv6.conf.default.disable_ipv6": 1})
        run("ip", "-n", space, "link", "add", "br0", "address", MAC.format(0xFF, 0, number), "type", "bridge")
        run("ip", "-n", space, "link", "set", "br0", "up")
        self._segments[name] = number
        return space

    def box(
        self, name: str, legs: Mapping[str, Sequence[str]] | None = None, *, forward: bool = False, strict: bool = False,
        macs: Mapping[str, str] | None = None, ipv6: bool = False,
    ) -> Box:  # fmt: skip
        """A box with one interface (eth0, eth1 …) a segment; ``strict`` is rp_filter=1, ``forward`` both families where ipv6 is on."""
        box = self.boxes[name] = Box(name, self._space(name))
        level = 1 if strict else 0
        settings = {"net.ipv4.conf.all.rp_filter": level, "net.ipv4.conf.default.rp_filter": level, "net.ipv4.ip_forward": int(forward)}
        settings |= {"net.ipv6.conf.all.forwarding": int(forward and ipv6), "net.ipv6.conf.default.accept_dad": 0}
        settings |= {"net.ipv6.conf.default.accept_ra": int(ipv6 and not forward)}
        self.sysctl(box.space, settings)
        for segment, addresses in (legs or {}).items():
            self.leg(box, segment, *addresses, mac=(macs or {}).get(segment))
        return box

    def leg(self, box: Box, segment: str, *addresses: str, mac: str | None = None) -> str:
        """Plug a box into a segment; returns the interface's name."""
        if segment not in self._segments:
            self.segment(segment)
        interface = f"eth{len(box.legs)}"
        mac = mac or MAC.format(self._segments[segment], list(self.boxes).index(box.name) + 1, len(box.legs))
        port, switch = self.ports.setdefault((box.name, segment), f"p-{box.name}"[:15]), f"{self.tag}-seg-{segment}"
        self.cable((box.space, interface, mac), (switch, port, None))
        run("ip", "-n", switch, "link", "set", port, "master", "br0")
        lines = [f"addr add {address} dev {interface}{' nodad' if ':' in address else ''}" for address in addresses]
        run("ip", "-n", box.space, "-batch", "-", stdin="\n".join(lines))
        box.legs[segment], box.macs[segment] = interface, mac
        box.addresses += [address.split("/")[0] for address in addresses]
        return interface

    def cable(self, one: tuple[str, str, str | None], other: tuple[str, str, str | None]) -> None:
        """A cable between two namespaces: (namespace, interface, MAC) at both ends, up."""
        words = ["link", "add", one[1], "netns", one[0], *(("address", one[2]) if one[2] else ()), "type", "veth"]
        run("ip", *words, "peer", "name", other[1], "netns", other[0], *(("address", other[2]) if other[2] else ()))
        for space, interface, _ in (one, other):
            run("ip", "-n", space, "link", "set", interface, "up")

    def patch(self, one: str, other: str) -> None:
        """A patch cable between two segments."""
        spaces = f"{self.tag}-seg-{one}", f"{self.tag}-seg-{other}"
        self.cable((spaces[0], "patch", None), (spaces[1], "patch", None))
        for space in spaces:
            run("ip", "-n", space, "link", "set", "patch", "master", "br0")

    def sysctl(self, space: str, settings: Mapping[str, int]) -> None:
        """Set kernel parameters of a namespace."""
        lines = "".join(f"echo {value} >/proc/sys/{key.replace('.', '/')}\n" for key, value in settings.items())
        run("ip", "netns", "exec", space, "sh", "-e", stdin=lines)

    def route(self, name: str, *words: str) -> None:
        """``ip route add`` in a box."""
        family = ("-6",) if ":" in words[0] or ":" in words[-1] else ()
        run("ip", "-n", self.boxes[name].space, *family, "route", "add", *words)

    def ip(self, name: str, *words: str) -> str:
        """``ip`` in a box."""
        return run("ip", "-n", self.boxes[name].space, *words)

    def chain(self, name: str, hook: str, rules: str, *, kind: str = "filter", policy: str = "accept", family: str = "ip") -> None:
        """One nftables chain in a table of its own; rules are separated by semicolons."""
        priority = {"filter": 0, "nat": {"prerouting": -100, "postrouting": 100}.get(hook, 0)}[kind]
        lines = [f"type {kind} hook {hook} priority {priority}; policy {policy};", *rules.split(";")]
        text = "\n".join((f"table {family} t_{kind}_{hook} {{", "chain c {", *lines, "}", "}", ""))
        run("ip", "netns", "exec", self.boxes[name].space, "nft", "-f", "-", stdin=text)

    def forwards_only(self, name: str, rules: str = "", family: str = "ip") -> None:
        """The forward chain drops all but what the rules accept."""
        self.chain(name, "forward", rules, policy="drop", family=family)

    def nat(self, name: str, hook: str, rules: str) -> None:
        """A NAT chain at prerouting or postrouting."""
        self.chain(name, hook, rules, kind="nat")

    def masquerade(self, name: str, interface: str = "eth1") -> None:
        """Source NAT on the way out of an interface."""
        self.nat(name, "postrouting", f"oifname {interface} masquerade")

    # Running --------------------------------------------------------------

    def argv(self, name: str, *argv: str) -> list[str]:
        """The command line that runs a command in a box."""
        return ["ip", "netns", "exec", self.boxes[name].space, *argv]

    def run(self, name: str, *argv: str, stdin: str | None = None) -> str:
        """Run a command in a box."""
        return run(*self.argv(name, *argv), stdin=stdin)

    def start(self, name: str, *argv: str, listens: str | None = None, **more: Any) -> Process:
        """Start a daemon in a box and wait until it ``listens`` (a filter of ss, "tcp :80")."""
        with (self.folder / f"{name}-{Path(argv[0]).name}-{len(self._started)}.log").open("wb") as log:
            process = subprocess.Popen(
                self.argv(name, *argv), **({"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log} | more), start_new_session=True
            )
        self._started.append(process)
        if listens is not None:
            kind, port = listens.split()
            eventually(lambda: self._listening(name, kind, port, process), f"{argv[0]} listens at {listens}: see {log.name}")
        return process

    def _listening(self, name: str, kind: str, port: str, process: Process) -> bool:
        if process.poll() is not None:
            raise AssertionError(f"{process.args!r} ended with {process.returncode}")
        return bool(self.run(name, "ss", "-Hln", f"--{kind}", f"sport = {port}").strip())

    def helper(self, name: str, script: str, *words: str, listens: str | None = None, **more: Any) -> Process:
        """Start one of our user-space helpers in a box; it prints a line when it is ready."""
        process = self.start(name, sys.executable, "-u", str(HELPERS / script), *words, stdout=subprocess.PIPE, **more)
        assert process.stdout is not None
        line = process.stdout.readline()
        process.stdout.close()
        assert line == b"ready\n", (script, words, line)
        return process

    # Looking --------------------------------------------------------------

    def says(self, name: str, *argv: str) -> bool:
        """Whether a plain tool in a box succeeds."""
        return subprocess.run(self.argv(name, *argv), capture_output=True, check=False, timeout=15).returncode == 0

    def pings(self, name: str, address: str, via: str | None = None) -> bool:
        """Whether an echo comes back; ``via`` is a next hop that the box has no route through otherwise."""
        words = ("-6",) if ":" in address else ()
        ends = f"{address}/{ipaddress.ip_address(address).max_prefixlen}"
        if via is not None:
            self.ip(name, *words, "route", "add", ends, "via", via, "dev", "eth0", "onlink")
        try:
            return self.says(name, "ping", "-n", "-c", "1", "-W", "1", address)
        finally:
            if via is not None:
                self.ip(name, *words, "route", "del", ends)

    def crosses(self, kind: str, number: int, sender: str = "probe", receiver: str = "edge", to: str = "198.51.100.50") -> bool:
        """Whether socat's word arrives: ``kind`` is TCP4, UDP4 or IP4 (then the number is an IP protocol)."""
        listen = f"{kind}-LISTEN:{number},reuseaddr" if kind.startswith("TCP") else f"{kind}-RECV:{number}"
        send = f"{kind}:{to}:{number},connect-timeout=1" if kind.startswith("TCP") else f"{kind}-SENDTO:{to}:{number}"
        with (self.folder / f"crosses-{kind}-{number}").open("w+b") as heard:
            listens = {"TCP4": "tcp", "UDP4": "udp", "IP4": "raw"}[kind] + f" :{number}"
            ear = self.start(receiver, "timeout", "9", "socat", "-u", listen, "-", listens=listens, stdout=heard, stderr=subprocess.DEVNULL)
            subprocess.run(self.argv(sender, "socat", "-u", "-", send), input=b"hello", capture_output=True, check=False, timeout=10)
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline and ear.poll() is None and not os.fstat(heard.fileno()).st_size:
                time.sleep(0.05)
            ear.kill()
            heard.seek(0)
            return b"hello" in heard.read()

    def frame_crosses(self, tags: Sequence[int], sender: str = "probe", receiver: str = "edge") -> bool:
        """Whether a broadcast frame with these VLAN tags arrives at the other end, in whatever dress."""
        word = os.urandom(16).hex()
        dress = "".join(f"8100{tag:04x}" for tag in tags)
        data = "ff" * 6 + self.boxes[sender].macs["lan"].replace(":", "") + dress + "88b5" + word + "00" * 40
        ear = self.helper(receiver, "frame.py", "hear", "eth0", word)
        self.helper(sender, "frame.py", "send", "eth0", data).wait(timeout=9)
        deadline = time.monotonic() + 0.8
        while ear.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        ear.kill()
        return ear.wait() == 0


def _book() -> dict[str, Any]:
    """The inventory that every topology starts from."""
    return {
        "unit": {"code": "330100-001", "name": "试验市档案馆", "region": "330100", "rank": "municipal"},
        "scope": {"allow": ["192.0.2.0/24", "198.51.100.0/24"], "authorised_by": "试验", "until": "2099-12-31"},
        "zones": {
            "lan": {"kind": "lan", "networks": ["192.0.2.0/24"]},
            "internet": {"kind": "internet", "networks": ["198.51.100.0/24"]},
        },
        "isolation": [
            {"between": ["lan", "internet"], "require": "physical", "sentinels": [{"id": "edge", "addresses": ["198.51.100.50"]}]}
        ],
        "crossings": [],
        "systems": [],
    }
