"""One identity shown on both sides: a second leg, a clone of one image, or a service that was published."""

from __future__ import annotations

import pytest

from scanner.facts.network.examine import examine
from tests.facts.network.made import GAP, GATEWAY, Bench, T, claims

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
    (state,) = examine(bench.trials()).crossings
    assert state.state == "violated"
