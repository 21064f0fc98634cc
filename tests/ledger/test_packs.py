"""Rule packs: taken in once, never rolled back, and looked at again whenever they are used."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.errors import KeepError, UseError
from scanner.ledger import packs
from scanner.ledger.envelope import START, make, open_envelope
from scanner.ledger.home import Home
from scanner.ledger.keys import PrivateKey, new_key
from scanner.ledger.trust import Pin, Trust, add_pin
from scanner.model.canonical import canonical, digest
from tests.ledger.envelopes import CREATED

HUB, OTHER = new_key("ed25519", "330100"), new_key("sm2", "330200")
TRUST = Trust((Pin("hub", HUB.public.pem.decode(), "330100"), Pin("hub", OTHER.public.pem.decode(), "330200")))


def pack(version: int = 1, by: PrivateKey = HUB, **changes: Any) -> bytes:
    said = {
        "schema": packs.SCHEMA,
        "name": "base",
        "version": version,
        "values": {"var_accounts_fail_delay": version},
        "advisory": ["看一看"],
    }
    return sealed(canonical(said | changes), by)


def sealed(data: bytes, by: PrivateKey = HUB, **changes: Any) -> bytes:
    told: dict[str, Any] = {"sequence": 1, "previous": START, "created": CREATED, "disclosure": "full", "marking": ""}
    return make("pack", by.unit, "", {"pack.json": data}, key=by, **(told | changes))


def take(home: Home, data: bytes) -> bool:
    return packs.take(home, open_envelope(data), data)


def code_of(home: Home, data: bytes) -> str:
    with pytest.raises(KeepError) as caught:
        take(home, data)
    return caught.value.code


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "shiqu-home")


def test_the_newest_version_is_used(home: Home) -> None:
    assert [take(home, pack(version)) for version in (1, 2, 5)] == [True, True, True]
    found = packs.in_use(home, "base", TRUST)
    assert (found.version, dict(found.values), found.advisory, found.hub) == (5, {"var_accounts_fail_delay": 5}, ("看一看",), "330100")


def test_the_same_pack_again_changes_nothing(home: Home) -> None:
    assert [take(home, pack()), take(home, pack())] == [True, False]
    assert len(home.chain.rows()) == 1


@pytest.mark.parametrize("old", [pack(2), pack(3, advisory=["other"]), pack(1)])
def test_there_is_no_way_back(home: Home, old: bytes) -> None:
    take(home, pack(3))
    assert code_of(home, old) == "pack-rolled-back"
    assert packs.in_use(home, "base", TRUST).version == 3


def test_a_name_belongs_to_the_hub_that_used_it_first(home: Home) -> None:
    take(home, pack())
    assert code_of(home, pack(9, OTHER)) == "pack-other-hub"
    assert take(home, pack(1, OTHER, name="second"))


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "shiqu/pack/2"},
        {"version": 0},
        {"version": -1},
        {"version": True},
        {"version": "1"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 65},
        {"values": {"a": {"b": 1}}},
        {"values": {"a": None}},
        {"values": {"a": [1]}},
        {"values": {f"v{n}": 1 for n in range(2001)}},
        {"advisory": ["x" * 4001]},
        {"script": "rm -rf /"},
    ],
)
def test_what_is_no_pack_is_not_taken(home: Home, changes: dict[str, Any]) -> None:
    assert code_of(home, pack(**changes)) == "pack-unreadable"
    assert home.chain.rows() == []


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"schema":"shiqu/pack/1","schema":"shiqu/pack/1"}', b"[" * 60_000, b" " * (1 << 20) + b" "]
)
def test_nonsense_is_not_taken(home: Home, data: bytes) -> None:
    assert code_of(home, sealed(data)) == "pack-unreadable"


def test_a_pack_whose_key_is_revoked_or_was_never_pinned_is_not_used(home: Home) -> None:
    take(home, pack())
    revoked = Trust((Pin("hub", HUB.public.pem.decode(), "330100", revoked="2026-01-01"),))
    for trust in (revoked, Trust(), Trust((Pin("unit", HUB.public.pem.decode(), "330100"),))):
        with pytest.raises(KeepError) as caught:
            packs.in_use(home, "base", trust)
        assert caught.value.code == "pack-not-trusted"


def test_a_pack_nobody_sent_is_told_with_those_that_are_there(home: Home) -> None:
    take(home, pack())
    with pytest.raises(UseError) as caught:
        packs.in_use(home, "other", TRUST)
    assert caught.value.fields["known"] == "base"


@pytest.mark.parametrize("changed", ["envelope", "digest", "version"])
def test_a_row_that_somebody_wrote_by_hand_is_not_used(home: Home, changed: str) -> None:
    body = {"key": "pack:base:9", "id": "base 9", "name": "base", "version": 9, "hub": "330100"}
    body |= {"digest": open_envelope(pack(9)).digest, "envelope": base64.b64encode(pack(9)).decode()}
    body |= {
        "envelope": {"envelope": base64.b64encode(pack(9)[:-1]).decode()},
        "digest": {"digest": digest(b"x")},
        "version": {"version": 10},
    }[changed]
    home.write([("pack", body)])
    with pytest.raises(KeepError):
        packs.in_use(home, "base", TRUST)


def test_from_the_hub_to_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    Home(tmp_path / "shiqu-home").write([("note", {"key": "note:1", "text": "x", "by": "x", "operator": "x"})])
    Path("base.shiqu").write_bytes(pack(4))
    scan = ["scan", "local", "--dry-run", "--only", "linux.ssh-*", "--values", "pack:base"]
    assert main(["dispatch", "read", "base.shiqu"]) == 4
    assert main(scan) == 2
    add_pin(tmp_path / "user/.config/shiqu/trust", Pin("hub", HUB.public.pem.decode(), "330100"))
    assert main(["dispatch", "read", "base.shiqu"]) == 0
    assert "规则包 base 第 4 版已记入台账" in capsys.readouterr().out
    assert main(scan) == 0
    assert "使用规则包 base 第 4 版" in capsys.readouterr().err
    old = open_envelope(pack(3)).members["pack.json"]
    Path("old.shiqu").write_bytes(sealed(old, sequence=2, previous=open_envelope(pack(4)).digest))
    assert main(["dispatch", "read", "old.shiqu"]) == 5
    assert "不许回退" in capsys.readouterr().out
