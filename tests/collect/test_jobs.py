"""Who counts no catalogue needs no library of those that count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

RUN = """
import sys


class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "numpy":
            raise ModuleNotFoundError("No module named 'numpy'", name="numpy")


sys.meta_path.insert(0, Without())
from scanner.cli.main import main

sys.exit(main(sys.argv[1:]))
"""
INVENTORY = """
unit: {code: u, name: 馆}
scope: {allow: ["sqlite:./**"], authorised_by: 某人, until: 2099-12-31}
systems:
  - {id: s, name: 系统, grade: 3, targets: [{id: me, kind: linux, address: local}, {id: c, kind: catalogue, url: "sqlite:///c.db"}]}
"""


def test_a_scan_without_numpy_looks_at_hosts_and_says_what_it_did_not_count(tmp_path: Path) -> None:
    (tmp_path / "inventory.yaml").write_text(INVENTORY, "utf-8")
    (tmp_path / "c.db").touch()
    argv = [
        "scan",
        "-i",
        "inventory.yaml",
        "--only",
        "linux.uid-zero",
        "--only",
        "holdings.segregated",
        "--format",
        "json",
        "-o",
        "out",
    ]
    done = subprocess.run([sys.executable, "-c", RUN, *argv], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 4), done.stderr
    document = json.loads((tmp_path / "out/result.json").read_text("utf-8"))
    found = {(line["target"], line["check"]): line for line in document["verdicts"]}
    counted = found["c", "holdings.segregated"]
    assert (counted["status"], counted["why"], counted["detail"]) == ("unknown", "driver-missing", "numpy")
    # Which of the two says nothing here; neither a sshd that somebody runs beside this test nor a busy machine is to.
    (me,) = (target for target in document["targets"] if target["id"] == "me")
    assert (me["reached"], me["why"]) == (True, None)
    assert found["me", "linux.uid-zero"]["evidence"]
