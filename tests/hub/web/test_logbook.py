"""The log as its reader sees it: words for whatever is written there, and days as people in China count them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.tables import log as rows
from hub.words import has
from tests.hub.web.stand import Browser, standing

SOURCES = sorted((Path(__file__).parents[3] / "hub").rglob("*.py"))


def written() -> Iterator[tuple[str, list[str]]]:
    """Action and names of details, wherever they stand as they are in a call that writes rows."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [one for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if name == "Entry" or (name == "write" and ast.unparse(node.func) == "log.write"):
                details = [one for one in node.args if isinstance(one, ast.Dict)]
                keys = [key.value for one in details for key in one.keys if isinstance(key, ast.Constant)]
                yield from ((str(one.value), [str(key) for key in keys]) for one in texts if str(one.value) not in ("system", "?"))


COMPUTED = ["envelope.accepted", "envelope.conflict", "envelope.refused", "order.accepted", "order.recalled", "clock.back", "clock.ahead"]
"""Actions that a call puts together."""


def test_there_are_words_for_everything_that_is_written_there() -> None:
    found = list(written())
    assert len(found) > 40
    assert [action for action in [*(one for one, _ in found), *COMPUTED] if not has(f"did.{action}")] == []
    assert [key for _, keys in found for key in keys if not has(f"detail.{key}")] == []


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Browser]:
    with standing(tmp_path) as stand:
        browser = stand.browser("aud")
        with stand.database.writing() as connection:
            for n, at, action, detail in (
                (901, "2026-03-09T15:59:59Z", "key.pin", '{"role":"hub"}'),
                (902, "2026-03-09T16:00:00Z", "login.failed", '{"known":false}'),
                (903, "2026-03-10T15:59:59Z", "notice.issue", '{"kind":"rectify","notice":"示〔2026〕1号"}'),
                (904, "2026-03-10T16:00:00Z", "made.up", '{"odd":["a","b"]}'),
            ):
                connection.execute(rows.insert().values(n=n, at=at, actor="x", action=action, detail=detail, leaf="0"))
        yield browser


def shown(browser: Browser, query: str) -> list[str]:
    text = browser.get(f"/log?actor=x&{query}").text
    return [number for number in ("901", "902", "903", "904") if f'<td class="number">{number}</td>' in text]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("day=2026-03-10", ["902", "903"]),
        ("action=login", []),
        ("action=login.failed", ["902"]),
        ("day=9999-12-31", []),
        ("day=gestern", []),
    ],
)
def test_it_is_searched_by_days_in_china_and_by_what_was_done(reader: Browser, query: str, numbers: list[str]) -> None:
    assert shown(reader, query) == numbers


def test_details_are_told_in_words_and_what_has_none_as_it_is(reader: Browser) -> None:
    text = reader.get("/log?actor=x").text
    assert "编号发出通知" in text and "整改通知" in text and "示〔2026〕1号" in text
    assert '帐户存在</small> <span class="any">否' in text
    assert "made.up" in text and "a、b" in text
