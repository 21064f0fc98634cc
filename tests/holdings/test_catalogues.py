"""Generated catalogues through the whole river: every classified record found, no trap called classified, every degree right, no title anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.gather import Hearing
from scanner.collect.holdings.scan import ask_holdings
from scanner.facts.fact import spec_by_probe
from scanner.facts.holdings import Holdings, mixing
from scanner.ledger.pack import unpack
from scanner.ledger.shelf import Shelf
from scanner.model.evidence import Answer
from scanner.model.target import Target
from tests.holdings.catalogues import places, write
from tests.holdings.maker import Place

SEEDS = (20261125, 77, 4096)


def databases(seed: int, folder: Path) -> Iterator[tuple[Place, Path]]:
    made, _ = places(seed)
    made = [place for place in made if place.path.endswith(".db")]
    write(folder, made)
    for place in made:
        yield place, folder / place.path


def held(path: Path) -> tuple[Holdings, bytes]:
    url = f"file:{path}/" if path.is_dir() else f"sqlite:///{path}"
    target = Target(id="t", kind="catalogue", url=url, zone="lan")
    (evidence,) = ask_holdings(target, None, [spec_by_probe("holdings.stores").probe], Hearing(time.monotonic() + 60))
    found = Holdings.read(Answer(evidence.stdout))
    assert isinstance(found, Holdings), evidence.absent
    return found, evidence.stdout


@pytest.mark.parametrize("seed", SEEDS)
def test_every_record_and_every_degree(seed: int, tmp_path: Path) -> None:
    for place, path in databases(seed, tmp_path):
        found, _ = held(path)
        counted = {store.path.partition("#")[2]: dict(store.counts) for store in found.stores}
        for table in place.tables:
            assert counted[table.name] == table.counts(), (place.path, table.name)
        every = mixing(found, classified_zone=False)
        assert {item.degree for item in every if item.certainty == "confirmed"} == place.degrees, place.path
        assert {item.degree for item in every if item.certainty == "suspected"} >= place.suspected, place.path
        assert not found.unread


@pytest.mark.parametrize("seed", SEEDS)
def test_a_folder_of_everything(seed: int, tmp_path: Path) -> None:
    made, titles = places(seed)
    write(tmp_path, made)
    found, raw = held(tmp_path)
    counted = {store.path: dict(store.counts) for store in found.stores}
    for place in made:
        for table in place.tables:
            path = f"{place.path}#{table.name}" if table.name else place.path
            assert counted[path] == table.counts(), path
    degrees = {(item.degree, item.where) for item in mixing(found, classified_zone=False) if item.certainty == "confirmed"}
    assert {
        ("D1", "one/mixed_gbk.csv"),
        ("D1", "two/mixed.csv"),
        ("D2", "three"),
        ("D3", "split.db"),
        ("D7", "index.db#doc_fts"),
        ("D0", "volumes_named.db#kj_aj"),
        ("D0", "five/案卷目录.csv"),
        ("D1", "six/paged.csv"),
    } <= degrees
    assert {degree for degree, where in degrees if where.startswith("seven")} == {"X0"}
    assert not {where for _, where in degrees} & {"three/open.csv", "four/open.csv", "four", "open.db", "released.db", "cipher.db"}
    assert sorted(piece for piece in pieces(titles) if piece in raw.decode()) == []


def test_a_pure_classified_store_in_its_own_zone_is_not_mixed(tmp_path: Path) -> None:
    found = {place.path: held(path)[0] for place, path in databases(5, tmp_path) if place.path in ("secret.db", "split.db")}
    assert mixing(found["secret.db"], classified_zone=True) == []
    assert {item.degree for item in mixing(found["split.db"], classified_zone=True)} == {"D3"}


def inventory(folder: Path, names: list[str]) -> Path:
    targets = ", ".join(
        f"{{id: {Path(name).stem.replace('_', '-')}, kind: catalogue, url: 'sqlite:////{folder}/{name}'}}" for name in names
    )
    text = f"""
unit: {{code: "330100-001", name: 示例市档案馆}}
scope: {{allow: ["sqlite:{folder}/**", "file:{folder}/**"], authorised_by: tests, until: 2099-12-31}}
zones: {{lan: {{kind: lan, networks: [192.0.2.0/24]}}}}
systems: [{{id: dams, name: s, grade: 3, zone: lan, targets: [{targets}]}}]
"""
    path = folder / "inventory.yaml"
    path.write_text(text, "utf-8")
    return path


def pieces(titles: list[str]) -> set[str]:
    return {title[at : at + 4] for title in titles for at in range(len(title) - 3)}


def test_through_the_command_line_and_no_title_anywhere(tmp_path: Path) -> None:
    made, titles = places(99)
    made = [place for place in made if place.path.endswith(".db")]
    store, out = tmp_path / "data", tmp_path / "out"
    write(store, made)
    book = inventory(store, [place.path for place in made])
    argv = [
        str(Path(sys.executable).with_name("shiqu")),
        "scan",
        "-i",
        str(book),
        "-p",
        "segregation",
        "-o",
        str(out),
        "--format",
        "html,json",
    ]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    assert result.returncode == 1, result.stdout + result.stderr
    data: dict[str, Any] = json.loads((out / "result.json").read_text("utf-8"))
    verdicts = {line["target"]: line for line in data["verdicts"] if line["check"] == "holdings.segregated"}
    assert set(verdicts) == {Path(place.path).stem.replace("_", "-") for place in made} | {"330100-001"}
    for place in made:
        line = verdicts[Path(place.path).stem.replace("_", "-")]
        confirmed = {item["degree"] for item in line["observed"]["mixing"] if item["certainty"] == "confirmed"}
        assert confirmed == place.degrees, place.path
        undecided = any("U" in table.truth for table in place.tables)
        suspected = any("R" in table.truth for table in place.tables)
        assert line["status"] == ("unmet" if confirmed else "unknown" if undecided else "awaits-person" if suspected else "met"), place.path
    states = {hazard["id"]: hazard["state"] for hazard in data["core_hazards"]}
    assert states["CH1"] == "confirmed" and states["CH2"] == "confirmed"
    texts = [
        result.stdout,
        result.stderr,
        *(path.read_text("utf-8") for path in sorted(out.iterdir()) if path.suffix in (".json", ".html")),
    ]
    shelf = Shelf(out / "shelf.zip")
    answers = [unpack(shelf.object(key))[1] for _, _, key, _ in shelf.records()]
    texts += [answer.text for answer in answers if isinstance(answer, Answer)]
    shelf.close()
    for text in texts:
        assert sorted(piece for piece in pieces(titles) if piece in text) == []


def test_what_spans_two_targets_is_said_of_the_unit(tmp_path: Path) -> None:
    made = [place for place in places(7)[0] if place.path in ("secret.db", "open.db")]
    store, out = tmp_path / "data", tmp_path / "out"
    write(store, made)
    book = inventory(store, [place.path for place in made])
    argv = [
        str(Path(sys.executable).with_name("shiqu")),
        "scan",
        "-i",
        str(book),
        "--only",
        "holdings.segregated",
        "-o",
        str(out),
        "--format",
        "json",
    ]
    result = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    data: dict[str, Any] = json.loads((out / "result.json").read_text("utf-8"))
    verdicts = {line["target"]: line for line in data["verdicts"] if line["check"] == "holdings.segregated"}
    assert set(verdicts) == {"open", "secret", "330100-001"}, result.stderr
    unit = verdicts["330100-001"]
    assert unit["status"] == "awaits-person" and unit["observed"]["stores"] == []
    assert {(item["degree"], item["where"]) for item in unit["observed"]["mixing"]} == {("D5", "open + secret")}
    assert verdicts["open"]["status"] == "met" and verdicts["secret"]["status"] == "unmet"


def test_the_units_own_dictionary_decides_codes_that_nothing_else_explains(tmp_path: Path) -> None:
    place = next(place for place in places(11)[0] if place.path == "coded_nothing.db")
    write(tmp_path, [place])
    (table,) = place.tables
    codes = {key: "机密" if key in ("3", "4") else "公开" for key in {row["secret_level"] for row in table.rows}}
    book = inventory(tmp_path, [place.path])
    book.write_text(f"codes: {{t_item.secret_level: {json.dumps(codes, ensure_ascii=False)}}}\n{book.read_text('utf-8')}", "utf-8")
    argv = [
        str(Path(sys.executable).with_name("shiqu")),
        "scan",
        "-i",
        str(book),
        "--only",
        "holdings.*",
        "-o",
        str(tmp_path / "out"),
        "--format",
        "json",
    ]
    subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
    data: dict[str, Any] = json.loads((tmp_path / "out/result.json").read_text("utf-8"))
    (line,) = [line for line in data["verdicts"] if line["check"] == "holdings.segregated" and line["target"] == "coded-nothing"]
    (store,) = line["observed"]["stores"]
    secret = sum(codes[row["secret_level"]] == "机密" for row in table.rows)
    assert (store["classified"], store["open"], store["undecided"]) == (secret, len(table.rows) - secret, 0)
    assert table.counts()["U"] == len(table.rows), "without the dictionary nothing of it is decided"
