"""A person at a real browser: the printed link, a scan that is watched to its end, a hazard, by keyboard alone; no outside request."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.reports.chromium import PATIENCE, Page, page

pytestmark = pytest.mark.lab


@contextmanager
def desk(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running desk and the link that it printed."""
    argv = [sys.executable, "-P", "-m", "scanner.cli.main", "desk", "--dir", str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        try:
            assert child.stdout is not None
            link = next(found[0] for line in child.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+/\S+/enter\?token=\S+", line)))
            yield link, child
        finally:
            child.kill()


def went(one: Page, path: str) -> None:
    """The address below the desk's secret path."""
    one.wait(f"location.pathname.replace(/^\\/[^\\/]+/, '') === {path!r} && document.readyState === 'complete'")


def test_a_scan_by_keyboard_from_the_link_to_the_hazard(unit: Path) -> None:
    with desk(unit) as (link, child), page(link) as one:
        went(one, "/")
        assert one.run("document.title").startswith("概况")
        one.run("document.querySelector('nav a[href$=\"/scan\"]').focus(); document.activeElement.click()")
        went(one, "/scan")
        one.run("document.querySelector('input[value=\"core-sw\"]').focus(); document.activeElement.click()")
        one.run("document.querySelector('button[value=start]').focus(); document.activeElement.click()")
        one.wait("document.querySelector('[data-watch]') !== null")
        # Without a reload by hand: the page follows the scan and shows how it ended.
        one.wait("document.querySelector('[data-watch=\"\"]') !== null")
        assert "core-sw" in one.run("document.querySelector('pre').textContent")
        one.run("document.querySelector('a[href$=\"/findings\"]').click()")
        went(one, "/findings")
        hosts = {re.sub(r":\d+$", "", url.split("/")[2]) for url in _asked(one)}
        assert hosts <= {"127.0.0.1"}, hosts
        child.send_signal(signal.SIGINT)
        assert child.wait(PATIENCE) == 0


def _asked(one: Page) -> list[str]:
    return [str(url) for url in one.run("performance.getEntriesByType('resource').map(entry => entry.name).concat(location.href)")]


@pytest.fixture(scope="module")
def telephone(worked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, str]]:
    """A narrow window at a desk, and what all addresses of that desk begin with."""
    folder = tmp_path_factory.mktemp("telephone") / "unit"
    shutil.copytree(worked, folder, symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SHIQU_HOME", raising=False)
        patch.setenv("HOME", str(folder.parent / "person"))
        with desk(folder) as (link, _), page(link) as one:
            went(one, "/")
            # A window is never this narrow, whatever size it is given.
            one.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
            yield one, link.partition("/enter")[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", ["/", "/assets", "/scan", "/findings", "/findings/0", "/hazards", "/attest", "/export", "/dispatch"])
def test_no_page_is_wider_than_a_telephone(telephone: tuple[Page, str], path: str, lang: str) -> None:
    one, base = telephone
    one.call("Page.navigate", url=f"{base}{path}?lang={lang}")
    one.wait(f"location.search === '?lang={lang}'")
    went(one, path)
    assert one.run("screen.width") == 390
    assert one.run("document.documentElement.scrollWidth") <= 390
    assert one.run(PRESSED) == []


PRESSED = """[...document.querySelectorAll('.scroll td')].filter((one) => {
  const words = one.innerText.trim();
  return words.length > 6 && one.clientWidth < 5 * parseFloat(getComputedStyle(one).fontSize); }).map((one) => one.innerText)"""
"""Cells of tables in which words stand letter by letter."""


class _Listening(BaseHTTPRequestHandler):
    """A server that somebody else runs on the same machine."""

    heard: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.heard.append(self.headers.get("cookie", ""))
        self.send_response(200)
        self.send_header("set-cookie", "theirs=1")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def test_a_server_on_another_port_never_sees_the_cookie_of_the_desk(unit: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Listening) as other, desk(unit) as (link, _), page(link) as one:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        went(one, "/")
        for path in ("/", "/scan", "/enter"):
            one.open(f"http://127.0.0.1:{other.server_port}{path}")
            one.wait("document.readyState === 'complete'")
        other.shutdown()
        assert any("theirs" in cookie for cookie in _Listening.heard), "else the browser sent none at all"
        assert not any("shiqu" in cookie for cookie in _Listening.heard)


def _scans(folder: Path) -> list[str]:
    """Processes that scan in this folder, as /proc has them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder.resolve() and b"\0scan\0" in (process / "cmdline").read_bytes():
                found.append(process.name)
    return found


def test_a_scan_ends_with_the_desk(unit: Path) -> None:
    before = set((unit / "shiqu-out").iterdir())
    with desk(unit) as (link, child), page(link) as one:
        went(one, "/")
        one.open(link.partition("/enter")[0] + "/scan")
        one.run("document.querySelector('input[value=\"this-machine\"]').click(); document.querySelector('button[value=start]').click()")
        one.wait("document.querySelector('[data-watch$=\"/scan/state\"]') !== null")
        assert _scans(unit), "else nothing is seen to end"
        child.send_signal(signal.SIGINT)
        assert child.wait(PATIENCE) == 0
    end = time.monotonic() + PATIENCE
    while _scans(unit) and time.monotonic() < end:
        time.sleep(0.05)
    assert _scans(unit) == []
    assert [run.name for run in set((unit / "shiqu-out").iterdir()) - before if (run / "result.json").exists()] == [], (
        "it ended before its end"
    )
