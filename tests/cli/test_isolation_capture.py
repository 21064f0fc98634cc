"""The command: a shelf for every capture, an error for an empty or cut one, the unit's declaration with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner import flow
from scanner.cli.isolation_capture import capture
from scanner.cli.main import main
from scanner.ledger.shelf import Shelf
from scanner.model.canonical import strict_loads
from tests.collect.sniff.files import pcap
from tests.collect.sniff.test_files import FRAMES, PCAP

INVENTORY = """
unit: {code: "330100-001", name: 示例市档案馆, region: "330100", rank: municipal}
scope: {allow: [192.0.2.0/24], authorised_by: 分管领导, until: 2099-12-31, hours: "00:00-24:00"}
zones:
  lan: {kind: lan, networks: [192.0.2.0/24]}
  internet: {kind: internet, networks: [198.51.100.0/24]}
systems: []
"""


def taken(path: Path) -> tuple[Shelf, dict[str, Any]]:
    shelf = Shelf(path)
    (key,) = [key for target, probe, key, _ in shelf.records() if probe == "network.sighting"]
    return shelf, strict_loads(shelf.answer(key).stdout)


@pytest.mark.parametrize(("data", "code", "ended"), [(PCAP, 0, "whole"), (PCAP[:-3], 2, "cut"), (pcap([]), 2, "empty")])
def test_every_capture_rests_on_a_shelf(tmp_path: Path, data: bytes, code: int, ended: str, capsys: pytest.CaptureFixture[str]) -> None:
    file, shelf_path = tmp_path / "x.pcap", tmp_path / "new" / "shelf.zip"
    file.write_bytes(data)
    assert main(["isolation", "capture", "--pcap", str(file), "--zone", "lan", "--end", "inner", "-o", str(shelf_path)]) == code
    shelf, summary = taken(shelf_path)
    assert (summary["ended"], summary["zone"], summary["end"]) == (ended, "lan", "inner")
    assert summary["source"]["digest"].startswith("sha256:") and summary["source"]["size"] == len(data)
    (member,) = shelf.manifest["members"].values()
    assert member["kind"] == "segment" and member["zone"] == "lan"
    result = flow.judge(shelf)
    again = flow.judge(shelf)
    shelf.close()
    assert result == again and capture.name == "capture"
    assert (
        not [item for item in result["verdicts"] if item.status.value == "met" and item.target == member["id"]]
        if ended != "whole"
        else True
    )


def test_the_declaration_goes_with_it(tmp_path: Path) -> None:
    book, file = tmp_path / "inventory.yaml", tmp_path / "x.pcap"
    book.write_text(INVENTORY, "utf-8")
    file.write_bytes(pcap(FRAMES))
    args = ["isolation", "capture", "--pcap", str(file), "-i", str(book), "-o", str(tmp_path / "s.zip")]
    assert main([*args, "--zone", "lan"]) == 0
    shelf, summary = taken(tmp_path / "s.zip")
    assert summary["networks"] == ["192.0.2.0/24"] and [row["outside"] for row in summary["addresses"]] == [False, False]
    assert shelf.lookup("330100-001", "site.declared") is not None
    shelf.close()
    assert main([*args, "--zone", "nowhere"]) == 2


def test_wrong_use(tmp_path: Path) -> None:
    out = ["-o", str(tmp_path / "s.zip")]
    assert main(["isolation", "capture", *out]) == 2
    assert main(["isolation", "capture", "--interface", "lo", "--pcap", "x", *out]) == 2
    assert main(["isolation", "capture", "--pcap", str(tmp_path / "none"), *out]) == 2
    assert main(["isolation", "capture", "--interface", "sq-none", "--seconds", "1", *out]) == 2
    assert not (tmp_path / "s.zip").exists()


def test_an_expired_authorisation_stops_a_live_capture(tmp_path: Path) -> None:
    book = tmp_path / "inventory.yaml"
    book.write_text(INVENTORY.replace("2099", "2020"), "utf-8")
    assert main(["isolation", "capture", "--interface", "lo", "--seconds", "1", "-i", str(book), "-o", str(tmp_path / "s.zip")]) == 3
