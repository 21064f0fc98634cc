"""More stores than are listed: the gravest are, and the sums are those of all."""

from __future__ import annotations

from typing import Any

import pytest

from checks.holdings import counted
from reports.plain import condensed
from tests.assess.test_holdings_view import view
from tests.holdings.test_degrees import held, store

STORES = [
    *(store(f"{at}.csv", N=2) for at in range(5)),
    store("x.csv", N=1, method="partial"),
    *(store(f"y{at}.csv", C=at, N=1, levels={"机密": at}, reasons={"level": at}) for at in (1, 2, 3)),
    store("z.csv", R=1, reasons={"misread": 1}),
]


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr(counted, "MAX_STORES", 2)
    return counted.stores(held(*STORES))


def test_the_gravest_are_listed(listed: list[dict[str, Any]]) -> None:
    assert [line["path"] for line in listed] == ["y3.csv", "y2.csv", "…", "…"]
    assert [(line["method"], line["stores"], line["classified"], line["suspected"], line["open"]) for line in listed[2:]] == [
        ("full", 7, 1, 1, 11),
        ("partial", 1, 0, 0, 1),
    ]
    assert listed[2]["levels"] == {"机密": 1} and listed[2]["reasons"] == {"level": 1, "misread": 1}


def test_sums_are_those_of_all(listed: list[dict[str, Any]]) -> None:
    block = view({"stores": listed})[0]
    wanted = {"stores": 10, "rows": 21, "classified": 6, "suspected": 1, "declassified": 0, "open": 14, "undecided": 0}
    assert block["sums"] == wanted
    assert block["reading"]["methods"] == {"full": 9, "partial": 1}
    assert condensed("holdings.segregated", {"stores": listed})["stores"] == 10


def test_what_is_not_listed_is_no_store_of_its_own(listed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.assess.holdings.STORES", 2)
    block = view({"stores": listed})[0]
    assert [one["path"] for one in block["stores"]] == ["y3.csv", "y2.csv"] and block["more_stores"] == 8


def test_few_are_listed_as_they_are() -> None:
    assert [line["path"] for line in counted.stores(held(*STORES))] == [one["path"] for one in STORES]
