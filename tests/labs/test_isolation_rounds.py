"""Rounds of the isolation lab: what was passed is not run again, what other sources did does not count, and the figures are replaced, not added to."""

from __future__ import annotations

import json
from pathlib import Path

from tests.labs.isolation import rounds


def written(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"case": "cut of')
    return path


def test_only_what_passed_with_these_sources_is_left_out(tmp_path: Path) -> None:
    file = written(
        tmp_path / "rounds",
        rounds.row("lab/test_a.py::test_one[again1]", "passed", 9.0, "now"),
        rounds.row("lab/test_a.py::test_one[again2]", "failed", 9.0, "now"),
        rounds.row("lab/test_a.py::test_one[again3]", "passed", 9.0, "before"),
    )
    assert rounds.passed(file, "now") == {"lab/test_a.py::test_one[again1]"}
    assert rounds.passed(tmp_path / "none", "now") == set()


def test_a_failure_stays_in_the_table_when_a_later_run_passed(tmp_path: Path) -> None:
    file = written(
        tmp_path / "rounds",
        rounds.row("lab/test_a.py::test_one[again1]", "failed", 9.0, "now"),
        rounds.row("lab/test_a.py::test_one[again1]", "passed", 11.0, "now"),
        rounds.row("lab/test_b.py::test_two[once]", "passed", 10.0, "now"),
    )
    found = rounds.cases(rounds.lines(file, "now"))
    assert rounds.table(found).splitlines() == [
        "2 topologies, 3 runs without a second try, 2 right, 1 wrong",
        "  test_a.py::test_one: 1 of 2 wrong",
        "  median 10 s a topology",
    ]


def test_the_figures_have_one_line_of_it(tmp_path: Path) -> None:
    figures = tmp_path / "figures.md"
    figures.write_text("# F\n\n| what | command | figure |\n|---|---|---|\n| x | `y` | z |\n\nend\n")
    for outcome in ("failed", "passed"):
        rounds.write(figures, rounds.cases([rounds.row("a.py::test_one[once]", outcome, 1.0, "now")]))
    rows = [line for line in figures.read_text().splitlines() if line.startswith(rounds.ROW)]
    assert rows == [f"{rounds.ROW} | `make endurance` | 1 of 1 runs of 1 topologies, each at least 1 times, no second tries |"]
    assert figures.read_text().endswith("\n\nend\n")
