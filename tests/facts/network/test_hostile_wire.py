"""A hostile wire: boxes that reflect, rewrite and make up what they saw, clocks that differ, sentinels that stand elsewhere."""

from __future__ import annotations

import struct

import pytest

from scanner.facts.network import tokens
from scanner.facts.network.examine import examine
from tests.facts.network.made import OWN, SEED, SENTINEL, Bench, T

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


def whys(bench: Bench) -> set[tuple[str, str]]:
    """Where and why silence says nothing."""
    return {(lack.where, lack.why) for lack in examine(bench.trials()).lacks}


@pytest.mark.parametrize(("end", "where"), [("in", "tunnel"), ("out:edge", "out:edge: inward-vlan")])
def test_a_mandatory_step_of_which_the_record_says_nothing_was_not_tried(end: str, where: str) -> None:
    bench = Bench()
    bench.more[end] = {"coverage": [step for step in bench.record(end)["coverage"] if step["step"] != where.rpartition(" ")[2]]}
    assert (where, "step-not-tested") in whys(bench)


def test_full_depth_wants_its_full_ranges() -> None:
    bench = Bench()
    bench.more["in"] = {"depth": "full"}
    assert ("full-range", "step-not-tested") in whys(bench)


@pytest.mark.parametrize("held", [[], ["198.51.100.51/24"]])
def test_a_sentinel_that_stands_elsewhere_hears_nothing_of_what_was_sent_to_its_planned_address(held: list[str]) -> None:
    bench = Bench()
    bench.routed()
    bench.more["out:edge"] = {"interface": bench.record("out:edge")["interface"] | {"addresses": held}}
    assert whys(bench) == {("out:edge", "sentinel-elsewhere")}


def test_an_address_of_the_sentinel_to_which_nothing_was_sent_may_be_missing() -> None:
    bench = Bench(sentinels=[{"id": "edge", "addresses": ["198.51.100.50", "2001:db8:2::50"]}])
    bench.routed()
    assert whys(bench) == set()


@pytest.mark.parametrize("skew", [-8.0, -15.0])
def test_a_token_heard_before_it_was_sent_leaves_no_clean_sheet(skew: float) -> None:
    bench = Bench()
    bench.arrives(bench.routed("udp")[0], t=T + 5.01 + skew)
    seen = examine(bench.trials())
    assert seen.breaches == () and ("out:edge", "heard-early") in whys(bench)


def test_an_inner_interface_that_was_down_meanwhile_leaves_no_clean_sheet() -> None:
    bench = Bench()
    bench.more["in"] = {"alive": [[T - 5, T + 8], [T + 14, T + 60]]}
    assert whys(bench) == {("in", "asleep")}


def test_a_run_that_was_taken_up_again_is_one_test() -> None:
    bench = Bench()
    coverage = bench.record("in")["coverage"]
    for step in coverage[6:]:
        step |= {"started": step["started"] + 300, "ended": step["ended"] + 300}
    times = [1, 9, 305, 314]
    bench.more["in"] = {
        "coverage": coverage, "finished": T + 350, "alive": [[T - 5, T + 20], [T + 295, T + 350]],
        "controls": [{"t": T + second, "ok": True, "how": "icmp", "neighbour": ROUTER} for second in times],
    }  # fmt: skip
    bench.more["out:edge"] = {
        "alive": [[T - 5, T + 360]], "controls": [{"t": T + second, "ok": True, "how": "icmp", "neighbour": ROUTER} for second in range(0, 360, 20)],
    }  # fmt: skip
    assert whys(bench) == set()


def test_a_record_of_more_indices_than_a_test_can_send_is_refused() -> None:
    from scanner.facts.fact import Unreadable
    from scanner.facts.network.records import read_record

    data = Bench().record("in")
    data["trials"] = [{"n": n, "step": "matrix", "kind": "routed", "protocol": "tcp", "ranges": [[0, 65_535]]} for n in range(5000)]
    with pytest.raises(Unreadable, match="too many"):
        read_record(data)
