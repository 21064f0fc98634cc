"""The page in a real browser: no request, no error, both languages, search, a large run, paper."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.html import render
from tests.golden.make_large import large
from tests.golden.make_result import small
from tests.reports.chromium import Page, page

pytestmark = pytest.mark.lab
SHOWN = "[...document.querySelectorAll('{}')].filter(e => e.offsetParent !== null).length"


def _quiet(browser: Page, url: str) -> None:
    assert [event["request"]["url"] for event in browser.of("Network.requestWillBeSent")] == [url]
    noise = browser.of("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening")
    assert noise == []


@pytest.fixture(scope="module")
def small_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("html") / "report.html"
    file.write_bytes(render(small()))
    return file.as_uri()


@pytest.fixture
def browser(small_page: str) -> Iterator[Page]:
    with page(small_page) as one:
        yield one


def test_no_request_no_error_and_the_language_switch(browser: Page, small_page: str) -> None:
    assert browser.run("document.documentElement.lang") == "zh-CN"
    assert browser.run("document.querySelector('h1').innerText") == "网络安全合规自查报告"
    assert browser.run(SHOWN.format("span[lang=en]")) == 0
    browser.run("document.getElementById('language').click()")
    assert browser.run("document.documentElement.lang") == "en"
    assert browser.run("document.querySelector('h1').innerText") == "Security compliance self-check report"
    assert browser.run(SHOWN.format("span[lang=zh-CN]")) == 0
    browser.run("document.getElementById('language').click()")
    assert browser.run("document.documentElement.lang") == "zh-CN"
    _quiet(browser, small_page)


def test_search_finds_and_shows_hostile_text_as_text(browser: Page, small_page: str) -> None:
    browser.run("document.getElementById('verdicts').scrollIntoView()")
    browser.wait("document.querySelectorAll('#verdict-browser tbody tr').length > 5")
    browser.run("const f=document.querySelector('#verdict-browser input'); f.value = 'audit-running'; f.dispatchEvent(new Event('input'))")
    browser.wait("document.querySelectorAll('#verdict-browser tbody tr').length === 6")
    first = browser.run("document.querySelector('#verdict-browser tbody tr').innerText")
    assert "</script><script>alert(1)</script>\\u202eexe.gnp" in first and "scan-<b>03</b>" in first
    browser.run("document.querySelector('#verdict-browser tbody .link').click()")
    assert "onerror=alert(2)" in browser.run("document.querySelector('#verdict-browser .row-more pre').innerText")
    assert browser.run("document.querySelectorAll('img, iframe, object, embed, link, #verdict-browser b').length") == 0
    browser.run("document.getElementById('evidence').scrollIntoView()")
    browser.wait("document.querySelectorAll('#evidence-browser tbody tr').length > 5")
    _quiet(browser, small_page)


def test_page_is_whole_without_scripts(small_page: str) -> None:
    with page("about:blank") as one:
        one.call("Emulation.setScriptExecutionDisabled", value=True)
        one.call("Page.navigate", url=small_page)
        one.wait("location.protocol === 'file:' && document.readyState === 'complete'")
        assert one.run(SHOWN.format("button")) == 0
        assert one.run(SHOWN.format("tr[id^=c-dams-]")) == 211
        assert one.run(SHOWN.format("span[lang=en]")) == 0
        assert one.run(SHOWN.format("#noscript-note")) == 1


def test_paper_holds_every_finding_and_the_statement_on_every_page(browser: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(browser.pdf())
    text = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True).stdout.decode("utf-8")
    pages = text.split("\f")[:-1]
    assert 10 < len(pages) < 40
    assert all("不是法定等级测评报告" in one for one in pages)
    assert all(one.count("密级待定") >= 2 for one in pages)
    flat = text.replace(" ", "")
    assert all(f"8.1.{clause}" in flat for clause in ("1.1a)", "4.1a)", "10.14d)"))
    assert flat.count("# sshd -T".replace(" ", "")) == 2, "folded excerpts are printed too"
    assert "纸面不逐条印出" in flat and "纸面不逐份印出" in flat


def test_on_a_telephone_only_tables_are_moved_sideways(browser: Page) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
    assert browser.run("document.documentElement.scrollWidth") == 390
    assert browser.run("document.querySelector('#core').scrollWidth") > 390
    tall = "Math.max(...[...document.querySelectorAll('.bars td:first-child')].map(e => e.getBoundingClientRect().height))"
    assert browser.run(tall) < 60, "names of layers are not set letter by letter"


def _worked(browser: Page) -> float:
    """Seconds of the processor that the page's own thread has taken: what else the machine does is not in them."""
    found = {metric["name"]: metric["value"] for metric in browser.call("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"])


def test_large_run_does_not_freeze(tmp_path: Path) -> None:
    file = tmp_path / "large.html"
    file.write_bytes(render(large(1000, 200)))
    with page("about:blank") as one:
        one.call("Performance.enable", timeDomain="threadTicks")
        one.visit(file.as_uri())
        loaded = _worked(one)
        assert 0.05 < loaded < 10
        one.run(
            "(async () => { document.getElementById('verdicts').scrollIntoView();"
            "while (!document.querySelector('#verdict-browser tbody tr')) await new Promise(r => setTimeout(r, 20)); })()"
        )
        shown = _worked(one) - loaded
        assert shown < 8
        one.run(
            "(async () => { const f = document.querySelector('#verdict-browser input'); f.value = 'host-0777';"
            "f.dispatchEvent(new Event('input')); while (!document.querySelector('#verdict-browser tbody').innerText.includes('host-0777'))"
            "await new Promise(r => setTimeout(r, 10)); })()"
        )
        search = _worked(one) - loaded - shown
        assert search < 3
        assert one.run("document.querySelectorAll('*').length") < 100_000
        _quiet(one, file.as_uri())
        print(f"loaded {loaded:.2f} s, first search page {shown:.2f} s, search {search:.2f} s")
