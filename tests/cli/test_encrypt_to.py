"""`--encrypt-to`: what leaves the machine is encrypted; the cover's fingerprint comes from the unit's home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.ledger.age import decrypt, recipient_text
from scanner.ledger.keys import new_key
from scanner.model.canonical import canonical_unchecked
from tests.ledger.bundle import key, small_result

ME = new_key("x25519")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    (tmp_path / "me.pub").write_bytes(ME.public.pem)
    (tmp_path / "result.json").write_bytes(canonical_unchecked(small_result()))
    return tmp_path


@pytest.mark.parametrize("recipient", ["me.pub", recipient_text(ME.public)], ids=["file", "text"])
def test_a_report_is_written_encrypted_and_only_so(place: Path, recipient: str) -> None:
    assert main(["report", "result.json", "-f", "html,csv", "-o", "stick", "--encrypt-to", recipient]) == 0
    assert sorted(path.name for path in (place / "stick").iterdir()) == ["report.csv.age", "report.html.age"]
    main(["report", "result.json", "-f", "html", "-o", "plain"])
    assert decrypt((place / "stick/report.html.age").read_bytes(), ME) == (place / "plain/report.html").read_bytes()


def test_a_scan_keeps_its_files_and_writes_encrypted_copies(place: Path) -> None:
    argv = ["scan", "--only", "linux.ssh-root-login", "--quiet", "--format", "json", "-o", "run", "--encrypt-to", "me.pub"]
    assert main(argv) in (0, 1, 4)
    for name in ("result.json", "shelf.zip"):
        assert decrypt((place / "run" / f"{name}.age").read_bytes(), ME) == (place / "run" / name).read_bytes()


def test_an_sm2_key_gets_its_own_kind_of_file_and_opens_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASS", "a long passphrase")
    assert main(["keys", "new", "--algorithm", "sm2", "-o", "mine.key", "--passphrase", "env:PASS"]) == 0
    assert main(["report", "result.json", "-f", "html", "-o", "stick", "--encrypt-to", "mine.pub"]) == 0
    assert [path.name for path in (place / "stick").iterdir()] == ["report.html.sm2"]
    main(["report", "result.json", "-f", "html", "-o", "plain"])
    argv = ["keys", "decrypt", "stick/report.html.sm2", "--key", "mine.key", "--passphrase", "env:PASS"]
    assert main(argv) == 0
    assert (place / "stick/report.html").read_bytes() == (place / "plain/report.html").read_bytes()
    spoilt = bytearray((place / "stick/report.html.sm2").read_bytes())
    spoilt[-1] ^= 1
    (place / "stick/report.html.sm2").write_bytes(spoilt)
    (place / "stick/report.html").unlink()
    assert main(argv) == 5 and not (place / "stick/report.html").exists()


def test_recipients_of_two_algorithms_are_refused(place: Path) -> None:
    (place / "sm2.pub").write_bytes(key("sm2").public.pem)
    argv = ["report", "result.json", "-o", "stick", "--encrypt-to", "me.pub", "--encrypt-to", "sm2.pub"]
    assert main(argv) == 2 and not (place / "stick").exists()


@pytest.mark.parametrize("recipient", ["nowhere.pub", "age1nothing", "unit.pub"])
def test_a_wrong_recipient_stops_before_anything_is_written(place: Path, recipient: str) -> None:
    (place / "unit.pub").write_bytes(key().public.pem)
    assert main(["report", "result.json", "-o", "stick", "--encrypt-to", recipient]) == 2
    assert main(["scan", "--only", "linux.ssh-root-login", "-o", "run", "--encrypt-to", recipient]) == 2
    assert not (place / "stick").exists() and not (place / "run").exists()


def test_a_run_names_the_key_of_the_units_home(place: Path) -> None:
    (place / "shiqu-home").mkdir()
    (place / "shiqu-home" / "key.pub").write_bytes(key("sm2").public.pem)
    assert main(["scan", "--only", "linux.ssh-root-login", "--quiet", "--format", "json", "-o", "run"]) in (0, 1, 4)
    assert json.loads((place / "run/result.json").read_bytes())["run"]["key"] == key("sm2").public.fingerprint


def test_a_key_for_encryption_in_the_home_is_refused(place: Path) -> None:
    (place / "shiqu-home").mkdir()
    (place / "shiqu-home" / "key.pub").write_bytes(ME.public.pem)
    assert main(["scan", "--only", "linux.ssh-root-login", "--quiet", "-o", "run"]) == 2
