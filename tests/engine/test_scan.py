"""``shiqu scan --engine dask://…``: the scheduler is lost midway, the run is resumed here, and nothing is missing or doubled."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine.stand import Stand

pytestmark = pytest.mark.lab
SHIQU = str(Path(sys.executable).with_name("shiqu"))
HEAD = """unit: {code: x, name: 某馆}
scope: {allow: ["sqlite:./**"], authorised_by: 某人, until: 2099-12-31}
zones: {lan: {kind: lan, networks: [192.0.2.0/24]}}
systems:
  - id: s
    name: 系统
    grade: 3
    zone: lan
    targets:
"""
STORES = 4


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    lines = []
    for number in range(STORES):
        with sqlite3.connect(tmp_path / f"{number}.db") as base:
            base.execute("CREATE TABLE wj (dh TEXT, tm TEXT, mj TEXT)")
            rows = [(f"01-{n}", f"关于某事的题名{n}", "机密" if n % 5 else "公开") for n in range(3000)]
            base.executemany("INSERT INTO wj VALUES (?, ?, ?)", rows)
        base.close()
        lines.append(f'      - {{id: c{number}, kind: catalogue, url: "sqlite:///{number}.db"}}\n')
    path = tmp_path / "inventory.yaml"
    path.write_text(HEAD + "".join(lines))
    return path


def argv(inventory: Path, *more: str) -> list[str]:
    return [SHIQU, "scan", "-i", str(inventory), "--only", "holdings.*", "--format", "json", *more]


def judged(folder: Path) -> list[Any]:
    result = json.loads((folder / "result.json").read_text())
    assert all(block["reading"]["limit"] in ("cpu", "disk") for block in result["views"]["holdings"] if block["stores"])
    # The unit's declaration says when it was read; of what was counted even the digests agree.
    counts = {key for key, line in result["evidence"].items() if line["probe"] == "holdings.stores"}
    return [{**verdict, "evidence": sorted(counts & {*verdict["evidence"]})} for verdict in result["verdicts"]]


def test_a_scheduler_is_lost_and_the_run_goes_on_here(inventory: Path) -> None:
    folder = inventory.parent
    with Stand(1) as stand:
        child = subprocess.Popen(
            argv(inventory, "-o", str(folder / "run"), "--engine", stand.url), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert child.stderr is not None
        lines = [child.stderr.readline(), child.stderr.readline()]  # the unit itself, and the first store
        stand.scheduler.kill()
        _, rest = child.communicate(timeout=120)
    assert child.returncode == 5 and stand.url in rest and "--resume" in rest and "Traceback" not in rest, rest
    assert (folder / "run" / "shelf.zip").is_file() and all("完成" in line for line in lines)
    done = subprocess.run(argv(inventory, "--resume", str(folder / "run")), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.count("完成") <= STORES - 1, done.stderr
    whole = subprocess.run(argv(inventory, "-o", str(folder / "whole")), capture_output=True, text=True, check=False)
    assert whole.returncode == 1, whole.stderr
    assert judged(folder / "run") == judged(folder / "whole")


def test_no_scheduler_means_no_folder(inventory: Path) -> None:
    done = subprocess.run(
        argv(inventory, "-o", str(inventory.parent / "run"), "--engine", "dask://127.0.0.1:9"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "dask://127.0.0.1:9" in done.stderr and not (inventory.parent / "run").exists()
