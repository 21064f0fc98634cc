"""``views.holdings``: nothing lost, nothing guessed, one shape whatever a judge left out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from scanner.assess.holdings import STORES, holdings, paces_of
from tests.golden.make_holdings import MEMBERS, PACES, observed, store, verdicts
from tests.golden.make_pairs import INVENTORY

SCHEMA = json.loads((Path(__file__).parents[2] / "reports/schema/result-1.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator({"$ref": "#/$defs/holding", "$defs": SCHEMA["$defs"]})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
INDEX = [["catalogues", "holdings.stores", "sha256:0", {"pace": "cpu"}], ["vault", "holdings.stores", "sha256:0", {"pace": "<b>"}]]
KEYS = ("stores", "mixing", "unread", "more_mixing", "targets", "limit", "bytes", "as_of", "functions")
LINE_KEYS = (
    "path",
    "role",
    "rows",
    "classified",
    "open",
    "levels",
    "keys",
    "reasons",
    "degree",
    "where",
    "certainty",
    "why",
    "detail",
    "method",
)


def view(seen: Any = None) -> list[Any]:
    found: list[Any] = json.loads(json.dumps(holdings(verdicts(seen), MEMBERS, INVENTORY, PACES)))
    return found


def test_every_block_has_the_shape_of_the_schema() -> None:
    blocks = view()
    assert [block["target"] for block in blocks] == ["catalogues", "vault", "330100-001"]
    for block in blocks:
        VALIDATOR.validate(block)


@given(
    st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(st.dictionaries(st.sampled_from(LINE_KEYS), JSON, max_size=6), max_size=3))
    | JSON
)
def test_whatever_a_judge_leaves_the_shape_holds(seen: Any) -> None:
    for block in holdings(verdicts(seen), MEMBERS, INVENTORY):
        VALIDATOR.validate(json.loads(json.dumps(block)))


def test_what_the_speed_hung_on_stands_beside_the_verdict_and_is_a_known_word() -> None:
    assert paces_of(INDEX) == {"catalogues": "cpu"}
    assert [block["reading"]["limit"] for block in view()] == ["cpu", None, None]


def test_the_verdict_stays_as_it_is_and_its_sums_are_the_views() -> None:
    seen = observed()
    before = copy.deepcopy(seen)
    (block, *_) = view(seen)
    assert seen == before
    for key in ("rows", "classified", "suspected", "declassified", "open", "undecided"):
        assert block["sums"][key] == sum(item[key] for item in seen["stores"])
    assert block["sums"]["stores"] == len(seen["stores"])
    assert block["reading"]["limit"] == "cpu" and block["reading"]["methods"] == {"full": len(seen["stores"])}


def test_many_stores_are_cut_by_gravity_and_the_sums_stay_whole() -> None:
    seen = {"stores": [store(f"f{n:05d}.csv", open=2) for n in range(STORES)] + [store("z.csv", classified=1)], "mixing": []}
    (block, *_) = view(seen)
    assert block["stores"][0]["path"] == "z.csv"
    assert (len(block["stores"]), block["more_stores"], block["sums"]["rows"]) == (STORES, 1, 2 * STORES + 1)


def test_what_other_checks_say_stands_beside() -> None:
    (block, vault, unit) = view()
    assert block["zone"] == {"id": "lan", "name": "档案馆局域网", "kind": "lan", "level": None}
    assert block["classified_zone"] is False and vault["classified_zone"] is None
    assert block["storage"]["lacks"] == [{"what": "file-mode", "state": "0644", "where": "mixed.db", "certain": True}]
    assert [place["place"] for place in block["custody"]["places"]] == ["outside", "undeclared", "inside"]
    assert block["opening"]["lists"][0]["keys"] == ["0123-WS·2011-Y-0007"]
    assert unit["spans"] == ["catalogues", "vault"] and vault["storage"] is None
