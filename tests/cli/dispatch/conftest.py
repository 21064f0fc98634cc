from __future__ import annotations

from pathlib import Path

import pytest

from scanner.ledger.home import Home
from scanner.ledger.keys import write_key
from scanner.ledger.trust import Pin, add_pin
from tests.cli.dispatch.post import HUB, PASSPHRASE, READER, write_result
from tests.ledger.bundle import UNIT, key


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A unit's folder: a home with a ledger, a key, two results, and a trust folder that knows the unit and its hub."""
    monkeypatch.setenv("SQ_PASS", PASSPHRASE)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    folder = tmp_path / "unit"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Home(folder / "shiqu-home").write([("note", {"key": "note:1", "text": "x", "by": "x", "operator": "x"})])
    write_key(folder / "unit.key", key(), PASSPHRASE)
    write_key(folder / "reader.key", READER, PASSPHRASE)
    for name, run in (("one", "20261124T061150Z-7f3a"), ("two", "20261125T061150Z-7f3b")):
        write_result(folder / name, run)
    add_pin(tmp_path / "trust", Pin("unit", key().public.pem.decode(), UNIT))
    add_pin(tmp_path / "trust", Pin("hub", HUB.public.pem.decode()))
    return folder
