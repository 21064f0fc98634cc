"""The doctor names what is wrong and what to do."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from scanner.cli import doctor
from scanner.cli.main import main


def keys(home: Path) -> dict[str, str]:
    return {item.key: item.state for item in doctor.examine(home)}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def test_an_open_key_fails(home: Path) -> None:
    key = home / ".ssh" / "anyname"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    key.chmod(0o644)
    assert keys(home)["doctor.key-open"] == "fail"


def test_a_closed_key_is_fine(home: Path) -> None:
    key = home / ".ssh" / "id"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    key.chmod(0o600)
    assert "doctor.key-open" not in keys(home)


def test_no_known_hosts_is_a_warning(home: Path) -> None:
    assert keys(home)["doctor.no-known-hosts"] == "warn"


def test_another_distribution_with_our_name_fails(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "packages_distributions", lambda: {"checks": ["shiqu", "intruder"]})
    assert keys(home)["doctor.collision"] == "fail"


def test_a_missing_nmap_is_a_warning_and_a_missing_ssh_a_failure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    found = keys(home)
    assert (found["doctor.no-nmap"], found["doctor.no-ssh"]) == ("warn", "fail")


def test_a_clock_before_the_release_fails(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    assert keys(home)["doctor.clock-behind"] == "fail"


@pytest.mark.parametrize("zone,expected", [("+0800", "doctor.zone"), ("+0000", "doctor.zone-other")])
def test_hours_are_told_when_the_zone_is_not_beijings(home: Path, monkeypatch: pytest.MonkeyPatch, zone: str, expected: str) -> None:
    monkeypatch.setattr("scanner.cli.doctor.time.strftime", lambda _format: zone)
    assert expected in keys(home)


def test_a_font_with_chinese_characters_is_looked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FONT_FOLDERS", (str(home),))
    assert keys(home)["doctor.no-font"] == "warn"
    (home / "NotoSansCJK-Regular.ttc").write_bytes(b"")
    assert keys(home)["doctor.font"] == "ok"


@pytest.mark.parametrize("states,code", [(["ok"], 0), (["ok", "warn"], 4), (["warn", "fail"], 2)])
def test_the_exit_code_tells_the_worst(monkeypatch: pytest.MonkeyPatch, states: list[doctor.State], code: int) -> None:
    monkeypatch.setattr(doctor, "examine", lambda _home: [doctor.line(state, "doctor.raw") for state in states])
    assert main(["doctor"]) == code
