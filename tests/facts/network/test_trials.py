"""Two-ended tests: what counts as a crossing, and what never does."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pytest

from scanner.collect.trial.journal import Journal
from scanner.collect.trial.kit import Kit
from scanner.facts.fact import Unreadable
from scanner.facts.network import coverage
from scanner.facts.network.crossings import hits
from scanner.facts.network.examine import background, examine
from scanner.facts.network.records import read_record
from scanner.facts.network.trials import Trials
from scanner.model.canonical import canonical
from scanner.model.evidence import Answer
from tests.facts.network.made import DEVICE, GATEWAY, OWN, SEED, SENTINEL, Bench, T, claims

DIODE = {
    "id": "diode-1", "between": ["internet", "lan"], "direction": "internet->lan", "kind": "one-way", "device": {"address": "192.0.2.9", "mac": "02:00:00:00:00:09"},
    "protocol": "udp", "port": 5005, "certificate": "C-1", "certificate_until": "2030-01-01", "approval": "A-1",
}  # fmt: skip
GAP = DIODE | {
    "id": "gap-1",
    "direction": "lan->internet",
    "kind": "gap",
    "protocol": "tcp",
    "port": 443,
    "device": {"address": "192.0.2.1"},
}


def test_nothing_heard_is_no_crossing_and_no_lack() -> None:
    bench = Bench()
    bench.routed()
    seen = examine(bench.trials())
    assert (seen.breaches, seen.lacks) == ((), ())


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


@pytest.mark.parametrize("trial", [{"ranges": [[0, 1 << 40]]}, {"ranges": [[5, 4]]}, {"ranges": [[-1, 4]]}, {"n": 1 << 32}, {"n": -1}])
def test_numbers_that_no_token_has_are_unreadable(trial: dict[str, object]) -> None:
    bench = Bench()
    bench.routed()
    record = bench.record("in")
    record["trials"][0] |= trial
    with pytest.raises(Unreadable):
        read_record(record)


def test_a_time_that_no_calendar_has_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_record(Bench().record("in") | {"finished": 1e300})


def changed(joined: bytes, change: str) -> bytes:
    data = json.loads(joined)
    if change == "a frame":
        data["outers"][0]["record"]["heard"] = []
    elif change == "a control":
        data["inner"]["record"]["controls"][0]["ok"] = False
    elif change == "the seed":
        data["plan"]["seed"] = "ff" * 32
    else:
        data["outers"].append(data["outers"][0])
    return canonical(data)


@pytest.mark.parametrize("change", ["a frame", "a control", "the seed", "a sentinel twice"])
def test_changed_records_are_unreadable(change: str) -> None:
    bench = Bench()
    bench.arrives(bench.routed()[0])
    with pytest.raises(Unreadable):
        Trials.read(Answer(changed(bench.joined(), change)))


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


KEY = {"service": "ssh", "identity": "sha256:aa", "port": 22, "name": ""}


INSIDE = {"address": "192.0.2.20", "mac": "02:00:00:00:00:20"}
OUTSIDE = {"address": "198.51.100.20", "mac": "02:00:00:00:01:20"}
ENGINE = KEY | {"service": "snmp", "identity": "sha256:bb", "port": 161}


def one_key(**outer: object) -> Bench:
    """The same host key at one station of each side."""
    bench = Bench()
    bench.identities["in"].append(KEY | INSIDE)
    bench.identities["out:edge"].append(KEY | OUTSIDE | outer)
    return bench


def judged(bench: Bench) -> list[tuple[str, str, str]]:
    """(kind, strength, why) of every identity that both sides show."""
    seen = examine(bench.trials())
    return [(path["kind"], path["strength"], path["note"]) for path in (*seen.shared, *seen.leads)]


@pytest.mark.parametrize("service", ["ssh", "tls", "smb", "http"])
def test_one_key_on_both_sides_may_be_two_machines_of_one_image(service: str) -> None:
    bench = Bench()
    bench.identities["in"].append(KEY | INSIDE | {"service": service})
    bench.identities["out:edge"].append(KEY | OUTSIDE | {"service": service})
    assert judged(bench) == [("lead-identity", "C", "clones")]


@pytest.mark.parametrize("mac", [INSIDE["mac"], "02:00:00:00:00:77"])
def test_one_key_and_somebody_inside_who_answers_for_the_outer_address(mac: str) -> None:
    """The machine itself, or the box that publishes it."""
    bench = one_key()
    bench.more["in"]["sighting"] = claims("lan", (OUTSIDE["address"], mac))
    assert judged(bench) == [("identity", "B", "answers-for-both")]


def test_one_key_and_somebody_outside_who_answers_for_the_inner_address() -> None:
    bench = one_key()
    bench.more["out:edge"]["sighting"] = claims("internet", (INSIDE["address"], OUTSIDE["mac"]))
    assert judged(bench) == [("identity", "B", "answers-for-both")]


def test_a_proxy_that_answers_for_every_address_makes_no_clone_a_second_leg() -> None:
    bench = one_key()
    bench.more["in"]["sighting"] = claims("lan", *((f"198.51.100.{last}", "02:00:00:00:00:99") for last in range(17, 27)))
    assert ("lead-identity", "C", "clones") in judged(bench)


def test_somebody_inside_who_answers_for_another_outer_address_says_nothing_of_a_key() -> None:
    bench = one_key()
    bench.more["in"]["sighting"] = claims("lan", ("198.51.100.21", "02:00:00:00:00:20"))
    assert ("lead-identity", "C", "clones") in judged(bench)


def test_one_key_at_another_port_is_a_service_that_was_published() -> None:
    assert judged(one_key(port=2222)) == [("identity", "B", "other-port")]


def test_one_key_and_one_engine_of_the_same_two_stations() -> None:
    bench = one_key()
    bench.identities["in"].append(ENGINE | INSIDE)
    bench.identities["out:edge"].append(ENGINE | OUTSIDE)
    assert judged(bench) == [("identity", "B", "one-key"), ("identity", "B", "two-identities")]


@pytest.mark.parametrize(
    ("names", "strength"), [(("archive-3", "archive-3"), "B"), (("archive-3", "web-1"), "C"), (("localhost", "localhost"), "C")]
)
def test_one_key_and_the_names_that_both_stations_give_themselves(names: tuple[str, str], strength: str) -> None:
    bench = one_key()
    for end, zone, name, station in zip(("in", "out:edge"), ("lan", "internet"), names, (INSIDE, OUTSIDE)):
        row = {"name": name, "how": "nbns", "macs": [station["mac"]], "addresses": [], "frames": 1, "first": T, "last": T}
        bench.more[end]["sighting"] = claims(zone, ("192.0.2.77", "02:00:00:00:00:77")) | {"names": [row]}
    (found,) = [one for one in judged(bench) if one[0].endswith("identity")]
    assert found[1:] == (strength, "key-and-name" if strength == "B" else "clones")


def test_two_keys_of_one_image_are_no_second_sign() -> None:
    bench = one_key()
    bench.identities["in"].append(KEY | INSIDE | {"service": "tls", "port": 443})
    bench.identities["out:edge"].append(KEY | OUTSIDE | {"service": "tls", "port": 443})
    assert {strength for _, strength, _ in judged(bench)} == {"C"}


def test_a_key_that_several_inner_hosts_share_is_a_cloned_image() -> None:
    bench = Bench()
    for last in (20, 21):
        bench.identities["in"].append(KEY | {"address": f"192.0.2.{last}", "mac": f"02:00:00:00:00:{last}"})
    bench.identities["out:edge"].append(KEY | {"address": "198.51.100.20", "mac": "02:00:00:00:01:20"})
    seen = examine(bench.trials())
    assert (seen.shared, [path["strength"] for path in seen.leads]) == ((), ["C"])


def test_the_service_that_a_gap_ferries_is_no_second_leg() -> None:
    bench = Bench(crossings=[GAP | {"outer_device": {"address": "198.51.100.9"}}])
    bench.identities["in"].append(KEY | {"address": "192.0.2.1", "mac": GATEWAY, "service": "tls", "port": 443})
    bench.identities["out:edge"].append(KEY | {"address": "198.51.100.20", "mac": "02:00:00:00:01:20", "service": "tls", "port": 443})
    assert examine(bench.trials()).shared == ()


def test_a_device_that_shows_one_key_on_both_halves_is_a_violation() -> None:
    bench = Bench(crossings=[GAP | {"outer_device": {"address": "198.51.100.9"}}])
    bench.identities["in"].append(KEY | {"address": "192.0.2.1", "mac": GATEWAY})
    bench.identities["out:edge"].append(KEY | {"address": "198.51.100.9", "mac": "02:00:00:00:01:09"})
    assert crossing(bench)[0] == "violated"


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
