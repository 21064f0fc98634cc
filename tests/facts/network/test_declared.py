"""Declared crossings: their paper, their device, and what may pass through them."""

from __future__ import annotations

import pytest

from scanner.facts.network.examine import examine
from tests.facts.network.made import DIODE, GAP, SENTINEL, Bench, T


def crossing(bench: Bench) -> tuple[str, tuple[str, ...]]:
    (state,) = examine(bench.trials()).crossings
    return state.state, state.why


def test_an_idle_diode_with_its_paper_and_seen_is_good() -> None:
    bench = Bench(crossings=[DIODE])
    bench.devices["in"].append({"mac": "02:00:00:00:00:09", "addresses": ["192.0.2.9"], "seen": ["arp"]})
    assert crossing(bench) == ("ok", ())


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"certificate": None}, "no-certificate"), ({"certificate_until": "2020-01-01"}, "certificate-expired"), ({"approval": None}, "no-approval"),
        ({"device": {"address": "192.0.2.77"}}, "device-not-seen"), ({"device": {"address": "192.0.2.9", "mac": "02:00:00:00:00:77"}}, "device-mac-differs"),
    ],
)  # fmt: skip
def test_paper_or_device_that_is_missing_leaves_it_unproven(more: dict[str, object], why: str) -> None:
    bench = Bench(crossings=[DIODE | more])
    bench.devices["in"].append({"mac": "02:00:00:00:00:09", "addresses": ["192.0.2.9"], "seen": ["arp"]})
    assert crossing(bench) == ("unproven", (why,))


def test_a_token_within_the_tuple_is_no_breach() -> None:
    bench = Bench(crossings=[GAP])
    bench.arrives(bench.routed("tcp")[1])
    seen = examine(bench.trials())
    assert (seen.breaches, seen.beyond, len(seen.within), seen.crossings[0].state) == ((), (), 1, "ok")


@pytest.mark.parametrize(("protocol", "which"), [("tcp", 0), ("udp", 1)])
def test_a_token_beside_the_tuple_is_a_violation(protocol: str, which: int) -> None:
    bench = Bench(crossings=[GAP])
    bench.arrives(bench.routed(protocol)[which])
    seen = examine(bench.trials())
    assert (seen.breaches, len(seen.beyond), seen.crossings[0].state) == ((), 1, "violated")


def test_a_token_against_the_direction_is_a_violation() -> None:
    bench = Bench(crossings=[GAP | {"kind": "one-way", "direction": "internet->lan"}])
    bench.arrives(bench.routed("tcp")[1])
    assert crossing(bench) == ("violated", ("beyond-routed",))


def test_no_paper_allows_a_gap_next_to_a_classified_zone() -> None:
    zones = {
        "lan": {"kind": "classified", "level": "机密", "networks": ["192.0.2.0/24"]},
        "internet": {"kind": "lan", "networks": ["198.51.100.0/24"]},
    }
    assert crossing(Bench(crossings=[GAP], zones=zones)) == ("violated", ("classified",))


def test_a_token_beside_an_approved_crossing_is_still_a_breach() -> None:
    bench = Bench(crossings=[DIODE])
    bench.arrives(bench.routed("tcp")[1])
    assert len(examine(bench.trials()).breaches) == 1


@pytest.mark.parametrize(
    ("more", "port", "state"),
    [
        ({"direction": "both"}, 443, "ok"),
        ({"direction": "internet->lan"}, 443, "ok"),
        ({"direction": "lan->internet"}, 443, "violated"),
        ({"direction": "both"}, 444, "violated"),
        ({"direction": "internet->lan", "kind": "one-way"}, 443, "violated"),
    ],
)
def test_a_banner_comes_back_inside_a_declared_connection_of_a_gap_alone(more: dict[str, object], port: int, state: str) -> None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    bench = Bench(crossings=[GAP | {"outer_device": {"address": "198.51.100.9"}} | more])
    draft = bench.journal["in"].trial("banner", "published", "tcp", note="banner")
    said = bench.journal["in"].payload(draft, 0).hex().encode()
    draft.went([(T + 5, 1)], [0])
    bench.arrives(bytes(Ether() / IP(src="198.51.100.9", dst=str(SENTINEL)) / TCP(sport=port, dport=40000, flags="PA") / said))
    assert crossing(bench)[0] == state
