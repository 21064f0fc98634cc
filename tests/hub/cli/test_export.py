"""`shiqu hub export` between two hubs that are joined by a disc only, and over a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.registry import keys, units
from hub.registry.own import Own
from scanner.cli.main import main
from scanner.ledger import reply
from scanner.ledger.trust import Pin, add_pin
from tests.hub.post import Sender, register
from tests.ledger.stub_hub import door, receipt_for

SECRET = "dragon-gate-of-the-stone-canal"


@pytest.fixture
def hubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Own, Own]:
    """A province and a county that know each other's keys; the county has a unit that reported on a disc."""
    monkeypatch.setenv("HUB_SECRET", SECRET)
    monkeypatch.chdir(tmp_path)
    for name, code, rank in (("province", "330000", "province"), ("county", "330102", "county")):
        assert main(["hub", "init", *home(name), "--unit", code, "--name", name, "--rank", rank]) == 0
    province, county = (Own.load(tmp_path / name, "env:HUB_SECRET") for name in ("province", "county"))
    with province.database.writing() as connection:
        units.add(connection, "330102", "county", "330000", rank="county", since="2020-01-01")
        keys.pin(connection, "330102", county.sign.public.pem, since="2020-01-01", role="hub")
    add_pin(tmp_path / "county" / "trust", Pin("hub", province.sign.public.pem.decode(), "330000"))
    return province, county


def home(name: str) -> list[str]:
    return ["--home", name, "--passphrase", "env:HUB_SECRET"]


@pytest.fixture
def unit(hubs: tuple[Own, Own]) -> Sender:
    return register(hubs[1].database, "330102-001", "330102")


def taken(name: str, folder: str) -> int:
    return main(["hub", "import", folder, *home(name), "--receipts", f"{folder}/receipts"])


def test_up_and_back_on_a_disc(hubs: tuple[Own, Own], unit: Sender, capsys: pytest.CaptureFixture[str]) -> None:
    Path("disc").mkdir()
    Path("disc/report.shiqu").write_bytes(unit.report())
    assert taken("county", "disc") == 0
    assert main(["hub", "export", "up", *home("county"), "--disc", "second"]) == 0
    assert taken("province", "second") == 0
    assert main(["hub", "export", "answers", "second", "--home", "county"]) == 0
    assert "第 1 号已有上级回执" in capsys.readouterr().out
    assert main(["hub", "export", "up", *home("county"), "--disc", "second"]) == 0
    assert "汇总第 2 号" in capsys.readouterr().out


def test_a_full_summary_leaves_encrypted_or_not_at_all(hubs: tuple[Own, Own], capsys: pytest.CaptureFixture[str]) -> None:
    full = ["hub", "export", "up", *home("county"), "--disclosure", "full", "-o", "up.shiqu"]
    assert main(full) == 2 and not Path("up.shiqu").exists() and "--encrypt-to" in capsys.readouterr().err
    assert hubs[0].encrypt is not None
    Path("province.pub").write_bytes(hubs[0].encrypt.public.pem)
    assert main([*full, "--encrypt-to", "province.pub"]) == 0
    assert b"manifest.json" not in Path("up.shiqu").read_bytes()
    assert main(["hub", "import", "up.shiqu", *home("province")]) == 0


def test_receipts_go_down_to_the_unit_that_reported(hubs: tuple[Own, Own], unit: Sender, capsys: pytest.CaptureFixture[str]) -> None:
    Path("report.shiqu").write_bytes(unit.report())
    assert main(["hub", "import", "report.shiqu", *home("county")]) == 0
    assert main(["hub", "export", "down", "330102", "--home", "county", "--disc", "disc"]) == 0
    (path,) = Path("disc/down").iterdir()
    assert path.name.startswith("330102-001-receipt-000001-")
    assert main(["hub", "export", "down", "330102", "--home", "county", "--disc", "disc"]) == 0
    assert "0 件已写到" in capsys.readouterr().out


def test_encrypted_for_the_hub_above(hubs: tuple[Own, Own]) -> None:
    assert main(["hub", "export", "up", *home("county"), "--encrypt-to", "province/keys/encrypt.pub", "-o", "up.shiqu"]) == 0
    assert Path("up.shiqu").read_bytes().startswith(b"age-encryption.org/v1\n")
    assert main(["hub", "import", "up.shiqu", *home("province")]) == 0


def test_a_hub_with_domestic_algorithms_opens_what_was_encrypted_to_its_sm2_key(hubs: tuple[Own, Own]) -> None:
    assert main(["hub", "init", *home("nation"), "--unit", "000000", "--name", "nation", "--rank", "nation", "--algorithm", "sm2"]) == 0
    nation = Own.load(Path("nation"), "env:HUB_SECRET")
    with nation.database.writing() as connection:
        units.add(connection, "330102", "county", "000000", rank="county", since="2020-01-01")
        keys.pin(connection, "330102", hubs[1].sign.public.pem, since="2020-01-01", role="hub")
    nation.database.close()
    assert main(["hub", "export", "up", *home("county"), "--encrypt-to", "nation/keys/encrypt.pub", "-o", "up.shiqu"]) == 0
    assert Path("up.shiqu").read_bytes().startswith(b"shiqu/sm-file/1\n")
    assert main(["hub", "import", "up.shiqu", *home("nation")]) == 0


def test_over_a_line(hubs: tuple[Own, Own], capsys: pytest.CaptureFixture[str]) -> None:
    with door(lambda number, body: (200, receipt_for(body, hubs[0].sign), {})) as above:
        add_pin(Path("county/trust"), Pin("hub", hubs[0].sign.public.pem.decode()))
        assert main(["hub", "export", "up", *home("county"), "--send", above.url, "--seconds", "5"]) == 0
    assert "已有上级回执" in capsys.readouterr().out


def test_an_unpinned_hub_above_is_told_before_anything_is_sent(
    hubs: tuple[Own, Own], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reply, "FIRST_WAIT", 0.01)
    with door(lambda number, body: (200, receipt_for(body, hubs[0].sign), {})) as above:
        assert main(["hub", "export", "up", *home("county"), "--send", above.url, "--trust", "nowhere"]) == 2
    assert "还没有登记上级的公钥" in capsys.readouterr().err and above.bodies == []


@pytest.mark.parametrize("where", [[], ["-o", "a", "--disc", "b"], ["-o", "a", "--send", "https://x"]])
def test_there_is_exactly_one_place_to_go(hubs: tuple[Own, Own], where: list[str]) -> None:
    assert main(["hub", "export", "up", *home("county"), *where]) == 2


def test_another_hubs_disc_is_told(hubs: tuple[Own, Own], capsys: pytest.CaptureFixture[str]) -> None:
    Path("disc").mkdir()
    Path("disc/x.shiqu").write_bytes(b"\x1b[2J")
    assert main(["hub", "export", "answers", "disc", "--home", "county"]) == 5
    assert "x.shiqu" in capsys.readouterr().err
    assert main(["hub", "export", "answers", "nowhere", "--home", "county"]) == 2
