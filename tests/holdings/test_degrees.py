"""Degrees from counts alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.facts.fact import read, spec_of
from scanner.facts.holdings import Holdings, mixing, spanning
from scanner.facts.holdings.degrees import common
from scanner.model.absent import Absent
from scanner.model.evidence import Answer
from tests.holdings.test_catalogues import held as counted


def store(path: str, **facts: Any) -> dict[str, Any]:
    counts = {code: facts.pop(code, 0) for code in "CRDNU"}
    total = sum(counts.values())
    base = {"path": path, "role": "catalogue", "rows_total": total, "rows_read": total, "method": "full", "counts": counts, "container": {}}
    return base | facts


def held(*stores: dict[str, Any]) -> Holdings:
    data = {
        "schema": "shiqu/holdings/1",
        "functions": "1",
        "as_of": "2026-11-25",
        "target": {"id": "t"},
        "stores": list(stores),
        "unread": [],
    }
    found = read(spec_of(Holdings), Answer(json.dumps(data).encode()))
    assert isinstance(found, Holdings), found
    return found


def degrees(*stores: dict[str, Any], classified_zone: bool = True) -> set[tuple[str, str, str]]:
    return {(item.degree, item.where, item.certainty) for item in mixing(held(*stores), classified_zone=classified_zone)}


SERVER = {"schema": "public", "database": "ams", "instance": "pg:1"}


@pytest.mark.parametrize(("stores", "wanted"), [
    ((store("ams/public#a", C=1, N=1, container=SERVER),),
     {("D1", "ams/public#a", "confirmed"), ("D2", "ams/public", "confirmed"), ("D3", "ams/public", "confirmed"), ("D4", "ams/public", "confirmed")}),
    ((store("ams/a#x", C=1, container=SERVER), store("ams/b#y", N=1, container=SERVER | {"schema": "b"})), {("D3", "ams", "confirmed"), ("D4", "ams", "confirmed")}),
    ((store("one/a#x", C=1, container=SERVER), store("two/b#y", N=1, container={"schema": "b", "database": "z", "instance": "pg:1"})), {("D4", ".", "confirmed")}),
    ((store("s/a.csv", C=1, container={"folder": "s", "volume": "7"}), store("o/b.csv", N=1, container={"folder": "o", "volume": "7"})), {("D5", ".", "confirmed")}),
    ((store("p.zip!a.csv", C=1, container={"archive": "p.zip"}), store("p.zip!d/b.csv", N=1, container={"archive": "p.zip"})), {("D6", "p.zip", "confirmed")}),
    ((store("x.sql#a", C=1, lineage=["dump"]), store("x.sql#b", N=1, lineage=["dump"])), {("D6", "x.sql", "confirmed")}),
    ((store("x.sql#wj", C=1, lineage=["dump"]), store("x.sql#public.wj_bak", C=1, lineage=["dump", "backup"]), store("x.sql#wj_copy", R=1, lineage=["dump"])),
     {("D7", "x.sql#public.wj_bak", "confirmed"), ("D7", "x.sql#wj_copy", "suspected")}),
    ((store("x.sql#wj", C=1, lineage=["dump"]), store("x.sql#wj_history", C=1, lineage=["dump", "history"])), {("D7", "x.sql#wj_history", "confirmed")}),
    ((store("x.db#wj", C=1), store("x.db#wj_his2019", C=1)), {("D7", "x.db#wj_his2019", "confirmed")}),
    ((store("x_bak.sql#wj", C=1, lineage=["dump", "backup"]), store("x_bak.sql#party_history", C=1, lineage=["dump", "backup"])), set()),
    ((store("a_bak", C=1, lineage=["backup"]),), {("D7", "a_bak", "confirmed")}),
    ((store("log", R=1, N=8, role="log", lineage=["log"]),), {("D7", "log", "suspected")}),
    ((store("far", C=1, zone="internet"),), {("D8", "far", "confirmed")}),
    ((store("aj", N=3, inverted=1),), {("D0", "aj", "confirmed")}),
    ((store("a", R=1, N=1),), {("D1", "a", "suspected")}),
    ((store("a", C=1, D=1),), {("D1", "a", "confirmed")}),
    ((store("a", D=5, N=5, container=SERVER),), set()),
    ((store("a", C=5, container=SERVER), store("dict", N=5, role="dictionary", container=SERVER)), set()),
    ((store("a", C=5, U=5),), set()),
])  # fmt: skip
def test_degrees(stores: tuple[dict[str, Any], ...], wanted: set[tuple[str, str, str]]) -> None:
    assert degrees(*stores) == wanted


def test_any_classified_record_outside_a_classified_zone() -> None:
    assert degrees(store("a", C=1), classified_zone=False) == {("X0", "a", "confirmed")}
    assert degrees(store("a", R=1), classified_zone=False) == {("X0", "a", "suspected")}


def test_across_targets_only_what_they_share() -> None:
    one, other = held(store("a", C=1, container=SERVER)), held(store("b", N=1, container=SERVER | {"database": "z"}))
    assert [(item.degree, item.where) for item in spanning({"one": one, "other": other})] == [("D4", "one + other")]
    assert spanning({"one": one}) == [] and spanning({"one": one, "far": held(store("b", N=1, container={"instance": "pg:2"}))}) == []


@pytest.mark.parametrize(("one", "other", "wanted"), [
    ({"instance": "pg:1", "database": "pg:1/a", "host": "192.0.2.1"}, {"instance": "pg:1", "database": "pg:1/b", "host": "192.0.2.1"}, ["D4", "D5"]),
    ({"instance": "pg:1", "host": "192.0.2.1"}, {"instance": "my:2", "host": "192.0.2.1"}, ["D5"]),
    ({"folder": "a", "volume": "7", "host": "local"}, {"folder": "b", "volume": "7", "host": "local"}, ["D5"]),
    ({"database": "/x/a.db", "volume": "7"}, {"database": "/x/a.db", "volume": "7"}, ["D3", "D5"]),
    ({"folder": "a", "volume": "7"}, {"folder": "a", "volume": "8"}, []),
])  # fmt: skip
def test_what_two_targets_share(one: dict[str, str], other: dict[str, str], wanted: list[str]) -> None:
    for first, second in (({"C": 1}, {"N": 1}), ({"N": 1}, {"C": 1})):
        found = spanning({"x": held(store("a", container=one, **first)), "y": held(store("b", container=other, **second))})
        assert [(item.degree, item.where, item.certainty) for item in found] == [(degree, "x + y", "confirmed") for degree in wanted]
    suspected = spanning({"x": held(store("a", container=one, R=1)), "y": held(store("b", container=other, N=1))})
    assert [(item.degree, item.certainty) for item in suspected] == [(degree, "suspected") for degree in wanted]


def _written(root: Path, **rows: str) -> set[tuple[str, str]]:
    for number, (name, level) in enumerate(rows.items()):
        path = root / f"{name.replace('__', '/')}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"档号,题名,密级\nX001-2001-000{number},会议材料,{level}\n", "utf-8")
    return {(item.degree, item.where) for item in mixing(counted(root)[0], classified_zone=True)}


def test_one_folder_is_the_folder_that_files_lie_in(tmp_path: Path) -> None:
    """Files side by side are D2; in folders of one target they share a volume, which a person has to look at."""
    assert _written(tmp_path / "a", secret="机密", open="公开") == {("D2", ".")}
    assert _written(tmp_path / "b", one__secret="机密", two__open="公开") == {("D5", ".")}
    assert _written(tmp_path / "c", secret="机密", two__open="公开") == {("D5", ".")}
    assert _written(tmp_path / "d", one__secret="机密", one__open="公开", two__open="公开") == {("D2", "one"), ("D5", ".")}


def test_the_innermost_place() -> None:
    assert common(["a/b/c.csv", "a/b/d.csv"]) == "a/b" and common(["x.db#t", "x.db#u"]) == "x.db" and common(["a", "b"]) == "."
    assert common(["a/b.csv"]) == "a" and common(["b.csv"]) == "." and common(["x.db#t"]) == "x.db"


@pytest.mark.parametrize("change", [
    {"rows_read": 1}, {"counts": {"C": 1, "R": 0, "D": 0, "N": 0, "U": 0}}, {"method": "guess"}, {"counts": {"C": 3, "R": 0, "D": 0, "N": -1, "U": 0}},
])  # fmt: skip
def test_counts_that_do_not_add_up_are_garbled(change: dict[str, Any]) -> None:
    data = {
        "schema": "shiqu/holdings/1",
        "functions": "1",
        "as_of": "2026-11-25",
        "target": {},
        "stores": [store("a", N=2) | change],
        "unread": [],
    }
    assert isinstance(read(spec_of(Holdings), Answer(json.dumps(data).encode())), Absent)
