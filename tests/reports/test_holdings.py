"""The part about catalogue stores: pictures that lose nothing, counts in both languages, hostile names inert."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reports.holdings import container_of, holdings, overview
from reports.holdings_picture import BAR, TALLEST, Group, Row, _bar, paged
from reports.html import PARTS, render
from tests.golden.make_holdings import observed, store, with_holdings
from tests.golden.make_result import HOSTILE, small


def entry(seen: dict[str, Any] | None = None, reader: str = "annex") -> dict[str, Any]:
    return holdings(with_holdings(small(), seen), reader)[0]


def test_the_part_stands_only_where_stores_were_counted() -> None:
    bare = small()
    bare["views"].pop("holdings", None)
    assert 'id="holdings"' not in render(bare).decode()
    assert 'id="holdings"' in render(with_holdings(small())).decode()


@pytest.mark.parametrize("reader", sorted(PARTS))
def test_every_reader_sees_sums_degrees_and_a_picture(reader: str) -> None:
    page = render(with_holdings(small()), reader=reader).decode()
    part = page[page.index('<section id="holdings"') :].partition("</section>")[0]
    assert part.count('<svg class="net held"') >= 2
    for words in ("逐条判定", "counted over whole tables", "同一张表或同一个文件", "one table or file", "old.zip"):
        assert words in part, words


def test_each_degree_stands_at_the_place_that_it_holds_for() -> None:
    (picture,) = entry()["pictures"]
    boxes = {group["name"]: group for group in picture["groups"]}
    assert [chip["degree"] for chip in boxes["mixed.db"]["chips"]] == ["D3"]
    rows = {row["name"]: [chip["degree"] for chip in row["chips"]] for row in boxes["mixed.db"]["rows"]}
    assert rows == {"wsda_wj": ["X0", "D1"], "wsda_wj_bak2019": ["D7"], "sys_user": []}
    (suspected,) = boxes["suspected.db"]["rows"]
    assert [(chip["degree"], chip["certain"]) for chip in suspected["chips"]] == [("D1", False)]
    assert [chip["degree"] for chip in picture["chips"]] == ["D2", "D8"], "what holds for the whole target stands at its frame"
    assert [away["outside"] for away in picture["away"]] == [True, False]


def test_every_store_is_drawn_or_counted() -> None:
    many = {"stores": [store(f"d{n // 20}/f{n}.csv", classified=n % 2, open=3) for n in range(900)], "mixing": []}
    for reader in PARTS:
        one = entry(many, reader)
        assert sum(len(group["rows"]) for picture in one["pictures"] for group in picture["groups"]) + one["undrawn"] == 900
        assert all(picture["height"] <= TALLEST + 60 for picture in one["pictures"])
        assert len(one["stores"]) + one["stores_left"] == 900


def test_levels_and_reasons_are_those_of_every_store() -> None:
    many = {
        "stores": [store(f"f{n}.csv", classified=1) | {"levels": {"机密": 1}, "reasons": {"level": 1}} for n in range(1100)],
        "mixing": [],
    }
    result = with_holdings(small(), many)
    result["verdicts"][result["views"]["holdings"][0]["verdict"]] |= {"check": "holdings.segregated", "observed": observed() | many}
    one = holdings(result, "leader")[0]
    assert len(one["held"]["stores"]) == 1000
    assert (one["levels"], one["reasons"]) == ([("机密", 1100)], [("level", 1100)])


def test_paging_keeps_the_order_and_counts_what_is_left() -> None:
    groups = [Group(str(n), tuple(Row(str(k), {}) for k in range(8))) for n in range(30)]
    pages, left = paged(groups, 2)
    assert [group.name for page in pages for group in page] == [str(n) for n in range(30 - left)]


@pytest.mark.parametrize(
    "counts",
    [{"classified": 1, "open": 10**9}, {"suspected": 1, "undecided": 1, "open": 10**7, "classified": 3, "declassified": 1}, {"open": 5}],
)
def test_one_record_among_millions_is_seen_in_the_bar(counts: dict[str, int]) -> None:
    parts = _bar(counts)
    assert {part["kind"] for part in parts} == set(counts)
    assert all(part["width"] >= 3 for part in parts)
    assert abs(sum(part["width"] for part in parts) - BAR) < 1


def test_an_empty_store_has_no_bar() -> None:
    assert _bar({"rows": 0}) == []


@pytest.mark.parametrize(
    ("path", "container"), [("a.csv", "."), ("x/a.csv", "x"), ("x/a.zip!b/c.xlsx#目录", "x/a.zip!b/c.xlsx"), ("archive#t", "archive")]
)
def test_a_store_lies_in_its_file_or_else_in_its_folder(path: str, container: str) -> None:
    assert container_of(path) == container


def test_all_targets_stand_in_one_picture_by_zone() -> None:
    found = overview(with_holdings(small()))
    assert found is not None
    assert [group["name"] for group in found["groups"]] == ["档案馆局域网", "涉密档案网", "+"]
    assert [chip["degree"] for chip in found["groups"][2]["rows"][0]["chips"]] == ["D5"]


def test_hostile_names_are_inert() -> None:
    seen = copy.deepcopy(observed())
    for item in seen["stores"]:
        item["path"] += HOSTILE
    seen["unread"][0]["path"] = HOSTILE
    page = render(with_holdings(small(), seen)).decode("utf-8")
    assert "<script>alert" not in page and "<img src" not in page and "\x1b" not in page
