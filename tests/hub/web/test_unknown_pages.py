"""Pages of those of whom nothing, or only figures, is known: no nought and no “none” that would read as if all were well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.courier.masked import rows as masked_rows
from hub.intake.fold import fold_all
from hub.intake.summary import SCHEMA
from hub.registry import duties, keys
from scanner.ledger.bulletin_shape import LINES
from tests.hub.post import Sender, bulletin, hazard
from tests.hub.web.stand import Browser, Stand, standing


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with standing(tmp_path) as made:
        yield made


def report(stand: Stand, code: str, *, figures: bool = False) -> None:
    """A run with three hazards."""
    sender = Sender(code)
    with stand.database.writing() as connection:
        keys.pin(connection, code, sender.key.public.pem, since="2020-01-01", role="unit")
    content = bulletin(code, hazards=[hazard(number) for number in (1, 2, 3)])
    if figures:
        content = {name: value for name, value in content.items() if name not in LINES}
    assert stand.state.door is not None
    found = stand.state.door.accept(sender.seal(content, disclosure="figures" if figures else "masked"), "http")
    assert found.code == "accepted", found.error
    fold_all(stand.database)


def told(browser: Browser, url: str) -> str:
    """What the page says, without the menu."""
    page = browser.get(url)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]))


def test_a_region_without_any_report_shows_no_noughts(stand: Stand) -> None:
    report(stand, "U3")
    with stand.database.writing() as connection:
        duties.bind(connection, "N", "gbt22239-l3", "quarter", due=20, since="2026-01-01")
    said = told(stand.browser("n"), "/dashboard?unit=K1")
    assert "0 / 2" in said and "这里没有一家上报" in said
    assert re.findall(r"(?<![\d/-])0(?![\d/-])", re.sub(r"0 / \d", "", said)) == []
    for words in ("未销号隐患：风险类别", "不满足最多的检查项", "复发最多的单位", "没有。"):
        assert words not in said


def test_a_region_with_a_report_shows_its_figures(stand: Stand) -> None:
    report(stand, "U1")
    said = told(stand.browser("n"), "/dashboard?unit=K1")
    assert "1 / 2" in said and "这里没有一家上报" not in said and "不满足最多的检查项" in said
    assert "未隔离" in said and not re.search(r"\bCH[1-4]\b", said)


def test_the_hazards_of_a_silent_unit_are_unknown(stand: Stand) -> None:
    said = told(stand.browser("n"), "/u/U1")
    assert "从未上报，有没有隐患不明" in said and "共 0" not in said


def test_the_hazards_of_who_reports_figures_are_counted(stand: Stand) -> None:
    report(stand, "U1", figures=True)
    person = stand.browser("n")
    for url in ("/u/U1", "/hazards", "/hazards?unit=K1"):
        assert "另有 3 条未销号的隐患只报了数字" in told(person, url)
    assert "只报了数字" not in told(person, "/hazards?unit=K2")


def test_a_silent_unit_of_a_hub_below_has_no_noughts(stand: Stand) -> None:
    report(stand, "U1")
    with stand.database.writing() as connection:
        lines = masked_rows(connection, stand.units["K1"].path)
    assert [bool(line["finished"]) for line in sorted(lines, key=lambda line: line["finished"])] == [False, True]
    sender = Sender("C1")
    with stand.database.writing() as connection:
        keys.pin(connection, "C1", sender.key.public.pem, since="2020-01-01", role="hub")
    content = {"schema": SCHEMA, "unit": "C1", "registered": 2, "periods": {"now": {"units": 1}}, "units": lines}
    assert stand.state.door is not None
    found = stand.state.door.accept(sender.seal(content, kind="summary", disclosure="masked"), "cli")
    assert found.code == "accepted", found.error
    page = stand.browser("n").get("/below/C1").text
    first, second = re.findall(r"<tr><td class=\"nowrap\"><code>.*?</tr>", page, re.S)
    assert "从未上报" not in first and "从未上报" in second
    assert second.count("—") == 5 and not re.search(r">0<", second)
