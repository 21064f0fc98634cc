"""Pictures of zone pairs in a real browser: every label readable in both languages, nothing fetched, whole on paper."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.html import render
from tests.golden.make_pairs import CASES, forty, with_pair
from tests.golden.make_result import HOSTILE, small
from tests.reports.chromium import Page, page

pytestmark = pytest.mark.lab

OVERLAPS = """(() => {
  const found = [];
  document.querySelectorAll('svg.net').forEach((svg, n) => {
    const frame = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll('text')].filter((one) => one.getBoundingClientRect().width > 0);
    const boxes = texts.map((one) => one.getBoundingClientRect());
    boxes.forEach((a, i) => {
      if (a.left < frame.left || a.right > frame.right || a.top < frame.top || a.bottom > frame.bottom) found.push([n, 'outside', texts[i].textContent]);
      boxes.slice(i + 1).forEach((b, j) => {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 3) found.push([n, texts[i].textContent, texts[i + 1 + j].textContent]);
      });
    });
    svg.querySelectorAll('.device rect, .sentinel rect, .zone rect').forEach((rect) => {
      const edge = rect.getBoundingClientRect();
      rect.parentNode.querySelectorAll('text').forEach((one) => {
        const box = one.getBoundingClientRect();
        if (box.width && (box.left < edge.left || box.right > edge.right)) found.push([n, 'wider than its box', one.textContent]);
      });
    });
    svg.querySelectorAll('.lane > text').forEach((one) => {
      const box = one.getBoundingClientRect();
      svg.querySelectorAll('.device rect, .zone rect').forEach((rect) => {
        const edge = rect.getBoundingClientRect();
        if (box.width && box.right > edge.left + 1 && box.left < edge.right - 1 && box.bottom > edge.top && box.top < edge.bottom)
          found.push([n, 'label under a box', one.textContent]);
      });
    });
  });
  return found;
})()"""


def long_names() -> dict[str, Any]:
    """Names as long and as hostile as anybody may give."""
    seen = copy.deepcopy(CASES["violated"]())
    for path in seen["paths"]:
        path["device"] = {"name": "档案数字化加工室二楼东侧出租屋私接路由器" + HOSTILE, "mac": "02:00:00:00:02:09" * 3}
        path["exit"], path["sentinel"] = "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe%" + HOSTILE, "哨兵" * 30
        path["crossing"], path["protocol"] = "单向导入" * 10, "proto-" * 20
    seen["zones"] = {"lan": {"name": "某某市综合档案馆数字档案管理局域网" * 3, "networks": ["2001:db8:ffff:ffff:ffff:ffff:ffff:0/112"] * 9}}
    return seen


@pytest.fixture(scope="module")
def one() -> Iterator[Page]:
    """One window for all pages."""
    with page("about:blank") as window:
        yield window


@pytest.mark.parametrize("name", [*sorted(CASES), "long"])
def test_every_label_can_be_read(one: Page, name: str, tmp_path: Path) -> None:
    file = tmp_path / "pair.html"
    result = with_pair(small(), long_names() if name == "long" else CASES[name]())
    for reader in ("leader", "liaison"):
        file.write_bytes(render(result, reader=reader))
        one.visit(file.as_uri())
        for lang in ("zh-CN", "en"):
            one.run(f"document.documentElement.lang = '{lang}'")
            assert one.run("document.querySelectorAll('svg.net').length") >= 1
            assert one.run(OVERLAPS) == [], (reader, lang)
        assert [event["request"]["url"] for event in one.of("Network.requestWillBeSent")] == [file.as_uri()]
        assert one.of("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening") == []


def test_pictures_stay_whole_on_paper(one: Page, tmp_path: Path) -> None:
    file, paper = tmp_path / "pair.html", tmp_path / "pair.pdf"
    file.write_bytes(render(with_pair(small(), forty())))
    one.visit(file.as_uri())
    paper.write_bytes(one.pdf())
    text = subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, check=True).stdout.decode("utf-8")
    pages = text.split("\f")
    drawn = [[number for number, one in enumerate(pages) if f"P{n:02d} " in one] for n in range(1, 41)]
    for start in range(0, 40, 10):
        assert len(set.intersection(*map(set, drawn[start : start + 10]))) >= 1, f"picture {start // 10 + 1} is cut"
    assert "hmac.digest" in text and "未发现通路≠已物理隔离" in text.replace(" ", "")
