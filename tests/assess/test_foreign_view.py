"""``views.foreign``: a host is one target or none, both answers stand side by side, and no shape of a file breaks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.assess.foreign import foreign
from scanner.collect.foreign import arf, nmap
from scanner.collect.foreign.shape import written
from scanner.model.canonical import canonical
from scanner.model.target import Target
from scanner.model.verdict import Status, Verdict
from scanner.rulebook.book import rulebook

SAMPLES = Path(__file__).parents[1] / "shelves" / "foreign"
SCHEMA = json.loads((Path(__file__).parents[2] / "reports/schema/result-1.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator({"$ref": "#/$defs/foreign", "$defs": SCHEMA["$defs"]})
INDEX = [["unit", "foreign.x", "sha256:1", {"started": "2026-01-01T00:00:00Z"}]]


def blocks(data: bytes, targets: list[Target], verdicts: list[Verdict] = []) -> list[Any]:  # noqa: B006
    found = foreign(INDEX, lambda _key: ({}, data), verdicts, targets, rulebook())
    return list(json.loads(json.dumps(found)))


def of_nmap(*targets: Target) -> list[str | None]:
    data = (SAMPLES / "nmap.xml").read_bytes()
    (block,) = blocks(written("nmap", "n.xml", data, nmap.read(data), None), list(targets))
    VALIDATOR.validate(block)
    return [host["target"] for host in block["hosts"]]


@pytest.mark.parametrize(
    "target",
    [
        Target(id="t", kind="linux", address="192.0.2.10"),
        Target(id="t", kind="web", url="http://192.0.2.10:8080/"),
        Target(id="t", kind="linux", address="::ffff:192.0.2.10"),
    ],
    ids=["address", "url", "mapped"],
)
def test_a_host_is_told_by_its_address(target: Target) -> None:
    assert of_nmap(target) == ["t" if "::" not in (target.address or "") else None, None]


def test_a_host_that_may_be_two_targets_is_none() -> None:
    assert of_nmap(*(Target(id=name, kind="linux", address="192.0.2.10") for name in ("a", "b"))) == [None, None]


@pytest.mark.parametrize("address", ["127.0.0.1", "local", "localhost", "::1"])
def test_the_loopback_tells_no_host(address: str) -> None:
    data = (SAMPLES / "openscap.arf.xml").read_bytes()
    (block,) = blocks(written("arf", "a.xml", data, arf.read(data), None), [Target(id="t", kind="linux", address=address)])
    assert block["hosts"][0]["target"] is None


@pytest.mark.parametrize(
    ("status", "differs"), [(Status.MET, False), (Status.UNMET, True), (Status.UNKNOWN, False), (Status.NOT_APPLICABLE, False)]
)
def test_a_tools_pass_stands_against_our_unmet_and_changes_nothing(status: Status, differs: bool) -> None:
    rule = "file_owner_etc_shadow"
    (check,) = (one.id for one in rulebook().checks.values() if rule in one.sheet.references.get("cac", ()))
    verdict = Verdict(check=check, target="t", status=status, severity="high", observed=None)
    data = (SAMPLES / "openscap.arf.xml").read_bytes()
    (block,) = blocks(written("arf", "a.xml", data, arf.read(data), "t"), [Target(id="t", kind="linux")], [verdict])
    VALIDATOR.validate(block)
    rows = [row for row in block["rows"] if row["key"] == rule]
    assert [(row["means"], row["check"], row["verdict"], row["differs"]) for row in rows] == ([("pass", check, 0, True)] if differs else [])
    assert block["differing"] == differs


def test_what_is_no_foreign_file_of_ours_is_left_out() -> None:
    assert blocks(b"{", []) == blocks(b'{"schema":"x"}', []) == blocks(b"[]", []) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6), lambda inner: st.lists(inner, max_size=7), max_leaves=14
)
KEYS = ("origin", "tool", "file", "bytes", "digest", "target", "hosts", "rows", "left_out", "whole")
HOST = st.dictionaries(st.sampled_from(("name", "addresses", "began", "profile")), JSON, max_size=4)
ROW = st.tuples(
    st.integers(-1, 2),
    st.text(max_size=3),
    st.text(max_size=3),
    st.text(max_size=3),
    st.sampled_from(("pass", "fail", "?")),
    st.text(max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.lists(HOST, max_size=3), st.lists(ROW | JSON, max_size=4))
def test_whatever_rests_on_a_shelf_the_shape_holds(data: dict[str, Any], hosts: list[Any], rows: list[Any]) -> None:
    body = canonical({"hosts": hosts, "rows": rows} | data | {"schema": "shiqu/foreign/1"})
    for block in blocks(body, [Target(id="t", kind="linux", address="192.0.2.10")]):
        VALIDATOR.validate(block)
