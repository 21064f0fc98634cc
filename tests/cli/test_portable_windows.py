"""Windows by the portable script: written, answered, read under an inventory and judged; and the linux script under an inventory."""

from __future__ import annotations

import json
from pathlib import Path

from scanner.cli.main import main
from tests.collect.test_powershell import say

INVENTORY = """
unit: {code: lab, name: 试验馆}
scope: {allow: [192.0.2.0/24], authorised_by: 试验, until: 2099-12-31}
zones:
  lan: {kind: lan, networks: [192.0.2.0/24]}
  internet: {kind: internet, networks: [198.51.100.0/24]}
isolation: [{between: [lan, internet]}]
systems: [{id: dams, name: 数字档案馆系统, grade: 3, zone: lan, targets: [{id: pc-01, kind: windows, address: 192.0.2.10}]}]
"""
ADAPTERS = [
    {
        "Name": name,
        "InterfaceDescription": "Intel(R) I219",
        "ifIndex": index,
        "Status": "Up",
        "MacAddress": f"00-15-5D-00-00-0{index}",
        "HardwareInterface": "True",
    }
    for index, name in (("7", "Ethernet"), ("9", "以太网 2"))
]
ADDRESSES = [
    {"IPAddress": ip, "PrefixLength": "24", "InterfaceIndex": index} for index, ip in (("7", "192.0.2.10"), ("9", "198.51.100.10"))
]
TABLES = {"adapters": ADAPTERS, "addresses": ADDRESSES, "routes": [], "settings": [], "neighbours": [], "bridge-ports": []}


def answered(script: bytes) -> bytes:
    """What a Windows host would print for this very script: one question answered, the others failed."""
    head = next(line for line in script.decode("ascii").split("\r\n") if line.startswith("Emit '{"))[6:-1]
    token, probes = json.loads(head)["token"], json.loads(head)["probes"]
    lines = [*say(head), *say("HOST PC-01"), *say(""), *say(f"{token} H 1 0 1790000000")]
    for index, probe in enumerate(probes):
        body = json.dumps({"found": TABLES, "failed": {}}, ensure_ascii=False) if probe == "windows.attachment" else "no"
        code = 0 if probe == "windows.attachment" else 1
        lines += [
            *say(""),
            *say(f"{token} B {index}"),
            *say(body),
            *say(""),
            *say(f"{token} R {index} {code}"),
            *say(""),
            *say(f"{token} E {index}"),
        ]
    lines += [*say(""), *say(f"{token} Z")]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-16")


def test_written_answered_read_and_judged(tmp_path: Path) -> None:
    script, answer, shelf, inventory = (tmp_path / name for name in ("x.ps1", "x.ans", "x.zip", "inventory.yaml"))
    inventory.write_text(INVENTORY)
    assert main(["portable", "write", "--kind", "windows", "-o", str(script)]) == 0
    answer.write_bytes(answered(script.read_bytes()))
    assert main(["portable", "read", str(answer), "-i", str(inventory), "-o", str(shelf)]) == 0
    assert main(["judge", str(shelf), "-o", str(tmp_path / "out"), "--format", "json"]) == 1
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    found = {verdict["check"]: verdict for verdict in result["verdicts"] if verdict["check"].startswith("isolation.windows-")}
    assert found["isolation.windows-dual-homed"]["status"] == "unmet", found["isolation.windows-dual-homed"]
    assert found["isolation.windows-dual-homed"]["observed"]["both"] == [["internet", "lan"]]
    assert found["isolation.windows-remote-control"]["status"] == "unknown"
    assert {verdict["status"] for check, verdict in found.items() if check != "isolation.windows-dual-homed"} <= {
        "unknown",
        "met",
        "not-applicable",
    }
    assert [system["id"] for system in result["systems"]] == ["dams"]


def test_another_kind_is_refused(tmp_path: Path) -> None:
    assert main(["portable", "write", "--kind", "netdev", "-o", str(tmp_path / "x")]) == 2
