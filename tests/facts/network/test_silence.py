"""When nothing came out: what must hold for silence to be an answer, and what is said of its limits."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts.network import coverage
from scanner.facts.network.examine import background, examine
from tests.facts.network.made import OWN, SENTINEL, Bench, T


def test_nothing_heard_is_no_crossing_and_no_lack() -> None:
    bench = Bench()
    bench.routed()
    seen = examine(bench.trials())
    assert (seen.breaches, seen.lacks) == ((), ())


@pytest.mark.parametrize(
    ("end", "more", "why"),
    [
        ("out:edge", {"controls": []}, "control-none"),
        ("out:edge", {"alive": [[T - 5, T + 4], [T + 20, T + 60]]}, "asleep"),
        ("out:edge", {"alive": [[T + 8, T + 60]]}, "asleep"),
        ("out:edge", {"alive": [[T - 5, T + 25]]}, "asleep"),
        ("out:edge", {"controls": [{"t": T - 3, "ok": True, "how": "arp"}]}, "control-after"),
        ("in", {"controls": [{"t": T + 49, "ok": True, "how": "arp"}]}, "control-before"),
        ("in", {"depth": "quick"}, "depth"),
        ("in", {"overflow": {"received": 100, "dropped": 50}}, "dropped"),
    ],
)
def test_silence_under_bad_controls_says_nothing(end: str, more: dict[str, object], why: str) -> None:
    bench = Bench()
    bench.routed()
    bench.more[end] = more
    assert why in {lack.why for lack in examine(bench.trials()).lacks}


def test_a_step_that_was_cut_keeps_silence_from_being_an_answer() -> None:
    bench = Bench()
    coverage = bench.record("in")["coverage"]
    next(step for step in coverage if step["step"] == "matrix").update({"state": "partial", "why": "window"})
    bench.more["in"] = {"coverage": coverage}
    assert [(lack.where, lack.why) for lack in examine(bench.trials()).lacks] == [("matrix", "step-partial")]


def test_an_ear_that_hears_strangers_is_no_voice() -> None:
    bench = Bench()
    strangers = [{"t": T + second, "ok": True, "how": "heard"} for second in (-3, 1, 20, 40, 49)]
    bench.more["out:edge"] = {"controls": strangers}
    assert examine(bench.trials()).lacks == ()
    bench.more["in"] = {"controls": strangers}
    assert [(lack.where, lack.why) for lack in examine(bench.trials()).lacks] == [("in", "control-none")]


def test_tokens_that_found_no_room_keep_silence_from_being_an_answer() -> None:
    bench = Bench()
    bench.more["out:edge"] = {"overflow": {"received": 100, "dropped": 0, "in/3": 7, "lost": 7}}
    assert [(lack.why, lack.detail) for lack in examine(bench.trials()).lacks] == [("lost", "7")]


def test_a_declared_sentinel_without_a_record_is_a_lack() -> None:
    bench = Bench(sentinels=[{"id": "edge", "addresses": ["198.51.100.50"]}, {"id": "pub", "addresses": ["203.0.113.50"]}])
    assert ("pub", "no-record") in {(lack.where, lack.why) for lack in examine(bench.trials()).lacks}


def described(bench: Bench) -> dict[str, Any]:
    trials = bench.trials()
    return coverage.described(trials.plan, trials.inner, trials.outers)


def test_a_device_that_came_late_is_named_with_what_it_got() -> None:
    bench = Bench()
    bench.routed()
    late = "02:00:00:00:00:77"
    bench.devices["in"].append({"mac": late, "addresses": ["192.0.2.77"], "seen": ["arp"]})
    draft = bench.journal["in"].trial("beacon", "routed", "tcp", via=late, to=str(SENTINEL), port=443)
    bench.sent("in", draft, bench.kit["in"].tcp(draft, late, OWN, SENTINEL, 443), [0])
    assert described(bench)["late"] == [f"{late} 192.0.2.77: beacon"]


def test_devices_that_all_got_the_same_are_not_late() -> None:
    bench = Bench()
    bench.routed()
    assert described(bench)["late"] == []


def test_coverage_says_how_short_an_outage_goes_unseen() -> None:
    bench = Bench()
    bench.routed()
    found = described(bench)["outages"]
    assert found == {"unseen_below": coverage.GAP + coverage.SLACK, "longest_gap": {"in": 20.0, "out:edge": 23.0}}


def test_a_family_in_which_nothing_was_tried_is_said() -> None:
    bench = Bench()
    bench.routed()
    seen = examine(bench.trials())
    assert not seen.lacks and "ipv6" in background(bench.trials(), seen)["coverage"]["blind"]


def test_a_declared_family_in_which_nothing_was_tried_keeps_silence_from_being_an_answer() -> None:
    bench = Bench(
        zones={
            "lan": {"kind": "lan", "networks": ["192.0.2.0/24", "2001:db8:1::/64"]},
            "internet": {"kind": "internet", "networks": ["198.51.100.0/24"]},
        }
    )
    bench.routed()
    assert [(lack.why, lack.detail) for lack in examine(bench.trials()).lacks] == [("family-untried", "IPv6")]
