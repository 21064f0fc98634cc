"""Outside the authorisation nothing is sent."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import pytest

from scanner.errors import ScopeError
from scanner.model.target import Target
from scanner.rulebook.yaml_lines import load_lined
from scanner.targets.inventory import Inventory, parse_inventory
from scanner.targets.scope import check_scope, within

NOON = datetime(2026, 6, 1, 12, 0).astimezone()
TEXT = 'scope: {allow: [192.0.2.0/24, "2001:db8::/64", named.example], until: 2026-12-31, hours: "00:00-24:00"}'


def book(text: str = TEXT) -> Inventory:
    return parse_inventory(load_lined(text, "inv.yaml"), Path("/x/inv.yaml"))


def at(place: str) -> Target:
    return Target(id="t", kind="linux", address=place)


def code(target: Target, text: str = TEXT, now: datetime = NOON, names: dict[str, list[str]] | None = None) -> str | None:
    try:
        check_scope(book(text), [target], now, lambda name: (names or {}).get(name, []))
    except ScopeError as error:
        return error.code
    return None


@pytest.mark.parametrize("place", ["192.0.2.7", "2001:db8::7", "named.example", "local"])
def test_inside(place: str) -> None:
    assert code(at(place)) is None


@pytest.mark.parametrize("place", ["192.0.3.1", "2001:db9::1", "other.example", "::1", "127.0.0.1"])
def test_outside(place: str) -> None:
    assert code(at(place)) == "scope-outside"


def test_a_name_counts_only_when_all_its_addresses_are_inside() -> None:
    assert code(at("web.example"), names={"web.example": ["192.0.2.1"]}) is None
    assert code(at("web.example"), names={"web.example": ["192.0.2.1", "198.51.100.1"]}) == "scope-outside"


def test_expired() -> None:
    assert code(at("192.0.2.7"), now=datetime(2027, 1, 1, 12, 0).astimezone()) == "scope-expired"


def test_the_last_day_counts() -> None:
    assert code(at("192.0.2.7"), now=datetime(2026, 12, 31, 23, 59).astimezone()) is None


def test_outside_the_hours() -> None:
    assert code(at("192.0.2.7"), TEXT.replace("00:00-24:00", "22:00-06:00")) == "scope-hours"


def test_this_machine_is_always_allowed() -> None:
    assert code(at("local"), 'scope: {until: 2020-01-01, hours: "01:00-02:00"}') is None


@pytest.mark.parametrize("hours,now,inside", [
    ("22:00-06:00", time(23, 0), True),
    ("22:00-06:00", time(5, 59), True),
    ("22:00-06:00", time(6, 0), False),
    ("22:00-06:00", time(12, 0), False),
    ("08:30-18:00", time(8, 30), True),
    ("08:30-18:00", time(18, 0), False),
    ("00:00-24:00", time(23, 59), True),
])  # fmt: skip
def test_hours_may_pass_midnight(hours: str, now: time, inside: bool) -> None:
    assert within(hours, now) is inside


def test_a_database_counts_by_the_host_of_its_url() -> None:
    target = Target(id="d", kind="database", url="postgresql://198.51.100.9/x")
    assert code(target) == "scope-outside"


def test_a_link_out_of_an_allowed_folder_is_outside(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "secret")
    target = Target(id="c", kind="catalogue", url=f"file:{tmp_path}/data/link/x.csv")
    text = f'scope: {{allow: ["file:{tmp_path}/data/**"]}}'
    assert code(target, text) == "scope-outside"
