"""Outside the authorisation nothing is sent."""

from __future__ import annotations

import ipaddress
from datetime import datetime, time
from pathlib import Path

import pytest

from scanner.errors import ScopeError, UseError
from scanner.model.target import Target
from scanner.rulebook.yaml_lines import load_lined
from scanner.targets.inventory import Inventory, parse_inventory
from scanner.targets.scope import check_scope, covers, local_resolver, settle, within

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


JUMP = """
scope: {allow: [192.0.2.0/24], authorised_by: x}
logins:
  ops: {user: a, jump: hop}
  hop: {user: b, address: 198.51.100.1}
systems: [{id: s, targets: [{id: t, address: 192.0.2.1, login: ops}, {id: ng, kind: middleware, host: t}]}]
"""


def whole(text: str, names: dict[str, list[str]] | None = None) -> str | None:
    found = book(text)
    try:
        check_scope(found, found.targets, NOON, lambda name: (names or {}).get(name, []))
    except ScopeError as error:
        return error.fields["place"]
    return None


def test_the_jump_host_has_to_be_inside_too() -> None:
    assert whole(JUMP) == "198.51.100.1"
    assert whole(JUMP.replace("[192.0.2.0/24]", "[192.0.2.0/24, 198.51.100.1]")) is None


@pytest.mark.parametrize("url,place", [
    ("postgresql:///x?host=198.51.100.9", "198.51.100.9"),
    ("postgresql://192.0.2.1/x?host=198.51.100.9", "198.51.100.9"),
    ("postgresql://192.0.2.1/x?host=192.0.2.2,198.51.100.9", "198.51.100.9"),
    ("postgresql:///x?host=/run/postgresql", None),
])  # fmt: skip
def test_where_a_driver_would_really_go_is_what_counts(url: str, place: str | None) -> None:
    target = Target(id="d", kind="database", url=url)
    try:
        check_scope(book(), [target], NOON, lambda _name: [])
        found = None
    except ScopeError as error:
        found = error.fields["place"]
    assert found == place


@pytest.mark.parametrize(
    "url", ["postgresql://192.0.2.1/x?hostaddr=198.51.100.9", "postgresql://192.0.2.1/x?service=other", "https://[::1", "https:///x"]
)
def test_a_url_that_leads_elsewhere_is_outside(url: str) -> None:
    target = Target(id="d", kind="database", url=url)
    with pytest.raises((ScopeError, ValueError)):
        check_scope(book(), [target], NOON, lambda _name: [])


def test_no_name_is_resolved_while_anything_else_is_outside() -> None:
    asked: list[str] = []

    def resolve(name: str) -> list[str]:
        asked.append(name)
        return ["192.0.2.1"]

    with pytest.raises(ScopeError):
        check_scope(book(), [at("web.example"), at("198.51.100.1")], NOON, resolve)
    with pytest.raises(ScopeError):
        check_scope(book(), [at("web.example")], datetime(2027, 1, 1, 12, 0).astimezone(), resolve)
    assert asked == []


def test_a_name_is_resolved_once_and_its_address_is_the_one_to_use() -> None:
    asked: list[str] = []

    def resolve(name: str) -> list[str]:
        asked.append(name)
        return ["192.0.2.1"]

    targets = [at("web.example"), Target(id="u", kind="web", url="https://web.example:8443/")]
    assert settle(book(), targets, NOON, resolve) == {"web.example": "192.0.2.1"}
    assert asked == ["web.example"]


def led(*ways: tuple[str, str], place: str = "192.0.2.7") -> dict[str, str] | str:
    try:
        return dict(settle(book(), [at(place)], NOON, lambda name: {"far.example": ["192.0.2.2"]}.get(name, []), lambda _target: ways))
    except ScopeError as error:
        return error.code


def test_the_real_end_of_a_client_configuration_counts() -> None:
    assert led(("192.0.2.7", "192.0.2.8")) == {"192.0.2.7": "192.0.2.8"}
    assert led(("alias", "far.example"), place="alias") == {"alias": "192.0.2.2", "far.example": "192.0.2.2"}
    assert led(("192.0.2.7", "198.51.100.1")) == "scope-outside"
    assert led(("192.0.2.7", "nowhere.example")) == "scope-outside"
    assert led(("198.51.100.1", "192.0.2.8"), place="198.51.100.1") == "scope-outside"
    assert led(("192.0.2.7", "192.0.2.7")) == {}


def test_one_place_with_two_ends_is_refused() -> None:
    assert led(("192.0.2.7", "192.0.2.8"), ("192.0.2.7", "192.0.2.7")) == "scope-two-ends"


def test_a_configuration_is_asked_only_within_the_hours() -> None:
    def never(_target: Target) -> list[tuple[str, str]]:
        raise AssertionError

    with pytest.raises(ScopeError):
        settle(book(), [at("192.0.2.7")], datetime(2027, 1, 1, 12, 0).astimezone(), lambda _name: [], never)


def test_localhost_leads_nowhere_else() -> None:
    text = "scope: {allow: [127.0.0.1]}"
    assert settle(book(text), [at("localhost")], NOON, lambda _name: ["::1", "127.0.0.1"]) == {"localhost": "127.0.0.1"}
    assert code(at("localhost"), text, names={"localhost": ["127.0.0.1", "192.0.2.1"]}) == "scope-outside"


def test_a_mapped_address_is_the_address() -> None:
    assert code(at("::ffff:192.0.2.7")) is None


def test_the_own_table_of_names_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hosts").write_text("# 192.0.2.9 web\n192.0.2.1\tweb Web.Example # web2\nnonsense web\n2001:db8::1 web\n")
    monkeypatch.setattr("scanner.targets.scope.HOSTS", tmp_path / "hosts")
    assert local_resolver("web") == ["192.0.2.1", "2001:db8::1"]
    assert local_resolver("web.example") == ["192.0.2.1"]
    assert local_resolver("web2") == []


@pytest.mark.parametrize("pattern,path,inside", [
    ("file:{}/data/**", "data/a/b.csv", True),
    ("file:{}/data/**", "data", True),
    ("file:{}/data/*", "data/a", True),
    ("file:{}/data/*", "data/a/b.csv", False),
    ("file:{}/data/*.csv", "data/a.csv", True),
    ("file:{}/data/*.csv", "data/a.csv.bak", False),
    ("file:{}/data", "data", True),
    ("file:{}/data", "data2", False),
    ("file:{}/data/**", "data2/x", False),
    ("file:{}/data/../other/**", "other/x", True),
    ("sqlite:{}/data/**", "data/a", False),
])  # fmt: skip
def test_patterns_of_stores(tmp_path: Path, pattern: str, path: str, inside: bool) -> None:
    target = Target(id="c", kind="catalogue", url=f"file:{tmp_path}/{path}")
    assert (code(target, f'scope: {{allow: ["{pattern.format(tmp_path)}"]}}') is None) is inside


@pytest.mark.parametrize(
    "wanted,inside",
    [("192.0.2.0/25", True), ("192.0.2.0/24", True), ("192.0.2.0/23", False), ("2001:db8::/32", False), ("198.51.100.0/24", True)],
)
def test_several_networks_cover_one(wanted: str, inside: bool) -> None:
    text = 'scope: {allow: [192.0.2.0/24, 198.51.100.0/25, 198.51.100.128/25, "2001:db8::/64", "file:/x/**"]}'
    assert covers(book(text).scope, ipaddress.ip_network(wanted)) is inside


@pytest.mark.parametrize("url", ["https://local/", "postgresql://local/db"])
def test_a_url_that_says_local_is_refused(tmp_path: Path, url: str) -> None:
    kind = "web" if url.startswith("https") else "database"
    text = f"scope: {{allow: [192.0.2.0/24]}}\nsystems: [{{id: s, targets: [{{id: t, kind: {kind}, url: '{url}'}}]}}]\n"
    with pytest.raises(UseError):
        parse_inventory(load_lined(text, "x"), tmp_path / "x")
