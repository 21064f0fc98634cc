"""The unit's own dictionaries of secrecy codes in the inventory."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.errors import UseError
from scanner.targets.inventory import read_inventory

HEAD = """
zones: {lan: {kind: lan, networks: [192.0.2.0/24]}}
scope: {allow: ["sqlite:/x/**"], authorised_by: x, until: 2099-01-01}
"""


def book(tmp_path: Path, codes: str, own: str = "", kind: str = "catalogue") -> Path:
    place = "url: 'sqlite:////x/a.db'" if kind == "catalogue" else "address: 192.0.2.9"
    path = tmp_path / "inventory.yaml"
    path.write_text(f"{HEAD}{codes}\nsystems: [{{id: s, zone: lan, targets: [{{id: t, kind: {kind}, {place}{own}}}]}}]\n", "utf-8")
    return path


def test_what_stands_at_the_top_is_for_every_catalogue_and_a_target_has_its_own(tmp_path: Path) -> None:
    found = read_inventory(book(tmp_path, "codes: {mj: {1: 公开, 2: 秘密}, t.lvl: {a: 内部}}", ", codes: {mj: {01: 绝密级, '２': 公开}}"))
    assert found.targets[0].codes == {"mj": {"1": "绝密级", "2": "公开"}, "t.lvl": {"A": "内部"}}


def test_a_host_has_no_codes(tmp_path: Path) -> None:
    assert read_inventory(book(tmp_path, "codes: {mj: {1: 公开}}", kind="linux")).targets[0].codes is None
    with pytest.raises(UseError) as error:
        read_inventory(book(tmp_path, "", ", codes: {mj: {1: 公开}}", kind="linux"))
    assert error.value.code == "inventory-catalogue-only"


@pytest.mark.parametrize(
    "codes",
    [
        "{mj: {1: 机秘件}}",
        "{mj: {1: ''}}",
        "{mj: {1: 3}}",
        "{mj: {}}",
        "{mj: 秘密}",
        "[1]",
        "{mj: {1: 公开, '１': 秘密}}",
        "{mj: {1: 机宓}}",
    ],
)
def test_what_no_decision_knows_is_refused_by_line(tmp_path: Path, codes: str) -> None:
    with pytest.raises(UseError) as error:
        read_inventory(book(tmp_path, f"codes: {codes}"))
    assert error.value.fields["line"] == "4"
