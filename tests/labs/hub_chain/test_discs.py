"""Notices through three hubs and a unit, joined by nothing but discs: issue, receipt, proof and closure; withdrawal; reply.

As :mod:`tests.labs.hub_chain.test_chain`, in one process: every step is a command, every unit's word is a real run.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hub.cli.acting import acting
from hub.clock import today
from hub.registry import keys, units
from hub.registry.own import Own
from hub.work import answering, notices
from hub.work.drafting import Draft, draft
from hub.work.notices import REMIND, Notice
from scanner.cli.main import main
from scanner.ledger.keys import new_key, write_key
from scanner.ledger.trust import Pin, add_pin
from tests.hub.courier.test_disc_life import INVENTORY, ROOT, SECRET, home

PROVINCE, CITY, COUNTY, UNIT = "330000", "330100", "330102", "330102-001"
HUBS = ((PROVINCE, "province"), (CITY, "city"), (COUNTY, "county"))
PROFILE, DEADLINE, REPLY = "gbt22239-l2", "2099-12-31", "已布置整改，预计十日内完成。"


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hubs, each knowing the keys of its neighbours; the unit is the county's to hear, and the province's to name."""
    folder = tmp_path_factory.mktemp("discs")
    with pytest.MonkeyPatch.context() as patch:
        _at(folder, patch)
        for code, rank in HUBS:
            assert main(["hub", "init", *home(rank), "--unit", code, "--name", f"试验{code}局", "--rank", rank]) == 0
    return folder


def _at(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SQ_SECRET", SECRET)
    # Keys are opened some eighty times here; how dear that is to a thief is tested elsewhere.
    patch.setattr("scanner.ledger.pkcs8.ROUNDS", 1000)
    patch.setenv("HOME", str(folder / "user"))
    patch.delenv("SHIQU_HOME", raising=False)
    patch.chdir(folder)


@pytest.fixture
def place(founded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    _at(founded, monkeypatch)
    key = new_key("ed25519", UNIT)
    write_key(founded / "unit.key", key, SECRET)
    province, city, county = (Own.load(founded / rank, "env:SQ_SECRET") for _, rank in HUBS)
    for hub, below in ((province, city), (city, county)):
        with hub.database.writing() as connection:
            units.add(
                connection, below.code, f"试验{below.code}局", hub.code, rank="city" if below is city else "county", since="2020-01-01"
            )
            keys.pin(connection, below.code, below.sign.public.pem, since="2020-01-01", role="hub")
        assert below.home is not None
        add_pin(below.home / "trust", Pin("hub", hub.sign.public.pem.decode(), hub.code))
    with province.database.writing() as connection:
        units.add(connection, COUNTY, "试验县局", CITY, rank="county", since="2020-01-01")
        units.add(connection, UNIT, "试验馆", COUNTY, rank="unit", since="2020-01-01")
    with county.database.writing() as connection:
        units.add(connection, UNIT, "试验馆", COUNTY, rank="unit", since="2020-01-01")
        keys.pin(connection, UNIT, key.public.pem, since="2020-01-01")
    add_pin(founded / "user/.config/shiqu/trust", Pin("hub", county.sign.public.pem.decode()))
    for own in (province, city, county):
        own.database.close()
    (founded / "inventory.yaml").write_text(INVENTORY, "utf-8")
    (founded / "core.cfg").write_bytes((ROOT / "examples/archive/configs/core.cfg").read_bytes())
    return founded


def at(rank: str, deed: Callable[[Own, object], object] | None = None) -> list[Notice]:
    """What an officer of the hub does on its pages; returns the notices as they stand then, the newest first."""
    with closing((own := Own.load(Path(rank), "env:SQ_SECRET")).database):
        with own.database.writing() as connection:
            if deed is not None:
                deed(own, connection)
        with own.database.reading() as connection:
            return notices.listed(connection, acting(connection, own, ""))


def states() -> list[str]:
    """Of the newest notice, from the province down."""
    return [at(rank)[0].state for _, rank in HUBS]


def issued(title: str) -> str:
    """A notice of the province to the unit; returns its number for commands."""
    wanted = Draft(REMIND, UNIT, title, "请抓紧。", DEADLINE, report={"profile": PROFILE, "after": today()})
    (one, *_) = at("province", lambda own, connection: draft(connection, acting(connection, own, ""), wanted))  # type: ignore[arg-type]
    assert main(["hub", "notice", "issue", str(one.id), *home("province")]) == 0
    return str(one.id)


def down(disc: str, capsys: pytest.CaptureFixture[str]) -> str:
    """From hub to hub and to the unit, on one disc; returns what the unit reads."""
    for upper, lower, code in (("province", "city", CITY), ("city", "county", COUNTY)):
        assert main(["hub", "export", "down", code, "--home", upper, "--disc", f"{disc}/{lower}"]) == 0
        assert main(["hub", "import", *map(str, sorted(Path(disc, lower, "down").glob("*-order-*"))), *home(lower)]) == 0
    assert main(["hub", "export", "down", UNIT, "--home", "county", "--disc", f"{disc}/unit"]) == 0
    capsys.readouterr()
    assert main(["dispatch", "read", *map(str, sorted(Path(disc, "unit/down").glob("*-notice-*")))]) == 0
    return capsys.readouterr().out


def up(disc: str) -> None:
    """Summaries, on one disc."""
    for lower, upper, code in (("county", "city", CITY), ("city", "province", PROVINCE)):
        assert main(["hub", "turn", *home(lower)]) == 0
        assert main(["hub", "export", "up", *home(lower), "--to", code, "--disc", f"{disc}/{upper}"]) == 0
        assert main(["hub", "import", f"{disc}/{upper}", *home(upper)]) == 0
    assert main(["hub", "turn", *home("province")]) == 0


def report(profile: str) -> None:
    """A run of the unit, on a disc to its county."""
    assert main(["scan", "-i", "inventory.yaml", "-p", profile, "-o", profile, "--quiet"]) in (1, 4)
    reader = ["--encrypt-to", "county/keys/encrypt.pub", "--to", COUNTY]
    assert main(["dispatch", "make", profile, "--key", "unit.key", "--passphrase", "env:SQ_SECRET", *reader, "-o", f"{profile}/disc/"]) == 0
    assert main(["hub", "import", f"{profile}/disc", *home("county")]) == 0


def test_from_issue_to_reply_to_proof_and_what_is_withdrawn(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issued("关于催报的通知")
    said = down("one", capsys)
    assert "关于催报的通知" in said and DEADLINE in said and "已撤回" not in said
    assert states() == ["issued"] * 3

    # The clerk of the county enters what the unit replied on paper.
    (held,) = at("county")
    at("county", lambda own, connection: answering.reply(connection, acting(connection, own, ""), held.id, REPLY))  # type: ignore[arg-type]
    up("three")
    assert states() == ["replied"] * 3 and at("province")[0].reply == ""
    assert not any(REPLY.encode() in path.read_bytes() for path in place.glob("three/**/*.shiqu"))

    # A reply closes nothing, the run that was asked for does, at every hub.
    report(PROFILE)
    up("five")
    assert states() == ["closed"] * 3
    assert at("province")[0].body["proof"]["hub"] == CITY

    number = issued("发错了的通知")
    assert "发错了的通知" in down("six", capsys)
    assert main(["hub", "notice", "withdraw", number, "--why", "写错了单位", *home("province")]) == 0
    said = down("seven", capsys)
    assert "撤回：发错了的通知" in said and "写错了单位" in said
    assert states() == ["withdrawn"] * 3
    # The old disc once more: what was withdrawn does not come again.
    assert main(["hub", "import", *map(str, sorted(Path("six/city/down").glob("*-order-*"))), *home("city")]) == 0
    assert states() == ["withdrawn"] * 3
