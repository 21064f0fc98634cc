"""init asks, validates each answer, writes once, and may be run again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from scanner.cli.init import init

ANSWERS = [
    "330100-001", "某市档案馆", "330100", "municipal",
    "192.0.2.0/24", "分管领导", "2099-12-31", "",
    "lan", "lan", "192.0.2.0/24",
    "y", "dams", "数字档案馆", "3", "lan", "unclassified",
    "y", "web01", "192.0.2.10", "22", "ops", "audit", "", "", "y",
    "n", "n",
]  # fmt: skip


def run(path: Path, answers: list[str]) -> Result:
    return CliRunner().invoke(init, ["-o", str(path)], input="\n".join(answers) + "\n", standalone_mode=False)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "inventory.yaml"
    assert run(path, ANSWERS).exception is None
    return path


def test_the_answers_are_the_inventory(written: Path) -> None:
    data = yaml.safe_load(written.read_text())
    assert data["scope"]["allow"] == ["192.0.2.0/24"]
    assert data["systems"][0]["targets"] == [{"id": "web01", "kind": "linux", "address": "192.0.2.10", "port": 22, "login": "ops"}]
    assert data["logins"]["ops"] == {"user": "audit", "key": "~/.ssh/id_ed25519", "known_hosts": "~/.ssh/known_hosts", "sudo": True}


def test_nobody_else_can_read_it(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_run_again_every_default_gives_the_same_inventory(written: Path) -> None:
    before = written.read_text()
    assert run(written, [""] * 40).exception is None
    assert written.read_text() == before


def test_what_is_not_asked_stays(written: Path) -> None:
    data = yaml.safe_load(written.read_text())
    data["zones"]["internet"] = {"kind": "internet", "networks": []}
    data["isolation"] = [{"between": ["lan", "internet"], "require": "physical"}]
    written.write_text(yaml.safe_dump(data, sort_keys=False))
    assert run(written, [""] * 40).exception is None
    assert yaml.safe_load(written.read_text())["isolation"] == data["isolation"]


@pytest.mark.parametrize("place,wrong", [(3, "king"), (4, "1.2.3"), (6, "tomorrow"), (14, "9"), (19, "-oProxyCommand=x"), (20, "0")])
def test_a_wrong_answer_is_asked_again(tmp_path: Path, place: int, wrong: str) -> None:
    path = tmp_path / "i.yaml"
    result = run(path, [*ANSWERS[:place], wrong, *ANSWERS[place:]])
    assert result.exception is None
    assert yaml.safe_load(path.read_text())["systems"][0]["targets"][0]["port"] == 22


def test_stopped_half_way_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "i.yaml"
    assert run(path, ANSWERS[:15]).exception is not None
    assert list(tmp_path.iterdir()) == []


def test_a_broken_inventory_is_refused_before_the_first_question(tmp_path: Path) -> None:
    path = tmp_path / "i.yaml"
    path.write_text("scope: {alow: []}")
    result = run(path, [""] * 40)
    assert result.exception is not None and result.output == ""
