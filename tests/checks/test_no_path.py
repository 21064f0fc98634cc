"""The judge of a zone pair: which conclusion wins, and that none of them is ever met."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from checks.isolation.no_path import STATUS, no_path
from scanner.facts.fact import read, spec_of
from scanner.facts.netdev import Zones
from scanner.facts.netdev.masking import mask_config
from scanner.facts.network.attachment import Interface
from scanner.facts.network.trials import Pair
from scanner.facts.site.declared import Declared, Zone
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer
from scanner.model.verdict import Opinion, Status
from scanner.rulebook.check import Across
from tests.facts.network.made import DIODE, GAP, Bench, T, claims

ABSENT = Absent(Why.NOT_DECLARED, "")


def declared(inner: str = "lan", crossings: tuple[Any, ...] = ()) -> Declared:
    import ipaddress

    zones = {
        "lan": Zone("lan", inner, "", (ipaddress.ip_network("192.0.2.0/24"),)),
        "internet": Zone("internet", "internet", "", (ipaddress.ip_network("198.51.100.0/24"),)),
    }
    return Declared(date(2027, 1, 15), MappingProxyType({}), MappingProxyType(zones), (("lan", "internet"),), crossings, ())


class Host:
    """A host with one address an interface."""

    def __init__(self, *addresses: str) -> None:
        import ipaddress

        self.interfaces = tuple(
            Interface(f"e{n}", "physical", f"02:00:00:00:02:0{n}", up=True, addresses=(ipaddress.ip_interface(text),))
            for n, text in enumerate(addresses)
        )
        self.routes = ()
        self.neighbours = ()


ROUTER = """#
 sysname core
#
interface Vlanif10
 ip address 192.0.2.1 255.255.255.0
#
interface Vlanif20
 ip address {0} 255.255.255.0
#
ip route-static 198.51.100.0 24 203.0.113.2
#
return
"""


def device(outer: str) -> Any:
    found = read(spec_of(Zones), Answer(mask_config(ROUTER.format(outer).encode(), "huawei_vrp")))
    assert isinstance(found, Zones)
    return found


def judged(
    trials: Any = ABSENT, unit: Any = None, hosts: dict[str, Any] | None = None, require: str = "physical", boxes: Any = None
) -> Opinion:
    none: Across[Any] = Across({})
    return no_path(Pair("lan", "internet", require), unit or declared(), trials, Across(hosts or {}), none, Across(boxes or {}), none)


def conclusion(opinion: Opinion) -> str:
    return str(opinion.observed["conclusion"])


def test_nothing_tested_is_unknown() -> None:
    opinion = judged()
    assert (conclusion(opinion), opinion.status, opinion.why) == ("not_tested", Status.UNKNOWN, Why.NOT_DECLARED)


def test_a_clean_test_awaits_the_person_on_site() -> None:
    bench = Bench()
    bench.routed()
    opinion = judged(bench.trials())
    assert (conclusion(opinion), opinion.status, opinion.observed["paths"]) == ("no_path_observed", Status.AWAITS_PERSON, [])


def test_a_breach_beats_everything() -> None:
    bench = Bench(crossings=[DIODE])
    bench.arrives(bench.routed()[0])
    opinion = judged(bench.trials(), hosts={"pc": Host("192.0.2.5/24", "198.51.100.5/24")})
    assert (conclusion(opinion), opinion.status, opinion.strength) == ("breach_proven", Status.UNMET, "A")
    assert {path["kind"] for path in opinion.observed["paths"]} == {"routed", "dual-homed"}


def test_a_host_on_both_sides_needs_no_test() -> None:
    opinion = judged(hosts={"pc": Host("192.0.2.5/24", "198.51.100.5/24")})
    assert (conclusion(opinion), opinion.status, opinion.observed["paths"][0]["via"]) == ("dual_attachment_found", Status.UNMET, "pc")


def test_an_undeclared_leg_is_a_lead_and_no_proof() -> None:
    bench = Bench()
    opinion = judged(bench.trials(), hosts={"pc": Host("192.0.2.5/24", "203.0.113.5/24")})
    assert conclusion(opinion) == "no_path_observed"
    assert [(path["kind"], path["strength"]) for path in opinion.observed["paths"]] == [("lead-undeclared-leg", "C")]


def test_the_declared_device_of_a_crossing_may_stand_on_both_sides() -> None:
    bench = Bench(crossings=[GAP])
    opinion = judged(bench.trials(), unit=declared(crossings=(GAP,)), hosts={"gap": Host("192.0.2.1/24", "198.51.100.1/24")})
    assert conclusion(opinion) == "approved_crossing" and opinion.status is Status.AWAITS_PERSON


def test_a_violation_is_told_apart_from_a_breach() -> None:
    bench = Bench(crossings=[GAP])
    bench.arrives(bench.routed("udp")[1])
    assert conclusion(judged(bench.trials())) == "approved_crossing_violated"


def test_an_expired_paper_is_unknown() -> None:
    bench = Bench(crossings=[GAP | {"certificate_until": "2026-01-01"}])
    opinion = judged(bench.trials())
    assert (conclusion(opinion), opinion.status) == ("approved_crossing_unproven", Status.UNKNOWN)


def test_a_sleeping_sentinel_gives_no_clean_sheet() -> None:
    bench = Bench()
    bench.more["out:edge"] = {"alive": [[0.0, 1.0]]}
    opinion = judged(bench.trials())
    assert conclusion(opinion) == "not_tested" and "asleep" in opinion.detail


SWITCH = "00:1b:21:00:00:01"


def spanned(*senders: str, kind: str = "lan") -> Opinion:
    """Both ends hear of one spanning tree with one root, and no token crosses; returns what is said under ``require: logical``.

    ``senders`` are the MACs that the two ports of the switch speak with."""
    bench = Bench()
    bench.routed()
    for end, zone, sender in zip(("in", "out:edge"), ("lan", "internet"), senders):
        row = {"root": f"32768/{SWITCH}", "bridge": f"32768/{SWITCH}", "vlan": 0, "frames": 9, "first": T, "last": T + 40, "macs": [sender]}
        bench.more[end]["sighting"] = claims(zone, ("203.0.113.77", sender)) | {"bridges": [row]}
    return judged(bench.trials(), unit=declared(kind), require="logical")


@pytest.mark.parametrize("senders", [(SWITCH, SWITCH), ("00:1b:21:00:00:11", "00:1b:21:00:00:12")])
def test_two_vlans_of_one_switch_are_what_logical_separation_looks_like(senders: tuple[str, str]) -> None:
    opinion = spanned(*senders)
    assert (conclusion(opinion), opinion.status) == ("logical_only", Status.AWAITS_PERSON)
    assert "shared-bridge" in {path["kind"] for path in opinion.observed["paths"]}


def test_two_vlans_of_one_switch_are_not_enough_for_a_classified_network() -> None:
    opinion = spanned(SWITCH, SWITCH, kind="classified")
    assert (conclusion(opinion), opinion.status) == ("logical_only", Status.UNMET)


def test_a_card_that_is_no_switch_s_stays_an_attachment_where_one_switch_is_allowed() -> None:
    bench = Bench()
    for end, zone in (("in", "lan"), ("out:edge", "internet")):
        bench.more[end]["sighting"] = claims(zone, ("203.0.113.77", "00:1b:21:55:66:77"))
    assert conclusion(judged(bench.trials(), require="logical")) == "dual_attachment_found"


def test_a_box_that_routes_to_the_other_zone_through_a_transit_network_is_a_lead() -> None:
    opinion = judged(Bench().trials(), boxes={"core": device("203.0.113.1")})
    assert conclusion(opinion) == "no_path_observed"
    assert [(path["kind"], path["to"], path["strength"]) for path in opinion.observed["paths"]] == [
        ("configured-flow", "internet", "C"), ("configured-flow", "lan", "C"),
    ]  # fmt: skip


def test_a_box_with_a_leg_in_both_zones_is_logical_separation() -> None:
    opinion = judged(Bench().trials(), boxes={"core": device("198.51.100.1")})
    assert conclusion(opinion) == "logical_only"
    assert [(path["kind"], path["strength"]) for path in opinion.observed["paths"]] == [
        ("same-box", "A"), ("configured-flow", "B"), ("configured-flow", "B"),
    ]  # fmt: skip


def test_the_device_of_a_declared_crossing_that_routes_is_a_lead() -> None:
    bench = Bench(crossings=[GAP])
    opinion = judged(bench.trials(), unit=declared(crossings=(GAP,)), boxes={"gap": device("198.51.100.1")})
    assert conclusion(opinion) == "approved_crossing"
    assert {(path["kind"], path["strength"]) for path in opinion.observed["paths"]} == {("configured-flow", "C")}


def test_no_conclusion_is_ever_met() -> None:
    assert Status.MET not in STATUS.values()


@pytest.mark.parametrize("require", ["physical", "logical"])
def test_no_path_observed_is_never_met_whatever_is_required(require: str) -> None:
    assert judged(Bench().trials(), require=require).status is Status.AWAITS_PERSON
