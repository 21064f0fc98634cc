"""Discovery keeps to its rate on a real wire: packets that leave a namespace of our own are counted, in every window of a second."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.labs.hosts import run

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
SHIQU = str(Path(sys.executable).with_name("shiqu"))
LISTEN = """
import socket, time
held = []
for port in (22, 80, 443):
    one = socket.socket(); one.bind(("0.0.0.0", port)); one.listen(50); held.append(one)
time.sleep(120)
"""
SNIFF = """
import socket, sys, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); wire.bind((sys.argv[1], 0)); wire.settimeout(0.2)
print("ready", flush=True)
while True:
    try:
        frame, where = wire.recvfrom(2048)
    except TimeoutError:
        continue
    if where[2] == 4 and frame[12:14] != b"\\x86\\xdd":
        print(time.monotonic(), flush=True)
"""


@pytest.fixture
def wire() -> Iterator[tuple[str, str]]:
    """(namespace, interface) of the scanning side; the other side holds seven addresses with three services each."""
    tag = f"sqr{os.getpid() % 10000}"
    near, far = tag + "n", tag + "f"
    listener: subprocess.Popen[bytes] | None = None
    try:
        for space in (near, far):
            run("ip", "netns", "add", space)
        run("ip", "link", "add", tag + "x", "netns", near, "type", "veth", "peer", "name", tag + "y", "netns", far)
        run("ip", "-n", near, "addr", "add", "10.213.77.1/24", "dev", tag + "x")
        for last in range(2, 9):
            run("ip", "-n", far, "addr", "add", f"10.213.77.{last}/24", "dev", tag + "y")
        run("ip", "-n", near, "link", "set", tag + "x", "up")
        run("ip", "-n", far, "link", "set", tag + "y", "up")
        for space in (near, far):
            run("ip", "-n", space, "link", "set", "lo", "up")
        listener = subprocess.Popen(["ip", "netns", "exec", far, sys.executable, "-c", LISTEN])
        time.sleep(0.5)
        yield near, tag + "x"
    finally:
        if listener is not None:
            listener.kill()
            listener.wait()
        for space in (near, far):
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", space)


@pytest.mark.parametrize("how", [[], ["--no-nmap"]], ids=["nmap", "connect"])
def test_never_over_fifty_packets_in_a_second(wire: tuple[str, str], tmp_path: Path, how: list[str]) -> None:
    space, interface = wire
    book = tmp_path / "i.yaml"
    book.write_text(
        "scope: {allow: [10.213.77.0/24]}\nsystems: [{id: s, targets: [{id: known, address: 10.213.77.3}, {id: me, address: local}]}]\n"
    )
    sniffer = subprocess.Popen(["ip", "netns", "exec", space, sys.executable, "-c", SNIFF, interface], stdout=subprocess.PIPE, text=True)
    assert sniffer.stdout is not None and sniffer.stdout.readline() == "ready\n"
    argv = ["ip", "netns", "exec", space, SHIQU, "discover", "10.213.77.0/28", "-i", str(book), *how]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=100, env=os.environ | {"SHIQU_LANG": "en"})
    time.sleep(3.2)
    sniffer.kill()
    times = [float(line) for line in sniffer.stdout.read().split("\n") if line.endswith(tuple("0123456789"))]
    sniffer.stdout.close()
    sniffer.wait()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert [line.split()[1] for line in lines if line.startswith("undeclared")] == [f"10.213.77.{last}" for last in (2, 4, 5, 6, 7, 8)]
    assert [line.split()[1] for line in lines if line.startswith("declared")] == ["10.213.77.1", "10.213.77.3"]
    assert len(times) > 50
    assert max(sum(start <= when < start + 1.0 for when in times) for start in times) <= 50
