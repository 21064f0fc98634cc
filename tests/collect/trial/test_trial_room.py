"""What an end says of itself when it has nobody to send through, or has no room left."""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace
from typing import Any

from scanner.collect.trial import keep, sieve, steps
from scanner.collect.trial.journal import Progress
from scanner.collect.trial.keep import Keeper
from scanner.collect.trial.sieve import OURS, TOKEN, Heard, Sieve
from scanner.facts.network import tokens
from tests.facts.network.made import Bench


def test_a_matrix_without_a_way_is_not_tested() -> None:
    """No station, or no own address of the sentinels' family: nothing was tried, and nothing is proven."""
    plan = SimpleNamespace(networks=lambda _zone: [])
    end: Any = SimpleNamespace(stations=SimpleNamespace(all=list), sentinels={}, source=lambda _version: None, plan=plan, zone="lan")
    progress = Progress("matrix")
    steps.matrix(end, progress, "standard", set())
    assert (progress.state, progress.why, progress.of) == ("not-tested", "no-way", 0)


def test_a_declared_family_without_an_own_address_is_partly_tested(monkeypatch: Any) -> None:
    four, six = ipaddress.ip_address("198.51.100.50"), ipaddress.ip_address("2001:db8:2::50")
    plan = SimpleNamespace(networks=lambda _zone: [ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8:1::/64")])
    own = {4: ipaddress.ip_address("192.0.2.10"), 6: ipaddress.ip_address("fe80::1")}
    notes: list[str] = []
    station = SimpleNamespace(mac="02:00:00:00:00:99", addresses={"192.0.2.1": "arp"}, router=False)
    end: Any = SimpleNamespace(
        stations=SimpleNamespace(all=lambda: [station]), sentinels={"edge": [four, six]}, source=own.get, plan=plan, zone="lan", over=False,
        journal=SimpleNamespace(note=notes.append),
    )  # fmt: skip
    monkeypatch.setattr(steps, "_matrix_of", lambda *_: (5, 5))
    progress = Progress("matrix")
    steps.matrix(end, progress, "standard", set())
    assert (progress.state, progress.why, progress.tried, notes) == ("partial", "no-way", 5, ["no-address v6"])


def heard(frame: bytes, source: int) -> Heard:
    """A frame with another source address each."""
    return Heard(1.0, frame[:26] + source.to_bytes(4, "big") + frame[30:], None, "ours")


def test_strangers_never_take_the_room_of_tokens(monkeypatch: Any) -> None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    monkeypatch.setattr(keep, "IN_ALL", 20)
    monkeypatch.setattr(keep, "BARE", 10)
    bench = Bench()
    opening = bytes(Ether(src="02:00:00:00:00:98") / IP(dst="198.51.100.50") / TCP(sport=4000, dport=22, flags="S", seq=5))
    keeper = Keeper(bench.plan, ("in",), tokens.magic(bench.plan.key), bytes(6), True)
    keeper.take([heard(opening, source) for source in range(1, 100)])
    assert (len(keeper.frames), keeper.over.get("lost")) == (10, None)
    carried = [Heard(2.0, frame[:6] + b"\x02\0\0\0\0\x98" + frame[12:], None, "token") for frame in bench.routed("udp", range(1, 31))]
    keeper.take(carried)
    assert (len(keeper.frames), keeper.over["lost"]) == (20, 20)


def test_a_flood_of_other_frames_leaves_room_for_tokens(monkeypatch: Any) -> None:
    monkeypatch.setattr(sieve, "BYTES", 4000)
    ear = Sieve(b"\1\2\3\4\5\6\7\x08")
    ear._data += bytes(2000)
    assert not ear.admit(OURS, b"\2\0\0\0\0\1", 100)
    assert ear.admit(TOKEN, b"\2\0\0\0\0\1", 100)
