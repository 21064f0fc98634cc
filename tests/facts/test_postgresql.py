"""PostgreSQL's answers: whatever comes back is read or refused, and rules that are never reached do not count."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.facts.database import HbaRule, PgHba
from scanner.facts.fact import all_specs, read
from scanner.model.absent import Absent
from scanner.model.evidence import Answer

SPECS = [spec for spec in all_specs() if spec.probe.id.startswith("postgresql.")]
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-5, 200_000), st.text(max_size=8), st.lists(st.text(max_size=4), max_size=2))
KEYS = st.sampled_from(["name", "value", "source", "pending", "rule", "login", "kind", "what", "use", "make", "version", "superuser"])


@given(st.sampled_from(SPECS), st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=4), st.binary(max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_rows_are_read_or_refused(spec, found, rest) -> None:  # type: ignore[no-untyped-def]
    answer = b"".join(json.dumps(row).encode() + b"\n" for row in found) + rest
    got = read(spec, Answer(answer))
    assert isinstance(got, spec.type | Absent)


def rule(kind: str, database: str, user: str, address: str | None, mask: str | None, method: str) -> dict[str, object]:
    shape = {"line_number": 1, "type": kind, "database": [database], "user_name": [user], "address": address, "netmask": mask}
    return {"rule": shape | {"auth_method": method, "options": [], "broken": False}}


def hba(*rules: dict[str, object]) -> PgHba:
    got = PgHba.read(Answer("".join(json.dumps(item) + "\n" for item in rules).encode()))
    assert isinstance(got, PgHba)
    return got


def test_rules_behind_one_for_everybody_are_never_reached() -> None:
    net = ("192.0.2.0", "255.255.255.0")
    found = hba(
        rule("host", "all", "all", *net, "reject"),
        rule("hostssl", "a", "b", *net, "trust"),
        rule("host", "replication", "b", *net, "trust"),
    )
    assert [item.databases for item in found.rules] == [("all",), ("replication",)]


def test_rules_behind_one_for_tls_alone_are_reached() -> None:
    net = ("192.0.2.0", "255.255.255.0")
    assert len(hba(rule("hostssl", "all", "all", *net, "reject"), rule("host", "a", "b", *net, "trust")).rules) == 2


@pytest.mark.parametrize(
    ("address", "mask", "remote", "everywhere"),
    [
        ("127.0.0.1", "255.255.255.255", False, False),
        ("127.0.0.0", "255.0.0.0", False, False),
        ("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", False, False),
        ("0.0.0.0", "0.0.0.0", True, True),
        ("::", "::", True, True),
        ("127.0.0.0", "0.0.0.0", True, True),
        ("all", None, True, True),
        ("samenet", None, True, False),
        (".example", None, True, False),
        ("192.0.2.0", "255.0.255.0", True, False),
    ],
)
def test_where_a_rule_lets_in_from(address: str, mask: str | None, remote: bool, everywhere: bool) -> None:
    one = HbaRule(1, "host", ("all",), ("all",), address, mask, "trust", ())
    assert (one.remote, one.everywhere) == (remote, everywhere)
