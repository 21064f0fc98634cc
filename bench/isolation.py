"""The packet engine on a veth pair of its own: ``.venv/bin/python -m bench.isolation`` (root; about two minutes; nothing else should run).

Everything in one run, so that ratios hold whatever the machine does: tokens out and in, the loss at the cap, all VLAN ids, and two scans
against nmap's settings, scapy and connect(). Wall times of scans are those of whole processes, CPU is what the process and its children used,
the target kernel's work on their behalf included.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ENDS = str(Path(__file__).with_name("wire_ends.py"))
OPEN = (5, 11, 17)
SCANS = (("198.18.0.0/24", 256, 1000), ("198.18.0.0/20", 4096, 20))
NMAP = (("-T4",), ("-T5",), ("-T4", "--min-rate", "20000"), ("-T5", "--min-rate", "100000"))
CAP = 2000


def run(*argv: str) -> None:
    """Run a command; raises CalledProcessError with its output."""
    subprocess.run(argv, check=True, capture_output=True)


@dataclass
class Run:
    """One child from its start to its end."""

    wall: float
    cpu: float
    out: str
    said: dict[str, Any] = field(default_factory=dict)


class Pair:
    """Two namespaces with a veth pair; the far kernel answers for all of 198.18.0.0/16, three ports open."""

    def __init__(self) -> None:
        self.tag = f"sqb{os.getpid() % 10000}"
        self.near, self.far, self.x, self.y = (self.tag + end for end in "nfxy")
        self.children: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Pair:
        for space in (self.near, self.far):
            run("ip", "netns", "add", space)
            run("ip", "netns", "exec", space, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
        run("ip", "link", "add", self.x, "netns", self.near, "type", "veth", "peer", "name", self.y, "netns", self.far)
        for space, link, last in ((self.near, self.x, 1), (self.far, self.y, 2)):
            run("ip", "-n", space, "addr", "add", f"198.19.0.{last}/24", "dev", link)
            run("ip", "-n", space, "link", "set", link, "up")
            run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", self.near, "route", "add", "198.18.0.0/16", "via", "198.19.0.2")
        run("ip", "-n", self.far, "route", "add", "local", "198.18.0.0/16", "dev", "lo")
        self.start(self.far, "serve", *map(str, OPEN))
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children:
            child.kill()
            child.communicate()
        for space in (self.near, self.far):
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", space)

    def start(self, space: str, *argv: str) -> subprocess.Popen[str]:
        """Begin an end that says when it is ready."""
        command = ["ip", "netns", "exec", space, sys.executable, ENDS, *argv]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.children.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        return child

    def timed(self, *argv: str) -> Run:
        """Run a command on the near side, timed as a whole."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(["ip", "netns", "exec", self.near, *argv], capture_output=True, text=True, check=True)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        return Run(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout)

    def end(self, *argv: str) -> Run:
        """Run one of our ends on the near side."""
        done = self.timed(sys.executable, ENDS, *argv)
        done.said = json.loads(done.out)
        return done

    def heard(
        self, what: str, count: int, cap: int, way: str = "bulk", mark: str = "ours", passes: int = 1
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """(what the sender said, what the listener heard) of one sweep."""
        ear = self.start(self.far, "hear", self.y, way, mark)
        sent = self.end("sweep", self.x, what, str(count), str(cap), way, str(passes)).said
        time.sleep(0.5)
        out, _ = ear.communicate("stop\n", timeout=120)
        self.children.remove(ear)
        return sent, json.loads(out)


def line(name: str, text: str) -> None:
    """One figure."""
    print(f"{name:<46} {text}", flush=True)


def engine(pair: Pair, passes: int) -> None:
    """Tokens out and in, with numpy and without."""
    count = 65_536 * passes
    for way, label in (("bulk", "numpy"), ("plain", "without numpy")):
        sent = pair.end("sweep", pair.x, "syn", "65536", "0", way, str(passes)).said
        line(
            f"tokens out, {label}, nobody listens",
            f"{count / sent['cpu']:>9,.0f} per CPU-second, {count / sent['seconds']:>9,.0f} per second",
        )
    for way, mark, label in (
        ("bulk", "ours", "numpy, every frame a token and kept"),
        ("bulk", "other", "numpy, foreign traffic, counted"),
        ("plain", "ours", "without numpy, every frame a token"),
    ):
        sent, heard = pair.heard("syn", 65_536, 0, way, mark, passes)
        lost = sent["sent"] - heard["frames"]
        line(f"frames in, {label}", f"{heard['frames'] / heard['cpu']:>9,.0f} per CPU-second, lost {lost} of {sent['sent']}")
    sent, heard = pair.heard("udp", 10_000, CAP)
    kept = f"heard {heard['indices']} of {sent['sent']}, lost {sent['sent'] - heard['indices']}"
    line(f"tokens at the cap of {CAP}/s", f"{kept}; most in any second on the wire {heard['most']}; {sent['seconds']:.1f} s")
    sent, heard = pair.heard("vlan", 4094, 0)
    line("all VLAN ids", f"{sent['sent']} sent in {sent['seconds']:.3f} s, heard with their tags {heard['vlans']}")


def scans(pair: Pair, rounds: int, few: int) -> None:
    """Two scans, ours against the others', the rounds interleaved."""
    for network, hosts, ports in SCANS:
        wanted = hosts * len(OPEN)
        print(f"\n{network} x {ports} ports = {hosts * ports:,} probes, {wanted} open")
        best = rivals(pair, network, ports, wanted, rounds)
        theirs = min(seconds for name, seconds in best.items() if name.startswith("nmap"))
        line("best shiqu against best nmap", f"{best['shiqu']:.2f} s : {theirs:.2f} s = {best['shiqu'] / theirs:.2f}")
        done = pair.end("connect", network, str(ports), "900")
        line("connect(), 900 in flight", f"{done.wall:7.2f} s wall, {done.cpu:6.2f} s CPU, {len(done.said['open'])} of {wanted} open")
        done = pair.end("scapy", network, str(ports), str(few))
        whole = done.said["seconds"] / few * hosts * ports
        line(
            f"scapy sr(), {few} probes",
            f"{done.said['seconds']:7.2f} s, {done.said['answered']} answered; {whole:,.0f} s for all (computed)",
        )


def rivals(pair: Pair, network: str, ports: int, wanted: int, rounds: int) -> dict[str, float]:
    """Run ours and nmap's settings in turn; the best wall time of each."""
    ways: dict[str, Callable[[], tuple[Run, str]]] = {
        "shiqu": partial(_ours, pair, network, ports, "bulk"),
        "shiqu without numpy": partial(_ours, pair, network, ports, "plain"),
        **{f"nmap -sS {' '.join(options)}": partial(_nmap, pair, network, ports, options) for options in NMAP},
    }
    best: dict[str, float] = {}
    for number in range(rounds):
        for name, way in ways.items():
            done, what = way()
            best[name] = min(best.get(name, 1e9), done.wall)
            line(f"{name} ({number + 1})", f"{done.wall:7.2f} s wall, {done.cpu:6.2f} s CPU, {what} of {wanted} open")
    return best


def _ours(pair: Pair, network: str, ports: int, way: str) -> tuple[Run, str]:
    done = pair.end("scan", pair.x, network, str(ports), "0", way)
    said = done.said
    answered = said["closed"] + said["filtered"] + len(said["open"])
    return done, f"answered {answered:,} of {said['asked']:,}, {said['sent']:,} sent, {said['dropped']} dropped, {len(said['open'])}"


def _nmap(pair: Pair, network: str, ports: int, options: tuple[str, ...]) -> tuple[Run, str]:
    done = pair.timed("nmap", "-n", "-Pn", "-sS", *options, "-p", f"1-{ports}", "-oG", "-", network)
    return done, str(len(re.findall(r"\d+/open/", done.out)))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Say what else the machine does: figures of a busy one are ratios only."""
    print(f"load before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} CPUs; Python {sys.version.split()[0]}")
    yield
    print(f"load after: {os.getloadavg()[0]:.2f}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--passes", type=int, default=8, help="passes over 65,536 tokens")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each scan")
    parser.add_argument("--few", type=int, default=2000, help="probes for scapy")
    parser.add_argument("--only", choices=["engine", "scans"])
    options = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("nmap") is None:
        sys.exit("root and nmap are needed: apt-get install nmap iproute2")
    with alone(), Pair() as pair:
        if options.only != "scans":
            engine(pair, options.passes)
        if options.only != "engine":
            scans(pair, options.rounds, options.few)


if __name__ == "__main__":
    main()
