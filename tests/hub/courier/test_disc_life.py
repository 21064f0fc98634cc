"""A unit that no wire reaches: report, receipt, notice, mending and proof travel on a disc, every step by the command line and by real runs."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.cli.acting import acting
from hub.registry import keys, units
from hub.registry.own import Own
from hub.store.tables import hazard, notice
from hub.work.drafting import Draft, draft
from hub.work.notices import RECTIFY
from scanner.cli.main import main
from scanner.ledger.home import Home
from scanner.ledger.keys import new_key, write_key
from scanner.ledger.trust import Pin, add_pin

ROOT = Path(__file__).resolve().parents[3]
SECRET = "dragon-gate-of-the-stone-canal"
UNIT, COUNTY, PROVINCE = "330102-001", "330102", "330000"
CHECK = "netdev.telnet-off"
INVENTORY = """
unit: {code: "330102-001", name: 示例县档案馆}
systems:
  - {id: dams, name: 数字档案馆系统, grade: 2, targets: [{id: core-sw, kind: netdev, platform: huawei_vrp, config: ./core.cfg}]}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A province, a county and a unit; each knows the keys of its neighbour, nothing joins them but folders."""
    monkeypatch.setenv("SQ_SECRET", SECRET)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    for name, code, rank in (("province", PROVINCE, "province"), ("county", COUNTY, "county")):
        assert main(["hub", "init", *home(name), "--unit", code, "--name", name, "--rank", rank]) == 0
    key = new_key("ed25519", UNIT)
    write_key(tmp_path / "unit.key", key, SECRET)
    province, county = (Own.load(tmp_path / name, "env:SQ_SECRET") for name in ("province", "county"))
    with county.database.writing() as connection:
        units.add(connection, UNIT, "示例县档案馆", COUNTY, rank="unit", since="2020-01-01")
        keys.pin(connection, UNIT, key.public.pem, since="2020-01-01")
    with province.database.writing() as connection:
        units.add(connection, COUNTY, "示例县局", PROVINCE, rank="county", since="2020-01-01")
        keys.pin(connection, COUNTY, county.sign.public.pem, since="2020-01-01", role="hub")
    add_pin(tmp_path / "user/.config/shiqu/trust", Pin("hub", county.sign.public.pem.decode()))
    add_pin(tmp_path / "county/trust", Pin("hub", province.sign.public.pem.decode()))
    for own in (province, county):
        own.database.close()
    (tmp_path / "inventory.yaml").write_text(INVENTORY, "utf-8")
    (tmp_path / "core.cfg").write_bytes((ROOT / "examples/archive/configs/core.cfg").read_bytes())
    return tmp_path


def home(name: str) -> list[str]:
    return ["--home", name, "--passphrase", "env:SQ_SECRET"]


def scan(out: str) -> list[str]:
    """A run; returns the ids of the hazards that stand on the check."""
    assert main(["scan", "-i", "inventory.yaml", "-o", out, "--quiet"]) in (1, 4)
    held = json.loads(Path(out, "result.json").read_text("utf-8"))["hazards"]
    return [line["id"] for line in held if line["check"] == CHECK and line["state"] != "closed"]


def report(out: str) -> None:
    """The unit lays its envelope on the disc, the county takes it in, the unit reads the receipt."""
    reader = ["--encrypt-to", "county/keys/encrypt.pub", "--to", COUNTY]
    assert main(["dispatch", "make", out, "--key", "unit.key", "--passphrase", "env:SQ_SECRET", *reader, "-o", "disc"]) == 0
    assert main(["hub", "import", "disc", *home("county"), "--receipts", "disc/receipts"]) == 0
    assert main(["dispatch", "read", *map(str, Path("disc/receipts").iterdir())]) == 0


def notice_to_the_unit() -> int:
    """What an officer of the county writes on the page of notices."""
    county = Own.load(Path("county"), "env:SQ_SECRET")
    with county.database.writing() as connection:
        code = connection.execute(sa.select(hazard.c.code).where(hazard.c.check_id == CHECK)).scalar_one()
        wanted = Draft(RECTIFY, UNIT, "关于限期整改的通知", deadline="2099-12-31", hazards=[code])
        number = draft(connection, acting(connection, county, ""), wanted)
    county.database.close()
    return number


def state_of(number: int) -> str:
    county = Own.load(Path("county"), "env:SQ_SECRET")
    with county.database.reading() as connection:
        found = str(connection.execute(sa.select(notice.c.state).where(notice.c.id == number)).scalar_one())
    county.database.close()
    return found


def test_from_report_to_notice_to_proof_on_a_disc(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("disc").mkdir()
    (known,) = scan("before")
    report("before")
    number = notice_to_the_unit()
    assert main(["hub", "notice", "issue", str(number), *home("county")]) == 0
    assert main(["hub", "export", "down", UNIT, "--home", "county", "--disc", "disc"]) == 0
    capsys.readouterr()
    assert main(["dispatch", "read", *map(str, sorted(Path("disc/down").glob("*-notice-*")))]) == 0
    said = capsys.readouterr().out
    assert "关于限期整改的通知" in said and "〔" in said and "2099-12-31" in said
    assert re.search(rf"H-\S+ 即本单位隐患 {known}（core-sw，{CHECK}）", said)

    # Nothing was mended: another run of the same closes nothing.
    next_second()
    assert scan("between") == [known]
    report("between")
    assert main(["hub", "turn", *home("county")]) == 0
    assert state_of(number) == "issued"

    next_second()
    mended = Path("core.cfg").read_text("utf-8").replace("telnet server enable", "undo telnet server enable")
    Path("core.cfg").write_text(
        mended.replace("protocol inbound telnet", "protocol inbound ssh").replace("protocol inbound all", "protocol inbound ssh"), "utf-8"
    )
    assert scan("after") == []
    report("after")
    assert main(["hub", "turn", *home("county")]) == 0
    assert state_of(number) == "closed"

    assert main(["hub", "export", "up", *home("county"), "--disc", "second"]) == 0
    assert main(["hub", "import", "second", *home("province"), "--receipts", "second/receipts"]) == 0
    assert main(["hub", "export", "answers", "second", "--home", "county"]) == 0
    rows = [row.kind for row in Home(place / "shiqu-home").chain.rows()]
    assert (rows.count("dispatch"), rows.count("receipt"), rows.count("incoming")) == (3, 3, 1)
    assert main(["ledger", "verify", "-i", "inventory.yaml"]) == 0


def next_second() -> None:
    """Runs are told apart by their seconds."""
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.02)
