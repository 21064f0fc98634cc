"""A person at a real browser: the printed link, a scan that is watched to its end, a hazard, by keyboard alone; no outside request."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.reports.chromium import Page, page

pytestmark = pytest.mark.lab


@contextmanager
def desk(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running desk and the link that it printed."""
    argv = [sys.executable, "-P", "-m", "scanner.cli.main", "desk", "--dir", str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        try:
            assert child.stdout is not None
            link = next(found[0] for line in child.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+/enter\?token=\S+", line)))
            yield link, child
        finally:
            child.kill()


def went(one: Page, path: str) -> None:
    one.wait(f"location.pathname === {path!r} && document.readyState === 'complete'")


def test_a_scan_by_keyboard_from_the_link_to_the_hazard(unit: Path) -> None:
    with desk(unit) as (link, child), page(link) as one:
        went(one, "/")
        assert one.run("document.title").startswith("概况")
        one.run("document.querySelector('nav a[href=\"/scan\"]').focus(); document.activeElement.click()")
        went(one, "/scan")
        one.run("document.querySelector('input[value=\"core-sw\"]').focus(); document.activeElement.click()")
        one.run("document.querySelector('button[value=start]').focus(); document.activeElement.click()")
        one.wait("document.querySelector('[data-watch]') !== null")
        # Without a reload by hand: the page follows the scan and shows how it ended.
        one.wait("document.querySelector('[data-watch=\"\"]') !== null", 120)
        assert "core-sw" in one.run("document.querySelector('pre').textContent")
        one.run("document.querySelector('a[href=\"/findings\"]').click()")
        went(one, "/findings")
        hosts = {re.sub(r":\d+$", "", url.split("/")[2]) for url in _asked(one)}
        assert hosts <= {"127.0.0.1"}, hosts
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 0


def _asked(one: Page) -> list[str]:
    return [str(url) for url in one.run("performance.getEntriesByType('resource').map(entry => entry.name).concat(location.href)")]


@pytest.mark.parametrize("path", ["/", "/assets", "/scan", "/findings", "/findings/0", "/hazards", "/attest", "/export", "/dispatch"])
def test_no_page_is_wider_than_a_telephone(unit: Path, path: str) -> None:
    with desk(unit) as (link, _), page(link, "--window-size=390,844") as one:
        went(one, "/")
        one.open(link.partition("/enter")[0] + path)
        one.wait("document.readyState === 'complete'")
        assert one.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_a_scan_ends_with_the_desk(unit: Path) -> None:
    with desk(unit) as (link, child), page(link) as one:
        went(one, "/")
        one.open(link.partition("/enter")[0] + "/scan")
        one.wait("document.readyState === 'complete'")
        one.run("document.querySelector('input[value=\"this-machine\"]').click(); document.querySelector('button[value=start]').click()")
        one.wait("document.querySelector('[data-watch=\"/scan/state\"]') !== null")
        child.send_signal(signal.SIGINT)
        assert child.wait(60) == 0
    time.sleep(0.5)
    left = subprocess.run(["pgrep", "-f", f"scanner.cli.main scan.*{unit.name}"], capture_output=True, text=True, check=False)
    running = [
        line for line in left.stdout.split() if Path(f"/proc/{line}/cwd").exists() and Path(f"/proc/{line}/cwd").resolve() == unit.resolve()
    ]
    assert running == []
