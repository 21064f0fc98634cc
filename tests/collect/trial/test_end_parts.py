"""Parts of an end that need no wire: the book, what is kept, names, identities, forecasts."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.trial.doors import denied
from scanner.collect.trial.identities import engine_id
from scanner.collect.trial.journal import MAX_BATCHES, Journal, merged, spans, thinned
from scanner.collect.trial.keep import MARKED, PER_TRIAL, Keeper
from scanner.collect.trial.lists import every_port, knocks, ports
from scanner.collect.trial.names import question
from scanner.collect.trial.resumed import continued
from scanner.collect.trial.sieve import Heard
from scanner.facts.network import tokens
from scanner.facts.network.plan import NEVER_PORTS
from tests.facts.network.made import Bench


@given(st.lists(st.integers(0, 300)))
def test_spans_hold_just_the_indices(indices: list[int]) -> None:
    held = {number for low, high in spans(indices) for number in range(low, high + 1)}
    assert held == set(indices)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))))
def test_merged_ranges_hold_the_same_numbers(ranges: list[tuple[int, int]]) -> None:
    def numbers(given_: list[tuple[int, int]]) -> set[int]:
        return {number for low, high in given_ for number in range(low, high + 1)}

    found = merged(ranges)
    assert numbers(found) == numbers(ranges) and all(a[1] + 1 < b[0] for a, b in itertools.pairwise(found))


def test_thinned_batches_keep_rounds_apart() -> None:
    rounds = [(turn + step / 1000, 2) for turn in (0.0, 15.0, 30.0) for step in range(31)]
    found = thinned(rounds, 40)
    assert len(found) <= 40
    assert [sum(count for t, count in found if turn <= t < turn + 15) for turn in (0, 15, 30)] == [62, 62, 62]


def test_thinned_batches_keep_every_frame() -> None:
    batches = [(float(n), 3) for n in range(5 * MAX_BATCHES + 7)]
    found = thinned(batches)
    assert len(found) <= MAX_BATCHES and sum(count for _, count in found) == 3 * len(batches)


def test_a_step_that_is_broken_off_says_so() -> None:
    journal = Journal(Bench().plan, "in")
    with pytest.raises(KeyboardInterrupt), journal.step("matrix") as progress:
        progress.tried = 3
        raise KeyboardInterrupt
    assert (journal.steps[0].state, journal.steps[0].why) == ("partial", "interrupted")


@pytest.mark.parametrize("depth", ["quick", "standard"])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_no_list_holds_a_printer_s_port(protocol: str, depth: str) -> None:
    assert not NEVER_PORTS & {*ports(protocol, depth), *every_port(ports(protocol, depth)), *knocks([9100, 9107, 22])}


@pytest.mark.parametrize("depth", ["quick", "standard"])
def test_the_matrix_and_the_full_range_are_all_ports_together(depth: str) -> None:
    assert sorted([*ports("tcp", depth), *every_port(ports("tcp", depth))]) == sorted(
        set(range(1, 65_536)) - NEVER_PORTS | {0} & set(ports("tcp", depth))
    )


def heard(frame: bytes, kind: str = "token", source: bytes = b"\x02\0\0\0\0\x98") -> Heard:
    return Heard(1.0, frame[:6] + source + frame[12:], None, kind)


def test_a_keeper_keeps_the_other_end_s_tokens_and_not_its_own() -> None:
    bench = Bench()
    frames = bench.routed("udp", (53, 123))
    outer = Keeper(bench.plan, ("in",), tokens.magic(bench.plan.key), bytes(6), True)
    outer.take([heard(frame) for frame in frames])
    inner = Keeper(bench.plan, ("out:edge",), tokens.magic(bench.plan.key, "out"), bytes(6), False)
    inner.take([heard(frame) for frame in frames])
    assert (len(outer.frames), len(inner.frames)) == (2, 0)


def test_a_keeper_counts_what_finds_no_room() -> None:
    bench = Bench()
    keeper = Keeper(bench.plan, ("in",), tokens.magic(bench.plan.key), bytes(6), True)
    keeper.take([heard(frame) for frame in bench.routed("udp", range(1, PER_TRIAL + 11))])
    assert (len(keeper.frames), keeper.over) == (PER_TRIAL, {"in/1": 10})
    keeper = Keeper(bench.plan, ("in",), tokens.magic(bench.plan.key), bytes(6), True)
    keeper.take([heard(frame) for frame in bench.routed("tcp", range(1, MARKED + 6))])
    assert (len(keeper.frames), keeper.over) == (MARKED, {"marked": 5})


def test_a_frame_is_looked_at_once() -> None:
    bench = Bench()
    keeper = Keeper(bench.plan, ("in",), tokens.magic(bench.plan.key), bytes(6), True)
    frames = [heard(frame) for frame in bench.routed("tcp", (80,))]
    keeper.take(frames)
    keeper.take(frames[keeper.looked :])
    assert len(keeper.frames) == 1


def test_a_name_server_that_knows_nothing_repeats_the_question() -> None:
    from scapy.layers.dns import DNS

    asked = question("ab12.beacon.example", 77)
    said = DNS(denied(asked))
    assert (said.id, said.qr, said.rcode, said.qd[0].qname) == (77, 1, 3, b"ab12.beacon.example.")


@given(st.binary(max_size=80))
def test_no_question_breaks_the_name_server(data: bytes) -> None:
    if len(data) >= 12:
        assert denied(data)[:2] == data[:2]


def test_an_engine_id_is_found_in_a_report() -> None:
    # A report as Net-SNMP sends it, with the engine id of RFC 3411's example shape.
    engine = bytes.fromhex("80001f8880e9630000d61ff449")
    said = (
        bytes.fromhex("3062020103300f02024a69020300ffe304010002010304") + bytes([2 + len(engine)]) + b"\x04" + bytes([len(engine)]) + engine
    )
    assert engine_id(said) == engine
    assert engine_id(b"\x30\x04\x04\x01\x00") is None


@given(st.binary(max_size=120))
def test_noise_has_no_engine_id_outside_it(data: bytes) -> None:
    found = engine_id(data)
    assert found is None or found in data


def test_a_resumed_run_adds_to_what_was_there() -> None:
    first = Bench()
    first.routed("tcp", (80,))
    before = first.record("in")
    before["coverage"] = [step | {"state": "partial"} if step["step"] == "vlan" else step for step in before["coverage"]]
    again = Bench()
    again.journal["in"].first = 2
    draft = again.journal["in"].trial("vlan", "vlan", "eth", what="vlan")
    again.sent("in", draft, again.kit["in"].vlan(draft), range(1, 5))
    record = continued(before, again.record("in"))
    assert [trial["n"] for trial in record["trials"]] == [1, 2]
    assert {step["step"]: step["state"] for step in record["coverage"]}["vlan"] == "done"
    assert tokens.label("in", draft.n) == "in/2" and record["started"] == before["started"]


def test_a_forecast_grows_with_devices_and_depth() -> None:
    from scanner.cli.isolation_forecast import rows, seconds

    plan = Bench().plan
    packets = {depth: sum(row.packets for row in rows(plan, 5, 2, depth) if not row.spare) for depth in ("quick", "standard", "full")}
    assert packets["quick"] < packets["standard"] < packets["full"]
    assert sum(row.packets for row in rows(plan, 10, 2, "full") if not row.spare) > packets["full"]
    (matrix,) = [row for row in rows(plan, 1, 1, "standard") if row.step == "matrix"]
    assert seconds(plan, matrix, None) == pytest.approx(matrix.packets / 500)


def test_a_forecast_names_every_step_that_sends() -> None:
    from scanner.cli.isolation_forecast import rows

    plan = Bench(storage=["/srv/share"], beacon_domain="beacon.example").plan
    said = {depth: {row.step: row for row in rows(plan, 3, 1, depth)} for depth in ("quick", "standard", "full")}
    assert {"storage", "beacon", "full-range", "ports-wide", "dns"} <= set(said["standard"])
    # Window of 60 s, a round every 2.5 s, three devices by which a handful of frames goes each time.
    assert said["quick"]["beacon"].packets % 24 == 0 and said["quick"]["beacon"].packets >= 24 * 10
    assert [depth for depth, found in said.items() if "full-range" in found and not found["full-range"].spare] == ["full"]
    assert not any(row.packets < 0 for found in said.values() for row in found.values())
