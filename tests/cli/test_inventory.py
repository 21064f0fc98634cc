"""inventory check, template and import as a person uses them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from scanner.cli.main import main

GOOD = """
unit: {code: "1", name: 某馆}
scope: {allow: [192.0.2.0/24], authorised_by: 领导}
systems: [{id: dams, targets: [{id: web01, address: 192.0.2.10, login: ops}, {id: far, address: 198.51.100.1}]}]
logins: {ops: {user: audit, password: "env:TOPSECRETNAME"}}
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "i.yaml"
    path.write_text(GOOD)
    return path


def test_a_good_inventory_is_summed_up(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "check", str(good)]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("某馆", "192.0.2.0/24", "dams", "ops"))


@pytest.mark.parametrize(("rank", "word"), [("rank: municipal", "层级 市级"), ("rank: unknown", "层级 无"), ("name: 馆", "层级 无")])
def test_the_rank_and_the_kinds_of_zones_are_told_in_words(
    tmp_path: Path, rank: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "i.yaml"
    path.write_text(f'unit: {{code: "1", {rank}}}\nzones: {{inner: {{kind: classified, networks: [192.0.2.0/24]}}}}\n')
    assert main(["inventory", "check", str(path)]) == 0
    shown = capsys.readouterr().out
    assert word in shown and "区域 inner：涉密网" in shown and "classified" not in shown


def test_no_reference_to_a_secret_is_shown(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["inventory", "check", str(good)])
    assert "TOPSECRETNAME" not in capsys.readouterr().out


def test_a_target_outside_the_scope_is_pointed_out(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["inventory", "check", str(good)])
    assert "198.51.100.1" in capsys.readouterr().out


def test_a_wrong_inventory_is_use_error_naming_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "i.yaml"
    path.write_text("unit: {}\nlogins:\n  ops:\n    password: Hunter2!\n")
    assert main(["inventory", "check", str(path)]) == 2
    shown = capsys.readouterr().err
    assert "第 4 行" in shown and "Hunter2" not in shown


def test_template_then_import(tmp_path: Path) -> None:
    book, goal = tmp_path / "t.xlsx", tmp_path / "i.yaml"
    assert main(["inventory", "template", "-o", str(book)]) == 0
    assert main(["inventory", "import", str(book), "-o", str(goal)]) == 0
    assert main(["inventory", "check", str(goal)]) == 0
    assert stat.S_IMODE(goal.stat().st_mode) == 0o600


def test_import_overwrites_nothing(tmp_path: Path, good: Path) -> None:
    book = tmp_path / "t.xlsx"
    main(["inventory", "template", "-o", str(book)])
    assert main(["inventory", "import", str(book), "-o", str(good)]) == 2
    assert good.read_text() == GOOD


def test_hosts_of_ansible_become_an_inventory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hosts").write_text("[web]\nweb01 ansible_host=192.0.2.1 ansible_user=ops ansible_password=Hunter2\n-oN ansible_host=x;y\n")
    assert main(["inventory", "import", str(tmp_path / "hosts"), "-o", str(tmp_path / "i.yaml")]) == 0
    assert "Hunter2" not in (tmp_path / "i.yaml").read_text() + capsys.readouterr().out


def test_one_host_in_two_spellings_is_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "i.yaml"
    path.write_text('systems: [{id: s, targets: [{id: one, address: 192.0.2.1}, {id: two, address: "::ffff:192.0.2.1"}]}]')
    assert main(["inventory", "check", str(path)]) == 0
    assert "one two" in capsys.readouterr().out
