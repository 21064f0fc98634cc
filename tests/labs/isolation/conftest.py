"""A topology that fails is tried once more, and the second try is told: a machine that was busy for a moment is no fault, a fault fails twice.

`make endurance` tries none twice: what is right there was right each time.
"""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.runner import runtestprotocol


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run an item here; again when it failed."""
    if item.get_closest_marker("slow") is not None:
        return None
    told: Any = item.ihook
    told.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    if any(report.failed for report in reports):
        first = next(report for report in reports if report.failed)
        item._initrequest()  # type: ignore[attr-defined]
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        for report in reports:
            report.sections.append(("first try failed", str(first.longrepr)[-4000:]))
    for report in reports:
        told.pytest_runtest_logreport(report=report)
    told.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
