from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.registry.own import DATABASE, Own, open_database, read_settings
from hub.store import migrate
from hub.store.tables import meta, unit
from scanner.cli.main import main
from scanner.errors import KeepError, UseError

SECRET = "dragon-gate-of-the-stone-canal"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HUB_SECRET", SECRET)
    return "env:HUB_SECRET"


def made(home: Path, secret: str, *more: str) -> int:
    return main(
        [
            "hub",
            "init",
            "--home",
            str(home),
            "--unit",
            "330000-900",
            "--name",
            "示例省局",
            "--rank",
            "province",
            "--passphrase",
            secret,
            *more,
        ]
    )


def test_init_makes_folder_keys_schema_and_root(tmp_path: Path, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "hub"
    assert made(home, secret) == 0
    own = Own.load(home, secret)
    assert (own.code, own.sign.public.algorithm, own.encrypt is not None) == ("330000-900", "ed25519", True)
    assert own.sign.public.fingerprint in capsys.readouterr().out
    with own.database.reading() as connection:
        rows = connection.execute(sa.select(unit.c.code, unit.c.name, unit.c.path, unit.c.rank)).all()
        assert rows == [("330000-900", "示例省局", "/1/", "province")]
        assert connection.execute(sa.select(meta.c.value).where(meta.c.name == "hub")).scalar_one() == "330000-900"
    for path in [home, *home.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_a_second_init_leaves_the_first_alone(tmp_path: Path, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert made(tmp_path, secret) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.key")}
    assert made(tmp_path, secret) == 2
    assert "已有汇集端" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.key")}


def test_an_init_that_was_broken_off_can_be_given_again(tmp_path: Path, secret: str) -> None:
    assert made(tmp_path, secret) == 0
    (tmp_path / "hub.json").unlink()
    (tmp_path / DATABASE).unlink()
    assert made(tmp_path, secret) == 0
    assert Own.load(tmp_path, secret).sign.unit == "330000-900"


@pytest.mark.parametrize("url", ["postgresql://hub:geheim@127.0.0.1/hub", "mysql://h/d"])
def test_an_address_that_will_not_do_makes_nothing(tmp_path: Path, secret: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert made(tmp_path / "hub", secret, "--database", url) == 2
    assert "geheim" not in capsys.readouterr().err
    assert not (tmp_path / "hub").exists()


@pytest.mark.parametrize("code", ["", "a/b", "x" * 80, "a b"])
def test_a_code_that_is_none_makes_no_hub(tmp_path: Path, secret: str, code: str) -> None:
    home = ["--home", str(tmp_path / "hub"), "--passphrase", secret]
    assert main(["hub", "init", *home, "--unit", code, "--name", "示例省局", "--rank", "province"]) == 2
    assert not (tmp_path / "hub" / "hub.json").exists()


def test_a_wrong_passphrase_is_one_sentence(tmp_path: Path, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, secret)
    monkeypatch.setenv("HUB_SECRET", "something-else-entirely")
    with pytest.raises(UseError) as caught:
        Own.load(tmp_path, secret)
    assert caught.value.code == "key-passphrase"


def test_no_hub_is_no_crash(tmp_path: Path, secret: str) -> None:
    with pytest.raises(UseError) as caught:
        open_database(tmp_path)
    assert caught.value.code == "hub-home-missing"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"code": "a", "code": "b", "database": "", "password": ""}'])
def test_broken_settings_are_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "hub.json").write_text(text)
    with pytest.raises(UseError) as caught:
        read_settings(tmp_path)
    assert caught.value.code == "hub-home-broken"


def test_an_old_schema_is_not_worked_on_until_upgraded(tmp_path: Path, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path, secret)
    own = Own.load(tmp_path, secret)
    migrate.downgrade(own.database, "base")
    with pytest.raises(KeepError) as caught:
        open_database(tmp_path)
    assert caught.value.code == "hub-schema-old"
    assert main(["hub", "upgrade", "--home", str(tmp_path)]) == 0
    assert "- → " in capsys.readouterr().out
    open_database(tmp_path).close()


@pytest.mark.lab
def test_init_on_postgresql_keeps_no_password(
    tmp_path: Path, secret: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_SECRET", "no-one-asks-for-it")
    url = request.getfixturevalue("postgres").url()
    assert made(tmp_path, secret, "--database", url, "--database-password", "env:DB_SECRET") == 0
    held = json.loads((tmp_path / "hub.json").read_text())
    assert (held["database"], held["password"]) == (url, "env:DB_SECRET")
    assert not (tmp_path / DATABASE).exists()
    own = Own.load(tmp_path, secret)
    assert own.database.postgres
    own.database.close()
    other = tmp_path / "other"
    assert made(other, secret, "--database", url) == 2, "a database of another hub is left alone"
