"""A folder that somebody else has written in: whatever stands there, the desk's pages come, and run nothing of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.desk import profiles
from hub.desk.commands import Done
from hub.desk.pages import assets
from tests.hub.desk.conftest import Seat

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "a day that is none": "unit: {code: '1'}\nscope: {until: 2026-13-45}\n",
    "a unit that is a word": "unit: 示例馆\n",
    "a system that is a number": "systems: [3, {id: x, targets: [1, {id: t, system: y}]}]\n",
    "systems that are a word": "systems: dams\n",
    "targets by number": "systems: [{id: x, targets: {1: 2}}]\n",
    "keys that are no words": "? [1, 2]\n: 3\nsystems: [{1: 2, id: x, targets: [{2: 3, id: t}]}]\n",
    "names of nothing": "systems: [{id: ~, name: [1], targets: [{id: {a: b}, kind: [x], address: {c: d}}]}]\n",
    "a name that grows": BOMB + "unit: {code: *i}\nsystems: [{id: s, name: *i, targets: [{id: *i, kind: *i, address: *i}]}]\n",
    "script": "unit: {name: '<script>alert(1)</script>'}\nsystems: [{id: s, name: '<script>1', targets: [{id: '\"><script>', kind: linux}]}]\n",
    "deep": "unit: " + "[" * 5000 + "]" * 5000 + "\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_pages_come_whatever_stands_in_the_inventory(seat: Seat, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the commands say of such a file is tested where they are.
    for asking in (assets, profiles):
        monkeypatch.setattr(asking, "run", lambda *words, **more: Done(2, "", "", ""))
    seat.desk.place.inventory.write_text(text)
    for url in ("/", "/assets", "/scan"):
        answer = seat.client.get(url)
        assert answer.status_code in (200, 400), (url, answer.text[-400:])
        assert "<script>" not in answer.text and len(answer.text) < 1_000_000


def _changed(seat: Seat, change: Any) -> None:
    path = seat.desk.place.folder / "shiqu-out" / "latest" / "result.json"
    result = json.loads(path.read_text())
    change(result)
    path.chmod(0o600)
    path.write_text(json.dumps(result, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def _observed(result: dict[str, Any]) -> None:
    result["verdicts"][0]["observed"] = {"<script>": ["</pre><script>alert(1)</script>", "=cmd"]}
    result["targets"][0]["id"] = '"><script>'


CHANGES = {
    "script": _observed,
    "no texts": lambda result: result.update(texts={"checks": {}, "controls": {}}),
    "texts of another form": lambda result: result["texts"]["checks"].update({result["verdicts"][0]["check"]: {"title": "x"}}),
    "a finding of nothing": lambda result: result["systems"][0]["findings"][0].update(verdicts=[10**9]),
    "a severity that is none": lambda result: result["verdicts"][0].update(severity="<b>"),
    "evidence that is none": lambda result: result["verdicts"][0].update(evidence=["../../etc/passwd"]),
    "no hazards": lambda result: result.pop("hazards", None),
    "hazards of another form": lambda result: result.update(hazards=[3]),
    "excerpts of another form": lambda result: result.update(excerpts=[], views=3),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_pages_come_whatever_stands_in_the_result(seat: Seat, change: Any) -> None:
    _changed(seat, change)
    for url in ("/", "/findings", "/findings/0", "/hazards", "/export"):
        answer = seat.client.get(url)
        assert answer.status_code in (200, 400), (url, answer.text[-400:])
        assert "<script>" not in answer.text
