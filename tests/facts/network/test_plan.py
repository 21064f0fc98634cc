"""Plans: what no inventory would have let through is no plan, since both ends act on it."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts.fact import Unreadable
from scanner.facts.network.plan import read_plan
from tests.facts.network.made import plan_data

GAP: dict[str, Any] = {"id": "gap-1", "device": {"address": "192.0.2.9", "mac": "02:00:00:00:00:09"}, "protocol": "tcp", "port": 443}


@pytest.mark.parametrize("more", [{}, {"port": None}, {"outer_device": None}, {"device": {"address": "2001:db8::9"}}])
def test_a_crossing_of_an_inventory_is_read(more: dict[str, Any]) -> None:
    assert read_plan(plan_data(crossings=[GAP | more])).crossings


@pytest.mark.parametrize(
    "more",
    [
        {"crossings": [{}]},
        {"crossings": [GAP | {"id": 7}]},
        {"crossings": [GAP | {"port": "443"}]},
        {"crossings": [GAP | {"port": 70_000}]},
        {"crossings": [GAP | {"port": True}]},
        {"crossings": [GAP | {"device": "192.0.2.9"}]},
        {"crossings": [GAP | {"device": {"address": "gateway"}}]},
        {"crossings": [GAP | {"outer_device": {"address": "192.0.2.9", "mac": "\x1b[31m"}}]},
        {"known": ["gateway"]},
        {"scope": {"allow": [], "until": "never"}},
        {"scope": {"allow": [], "hours": "always"}},
        {"scope": {"allow": ["everything"]}},
        {"rate": {"total": 1e999}},
        *(
            {"sentinels": [{"id": "edge", "addresses": [place]}]}
            for place in ("192.0.2.20", "224.0.0.1", "255.255.255.255", "198.51.100.255", "::1")
        ),
        {"sentinels": [{"id": "../edge", "addresses": ["198.51.100.50"]}]},
        {"storage": ["../share"]},
    ],
)
def test_what_both_ends_could_not_act_on_is_no_plan(more: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read_plan(plan_data(**more))
