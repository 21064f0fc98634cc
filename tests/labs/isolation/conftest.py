"""How the lab's topologies are run: a failed one once more (told in the end), and rounds of `make endurance`, which tries none twice.

A second try is no cure: it is counted, named and printed, and whoever sees one looks for its cause.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.labs.isolation.rounds import digest, passed, row

FIRST = "first try failed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the lab; they hold where its folder is named on the command line."""
    lab = parser.getgroup("isolation lab")
    lab.addoption("--tries", type=int, default=2, help="how often a topology of the isolation lab is tried at most")
    lab.addoption("--rounds", default=None, metavar="FILE", help="write each outcome to FILE, and leave out what stands there as passed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what an earlier, broken-off run has passed."""
    name = config.getoption("rounds", None)
    if name is None:
        return
    done = passed(Path(name), digest())
    left = [item for item in items if item.nodeid not in done]
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in done])
    items[:] = left


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a lab's item here; again when it failed."""
    if item.get_closest_marker("isolation") is None and item.get_closest_marker("lab") is None:
        return None
    tries = 1 if item.get_closest_marker("slow") is not None else item.config.getoption("tries", 2)
    told: Any = item.ihook
    told.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    failed: list[str] = []
    while True:
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        first = next((report for report in reports if report.failed), None)
        if first is None or len(failed) + 1 >= tries:
            break
        failed.append(str(first.longrepr)[-4000:])
        item._initrequest()  # type: ignore[attr-defined]
    for report in reports:
        report.sections += [(FIRST, text) for text in failed]
        told.pytest_runtest_logreport(report=report)
    told.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


class Tally:
    """Where the outcomes come together: retries for the closing words, rounds for their file."""

    def __init__(self, config: pytest.Config) -> None:
        self._rounds = config.getoption("rounds", None)
        self._digest = digest() if self._rounds else ""
        self.again: dict[str, str] = {}
        """Topologies that needed another try: the last line of why."""
        self.count = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one topology."""
        if report.when != "call" and not (report.when == "setup" and report.outcome != "passed"):
            return
        self.count += 1
        for name, text in report.sections:
            if name == FIRST:
                self.again[report.nodeid] = next((line for line in reversed(text.splitlines()) if line.startswith("E ")), text[-200:])
        if self._rounds:
            with Path(self._rounds).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row(report.nodeid, report.outcome, report.duration, self._digest), ensure_ascii=False) + "\n")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The closing words."""
        terminalreporter.write_line(f"{self.count} run, {len(self.again)} of the labs needed a second try")
        for name, why in sorted(self.again.items()):
            terminalreporter.write_line(f"  second try: {name}: {why[:300]}")


def pytest_configure(config: pytest.Config) -> None:
    """Count in the process that reports, not in its workers."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Tally(config), "isolation-tally")
