"""Every example of every sheet is a test."""

import pytest

from scanner.rulebook.book import Check
from scanner.rulebook.sheet import Example
from scanner.testing import run_example

SHIQU_PACKAGES = [
    "checks.linux",
    "checks.database",
    "checks.netdev",
    "checks.middleware",
    "checks.web",
    "checks.site",
    "checks.isolation",
    "checks.holdings",
    "checks.backup",
]


def test_example(shiqu_example: tuple[Check, Example]) -> None:
    run_example(*shiqu_example)


def test_every_sheet_has_the_four_kinds_of_examples() -> None:
    from scanner.rulebook.book import rulebook

    for check in rulebook().checks.values():
        expects = [e.expect.value for e in check.sheet.examples]
        assert "unknown" in expects, check.id
        assert "met" in expects or "awaits-person" in expects, check.id
        assert "unmet" in expects or "awaits-person" in expects, check.id
        assert len(expects) >= 4, check.id


@pytest.mark.parametrize("word", ["absent"])
def test_every_sheet_shows_absent_evidence(word: str) -> None:
    from scanner.rulebook.book import rulebook

    for check in rulebook().checks.values():
        assert any(word in data for e in check.sheet.examples for data in e.answers.values()), check.id
