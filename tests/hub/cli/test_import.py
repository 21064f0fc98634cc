from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.registry.own import Own
from hub.store.tables import envelope, foreign, tier
from scanner.cli.main import main
from scanner.ledger.keys import new_key
from tests.hub.post import Sender, register
from tests.ledger.stub_hub import receipt_for

SECRET = "dragon-gate-of-the-stone-canal"


def test_files_are_taken_in_answered_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_SECRET", SECRET)
    home = ["--home", str(tmp_path / "hub"), "--passphrase", "env:HUB_SECRET"]
    assert main(["hub", "init", *home, "--unit", "330000-900", "--name", "示例省局", "--rank", "province"]) == 0
    own = Own.load(tmp_path / "hub", "env:HUB_SECRET")
    unit = register(own.database, "330102-001")
    (tmp_path / "disc").mkdir()
    for number in (1, 2):
        (tmp_path / "disc" / f"{number}.shiqu").write_bytes(unit.report())
    receipt = receipt_for(Sender("330000-900").report(), new_key("ed25519"))
    (tmp_path / "disc" / "0.shiqu").write_bytes(receipt)
    assert main(["hub", "import", str(tmp_path / "disc"), *home, "--receipts", str(tmp_path / "back")]) == 0
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["1.receipt.shiqu", "2.receipt.shiqu"]
    (tmp_path / "disc" / "3.shiqu").write_bytes(b"\x1b[31mnonsense")
    assert main(["hub", "import", str(tmp_path / "disc"), *home]) == 5
    said = capsys.readouterr()
    assert (
        "留在原处 0.shiqu" in said.out
        and "早已收下 1.shiqu" in said.out
        and "拒收 3.shiqu" in said.err
        and "\x1b" not in said.out + said.err
    )
    with own.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(envelope)).scalar_one() == 2
        assert connection.execute(sa.select(sa.func.count()).select_from(tier)).scalar_one() > 0
    own.database.close()
    assert main(["hub", "import", str(tmp_path / "disc" / "1.shiqu"), *home, "--watch"]) == 2


def test_files_of_another_tool_are_kept_with_their_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUB_SECRET", SECRET)
    home = ["--home", str(tmp_path / "hub"), "--passphrase", "env:HUB_SECRET"]
    assert main(["hub", "init", *home, "--unit", "330000-900", "--name", "示例省局", "--rank", "province"]) == 0
    own = Own.load(tmp_path / "hub", "env:HUB_SECRET")
    register(own.database, "330102-001")
    arf = str(Path(__file__).parents[2] / "shelves/foreign/openscap.arf.xml")
    for said in ("已记在", "早已记在"):
        assert main(["hub", "import", arf, *home, "--foreign", "arf", "--unit", "330102-001"]) == 0
        assert said in capsys.readouterr().out
    for wrong in (
        ["--foreign", "arf"],
        ["--unit", "330102-001"],
        ["--foreign", "nmap", "--unit", "330102-001"],
        ["--foreign", "arf", "--unit", "x"],
    ):
        assert main(["hub", "import", arf, *home, *wrong]) == 2
    with own.database.reading() as connection:
        assert connection.execute(sa.select(foreign.c.origin, foreign.c.source)).all() == [("arf", "cli")]
    own.database.close()
