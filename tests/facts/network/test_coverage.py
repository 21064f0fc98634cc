"""What silence speaks for: a token that went out while nobody listened says nothing."""

from __future__ import annotations

import ipaddress

import pytest

from scanner.facts.network.coverage import Lack
from scanner.facts.network.examine import examine
from tests.facts.network.made import GATEWAY, SENTINEL, Bench, T


@pytest.mark.parametrize(
    ("batches", "heard"),
    [
        ([(-40, 3)], False),
        ([(-40, 3), (2, 3)], False),
        ([(-40, 3), (20, 3)], True),
        ([(-40, 3), (20, 2)], False),
        ([(-40, 3), (12, 2), (14, 1)], True),
        ([(20, 3), (400, 3)], True),
        ([(-4000, 3000), (4000, 3000)], True),
        ([(-4000, 6), (4000, 6)], False),
        ([(-40, 4), (58, 3)], False),
        ([(70, 3)], False),
    ],
)
def test_what_a_sentinel_sent_while_nobody_listened_is_no_silence(batches: list[tuple[float, int]], heard: bool) -> None:
    """Frames at these seconds of an inner record that listened from 0 to 60; of a round of three."""
    bench = Bench()
    draft = bench.journal["out:edge"].trial("relay-udp", "relay", "udp", family="v4", via=GATEWAY, to="198.51.100.1", what="port")
    draft.template = bench.kit["out:edge"].udp(draft, GATEWAY, SENTINEL, ipaddress.ip_address("198.51.100.1"))
    for at, count in batches:
        draft.went([(T + at, count)], [53, 161, 500])
    bench.more["in"] = {"alive": [[T, T + 60]]}
    assert examine(bench.trials()).lacks == (() if heard else (Lack("out:edge: relay-udp", "unheard", "1/1"),))


def test_ports_beyond_a_sentinels_duty_need_not_be_heard() -> None:
    bench = Bench()
    draft = bench.journal["out:edge"].trial("knock", "relay", "tcp", family="v4", via=GATEWAY, to="198.51.100.1", what="port")
    draft.template = bench.kit["out:edge"].tcp(draft, GATEWAY, SENTINEL, ipaddress.ip_address("198.51.100.1"))
    draft.went([(T - 3, 1)], [81])
    coverage = bench.record("out:edge")["coverage"]
    bench.more["out:edge"] = {"coverage": [*coverage, coverage[0] | {"step": "ports-wide", "mandatory": False, "started": T - 4}]}
    assert examine(bench.trials()).lacks == ()
