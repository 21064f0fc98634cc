"""What comes out at the other end and counts as a crossing, and what never does."""

from __future__ import annotations

import ipaddress

import pytest

from scanner.collect.trial.journal import Journal
from scanner.collect.trial.kit import Kit
from scanner.facts.network.crossings import hits
from scanner.facts.network.examine import examine
from scanner.facts.network.records import read_record
from tests.facts.network.made import DEVICE, GATEWAY, OWN, SEED, SENTINEL, Bench, T


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_token_that_comes_out_is_a_breach(protocol: str) -> None:
    bench = Bench()
    frames = bench.routed(protocol)
    bench.arrives(frames[1], source="198.51.100.1")
    (path,) = examine(bench.trials()).breaches
    assert (path["kind"], path["protocol"], path["port"], path["strength"], path["via"]) == ("routed", protocol, 443, "A", str(DEVICE))
    assert path["exit"]["address"] == "198.51.100.1" and path["device"]["mac"] == GATEWAY
    assert path["sent"]["hex"] == frames[1].hex()


def test_the_token_of_a_path_can_be_recomputed_from_what_the_path_says() -> None:
    import hashlib
    import hmac

    bench = Bench()
    bench.arrives(bench.routed("udp")[0])
    (path,) = examine(bench.trials()).breaches
    key = hmac.new(bytes.fromhex(bench.data["seed"]), path["token"]["label"].encode(), hashlib.sha256).digest()
    index = path["token"]["index"]
    assert hashlib.shake_256(key).digest(8 * index + 8)[-8:].hex() == path["token"]["hex"]
    assert path["token"]["hex"] in path["received"]["hex"]


def test_a_frame_that_the_other_end_never_sent_is_no_token() -> None:
    bench = Bench()
    draft = bench.journal["in"].trial("matrix", "routed", "udp", via=GATEWAY, to=str(SENTINEL), what="port")
    frames = bench.sent("in", draft, bench.kit["in"].udp(draft, GATEWAY, OWN, SENTINEL), [80])
    # The index 81 belongs to the same trial and was not sent.
    bench.arrives(draft.template.fill(81, bench.journal["in"].token(draft, 81)))  # type: ignore[union-attr]
    assert frames and examine(bench.trials()).breaches == ()


def test_a_token_heard_before_it_was_sent_is_no_breach_and_no_silence() -> None:
    bench = Bench()
    bench.arrives(bench.routed("udp")[0], t=T - 100)
    seen = examine(bench.trials())
    assert (seen.breaches, [(lack.where, lack.why, lack.detail) for lack in seen.lacks]) == ((), [("out:edge", "heard-early", "1")])


def test_a_token_of_a_trial_that_no_record_holds_is_no_breach_and_no_silence() -> None:
    bench = Bench()
    lost = Journal(bench.plan, "in")
    lost.first = 900
    draft = lost.trial("matrix", "routed", "udp", via=GATEWAY, to=str(SENTINEL), what="port")
    bench.arrives(Kit(bytes.fromhex("020000000001"), lost).udp(draft, GATEWAY, OWN, SENTINEL).fill(53, lost.token(draft, 53)))
    seen = examine(bench.trials())
    assert (seen.breaches, [lack.why for lack in seen.lacks]) == ((), ["stray"])


def test_an_own_token_that_comes_back_is_no_crossing() -> None:
    bench = Bench()
    bench.arrives(bench.routed("udp")[0], end="in")
    assert examine(bench.trials()).breaches == ()


def test_an_opening_with_a_rewritten_sequence_number_is_known_by_its_stamp() -> None:
    bench = Bench()
    raw = bytearray(bench.routed("tcp")[1])
    raw[38:42] = b"\1\2\3\4"
    bench.arrives(bytes(raw))
    (path,) = examine(bench.trials()).breaches
    assert (path["how"], path["port"]) == ("timestamp", 443)


def test_an_opening_of_the_sentinel_s_own_that_comes_back_is_no_crossing() -> None:
    """A router of the outer segment sends it on over the same wire; the stamp is one for both ends."""
    bench = Bench()
    bench.routed("tcp", range(1, 1000))
    draft = bench.journal["out:edge"].trial("inward", "inward", "tcp", via="02:00:00:00:00:98", to=str(OWN), what="port")
    own = bench.sent("out:edge", draft, bench.kit["out:edge"].tcp(draft, "02:00:00:00:00:98", SENTINEL, OWN), [22])[0]
    bench.arrives(own)
    # The same, given back to the sentinel's own address.
    bench.arrives(own[:30] + SENTINEL.packed + own[34:])
    assert examine(bench.trials()).breaches == ()


def test_an_opening_of_another_sentinel_is_no_crossing() -> None:
    """Two sentinels on one segment knock at each other: their openings bear the same stamp as the probe's."""
    bench = Bench(sentinels=[{"id": "edge", "addresses": ["198.51.100.50"]}, {"id": "pub", "addresses": ["198.51.100.51"]}])
    bench.routed("tcp", range(1, 1000))
    pub = Journal(bench.plan, "out:pub")
    draft = pub.trial("knock", "relay", "tcp", via="02:00:00:00:00:02", to=str(SENTINEL), what="port")
    template = Kit(bytes.fromhex("020000000098"), pub).tcp(draft, "02:00:00:00:00:02", ipaddress.ip_address("198.51.100.51"), SENTINEL)
    draft.template = template
    draft.went([(T + 5, 1)], [22])
    bench.arrives(template.fill(22, pub.token(draft, 22)))
    third = bench.record("out:edge") | {"end": "out:pub", "heard": [], "trials": [draft.data()]}
    records = [bench.record("in"), bench.record("out:edge"), third]
    assert hits(SEED, [read_record(record) for record in records]) == []


def test_a_stranger_s_number_that_is_a_token_by_chance_is_no_crossing() -> None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    bench = Bench()
    number = Ether(bench.routed("tcp")[0])[TCP].seq
    bench.arrives(bytes(Ether() / IP(src="198.51.100.9", dst=str(SENTINEL)) / TCP(sport=4000, dport=2222, flags="S", seq=number)))
    assert examine(bench.trials()).breaches == ()


def test_a_reset_that_acknowledges_a_forged_opening_is_a_breach() -> None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    bench = Bench()
    draft = bench.journal["in"].trial(
        "forged-source", "forged-source", "tcp", via=GATEWAY, via_address=str(DEVICE), to=str(DEVICE), source=str(SENTINEL), what="port"
    )
    asked = Ether(bench.sent("in", draft, bench.kit["in"].tcp(draft, GATEWAY, SENTINEL, DEVICE), [22])[0])
    reset = (
        Ether() / IP(src=str(DEVICE), dst=str(SENTINEL)) / TCP(sport=22, dport=asked[TCP].sport, flags="RA", seq=0, ack=asked[TCP].seq + 1)
    )
    bench.arrives(bytes(reset))
    (path,) = examine(bench.trials()).breaches
    assert (path["kind"], path["how"], path["port"]) == ("forged-source", "acknowledged", 22)


def test_an_error_that_quotes_the_sentinel_s_own_opening_is_nothing() -> None:
    from scapy.layers.inet import ICMP, IP
    from scapy.layers.l2 import Ether

    bench = Bench()
    bench.routed("tcp", range(1, 100))
    draft = bench.journal["out:edge"].trial("inward", "inward", "tcp", via="02:00:00:00:00:98", to=str(OWN), what="port")
    own = bench.sent("out:edge", draft, bench.kit["out:edge"].tcp(draft, "02:00:00:00:00:98", SENTINEL, OWN), [22])[0]
    bench.arrives(bytes(Ether() / IP(src="198.51.100.1", dst=str(SENTINEL)) / ICMP(type=3, code=1) / Ether(own)[IP]))
    assert examine(bench.trials()).breaches == ()


def test_a_stranger_s_reset_is_nothing() -> None:
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    bench = Bench()
    bench.routed("tcp")
    bench.arrives(bytes(Ether() / IP(src="198.51.100.9", dst=str(SENTINEL)) / TCP(sport=22, dport=4000, flags="RA", ack=77)))
    assert examine(bench.trials()).breaches == ()


def test_an_inward_token_is_a_breach_from_outside() -> None:
    bench = Bench()
    draft = bench.journal["out:edge"].trial("inward", "inward", "udp", via="02:00:00:00:00:98", to=str(OWN), what="port")
    frames = bench.sent("out:edge", draft, bench.kit["out:edge"].udp(draft, "02:00:00:00:00:98", SENTINEL, OWN), [53])
    bench.arrives(frames[0], end="in")
    (path,) = examine(bench.trials()).breaches
    assert (path["kind"], path["from"], path["to"]) == ("inward", "internet", "lan")
