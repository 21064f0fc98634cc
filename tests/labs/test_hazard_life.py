"""A hazard's life on real hosts: found, assigned, out of sight, looked at with too little privilege, mended and struck off, come back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.ledger.home import Home
from tests.labs.hosts import Host, Lab

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")]
CHECK = "linux.password-max-age-default"
USER = "sqplain"
MOUNTS = """
mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/shadow && mount --bind "$3" /etc/login.defs &&
mount -t tmpfs -o mode=755 none /mnt && install -m 644 "$4" /mnt/keys && shift 4 && exec "$@"
"""
INVENTORY = """
unit: {{code: lab, name: 试验馆}}
scope: {{allow: [10.213.78.0/24], authorised_by: 试验, until: 2099-12-31}}
logins:
  root: {{user: root, key: {key}, known_hosts: {known}}}
  plain: {{user: {user}, key: {key}, known_hosts: {known}, sudo: false}}
systems:
  - id: dams
    name: 数字档案馆系统
    grade: 3
    targets:
      - {{id: web01, kind: linux, address: {first}, login: {login}}}
      - {{id: web02, kind: linux, address: {second}, login: root}}
"""


class World:
    """Two hosts, each with files of its own, and a unit that scans them."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.folder, self.runs = lab, lab.folder, 0
        self._write("passwd", Path("/etc/passwd").read_text() + f"{USER}:x:60124:60124::/:/bin/sh\n")
        self._write("shadow", Path("/etc/shadow").read_text() + f"{USER}:*:20000:0:99999:7:::\n")
        self.hosts = [self._host("web01"), self._host("web02")]
        self.home = Home(self.folder / "shiqu-home")

    def _write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600 if name == "shadow" else 0o644)
        return str(path)

    def set(self, host: str, days: int) -> None:
        """Give a host's new accounts passwords that live so long."""
        self._write(f"{host}.defs", f"PASS_MAX_DAYS {days}\nPASS_MIN_DAYS 1\n")

    def _host(self, name: str) -> Host:
        self.set(name, 99999)
        host = self.lab.host(start=False)
        self.start(host, name)
        self.lab.trust(host)
        return host

    def start(self, host: Host, name: str) -> None:
        files = [str(self.folder / one) for one in ("passwd", "shadow", f"{name}.defs", "authorized_keys")]
        self.lab.start(host, ("AuthorizedKeysFile=/mnt/keys",), ("sh", "-c", MOUNTS, "sh", *files))

    def stop(self, host: Host) -> None:
        assert host.process is not None
        host.process.kill()
        host.process.wait()

    def scan(self, login: str = "root") -> dict[str, Any]:
        """A scan of both hosts; returns the result."""
        self.runs += 1
        (self.folder / "inventory.yaml").write_text(
            INVENTORY.format(
                key=self.lab.key,
                known=self.lab.known_hosts,
                user=USER,
                login=login,
                first=self.hosts[0].address,
                second=self.hosts[1].address,
            )
        )
        assert self.shiqu("scan", "-o", f"out{self.runs}", "--only", "linux.password-*-default", "--quiet") in (0, 1, 4)
        found: dict[str, Any] = json.loads((self.folder / f"out{self.runs}" / "result.json").read_text())
        return found

    def shiqu(self, *argv: str) -> int:
        return main([*argv, "-i", "inventory.yaml"])

    def hazard(self, target: str = "web01") -> dict[str, Any]:
        return next(line for line in self.home.book().hazards.values() if (line["target"], line["check"]) == (target, CHECK))

    def status(self, result: dict[str, Any]) -> str:
        return next(str(v["status"]) for v in result["verdicts"] if (v["target"], v["check"]) == ("web01", CHECK))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    with Lab(tmp_path, 78) as lab:
        yield World(lab)


def test_a_hazard_lives_from_found_to_closed_to_recurred(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.status(world.scan()) == "unmet"
    assert world.hazard()["state"] == "registered"
    name = world.hazard()["id"]
    assert world.shiqu("hazards", "show", name) == 0 and "web02" in capsys.readouterr().out, "the same fault elsewhere is named"
    assert world.shiqu("hazards", "assign", name, "--owner", "张三", "--deadline", "2099-01-31", "--measure", "改 login.defs") == 0
    assert world.hazard()["state"] == "rectifying"

    # Mended by word only, and the host out of sight: nothing is closed.
    world.stop(world.hosts[0])
    world.set("web01", 90)
    assert world.status(world.scan()) == "unknown"
    assert (world.hazard()["state"], world.hazard()["open_why"]) == ("rectifying", "unknown")
    assert world.shiqu("hazards", "close", name, "--by", "甲", "--second", "乙", "--statement", "改了", "--evidence", "inventory.yaml") == 2

    # Looked at again, with less privilege than when it was found: it waits for review.
    world.start(world.hosts[0], "web01")
    assert world.status(world.scan("plain")) == "met"
    assert (world.hazard()["state"], world.hazard()["open_why"]) == ("review", "privilege-lower")

    # With the same privilege it is struck off, on evidence that the shelf holds.
    result = world.scan()
    closed = world.hazard()["closed"]
    assert world.hazard()["state"] == "closed" and closed["how"] == "met" and closed["evidence"]
    assert set(closed["evidence"]) <= set(result["evidence"]) and closed["run"] == result["run"]["id"]
    assert world.hazard()["owner"] == "张三"
    assert world.hazard("web02")["state"] == "registered", "the other host's stands on its own"

    # And back again.
    world.set("web01", 99999)
    result = world.scan()
    assert (world.hazard()["state"], world.hazard()["times"], world.hazard()["id"]) == ("recurred", 1, name)
    assert [line["event"] for line in result["hazards"] if line["id"] == name] == ["recurred"]
    assert [run["recurred"] for run in result["trend"]][-1] == 1 and len(result["trend"]) == world.runs

    # Every kept result bears witness to the ledger; the shelf replays to the same bytes.
    kept = [part for number in range(1, world.runs + 1) for part in ("--against", f"out{number}")]
    assert world.shiqu("ledger", "verify", *kept) == 0
    last = f"out{world.runs}"
    assert main(["judge", f"{last}/shelf.zip", "-o", "again", "--format", "json"]) in (1, 4)
    assert (world.folder / "again/result.json").read_bytes() == (world.folder / last / "result.json").read_bytes()
