"""The inventory reader: strict, line-true, and silent about secrets."""

from __future__ import annotations

import contextlib
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import load_lined
from scanner.targets.fields import address
from scanner.targets.importers import read_foreign
from scanner.targets.inventory import Inventory, parse_inventory, read_inventory

WORDS = [
    "unit",
    "scope",
    "zones",
    "isolation",
    "crossings",
    "systems",
    "logins",
    "code",
    "name",
    "region",
    "rank",
    "allow",
    "authorised_by",
    "until",
    "hours",
    "write",
    "kind",
    "level",
    "networks",
    "between",
    "require",
    "sentinels",
    "id",
    "grade",
    "zone",
    "holds",
    "profile",
    "targets",
    "address",
    "port",
    "login",
    "url",
    "host",
    "config",
    "user",
    "key",
    "password",
    "known_hosts",
    "sudo",
    "su",
    "jump",
    "lan",
    "linux",
    "local",
    "ops",
    "3",
    "0",
    "-1",
    "true",
    "null",
    "192.0.2.0/24",
    "2027-12-31",
    "physical",
    "env:X",
    "database",
]

ATOMS = st.sampled_from(WORDS) | st.text(max_size=6) | st.integers() | st.floats() | st.booleans() | st.none()
TREES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=15,
)


def read(text: str) -> Inventory:
    return parse_inventory(load_lined(textwrap.dedent(text), "inv.yaml"), Path("/x/inv.yaml"))


def refused(text: str) -> UseError:
    with pytest.raises(UseError) as caught:
        read(text)
    return caught.value


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text())
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    with contextlib.suppress(UseError):
        read(text)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(["unit", "scope", "zones", "isolation", "crossings", "systems", "logins"]), TREES, min_size=1))
def test_any_tree_is_read_or_refused_with_a_sentence(tree: dict[str, Any]) -> None:
    import yaml

    with contextlib.suppress(UseError):
        read(yaml.safe_dump(tree, allow_unicode=True))


HOSTILE = ["-oN x", "127.0.0.1 -oN f", "a;b", "0x7f.1", "1.2.3", "-oProxyCommand=x", "$(id)", "a\u202eb", "", "a..b", "127.1"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_address_is_none(text: str) -> None:
    assert address(text) is None


@pytest.mark.parametrize("text", [item for item in HOSTILE if item])
def test_a_hostile_target_is_refused_with_its_line(text: str) -> None:
    import json

    error = refused(f"systems:\n  - id: s\n    targets:\n      - id: t\n        kind: linux\n        address: {json.dumps(text)}\n")
    assert error.fields["line"] == "6"


@pytest.mark.parametrize(
    "one,other", [("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8::0:1", "2001:db8::1"), ("Web01.Example.", "web01.example")]
)
def test_one_host_has_one_spelling(one: str, other: str) -> None:
    assert address(one) == other


def test_an_inline_password_is_refused_and_not_echoed() -> None:
    error = refused("logins:\n  ops:\n    user: a\n    password: Hunter2!\n")
    assert (error.code, error.fields["line"]) == ("inventory-secret-inline", "4")
    assert "Hunter2" not in str(error)


def test_a_password_in_a_url_is_refused_and_not_echoed() -> None:
    error = refused("systems:\n  - id: s\n    targets: [{id: d, kind: database, url: 'postgresql://u:Hunter2@192.0.2.1/x'}]\n")
    assert error.code == "inventory-secret-inline"
    assert "Hunter2" not in str(error)


def test_a_misspelt_key_is_named_with_what_was_meant() -> None:
    assert refused("scope: {alow: []}").fields["near"] == "allow"


def test_a_login_that_is_not_there_is_refused() -> None:
    assert refused("systems:\n  - {id: s, targets: [{id: t, address: 192.0.2.1, login: x}]}").code == "inventory-login-unknown"


def test_two_targets_of_one_id_are_refused() -> None:
    assert refused("systems:\n  - {id: s, targets: [{id: t, address: local}, {id: t, address: local}]}").code == "inventory-id-twice"


def test_a_masked_inventory_holds_no_user_and_no_reference() -> None:
    book = read("logins: {ops: {user: audit, key: ~/.ssh/k, password: 'env:DBRO'}}")
    assert all(word not in repr(book.masked()) for word in ("audit", "DBRO", ".ssh"))


def test_dates_stay_what_they_were_written() -> None:
    assert str(read("scope: {until: 2027-12-31}").scope.until) == "2027-12-31"


def test_a_zone_index_is_refused() -> None:
    assert address("::1%eth0;x") is None


def test_what_follows_a_zone_index_never_survives() -> None:
    assert address("::1%eth0;x") in (None, "::1")


@pytest.mark.parametrize("text", ["isolation: [{between: [[a], a]}]", "crossings: [{id: x, between: [{a: 1}, b]}]"])
def test_a_zone_that_is_no_name_is_refused(text: str) -> None:
    refused("zones: {a: {}}\n" + text)


@pytest.mark.parametrize("text", ["logins: {a: {key: '~nobody-at-all/x'}}", "scope: {allow: ['file:~nobody-at-all/x']}"])
def test_the_home_of_an_unknown_user_is_refused(text: str) -> None:
    refused(text)


TWO = "zones: {lan: {kind: lan}, internet: {kind: internet}}\n"


def crossing(text: str) -> dict[str, Any]:
    return dict(read(f"{TWO}crossings: [{{id: d, between: [internet, lan], {text}}}]").crossings[0])


def test_a_crossing_says_what_is_declared_and_nothing_else() -> None:
    found = crossing(
        'direction: "internet -> lan", device: {address: "::ffff:192.0.2.9", mac: 00E0-FC12-3456}, port: 5005, certificate: "…"'
    )
    assert found == {
        "id": "d", "between": ["internet", "lan"], "kind": "one-way", "direction": "internet->lan",
        "device": {"address": "192.0.2.9", "mac": "00:e0:fc:12:34:56"}, "port": 5005,
    }  # fmt: skip


@pytest.mark.parametrize("text,key", [
    ("direction: both", "direction"),
    ("direction: lan", "direction"),
    ('direction: "lan->moon"', "direction"),
    ('direction: "lan->internet->lan"', "direction"),
    ('direction: "lan->internet", port: 0', "port"),
    ('direction: "lan->internet", port: 70000', "port"),
    ('direction: "lan->internet", port: "22"', "port"),
    ('direction: "lan->internet", protocol: "t;x"', "protocol"),
    ('direction: "lan->internet", device: {address: host.example}', "address"),
    ('direction: "lan->internet", device: {address: 192.0.2.1, mac: "00:11"}', "mac"),
    ('direction: "lan->internet", target: 192.0.2.1', "target"),
    ('direction: "lan->internet", certificate_until: 2027-13-01', "certificate_until"),
    ('direction: "lan->internet", certificate_until: 20270101', "certificate_until"),
    ('direction: "lan->internet", kind: valve', "kind"),
])  # fmt: skip
def test_a_wrong_crossing_names_its_key(text: str, key: str) -> None:
    error = refused(f"{TWO}crossings:\n  - {{id: d, between: [internet, lan], {text}}}\n")
    assert (error.fields["key"], error.fields["line"]) == (key, "3")


def test_a_gap_may_go_both_ways() -> None:
    assert crossing("kind: gap")["direction"] == "both"


@pytest.mark.parametrize("text,spelt", [('"[2001:DB8::1]:80"', "[2001:db8::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")])
def test_a_target_beyond_has_one_spelling(text: str, spelt: str) -> None:
    assert crossing(f'direction: "internet->lan", target: {text}')["target"] == spelt


@pytest.mark.parametrize("text,code", [
    ("isolation: [{between: [lan, lan]}]", "inventory-zone-unknown"),
    ("isolation: [{between: [lan]}]", "inventory-zone-unknown"),
    ("isolation: [{between: [lan, moon]}]", "inventory-zone-unknown"),
    ("isolation: [{between: [lan, internet]}, {between: [internet, lan]}]", "inventory-id-twice"),
    ("isolation: [{between: [lan, internet], sentinels: [{id: a, addresses: [x.example]}]}]", "inventory-value"),
    ("isolation: [{between: [lan, internet], sentinels: [{id: a, addresses: []}]}]", "inventory-value"),
    ("isolation: [{between: [lan, internet], sentinels: [{id: a, addresses: [192.0.2.1]}, {id: a, addresses: [192.0.2.2]}]}]", "inventory-id-twice"),
    ("isolation: [{between: [lan, internet], rate: 0}]", "inventory-value"),
    ("scope: {allow: [192.0.2.5/24]}", "scope-network-bits"),
    ("scope: {allow: [0.0.0.0/0]}", "scope-everything"),
    ("scope: {allow: [192.0.2.300]}", "inventory-value"),
    ("scope: {allow: [local]}", None),
    ('scope: {hours: "24:00-06:00"}', "inventory-value"),
    ('scope: {hours: "08:00-08:00"}', "inventory-value"),
    ('scope: {hours: "8:00-18:00"}', "inventory-value"),
    ("scope: {until: 2027-02-30}", "inventory-value"),
    ("scope: {until: 20271231}", "inventory-value"),
    ("systems: [{id: s, grade: 9}]", "inventory-value"),
    ("systems: [{id: s, grade: S3A2}]", None),
    ("systems: [{id: s, profile: none-such}]", "inventory-value"),
    ("systems: [{id: s, filing: {number: x, date: tomorrow}}]", "inventory-value"),
    ("systems: [{id: s, holds: secrets}]", "inventory-value"),
    ("systems: [{id: s}, {id: s}]", "inventory-id-twice"),
    ("systems: [{id: s, targets: [{id: t, kind: netdev}]}]", "inventory-key-missing"),
    ("systems: [{id: s, targets: [{id: t, kind: middleware}]}]", "inventory-key-missing"),
    ("systems: [{id: s, targets: [{id: t, kind: windows}]}]", "inventory-key-missing"),
    ("systems: [{id: s, targets: [{id: t, address: local, port: true}]}]", "inventory-value"),
    ("systems: [{id: s, targets: [{id: t, kind: middleware, host: nobody}]}]", "inventory-host-unknown"),
    ("systems: [{id: s, targets: [{id: t, kind: web, url: 'postgresql://192.0.2.1/'}]}]", "inventory-value"),
    ("systems: [{id: s, targets: [{id: t, kind: web, url: 'https:///x'}]}]", "inventory-value"),
    ("systems: [{id: s, targets: [{id: t, kind: catalogue, url: 'redis://192.0.2.1/'}]}]", "inventory-value"),
    ("systems: [{id: s, targets: [{id: t, kind: catalogue, url: 'https://192.0.2.1/'}]}]", "inventory-value"),
    ("systems: [{id: s, targets: [{id: t, kind: catalogue, url: 'mysql://192.0.2.1/x?unix_socket=/s'}]}]", "inventory-value"),
    ("systems: [{id: s, targets: [{id: t, kind: catalogue, url: 'dm://SYSDBA:x@192.0.2.1'}]}]", "inventory-secret-inline"),
    ("systems: [{id: s, targets: [{id: t, kind: database, url: 'postgresql://ro@192.0.2.1/'}]}]", "inventory-url-user"),
    ("systems: [{id: s, targets: [{id: t, kind: database, url: 'postgresql://192.0.2.1/?sslpassword=x'}]}]", "inventory-secret-inline"),
    ("systems: [{id: s, targets: [{id: t, kind: database, url: 'postgresql://192.0.2.1/?hostaddr=192.0.2.2'}]}]", "inventory-value"),
    ("logins: {a: {jump: b}, b: {jump: a, address: 192.0.2.1}}", "inventory-jump"),
    ("logins: {a: {sudo: {password: Hunter2}}}", "inventory-secret-inline"),
    ("logins: {a: {passphrase: Hunter2}}", "inventory-secret-inline"),
    ('logins: {a: {key: "-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl"}}', "inventory-secret-inline"),
    ("logins: {a: {sudo: true, su: true}}", "inventory-value"),
    ("logins: {a: {key: ~nobody-at-all/k}}", "inventory-value"),
    ("unit: {rank: king}", "inventory-value"),
    ("zones: {'a:b': {kind: lan}}", "inventory-zone-name"),
    ("zones: {lan: {networks: [lan]}}", "inventory-value"),
    ("systems: [{id: s, targets: [{id: 0xffffffffffffffffffffffffffff}]}]", "inventory-value"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(text: str, code: str | None) -> None:
    whole = text if text.startswith("zones") else TWO + text
    if code is None:
        if "local" in text:
            assert read(whole).scope.allow == ("local",)
        else:
            read(whole)
        return
    assert refused(whole).code == code


@pytest.mark.parametrize("secret", ["!Hunter2", "*Hunter2", "@Hunter2", "%Hunter2", "{Hunter2", "'Hunter2", "&Hunter2 &Hunter2"])
def test_a_password_that_breaks_the_yaml_is_not_echoed(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "i.yaml"
    path.write_text(f"logins:\n  ops:\n    password: {secret}\n")
    with pytest.raises(UseError) as caught:
        read_inventory(path)
    assert "Hunter2" not in str(caught.value)


@pytest.mark.parametrize("url,read_as", [
    ("file:data/", "file:/x/data/"),
    ("file:/data/", "file:/data/"),
    ("file:///data/", "file:/data/"),
    ("sqlite:///a.db", "sqlite:////x/a.db"),
    ("sqlite:////a.db", "sqlite:////a.db"),
])  # fmt: skip
def test_paths_of_stores_start_at_the_inventory(url: str, read_as: str) -> None:
    assert read(f"systems: [{{id: s, targets: [{{id: c, kind: catalogue, url: '{url}'}}]}}]").targets[0].url == read_as


def test_paths_start_at_the_inventory() -> None:
    found = read("systems: [{id: s, targets: [{id: c, kind: netdev, config: ./c.cfg}]}]\nlogins: {a: {key: k, known_hosts: /h}}")
    assert found.targets[0].config == "/x/c.cfg"
    assert (found.logins["a"].key, found.logins["a"].known_hosts) == ("/x/k", "/h")


@pytest.mark.parametrize(
    "text",
    ["192.000.002.001", "2130706433", "0x7f000001", "1.2.3.4.", "1.2.3.4/32", "１.2", "a b", "a.-b", "fe80::1%eth0;x", "192.0.2.1%eth0"],
)
def test_odd_spellings_of_addresses_are_refused(text: str) -> None:
    assert address(text) is None


@pytest.mark.parametrize("text,spelt", [("档案馆.CN", "xn--dyv4b290s.cn"), ("FE80::1%eth0", "fe80::1%eth0"), ("WEB01.", "web01")])
def test_names_have_one_spelling(text: str, spelt: str) -> None:
    assert address(text) == spelt


def test_the_same_host_spelt_twice_is_told() -> None:
    found = read(
        'systems: [{id: s, targets: [{id: a, address: 192.0.2.1}, {id: b, address: "::FFFF:192.0.2.1"}, {id: c, address: 192.0.2.1, port: 2222}]}]'
    )
    assert found.same_hosts() == (("a", "b"),)


def test_a_placeholder_is_nothing_said() -> None:
    assert read('systems: [{id: s, filing: {number: "…", date: 待填}, profile: "-"}]').systems[0].details == {}


def test_what_rests_on_a_shelf_holds_no_path_of_this_machine() -> None:
    text = 'scope: {allow: ["file:./data/**"], write: [./drop/]}\nlogins: {a: {key: ./k, ssh_config: ./c}}'
    assert "/x" not in repr(read(text).masked())


def test_the_example_of_the_manual_is_read() -> None:
    import scanner

    path = Path(scanner.__file__).parents[1] / "examples/archive/inventory.yaml"
    first = read_inventory(path).targets[0]
    assert (first.id, first.kind, first.address) == ("this-machine", "linux", "local")


@pytest.mark.parametrize("read", [read_inventory, read_foreign])
def test_a_file_without_an_end_is_refused(read: Callable[[Path], Any], tmp_path: Path) -> None:
    """Of a file no more is read than it may have."""
    path = tmp_path / "inventory.yaml"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(UseError, match="yaml-too-large"):
        read(path)
