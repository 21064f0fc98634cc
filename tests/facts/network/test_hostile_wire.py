"""A hostile wire: boxes that reflect, rewrite and make up what they saw, clocks that differ, sentinels that stand elsewhere."""

from __future__ import annotations

import struct

import pytest

from scanner.facts.network import tokens
from scanner.facts.network.examine import examine
from tests.facts.network.made import OWN, SEED, SENTINEL, Bench

ROUTER = "02:00:00:00:00:98"


def inward(bench: Bench, ports: list[int]) -> list[bytes]:
    """Openings of the sentinel towards an inner address."""
    draft = bench.journal["out:edge"].trial("inward", "inward", "tcp", family="v4", via=ROUTER, to=str(OWN), what="port")
    return bench.sent("out:edge", draft, bench.kit["out:edge"].tcp(draft, ROUTER, SENTINEL, OWN), ports)


@pytest.mark.parametrize("rewritten", [False, True])
def test_an_own_opening_that_comes_back_is_no_crossing_even_when_its_number_was_rewritten(rewritten: bool) -> None:
    bench = Bench()
    mine = bytearray(bench.routed("tcp", [22, 80])[1])
    inward(bench, [22, 80])
    if rewritten:
        mine[38:42] = b"\1\2\3\4"
    bench.arrives(bytes(mine), end="in")
    assert examine(bench.trials()).breaches == ()


@pytest.mark.parametrize("rewritten", [False, True])
def test_a_sentinel_s_opening_that_is_thrown_back_at_it_is_no_crossing(rewritten: bool) -> None:
    bench = Bench()
    bench.routed("tcp", [22, 80])
    mine = bytearray(inward(bench, [80])[0])
    if rewritten:
        mine[38:42] = b"\1\2\3\4"
    bench.arrives(bytes(mine))
    assert examine(bench.trials()).breaches == ()


def test_what_a_box_can_read_on_its_own_wire_makes_no_stamp_of_the_other_end() -> None:
    assert tokens.magic(SEED, "in") != tokens.magic(SEED, "out:edge")
    assert tokens.payload(SEED, "out:edge", 1, 1)[:8] == tokens.magic(SEED, "out:edge") == tokens.magic(SEED, "out:pub")


def test_a_stranger_s_opening_that_happens_to_bear_a_token_s_number_is_no_token() -> None:
    bench = Bench()
    raw = bytearray(bench.routed("tcp", range(1, 2000))[80])
    at = raw.index(struct.pack(">BBI", 8, 10, int.from_bytes(tokens.magic(SEED)[:4], "big")))
    raw[at + 2 : at + 6] = b"\0\0\0\7"
    struct.pack_into(">H", raw, 36, 60_022)
    bench.arrives(bytes(raw))
    assert examine(bench.trials()).breaches == ()


def test_an_opening_behind_a_door_that_moves_ports_is_still_known_by_number_and_stamp() -> None:
    bench = Bench()
    raw = bytearray(bench.routed("tcp", [80])[0])
    struct.pack_into(">H", raw, 36, 8080)
    bench.arrives(bytes(raw))
    (path,) = examine(bench.trials()).breaches
    assert path["how"] == "sequence"
