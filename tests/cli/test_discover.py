"""Discovery stays inside the authorisation and names what nobody declared."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cli.discover import declared, snippet
from scanner.cli.main import main
from scanner.collect import discovery
from scanner.collect.discovery import Found, networks
from scanner.errors import UseError
from scanner.rulebook.yaml_lines import load_lined
from scanner.targets.inventory import parse_inventory

INVENTORY = (
    "scope: {allow: [127.0.0.0/29, 127.0.0.8/29], until: 2099-01-01}\nsystems: [{id: s, targets: [{id: declared, address: 127.0.0.3}]}]\n"
)


@pytest.fixture
def inventory(tmp_path: Path) -> str:
    path = tmp_path / "i.yaml"
    path.write_text(INVENTORY)
    return str(path)


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.2", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whatever would be sent is written down instead."""
    sent: list[object] = []
    monkeypatch.setattr("scanner.cli.discover.discover", lambda *a, **k: sent.append(a))
    return sent


@pytest.mark.parametrize(
    "text", ["-oN x", "127.0.0.1 -oN f", "a;b", "::1%eth0;x", "::1%eth0", "0x7f.1", "1.2.3", "127.0.0.1/8", "", "localhost"]
)
def test_a_hostile_network_is_refused(text: str) -> None:
    with pytest.raises(UseError):
        networks([text])


def test_too_many_addresses_are_refused() -> None:
    with pytest.raises(UseError):
        networks(["10.0.0.0/8"])


@pytest.mark.parametrize("cidr", ["127.0.0.0/27", "127.0.1.0/30", "::1/128"])
def test_outside_the_scope_nothing_is_sent(inventory: str, silent: list[object], cidr: str) -> None:
    assert main(["discover", cidr, "-i", inventory]) == 3
    assert silent == []


def test_an_expired_authorisation_sends_nothing(tmp_path: Path, silent: list[object]) -> None:
    path = tmp_path / "i.yaml"
    path.write_text("scope: {allow: [127.0.0.0/8], until: 2020-01-01}")
    assert main(["discover", "127.0.0.1", "-i", str(path)]) == 3
    assert silent == []


def test_printer_ports_are_refused(inventory: str, silent: list[object]) -> None:
    assert main(["discover", "127.0.0.1", "-i", inventory, "--port", "9100"]) == 2
    assert silent == []


@pytest.mark.lab
@pytest.mark.parametrize("how", [["--no-nmap"], []])
def test_a_listening_host_is_found_undeclared_first(
    inventory: str, listening: int, how: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["discover", "127.0.0.2/31", "-i", inventory, "--port", str(listening), *how]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert "127.0.0.2" in lines[0] and str(listening) in lines[0]
    assert "127.0.0.3" in lines[1] and "declared" in lines[1]


@pytest.mark.lab
def test_without_nmap_plain_connections_are_used(monkeypatch: pytest.MonkeyPatch, listening: int) -> None:
    monkeypatch.setattr(discovery, "_with_nmap", lambda *_: None)
    assert discovery.discover(networks(["127.0.0.2"]), ports=[listening]) == discovery.Discovered(
        (Found("127.0.0.2", (listening,)),), "connect"
    )


@pytest.mark.parametrize("ports,word", [
    ((22, 80), "linux"), ((445,), "windows"), ((443,), "https://192.0.2.7:443/"), ((), "linux"), ((23, 80), "netdev"), ((5432,), "postgresql://192.0.2.7:5432/"),
])  # fmt: skip
def test_a_snippet_guesses_the_kind(ports: tuple[int, ...], word: str) -> None:
    assert word in snippet(Found("192.0.2.7", ports))


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
@pytest.mark.parametrize("ports", [(22,), (445,), (443,), (), (23,), (1521,)])
def test_a_snippet_fits_into_an_inventory(address: str, ports: tuple[int, ...]) -> None:
    text = "systems:\n  - id: s\n    targets:\n      " + snippet(Found(address, ports)) + "\n"
    assert len(parse_inventory(load_lined(text, "i"), Path("/x/i")).targets) == 1


def test_everything_the_inventory_names_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
zones: {lan: {}, internet: {kind: internet}}
crossings: [{id: diode, between: [internet, lan], direction: "internet->lan", device: {address: 192.0.2.9}}]
logins: {ops: {user: a, jump: hop}, hop: {user: b, address: 192.0.2.1}}
systems: [{id: s, targets: [{id: me, address: local}, {id: t, address: "::ffff:192.0.2.2", login: ops}, {id: c, kind: catalogue, url: "file:./d/"},
  {id: db, kind: database, url: "postgresql://192.0.2.3/x"}, {id: w, kind: web, url: "https://web.example/"}]}]
"""
    monkeypatch.setattr("scanner.cli.discover.system_resolver", lambda name: {"web.example": ["192.0.2.4"]}[name])
    found = declared(parse_inventory(load_lined(text, "i"), Path("/x/i")))
    assert found == {
        "127.0.0.1": "me", "::1": "me", "192.0.2.2": "t", "192.0.2.1": "t", "192.0.2.3": "db", "192.0.2.4": "w", "192.0.2.9": "diode",
    }  # fmt: skip
