"""The part about zone pairs: what is drawn, what is proven, what a stranger can recompute, and that nothing acts."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import shutil
import subprocess
import sys
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import frames
from reports.html import PARTS, render
from reports.isolation import pairs
from reports.lanes import LANES, fit, lanes, pictures, spans
from reports.picture import LEFT, RIGHT, picture
from reports.words import catalogue
from scanner.cli.pair_lines import pair_lines
from tests.golden.make_pairs import CASES, SEED, observed, payload, with_pair
from tests.golden.make_result import HOSTILE, small
from tests.reports.test_html import ALLOWED, LOADING, read

GOLDEN = Path(__file__).parents[1] / "golden"
BASE = small()
CONCLUSIONS = (
    *("breach_proven", "dual_attachment_found", "approved_crossing", "approved_crossing_unproven", "approved_crossing_violated"),
    *("logical_only", "no_path_observed", "not_tested"),
)


def part(name: str, reader: str = "liaison", **more: Any) -> str:
    """The part about the pair ``lan:internet``."""
    return cut(render(with_pair(BASE, CASES[name]() | more), reader=reader))


def cut(page: bytes) -> str:
    return page.decode("utf-8").split('<section id="isolation"')[1].split("</section>")[0]


def block(name: str) -> dict[str, Any]:
    view: dict[str, Any] = with_pair(BASE, CASES[name]())["views"]["isolation"][0]
    return view


@pytest.mark.parametrize("name", ["clean", "untested", "absent", "violated", "sweep"])
def test_golden(name: str) -> None:
    text = part(name)
    file = GOLDEN / f"pair.{name}.html"
    if os.environ.get("SHIQU_GOLDEN") == "write":
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


@pytest.mark.parametrize("reader", sorted(PARTS))
@pytest.mark.parametrize("name", sorted(CASES))
def test_the_caution_stands_with_every_conclusion_and_reader(name: str, reader: str) -> None:
    text = part(name, reader)
    assert "扫描只能推翻隔离，不能证明隔离" in text and "未发现通路 ≠ 已物理隔离" in text
    claims = re.findall("[^。>]*已物理隔离", text)
    assert claims and all(re.search("≠|不等于", claim) for claim in claims)


def test_every_conclusion_has_its_words() -> None:
    for name in CONCLUSIONS:
        assert {f"isolation.{name}", f"pair-says.{name}", f"pair-gap.{name}", f"pair-gap-note.{name}"} <= set(catalogue())
        text = cut(render(with_pair(BASE, observed(name, []))))
        assert catalogue()[f"pair-says.{name}"]["zh"] in text


def test_a_result_without_the_view_has_no_such_part() -> None:
    result = copy.deepcopy(BASE)
    del result["views"]["isolation"]
    for reader in PARTS:
        assert b'id="isolation"' not in render(result, reader=reader)
    assert pair_lines(result) == []


@pytest.mark.parametrize("reader", sorted(PARTS))
def test_hostile_names_are_inert(reader: str) -> None:
    def poison(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: poison(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [poison(item, key) for item in value]
        kept = ("conclusion", "strength", "require", "hex", "state", "from", "to")
        return value + HOSTILE if isinstance(value, str) and key not in kept else value

    clean_page, page = (render(with_pair(BASE, seen), reader=reader) for seen in (CASES["breach"](), poison(CASES["breach"]())))
    text = cut(page)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)
    parsed = read(page)
    assert {tag for tag, _ in parsed.tags} <= ALLOWED
    assert sum(tag == "script" for tag, _ in parsed.tags) == sum(tag == "script" for tag, _ in read(clean_page).tags)
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on") or name in LOADING]


def test_no_lead_is_ever_drawn_and_a_clean_pair_has_no_arrow() -> None:
    entry = pairs(with_pair(BASE, CASES["breach"]()), "liaison")[0]
    assert [lane.kinds for lane in entry["leads"]] == [("lead-router-advertisement",), ("lead-answer",)]
    assert all(lane.strength in ("A", "B") for lane in entry["lanes"])
    text = part("clean")
    assert 'class="head"' not in text and 'class="gap' in text
    assert part("untested").count("gap silent") == 1


def test_forty_paths_are_all_drawn_and_a_sweep_is_one_arrow_a_kind() -> None:
    drawn, left_out = pictures(block("forty")["paths"], one=False)
    assert left_out == 0 and sum(len(lane.paths) for lanes_ in drawn for lane in lanes_) == 40
    assert all(len(one) <= LANES for one in drawn)
    one, left_out = pictures(block("forty")["paths"], one=True)
    assert len(one) == 1 and left_out == 0
    drawn, _ = pictures(block("sweep")["paths"], one=False)
    assert [lane.protocols for lane in drawn[0]] == [("IP 0–255",), ("TCP 1–9099, 9108–65535",), ("IPv6 UDP 53",), ("VLAN 1–4094",)]
    assert [lane.count for lane in drawn[0]] == [256, 65527, 1, 4094]


@pytest.mark.parametrize("name", sorted(CASES))
def test_boxes_do_not_overlap_and_nothing_leaves_the_picture(name: str) -> None:
    view = block(name)
    for lanes_ in pictures(view["paths"], one=False)[0] or [[]]:
        drawn = picture(view, lanes_)
        for boxes in (drawn["devices"], drawn["sentinels"]):
            ends = [(box["y"], box["y"] + box["height"]) for box in boxes]
            assert all(a[1] < b[0] for a, b in pairwise(ends))
            assert all(zone["y"] < start and end < zone["y"] + zone["height"] for start, end in ends for zone in drawn["zones"])
        rows = [arrow["y"] for arrow in drawn["arrows"]]
        assert all(b - a >= 40 for a, b in pairwise(rows))
        for arrow in drawn["arrows"]:
            assert arrow["segments"][0]["from"] == LEFT and arrow["segments"][-1]["to"] == RIGHT


@given(st.lists(st.integers(1, 65535), min_size=1, max_size=60))
def test_spans_name_every_port(ports: list[int]) -> None:
    text = spans([str(port) for port in ports], 100)
    named = {n for one in text.split(", ") for low, _, high in [one.partition("–")] for n in range(int(low), int(high or low) + 1)}
    assert named == set(ports)


@given(st.text(max_size=40), st.integers(2, 30))
def test_fit_never_takes_more_room(text: str, width: int) -> None:
    used = sum(1.8 if ord(char) > 0x2E7F else 1.0 for char in fit(text, width))
    assert used <= width + 1


@pytest.mark.parametrize("name", ["breach", "forty", "violated"])
def test_the_token_is_marked_in_both_frames_and_recomputed_by_the_printed_recipe(name: str, tmp_path: Path) -> None:
    proofs = [proof for proof in pairs(with_pair(BASE, CASES[name]()), "annex")[0]["proofs"] if proof["token"]]
    assert proofs
    for number, proof in enumerate(proofs):
        assert [frame["step"] for frame in proof["frames"]] == ["sent", "received"]
        assert all(frame["marks"] for frame in proof["frames"])
        own_hex = proof["token"]["magic"], proof["token"]["hex"]
        if number >= 3:
            continue
        ran = subprocess.run([sys.executable, "-c", proof["recipe"]["python"]], cwd=tmp_path, capture_output=True, text=True, check=True)
        magic, own = ran.stdout.split()
        assert (magic, own) == own_hex
        assert len(proof["recipe"]["python"].split("\n")) == 3
        if shutil.which("openssl"):
            shell = subprocess.run(["sh", "-c", proof["recipe"]["shell"]], capture_output=True, text=True, check=True)
            assert shell.stdout.replace(" ", "").strip() == own


def test_without_a_seed_in_the_result_the_recipe_reads_the_plan(tmp_path: Path) -> None:
    (tmp_path / "PLAN").write_text(json.dumps({"seed": SEED.hex()}))
    for seed in (None, "", "zz" * 32, '"; import os; "' + "5f" * 25):
        made = frames.recipe({"label": "in/1", "index": 3, "hex": None, "magic": None, "rule": None}, seed)
        assert made is not None and made["seed"] == "" and "hexkey:$SEED" in made["shell"] and "SEED=" not in made["shell"]
        ran = subprocess.run([sys.executable, "-c", made["python"]], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert ran.stdout.split() == [payload("in/1", 3)[:8].hex(), payload("in/1", 3)[-8:].hex()]


@pytest.mark.parametrize("label", ["in/1'; touch x; '", "in/$(id)", 'in/"); import os #', "哨兵\u202e/1", "\udcff"])
def test_a_hostile_label_stays_a_label(label: str) -> None:
    made = frames.recipe({"label": label, "index": 3, "hex": None, "magic": None, "rule": None}, None)
    assert made is not None
    constants = [node.value for node in ast.walk(ast.parse(made["python"])) if isinstance(node, ast.Constant)]
    assert label.encode("utf-8", "surrogatepass") in constants and made["python"].isascii()
    assert [type(one).__name__ for one in ast.parse(made["python"]).body] == ["Import", "Assign", "Expr"]
    if made["shell"]:
        spoken = made["shell"].split(" | ")[0]
        assert subprocess.run(["sh", "-c", spoken], capture_output=True, check=True).stdout == label.encode()


@pytest.mark.parametrize(("index", "known"), [(None, False), (-1, False), (2**32, False), (0, True), (65535, True)])
def test_no_recipe_without_an_index_that_can_be(index: int | None, known: bool) -> None:
    assert (frames.recipe({"label": "in/1", "index": index, "hex": None, "magic": None, "rule": None}, None) is not None) is known


def test_marks_find_the_token_in_every_form() -> None:
    whole = payload("in/7", 443)
    own, after = whole[-8:], ((int.from_bytes(whole[-8:-4], "big") + 1) % 2**32).to_bytes(4, "big")
    forms = {
        b"..." + whole: [("payload", 3, 24)],
        b"?" + whole.hex().upper().encode(): [("text", 1, 48)],
        b"1234" + own: [("own", 4, 8)],
        b"x" + own[:4] + b"yy" + whole[:4]: [("seq", 1, 4), ("magic", 7, 4)],
        b"xx" + after: [("ack", 2, 4)],
        b"nothing": [],
    }
    for frame, wanted in forms.items():
        for line in (
            {"label": "in/7", "index": 443, "hex": own.hex(), "magic": whole[:8].hex()},
            {"label": "in/7", "index": 443, "hex": whole.hex(), "magic": None},
        ):
            token = frames.token_of(line)
            assert token is not None
            assert [(mark.what, mark.start, mark.end - mark.start) for mark in frames.marks(frame, token)] == wanted
    for odd in (None, {"label": None, "index": None, "hex": "0", "magic": None}, {"label": "", "index": 1, "hex": "00", "magic": ""}):
        assert frames.token_of(odd) is None


@given(st.binary(max_size=1600), st.integers(0, 1500))
def test_rows_show_every_marked_byte_and_say_what_they_leave_out(frame: bytes, at: int) -> None:
    marked = [frames.Mark(at, at + 8, "own")] if at + 8 <= len(frame) else []
    shown = frames.rows(frame, marked)
    text = " ".join(part for _, runs, _ in shown for part, inside in runs if inside)
    assert bytes.fromhex(text) == (frame[at : at + 8] if marked else b"")
    complete = bytes.fromhex(" ".join(part for _, runs, _ in shown for part, _ in runs))
    assert complete == frame or any(offset == "…" for offset, _, _ in shown)


def test_times_that_no_calendar_can_write_are_a_dash() -> None:
    assert frames.moment(0.5) == "1970-01-01T00:00:00.500000Z"
    assert {frames.moment(one) for one in (None, float("nan"), float("inf"), -1.0, 1e300)} == {"—"}


def test_the_terminal_says_one_line_a_pair_and_the_caution() -> None:
    lines = pair_lines(BASE)
    assert len(lines) == 3 and lines[0].startswith("隔离 lan:internet：已证实存在通路；通路 3，线索 2")
    assert "不等于已物理隔离" in lines[1] and lines[2] == catalogue()["pair.caution"]["zh"]


def test_lanes_put_the_gravest_first_and_keep_a_device_together() -> None:
    found = lanes(block("violated")["paths"])
    assert [lane.style for lane in found] == ["beyond", "approved"]
    devices = [lane.device for lane in lanes(block("forty")["paths"])]
    assert len(list(groupby(devices))) == len(set(devices)) == 7
