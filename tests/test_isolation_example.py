"""The example inventory's recorded pair: joined and judged by a plain scan, without any packet."""

from __future__ import annotations

import json
from pathlib import Path

from scanner.cli.main import main

ROOT = Path(__file__).resolve().parents[1]


def test_the_recorded_pair_is_joined_and_judged_by_a_scan(tmp_path: Path) -> None:
    code = main(
        [
            "scan",
            "lan:internet",
            "-i",
            str(ROOT / "examples" / "archive" / "inventory.yaml"),
            "-o",
            str(tmp_path),
            "--format",
            "json",
            "--quiet",
        ]
    )
    result = json.loads((tmp_path / "result.json").read_text())
    (verdict,) = [line for line in result["verdicts"] if line["check"] == "isolation.no-path"]
    assert (code, verdict["target"], verdict["status"], verdict["observed"]["conclusion"]) == (1, "lan:internet", "unmet", "breach_proven")
    routed = [path for path in verdict["observed"]["paths"] if path["kind"] == "routed"]
    assert routed and all(path["exit"]["address"] == "198.51.100.66" and path["received"]["hex"] for path in routed)
    assert next(hazard["state"] for hazard in result["core_hazards"] if hazard["id"] == "CH4") == "confirmed"
