"""Pictures of stores in a real browser: every label readable in both languages, nothing fetched, whole on paper."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.html import PARTS, render
from tests.golden.make_holdings import observed, store, with_holdings
from tests.golden.make_result import HOSTILE, small
from tests.reports.chromium import Page, page

pytestmark = pytest.mark.lab

OVERLAPS = """(() => {
  const found = [];
  document.querySelectorAll('svg.held').forEach((svg, n) => {
    const frame = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll('text')].filter((one) => one.getBoundingClientRect().width > 0);
    const boxes = texts.map((one) => one.getBoundingClientRect());
    boxes.forEach((a, i) => {
      if (a.left < frame.left || a.right > frame.right || a.top < frame.top || a.bottom > frame.bottom) found.push([n, 'outside', texts[i].textContent]);
      boxes.slice(i + 1).forEach((b, j) => {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 3) found.push([n, texts[i].textContent, texts[i + 1 + j].textContent]);
      });
    });
  });
  return found;
})()"""


@pytest.fixture(scope="module")
def one() -> Iterator[Page]:
    """One window for all pages."""
    with page("about:blank") as window:
        yield window


@pytest.mark.parametrize("names", ["short", "long"])
def test_every_label_can_be_read(one: Page, names: str, tmp_path: Path) -> None:
    seen = observed()
    if names == "long":
        for item in seen["stores"]:
            item["path"] = "某某市综合档案馆数字档案管理系统备份" * 4 + HOSTILE + item["path"] + "文书档案归档文件目录" * 9
        seen["stores"][0] |= dict.fromkeys(("rows", "classified", "suspected", "undecided"), 10**9)
        seen["mixing"] = [
            {"degree": d, "where": seen["stores"][0]["path"], "certainty": "suspected"} for d in ("X0", "D0", "D1", "D7", "D8")
        ]
    file = tmp_path / "held.html"
    for reader in PARTS:
        file.write_bytes(render(with_holdings(small(), seen), reader=reader))
        one.visit(file.as_uri())
        for lang in ("zh-CN", "en"):
            one.run(f"document.documentElement.lang = '{lang}'")
            assert one.run("document.querySelectorAll('svg.held').length") >= 2
            assert one.run(OVERLAPS) == [], (reader, lang)
        assert [event["request"]["url"] for event in one.of("Network.requestWillBeSent")] == [file.as_uri()]
        assert one.of("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening") == []


def test_pictures_stay_whole_on_paper(one: Page, tmp_path: Path) -> None:
    seen = {"stores": [store(f"folder{n // 7}/catalogue{n}.csv", classified=1 + n % 3, open=n) for n in range(98)], "mixing": []}
    file, paper = tmp_path / "held.html", tmp_path / "held.pdf"
    file.write_bytes(render(with_holdings(small(), seen), reader="annex"))
    one.visit(file.as_uri())
    assert one.run("document.querySelectorAll('#held1 svg.held').length") == 7
    paper.write_bytes(one.pdf())
    text = subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    sheets = text.split("\f")
    for n in range(14):
        # All stores of a container stand on the sheet where its own name stands: no picture is cut.
        (sheet,) = [sheet for sheet in sheets if re.search(rf"folder{n}(?![0-9/])", sheet)]
        assert all(f"catalogue{7 * n + k}.csv" in sheet for k in range(7)), n
