"""The packet engine on a wire of its own: two namespaces and a veth pair between them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.labs.hosts import LONG, run

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
ENDS = str(Path(__file__).parents[2] / "bench" / "wire_ends.py")


class Pair:
    """Two namespaces: ``near`` sends, ``far`` hears; far answers for 198.18.0.0/24 as well, ports 5 and 11 open."""

    def __init__(self, tag: str) -> None:
        self.near, self.far, self.x, self.y = tag + "n", tag + "f", tag + "x", tag + "y"
        self.children: list[subprocess.Popen[str]] = []

    def start(self, space: str, *argv: str, **options: Any) -> subprocess.Popen[str]:
        """Run one end of a test in a namespace; it says ``ready`` when it is."""
        command = ["ip", "netns", "exec", space, *options.pop("by", []), sys.executable, ENDS, *argv]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.children.append(child)
        return child

    def ask(self, space: str, *argv: str, **options: Any) -> dict[str, Any]:
        """Run one end to its end; what it says."""
        child = self.start(space, *argv, **options)
        out, _ = child.communicate(timeout=100)
        assert child.returncode == 0
        return json.loads(out)

    def hear(self, *argv: str) -> subprocess.Popen[str]:
        """Begin to listen on the far side."""
        child = self.start(self.far, "hear", self.y, *argv)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        return child

    @staticmethod
    def heard(child: subprocess.Popen[str]) -> dict[str, Any]:
        """End a listener; what it heard."""
        time.sleep(0.2)
        out, _ = child.communicate("stop\n", timeout=30)
        return json.loads(out)


@pytest.fixture
def pair() -> Iterator[Pair]:
    lab = Pair(f"sqw{os.getpid() % 10000}")
    try:
        for space in (lab.near, lab.far):
            run("ip", "netns", "add", space)
        run("ip", "link", "add", lab.x, "netns", lab.near, "type", "veth", "peer", "name", lab.y, "netns", lab.far)
        for space, link, last in ((lab.near, lab.x, 1), (lab.far, lab.y, 2)):
            run("ip", "-n", space, "addr", "add", f"198.19.0.{last}/24", "dev", link)
            run("ip", "-n", space, "addr", "add", f"2001:db8:19::{last}/64", "dev", link, "nodad")
            run("ip", "-n", space, "link", "set", link, "up")
            run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", lab.near, "route", "add", "198.18.0.0/24", "via", "198.19.0.2")
        run("ip", "-n", lab.far, "route", "add", "local", "198.18.0.0/24", "dev", "lo")
        serve = lab.start(lab.far, "serve", "5", "11")
        assert serve.stdout is not None
        assert serve.stdout.readline() == "ready\n"
        yield lab
    finally:
        for child in lab.children:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            child.communicate()
        for space in (lab.near, lab.far):
            with contextlib.suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", space)


@pytest.mark.parametrize("way", ["bulk", "plain"])
def test_a_full_range_at_speed_loses_nothing(pair: Pair, way: str) -> None:
    ear = pair.hear(way)
    sent = pair.ask(pair.near, "sweep", pair.x, "syn", "65536", "0", way)
    heard = pair.heard(ear)
    assert sent["sent"] == 65_536
    assert (heard["dropped"], heard["tokens"], heard["cut"]) == (0, 65_536, 0)
    assert heard["indices"] == 65_536


def test_the_cap_holds_on_the_wire_and_nothing_is_lost(pair: Pair) -> None:
    ear = pair.hear("bulk")
    sent = pair.ask(pair.near, "sweep", pair.x, "udp", "5000", "2000", "bulk")
    heard = pair.heard(ear)
    assert sent["sent"] == heard["tokens"] == heard["indices"] == 5000
    assert heard["most"] <= 2000
    assert 2.3 < sent["seconds"] < LONG


def test_every_vlan_id_arrives_with_its_tag(pair: Pair) -> None:
    ear = pair.hear("bulk")
    sent = pair.ask(pair.near, "sweep", pair.x, "vlan", "4094", "0", "bulk")
    heard = pair.heard(ear)
    assert sent["sent"] == heard["tokens"] == 4094
    assert heard["vlans"] == 4094
    assert heard["agree"]


@pytest.mark.parametrize("way", ["bulk", "plain"])
def test_open_ports_are_found_and_every_probe_is_answered(pair: Pair, way: str) -> None:
    found = pair.ask(pair.near, "scan", pair.x, "198.18.0.0/24", "20", "0", way)
    assert found["macs"] == 1
    assert found["open"] == [[f"198.18.0.{at}", port] for at in range(256) for port in (5, 11)]
    assert (found["closed"], found["silent"], found["filtered"], found["dropped"]) == (256 * 18, 0, 0, 0)


def test_the_other_address_family_is_scanned_too(pair: Pair) -> None:
    found = pair.ask(pair.near, "scan", pair.x, "2001:db8:19::2/128", "20", "0", "bulk")
    assert found["open"] == [["2001:db8:19::2", 5], ["2001:db8:19::2", 11]]
    assert found["closed"] == 18


def test_a_device_is_not_asked_faster_than_its_share(pair: Pair) -> None:
    found = pair.ask(pair.near, "scan", pair.x, "198.18.0.0/30", "60", "2000", "bulk", "50")
    assert len(found["open"]) == 8
    assert found["closed"] == 4 * 58
    assert found["seconds"] > 1.1


def test_plain_connections_find_the_same_ports_and_say_what_they_cannot_see(pair: Pair) -> None:
    found = pair.ask(pair.near, "connect", "198.18.0.0/28", "20")
    assert found["open"] == [[f"198.18.0.{at}", port] for at in range(16) for port in (5, 11)]
    assert found["closed"] == 16 * 18
    assert "layer2" in found["blind"]


def test_plain_datagrams_carry_tokens(pair: Pair) -> None:
    ear = pair.hear("bulk")
    sent = pair.ask(pair.near, "datagrams", "198.19.0.2", "500")
    heard = pair.heard(ear)
    assert sent["sent"] == heard["indices"] == 500


def test_a_capture_that_could_not_hear_says_so(pair: Pair) -> None:
    ear = pair.hear("bulk")
    began = time.monotonic()
    time.sleep(0.3)
    run("ip", "-n", pair.far, "link", "set", pair.y, "down")
    time.sleep(1.0)
    run("ip", "-n", pair.far, "link", "set", pair.y, "up")
    time.sleep(0.5)
    took = time.monotonic() - began
    alive = pair.heard(ear)["alive"]
    assert len(alive) == 2
    # The interface was down for a second; for how much longer, only the machine knows.
    assert 0.8 < alive[1][0] - alive[0][1] < took


def test_without_the_right_a_sentence_tells_what_to_do(pair: Pair) -> None:
    said = pair.ask(pair.near, "open", pair.x, by=["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"])
    assert said == {"error": "raw-missing"}
    assert pair.ask(pair.near, "open", "nosuch0") == {"error": "interface-unknown"}
    run("ip", "-n", pair.near, "link", "set", pair.x, "down")
    assert pair.ask(pair.near, "open", pair.x) == {"error": None}
