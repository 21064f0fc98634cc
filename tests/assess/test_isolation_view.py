"""``views.isolation``: proof and leads apart, nothing lost, nothing guessed, one shape whatever a judge left out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.assess.isolation import isolation
from scanner.model.target import Target
from scanner.model.verdict import Status, Verdict
from tests.golden.make_pairs import CASES, INVENTORY

SCHEMA = json.loads((Path(__file__).parents[2] / "reports/schema/result-1.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator({"$ref": "#/$defs/zone_pair", "$defs": SCHEMA["$defs"]})
AS_OF = "2026-11-24T06:14:02Z"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
KEYS = ("conclusion", "require", "paths", "coverage", "controls", "devices", "zones", "crossings")
PATH_KEYS = ("kind", "strength", "from", "to", "via", "device", "port", "token", "sent", "received", "exit", "crossing")


def view(
    observed: Any, inventory: Any = INVENTORY, target: str = "lan:internet", others: tuple[Verdict, ...] = (), as_of: str = AS_OF
) -> Any:
    verdict = Verdict(check="isolation.no-path", target=target, status=Status.UNKNOWN, severity="critical", observed=observed)  # type: ignore[arg-type]
    hosts = [Target(id="pc", kind="linux", zone="lan"), Target(id="vault", kind="linux", zone="classified")]
    found = isolation([verdict, *others], hosts, inventory, as_of)
    return json.loads(json.dumps(found[0]))


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_case_has_the_shape_of_the_schema_and_loses_no_path(name: str) -> None:
    seen = CASES[name]()
    before = copy.deepcopy(seen)
    one = view(seen)
    VALIDATOR.validate(one)
    assert seen == before, "the verdict stays as it is"
    assert len(one["paths"]) + len(one["leads"]) == len(seen["paths"]) + len(seen.get("leads", []))
    assert sum(path[step] is not None for path in one["paths"] + one["leads"] for step in ("sent", "received")) == len(one["frames"])
    assert one["conclusion"] == seen["conclusion"]


@given(
    st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(st.dictionaries(st.sampled_from(PATH_KEYS), JSON, max_size=6), max_size=3))
    | JSON
)
def test_whatever_a_judge_leaves_the_shape_holds(observed: Any) -> None:
    VALIDATOR.validate(view(observed))


def test_only_strength_a_and_b_are_paths() -> None:
    paths = [{"kind": "routed", "strength": strength} for strength in ("A", "B", "C", "D", None, "a", 1)]
    one = view({"paths": [*paths, {"kind": "lead-arp", "strength": "A"}]})
    assert [path["strength"] for path in one["paths"]] == ["A", "B"]
    assert len(one["leads"]) == 6


def test_directions_and_the_end_where_a_frame_was_captured() -> None:
    frame = {"t": 1.5, "hex": "00"}
    paths = [
        {"kind": "inward", "strength": "A", "sent": frame, "received": frame, "exit": "192.0.2.1"},
        {"kind": "tunnel", "strength": "A", "from": "internet", "to": "lan", "sent": frame},
        {"kind": "shared-mac", "strength": "B"},
        {"kind": "routed", "strength": "A", "from": "lan", "to": "internet", "received": frame},
    ]
    one = view({"paths": paths})
    assert [path["direction"] for path in one["paths"]] == ["in", "in", "both", "out"]
    assert [(frame["end"], frame["step"], frame["source"]) for frame in one["frames"]] == [
        ("outer", "sent", None),
        ("inner", "received", "192.0.2.1"),
        ("outer", "sent", None),
        ("outer", "received", None),
    ]


def test_paper_of_a_crossing_is_measured_by_the_day_of_the_run() -> None:
    def paper(as_of: str = AS_OF, **change: Any) -> tuple[str, list[str]]:
        inventory = copy.deepcopy(INVENTORY)
        inventory["crossings"][0] |= change
        one = view({}, inventory, as_of=as_of)["crossings"][0]
        return one["paper"], one["missing"]

    assert paper() == ("complete", [])
    assert paper("2027-01-01T23:59:59Z") == ("complete", [])
    assert paper("2027-01-02T00:00:00Z") == ("expired", [])
    assert paper(certificate=None, approval="") == ("missing", ["certificate", "approval"])
    assert view({}, target="classified:lan")["crossings"] == []


def test_related_verdicts_are_those_about_the_pair_its_zones_or_the_unit() -> None:
    def other(check: str, target: str) -> Verdict:
        return Verdict(check=check, target=target, status=Status.UNMET, severity="high")  # type: ignore[arg-type]

    others = (
        other("isolation.dual-homed", "pc"),
        other("isolation.dual-homed", "vault"),
        other("isolation.leads", "lan:internet"),
        other("isolation.leads", "classified:lan"),
        other("isolation.declared", "330100-001"),
        other("linux.telnet-off", "pc"),
    )
    assert view({}, others=others)["related"] == [1, 3, 5]


def test_controls_stand_by_end_and_an_end_without_any_has_a_line() -> None:
    good = {"good": 3, "failed": 1, "first": 1.0, "last": 9.0, "how": ["arp"], "neighbours": ["192.0.2.1"]}

    def phases(**seen: Any) -> list[tuple[str, Any, list[bool | None]]]:
        return [(line["end"], line["good"], list(line["phases"].values())) for line in view(seen)["controls"]]

    assert phases() == [("in", None, [None] * 3), ("out:edge", None, [None] * 3)]
    lacks = [{"where": "in", "why": "control-after"}, {"where": "out:far", "why": "control-before"}, "junk"]
    assert phases(controls={"in": good, "out:far": good | {"good": 0}}, lacks=lacks) == [
        ("in", 3, [True, True, False]),
        ("out:edge", None, [None] * 3),
        ("out:far", 0, [False] * 3),
    ]
    assert phases(controls={"in": good})[0] == ("in", 3, [None] * 3)


def test_an_exit_and_a_box_are_named_by_what_people_know_of_them() -> None:
    def named(**path: Any) -> tuple[Any, ...]:
        one = view({"paths": [{"kind": "routed", "strength": "A", **path}]})["paths"][0]
        return one["device"], one["mac"], one["exit"]

    station = {"mac": "02:00:00:00:02:01", "addresses": ["192.0.2.1", "192.0.2.2"]}
    assert named(via="192.0.2.2", device=station, exit={"address": "198.51.100.7", "mac": "02:00:00:00:64:01"}) == (
        "192.0.2.2", "02:00:00:00:02:01", "198.51.100.7",
    )  # fmt: skip
    assert named(via="02:00:00:00:02:01", device=station, exit={"address": "", "mac": "02:00:00:00:64:01"})[0::2] == (
        "192.0.2.1",
        "02:00:00:00:64:01",
    )
    assert named(via="core-sw") == ("core-sw", None, None)
    assert named() == (None, None, None)
