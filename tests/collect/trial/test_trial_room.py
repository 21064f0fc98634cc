"""What an end says of itself when it has nobody to send through, or has no room left."""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.collect.trial import discovery, journal, keep, sieve, steps
from scanner.collect.trial.end import End
from scanner.collect.trial.journal import MOST_ROWS, ROWS, Journal, Progress
from scanner.collect.trial.keep import IN_BYTES, Keeper
from scanner.collect.trial.sieve import OURS, TOKEN, Heard, Sieve
from scanner.collect.trial.stations import MAX_STATIONS
from scanner.facts.network import tokens
from scanner.facts.network.coverage import FULL_STEPS, INNER_STEPS
from scanner.ledger.ends import MAX_RECORD
from scanner.model.canonical import canonical
from tests.facts.network.made import GATEWAY, OWN, SENTINEL, Bench, T


def test_a_matrix_without_a_way_is_not_tested() -> None:
    """No station, or no own address of the sentinels' family: nothing was tried, and nothing is proven."""
    plan = SimpleNamespace(networks=lambda _zone: [])
    end: Any = SimpleNamespace(devices=list, sentinels={}, source=lambda _version: None, plan=plan, zone="lan")
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
        devices=lambda: [station], sentinels={"edge": [four, six]}, source=own.get, plan=plan, zone="lan", over=False,
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


def test_trials_without_room_are_not_sent_and_are_counted(monkeypatch: Any) -> None:
    monkeypatch.setattr(journal, "ROWS", 3)
    book = Journal(Bench().plan, "in")
    made = [book.trial("tunnel", "tunnel", "gre") for _ in range(5)] + [book.trial("vlan", "vlan", "eth")]
    assert [draft.refused for draft in made] == [False, False, False, True, True, False]
    assert book.left == {"tunnel": 2} and [draft.n for draft in book.trials] == [1, 2, 3, 4]


def test_a_run_that_goes_on_has_the_room_that_the_first_one_left(monkeypatch: Any) -> None:
    monkeypatch.setattr(journal, "ROWS", 3)
    book = Journal(Bench().plan, "in")
    book.goes_on(["tunnel", "tunnel"], 100)
    assert [book.trial("tunnel", "tunnel", "gre").refused for _ in range(2)] == [False, True]
    assert [draft.n for draft in book.trials] == [100]


def test_a_step_whose_trials_found_no_room_says_so() -> None:
    left = SimpleNamespace(journal=SimpleNamespace(left={"matrix": 1}), over=False, plan=None)
    progress = Progress("matrix", tried=5)
    steps.book(progress, 0, 4, SimpleNamespace(short=End.short.fget(left)))  # type: ignore[arg-type,attr-defined]
    assert (progress.state, progress.why) == ("partial", "too-many")


def test_the_fullest_record_can_be_read() -> None:
    """Every step with as many rows as it may have, each with a template and its times, and a segment full of made-up stations."""
    bench = Bench()
    book = bench.journal["in"]
    template = bench.kit["in"].tcp(book.trial("matrix", "routed", "tcp"), GATEWAY, OWN, SENTINEL)
    for step in (*INNER_STEPS, *FULL_STEPS, "beacon", "knock", "storage", "control", "late", "dwell"):
        for turn in range(MOST_ROWS.get(step, ROWS) + 10):
            draft = book.trial(
                step, "routed", "tcp", family="v4", via=GATEWAY, via_address="198.51.100.100", to="198.51.100.100", what="port", note="sentinel-1", source="198.51.100.50",
            )  # fmt: skip
            draft.template = template
            if not draft.refused:
                draft.went([(T + turn, 1), (T + turn, 1), (T + turn, 1), (T + turn, 1)], [80, 443, 8080, 22])
    station = {
        "mac": GATEWAY,
        "addresses": [f"198.51.100.{last}" for last in range(64)],
        "seen": ["arp"],
        "router": False,
        "open": [22, 80],
    }
    bench.devices["in"] = [station] * MAX_STATIONS
    bench.heard["in"] = [{"t": T, "hex": "00" * (IN_BYTES // 8000)}] * 8000
    size = len(canonical(bench.record("in")))
    assert size < MAX_RECORD, f"{size / 2**20:.0f} MiB"


@pytest.mark.parametrize(
    ("networks", "count"),
    [(["198.51.100.0/24"], 254), (["0.0.0.0/0"], 1), (["198.18.0.0/15", "203.0.113.0/28"], 1 + 14), (["2001:db8::/64"], 1)],
)
def test_the_other_zone_is_asked_for_within_reason(networks: list[str], count: int) -> None:
    """The sentinel's address at least, small networks whole, never the whole world."""
    plan = SimpleNamespace(networks=lambda _zone: [ipaddress.ip_network(text) for text in networks], inner="lan")
    end: Any = SimpleNamespace(
        plan=plan,
        zone="lan",
        other="internet",
        sentinels={"edge": [ipaddress.ip_address("198.51.100.50"), ipaddress.ip_address("2001:db8:2::50")]},
    )
    assert len(discovery.elsewhere(end)) == count and ipaddress.ip_address("198.51.100.50") in discovery.elsewhere(end)
