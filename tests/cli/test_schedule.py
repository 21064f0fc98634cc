"""Timers and crontab lines, and the command that they call."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.ledger.home import Home

INVENTORY = "unit: {code: u, name: 馆}\nsystems: [{id: s, name: 系统, grade: 3, targets: [{id: me, kind: linux, address: local}]}]\n"


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "馆 100% $HOME"
    folder.mkdir()
    (folder / "inventory.yaml").write_text(INVENTORY, "utf-8")
    monkeypatch.delenv("SHIQU_HOME", raising=False)
    monkeypatch.chdir(folder)
    return folder


def shiqu(*argv: str, code: int = 0) -> None:
    assert main(["schedule", *argv, "-i", "inventory.yaml"]) == code


def read_unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read(path, "utf-8")
    return found


def test_the_units_name_program_inventory_and_time(unit: Path) -> None:
    shiqu("systemd", "--user", "audit")
    service, timer = read_unit(unit / "shiqu-scan.service"), read_unit(unit / "shiqu-scan.timer")
    assert service["Service"]["User"] == "audit" and service["Service"]["SuccessExitStatus"] == "1 4"
    argv = shlex.split(service["Service"]["ExecStart"].replace("$$", "$").replace("%%", "%"))
    assert argv[1:] == ["schedule", "run", "-i", str(unit / "inventory.yaml")]
    assert timer["Timer"]["OnCalendar"] == "*-*-* 02:30:00" and timer["Timer"]["Persistent"] == "true"


def test_an_hourly_period_wakes_every_hour(unit: Path) -> None:
    (unit / "c.yaml").write_text('periods: [{name: x, from: "10-01", to: "10-02", every: 6h}]\n')
    shiqu("systemd", "--calendar", "c.yaml")
    assert read_unit(unit / "shiqu-scan.timer")["Timer"]["OnCalendar"] == "*-*-* *:00:00"


def test_a_unit_that_is_there_is_left_alone(unit: Path) -> None:
    shiqu("systemd")
    shiqu("systemd", code=2)


def test_a_crontab_line_survives_the_shell(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shiqu("cron")
    line = capsys.readouterr().out.strip()
    assert "%" not in line.replace("\\%", "")
    minute, hour, rest = line.split(" ", 2)
    command = rest.removeprefix("* * * ").replace("\\%", "%").partition(" && ")
    assert (minute, hour) == ("30", "2") and shlex.split(command[0]) == ["cd", str(unit)]
    assert shlex.split(command[2])[-1] == str(unit / "inventory.yaml")


@pytest.mark.parametrize("argv", [("systemd", "--user", "a b"), ("systemd", "--user", "a\nExecStart=x")])
def test_no_option_reaches_a_unit_unread(argv: tuple[str, ...], unit: Path) -> None:
    shiqu(*argv, code=2)
    assert not (unit / "shiqu-scan.service").exists()


def test_an_unknown_profile_is_refused_by_day_not_at_night(unit: Path) -> None:
    (unit / "c.yaml").write_text("normal: {every: 7d, profile: none-such}\n")
    shiqu("show", "--calendar", "c.yaml", code=2)


def test_run_scans_when_due_and_waits_when_not(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", "run", "-i", "inventory.yaml"]) in (1, 4)
    assert len(Home(unit / "shiqu-home").book().runs) == 1
    capsys.readouterr()
    shiqu("run")
    assert "未到期" in capsys.readouterr().out and len(Home(unit / "shiqu-home").book().runs) == 1


@pytest.mark.parametrize("narrow", [("--only", "linux.ssh-root-login"), ("--skip", "linux.*")])
def test_a_narrowed_scan_is_not_the_scheduled_one(narrow: tuple[str, str], unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "-i", "inventory.yaml", *narrow, "--quiet"])
    assert len(Home(unit / "shiqu-home").book().runs) == 1
    shiqu("show")
    assert "从未" in capsys.readouterr().out


def test_a_scan_of_some_targets_is_not_the_scheduled_one(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unit / "inventory.yaml").write_text(
        INVENTORY.replace("address: local}", "address: local}, {id: two, kind: linux, address: local}"), "utf-8"
    )
    main(["scan", "-i", "inventory.yaml", "me", "--quiet"])
    assert len(Home(unit / "shiqu-home").book().runs) == 1
    shiqu("show")
    assert "从未" in capsys.readouterr().out


def test_the_units_go_into_a_folder_that_is_made(unit: Path) -> None:
    shiqu("systemd", "-o", "new/units")
    assert (unit / "new" / "units" / "shiqu-scan.timer").exists()


def test_show_names_the_periods(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unit / "c.yaml").write_text('periods: [{name: 全年, from: "01-01", to: "12-31", every: 1d}]\n', "utf-8")
    shiqu("show", "--calendar", "c.yaml", "--days", "3")
    shown = capsys.readouterr().out
    assert "全年" in shown and "从未" in shown and "已到期" in shown
