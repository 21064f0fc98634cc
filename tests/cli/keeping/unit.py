"""A unit that keeps a ledger around a real scan of this machine, as the tests here play it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from scanner.cli.main import main
from scanner.ledger.home import Home

INVENTORY = """
unit: {code: "330100-001", name: 示例市档案馆}
systems:
  - {id: dams, name: 数字档案馆系统, grade: 3, targets: [{id: me, kind: linux, address: local}]}
"""
CHECK = "linux.ssh-root-login"


Later = Callable[..., Path]


def shiqu(*argv: str, code: int = 0) -> None:
    assert main([*argv, "-i", "inventory.yaml"]) == code


def hazard(unit: Path, check: str = CHECK) -> dict[str, Any]:
    return next(line for line in Home(unit / "shiqu-home").book().hazards.values() if line["check"] == check)


def attested(says: str, item: str = "AC-FILING", settle: bool = True) -> None:
    """Fill one line of the acceptance checklist, submit and accept it."""
    Path("p.jpg").write_bytes(b"photo")
    Path("c.yaml").unlink(missing_ok=True)
    shiqu("attest", "template", "-p", "acceptance", "-o", "c.yaml")
    data = yaml.safe_load(Path("c.yaml").read_text("utf-8"))
    for line in data["attestations"]:
        if line["item"] == item:
            line |= {
                "says": says,
                "by": "张三",
                "since": "2026-01-01",
                "until": "2028-12-31",
                "statement": "看过原件",
                "evidence": ["p.jpg"],
            }
    Path("c.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    shiqu("attest", "import", "c.yaml", "--by", "赵六")
    if settle:
        shiqu("attest", "accept", "all", "--by", "王五")


def acceptance(folder: str) -> dict[str, Any]:
    main(["scan", "-i", "inventory.yaml", "-p", "acceptance", "-o", folder, "--only", CHECK, "--quiet"])
    document: dict[str, Any] = json.loads(Path(folder, "result.json").read_text("utf-8"))
    return document


def of_control(document: dict[str, Any], control: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["systems"][0]["findings"] if one["control"] == control)
    return found
