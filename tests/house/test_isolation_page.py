"""The page of the isolation lab lists the topologies that there are."""

from pathlib import Path

from tests.labs.isolation.listing import page


def test_the_page_is_what_the_lab_is() -> None:
    written = (Path(__file__).resolve().parents[2] / "docs" / "isolation_lab.md").read_text("utf-8")
    assert written == page(), "python -m tests.labs.isolation.listing > docs/isolation_lab.md"
