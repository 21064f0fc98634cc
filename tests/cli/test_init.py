"""init asks, validates each answer, writes once, and may be run again."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from scanner.cli.init import init
from scanner.targets.inventory import read_inventory

UNIT = ["某市档案馆", "330100-001", "330100", "3"]
SCOPE = ["192.0.2.0/24，198.51.100.7", "分管领导", "2099-12-31", "22:00-06:00"]
ZONES = ["lan", "1", "192.0.2.0/24", "y", "internet", "4", "", "n", "y"]
SYSTEM = ["lan", "dams", "数字档案馆系统", "S3A2", "n", "y"]
LINUX = ["y", "1", "web01", "192.0.2.10", "2222", "ops"]
DATABASE = ["y", "数据库", "catdb", "postgresql://192.0.2.11/archive", "dbro"]
SWITCH = ["y", "4", "core-sw", "1", "./core.cfg"]
END = ["n", "n"]
LOGINS = ["audit", "1", "~/.ssh/k", "y", "ro", "2", "env:DBRO", "n"]
ANSWERS = [*UNIT, *SCOPE, *ZONES, *SYSTEM, *LINUX, *DATABASE, *SWITCH, *END, *LOGINS, "y"]


def run(path: Path, answers: list[str]) -> Result:
    return CliRunner().invoke(init, ["-o", str(path)], input="\n".join(answers) + "\n", standalone_mode=False)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "inventory.yaml"
    result = run(path, ANSWERS)
    assert result.exception is None, result.output
    return path


def test_the_answers_are_the_inventory(written: Path) -> None:
    data = yaml.safe_load(written.read_text())
    assert data["unit"] == {"name": "某市档案馆", "code": "330100-001", "region": "330100", "rank": "municipal"}
    assert data["scope"] == {
        "allow": ["192.0.2.0/24", "198.51.100.7"],
        "authorised_by": "分管领导",
        "until": "2099-12-31",
        "hours": "22:00-06:00",
    }
    assert data["isolation"] == [{"between": ["lan", "internet"], "require": "physical"}]
    assert [target["id"] for target in data["systems"][0]["targets"]] == ["this-machine", "web01", "catdb", "core-sw"]
    assert data["logins"] == {"ops": {"user": "audit", "key": "~/.ssh/k", "sudo": True}, "dbro": {"user": "ro", "password": "env:DBRO"}}


def test_what_is_written_is_read(written: Path) -> None:
    assert [target.kind for target in read_inventory(written).targets] == ["linux", "linux", "database", "netdev"]


def test_every_part_has_a_comment(written: Path) -> None:
    lines = written.read_text().split("\n")
    for part in ("unit:", "scope:", "zones:", "isolation:", "systems:", "logins:"):
        at = next(number for number, line in enumerate(lines) if line.startswith(part))
        assert lines[at - 1].startswith("# ")


def test_nobody_else_can_read_it(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_run_again_every_default_gives_the_same_inventory(written: Path) -> None:
    before = written.read_text()
    assert run(written, [""] * 60).exception is None
    assert written.read_text() == before


def test_what_is_not_asked_stays_and_the_old_file_too(written: Path) -> None:
    data = yaml.safe_load(written.read_text())
    crossing = {"id": "d1", "between": ["internet", "lan"], "direction": "internet->lan", "kind": "one-way", "certificate": "某字1号"}
    data["crossings"] = [crossing]
    data["systems"][0]["filing"] = {"number": "33010043001-23001", "date": "2023-05-06"}
    before = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    written.write_text(before)
    assert run(written, [""] * 60).exception is None
    after = yaml.safe_load(written.read_text())
    assert (after["crossings"], after["systems"][0]["filing"]) == ([crossing], data["systems"][0]["filing"])
    assert written.with_name("inventory.yaml.bak").read_text() == before


WRONG = [
    (3, "king"), (4, "192.0.2.5/24"), (4, "0.0.0.0/0"), (4, "1.2.3"), (5, ""), (6, "tomorrow"), (6, "20991231"), (7, "22:00-22:00"), (8, "a:b"),
    (18, "-"), (20, "9"), (24, "99"), (25, "this-machine"), (26, "-oProxyCommand=x"), (27, "0"),
    (32, "postgresql://u:Hunter2@192.0.2.1/x"), (46, "Hunter2!"),
]  # fmt: skip


@pytest.mark.parametrize("place,wrong", WRONG)
def test_a_wrong_answer_is_asked_again(written: Path, tmp_path: Path, place: int, wrong: str) -> None:
    path = tmp_path / "again" / "inventory.yaml"
    path.parent.mkdir()
    result = run(path, [*ANSWERS[:place], wrong, *ANSWERS[place:]])
    assert result.exception is None, result.output
    assert path.read_text() == written.read_text()


@pytest.mark.parametrize("many", range(0, len(ANSWERS), 5))
def test_stopped_half_way_nothing_is_written(tmp_path: Path, many: int) -> None:
    path = tmp_path / "i.yaml"
    assert run(path, ANSWERS[:many]).exception is not None
    assert list(tmp_path.iterdir()) == []


def test_refused_at_the_end_nothing_is_written(tmp_path: Path) -> None:
    assert run(tmp_path / "i.yaml", [*ANSWERS[:-1], "n"]).exception is None
    assert list(tmp_path.iterdir()) == []


def test_a_broken_inventory_is_refused_before_the_first_question(tmp_path: Path) -> None:
    path = tmp_path / "i.yaml"
    path.write_text("scope: {alow: []}")
    result = run(path, [""] * 40)
    assert result.exception is not None and result.output == ""


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    goal = tmp_path / "elsewhere"
    (tmp_path / "i.yaml").symlink_to(goal)
    assert run(tmp_path / "i.yaml", ANSWERS).exception is not None
    assert not goal.exists()


@pytest.mark.parametrize("kind,more,expected", [
    ("中间件", ["m1", "this-machine"], {"kind": "middleware", "host": "this-machine"}),
    ("3", ["d1", "kingbase://192.0.2.1/x", ""], {"kind": "database", "url": "kingbase://192.0.2.1/x"}),
    ("目录库", ["c1", "file:./data/"], {"kind": "catalogue", "url": "file:./data/"}),
    ("4", ["s1", "2", "", "192.0.2.9", "", "sw"], {"kind": "netdev", "platform": "h3c_comware", "address": "192.0.2.9", "login": "sw"}),
    ("9", ["f1", "./site.yaml"], {"kind": "site", "config": "./site.yaml"}),
    ("8", ["a1", "", "",], {"kind": "application"}),
])  # fmt: skip
def test_every_kind_is_asked_for_what_it_needs(tmp_path: Path, kind: str, more: list[str], expected: dict[str, str]) -> None:
    path = tmp_path / "i.yaml"
    answers = [*UNIT, *SCOPE, *ZONES, *SYSTEM, "y", kind, *more, *END, *(LOGINS[:4] if "login" in expected else []), "y"]
    result = run(path, answers)
    assert result.exception is None, result.output
    target = yaml.safe_load(path.read_text())["systems"][0]["targets"][1]
    assert {key: target[key] for key in expected} == expected, json.dumps(target)
