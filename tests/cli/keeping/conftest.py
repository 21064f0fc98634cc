from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.key_files import config_folder
from scanner.cli.main import main
from scanner.ledger.seal import bindings
from scanner.ledger.seal import make as sealed
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical_unchecked
from tests.cli.keeping.unit import CHECK, INVENTORY, Later, hazard, shiqu
from tests.ledger.bundle import UNIT, key


@pytest.fixture(scope="package")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A unit's folder after its first scan."""
    folder = tmp_path_factory.mktemp("unit")
    (folder / "inventory.yaml").write_text(INVENTORY, "utf-8")
    code = main(["scan", "-i", str(folder / "inventory.yaml"), "-o", str(folder / "out"), "--only", "linux.ssh-*", "--quiet"])
    assert code in (0, 1, 4)
    return folder


@pytest.fixture
def unit(scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it: every test begins after the first scan."""
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "auditor"))
    add_pin(config_folder("trust"), Pin("unit", key().public.pem.decode(), UNIT))
    shutil.copytree(scanned, tmp_path / "unit")
    monkeypatch.chdir(tmp_path / "unit")
    return tmp_path / "unit"


@pytest.fixture
def later(unit: Path) -> Later:
    """Make the result of a later run, its verdicts on one check changed, and seal it as the unit does."""

    def make(day: int, status: str, check: str = CHECK, **run: Any) -> Path:
        document = json.loads((unit / "out" / "result.json").read_text("utf-8"))
        document["run"] |= {"id": f"later{day}", "finished": f"2099-01-{day:02}T00:00:00Z", **run}
        for verdict in document["verdicts"]:
            if verdict["check"] == check:
                verdict |= {"status": status, "why": None if status in ("met", "unmet") else "timed-out"}
        path = unit / f"later{day}" / "result.json"
        path.parent.mkdir()
        path.write_bytes(canonical_unchecked(document))
        path.with_name("result.json.seal").write_bytes(
            sealed("run", {"result.json": path}, bindings([path], UNIT), key(), "2099-02-01T00:00:00Z")
        )
        return path

    return make


@pytest.fixture
def found(unit: Path, later: Later) -> dict[str, Any]:
    """A hazard on the check at hand, whatever this machine's own state is."""
    shiqu("ledger", "add", str(later(1, "unmet")))
    return hazard(unit)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("keeping", "attest", "waive", "gate"):
        monkeypatch.setattr(f"scanner.cli.{module}.today", lambda: date(2026, 6, 1))
