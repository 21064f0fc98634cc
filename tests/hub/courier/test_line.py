"""A unit, a county and a province over real lines: each serves, each keeps the other's receipt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import later, now
from hub.people import accounts, sessions
from hub.registry.own import Own, Settings, found
from hub.registry.units import find
from hub.store.tables import envelope, outgoing, tier
from hub.work import downward
from scanner.cli.main import main
from scanner.ledger.envelope import open_envelope
from scanner.ledger.home import Home
from scanner.ledger.keys import write_key
from scanner.ledger.trust import Pin, add_pin
from scanner.model.canonical import canonical_unchecked
from tests.hub.post import HUB, register
from tests.hub.served import SECRET, Served, home_at, token
from tests.ledger.bundle import UNIT, key
from tests.ledger.envelopes import envelope as made_up
from tests.ledger.envelopes import result
from tests.ledger.stub_hub import certificates


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates, and a province that knows a unit and a county."""
    folder = tmp_path_factory.mktemp("line")
    certificates(folder / "tls")
    return folder


@pytest.fixture(scope="module")
def province(place: Path) -> Iterator[Own]:
    own = home_at(place / "province")
    register(own.database, UNIT, key=key())
    yield own
    own.database.close()


@pytest.fixture(scope="module")
def served(place: Path, province: Own) -> Iterator[Served]:
    tls = ("--tls-cert", str(place / "tls/server.pem"), "--tls-key", str(place / "tls/server.key"))
    with Served(place / "province", tls) as held:
        yield held


@pytest.fixture(scope="module")
def bearer(place: Path, province: Own) -> Path:
    path = place / "token"
    path.write_text(token(province))
    path.chmod(0o600)
    return path


def test_a_unit_reports_and_keeps_the_receipt(
    place: Path,
    province: Own,
    served: Served,
    bearer: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SQ_PASS", SECRET)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    Home(tmp_path / "shiqu-home").write([("note", {"key": "note:1", "text": "x", "by": "x", "operator": "x"})])
    Path("result.json").write_bytes(canonical_unchecked(result()))
    write_key(tmp_path / "unit.key", key(), SECRET)
    add_pin(tmp_path / "trust", Pin("hub", province.sign.public.pem.decode()))
    made = ["dispatch", "make", "result.json", "--key", "unit.key", "--passphrase", "env:SQ_PASS", "--marking", "工作秘密"]
    reader = str(place / "province/keys/encrypt.pub")
    assert main([*made, "--to", HUB, "--encrypt-to", reader, "-o", "a.shiqu"]) == 0
    send = ["dispatch", "send", served.url, "a.shiqu", "--ca", str(place / "tls/ca.pem"), "--trust", "trust", "--token", f"file:{bearer}"]
    assert main(send) == 0
    assert "第 1 号" in capsys.readouterr().out
    assert main([*send]) == 0, "sent twice it is taken once and gets the same receipt"
    assert main(["dispatch", "list"]) == 0
    assert f"{HUB} 已于" in capsys.readouterr().out
    with province.database.reading() as connection:
        kept = sa.select(envelope.c.kind, envelope.c.marking, envelope.c.disclosure).where(envelope.c.kind == "report")
        assert connection.execute(kept).all() == [("report", "工作秘密", "masked")]


def test_a_unit_fetches_what_waits_for_it(
    place: Path, province: Own, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with province.database.writing() as connection:
        account = accounts.add(connection, "system", "officer", "人", "province", HUB, password="石渠阁里藏书万卷-9Xk", at=now())
        told = sessions.new_token(connection, account, "test", ["see-figures", "upload"], later(now(), 86_400 * 9)[:10], now())
        for number in (1, 2):
            downward.send(connection, province, find(connection, UNIT), "notice", {"notice.json": b'{"title":"%d"}' % number})
    monkeypatch.setenv("SQ_TOKEN", told)
    fetch = ["dispatch", "fetch", served.url, "--ca", str(place / "tls/ca.pem"), "--token", "env:SQ_TOKEN", "-o"]
    assert main([*fetch, str(tmp_path / "in")]) == 0
    fetched = sorted((tmp_path / "in").iterdir())
    assert [open_envelope(path.read_bytes()).manifest["sequence"] for path in fetched] == [1, 2]
    assert main([*fetch, str(tmp_path / "again")]) == 0 and list((tmp_path / "again").iterdir()) == []
    assert main([*fetch, str(tmp_path / "all"), "--all"]) == 0 and len(list((tmp_path / "all").iterdir())) == 2


def test_without_a_right_nothing_is_taken(
    place: Path, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WRONG", "made-up")
    (tmp_path / "a.shiqu").write_bytes(made_up())
    assert main(["dispatch", "send", served.url, str(tmp_path / "a.shiqu"), "--ca", str(place / "tls/ca.pem"), "--token", "env:WRONG"]) == 5
    assert "HTTP 401" in capsys.readouterr().err


def test_a_county_reports_its_figures_to_the_province(
    place: Path, province: Own, served: Served, bearer: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SQHUB_SECRET", SECRET)
    county = found(
        place / "county", Settings("330102", ""), name="示例县局", rank="county", division="330102", algorithm="sm2", passphrase=SECRET
    )
    register(province.database, "330102", rank="county", key=county.sign, role="hub")
    add_pin(place / "county/trust", Pin("hub", province.sign.public.pem.decode()))
    up = ["hub", "export", "up", "--home", str(place / "county"), "--passphrase", "env:SQHUB_SECRET", "--send", served.url]
    assert main([*up, "--ca", str(place / "tls/ca.pem"), "--token", f"file:{bearer}"]) == 0
    assert "第 1 号已有上级回执" in capsys.readouterr().out
    with county.database.reading() as connection:
        assert all(connection.execute(sa.select(outgoing.c.sent, outgoing.c.answered)).one())
        assert connection.execute(sa.select(sa.func.count()).select_from(tier)).scalar_one() == 0
    county.database.close()
    with province.database.reading() as connection:
        assert connection.execute(sa.select(envelope.c.sequence).where(envelope.c.kind == "summary")).scalars().all() == [1]
