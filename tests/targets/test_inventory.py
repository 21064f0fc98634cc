"""The inventory reader: strict, line-true, and silent about secrets."""

from __future__ import annotations

import contextlib
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UseError
from scanner.rulebook.yaml_lines import load_lined
from scanner.targets.fields import address
from scanner.targets.inventory import Inventory, parse_inventory

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
