"""Two persons sign on site, and a third one accepts it: through the commands, in the current folder."""

from __future__ import annotations

from pathlib import Path

import yaml

from scanner.cli.main import main

SAID = {
    "says": "compliant",
    "by": "张三、李四",
    "since": "2026-01-01",
    "until": "2028-12-31",
    "statement": "现场看过",
}


def sign(*profiles: str) -> None:
    """Every clause of these profiles that asks for a person, for the unit of ``inventory.yaml``."""
    Path("p.jpg").write_bytes(b"photo")
    for profile in profiles:
        form = Path(f"{profile}-signed.yaml")
        assert main(["attest", "template", "-i", "inventory.yaml", "-p", profile, "-o", str(form)]) == 0
        data = yaml.safe_load(form.read_text("utf-8"))
        data["attestations"] = [line | SAID | {"evidence": ["p.jpg"]} for line in data["attestations"]]
        form.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
        assert main(["attest", "import", str(form), "-i", "inventory.yaml", "--by", "赵六"]) == 0
    assert main(["attest", "accept", "all", "-i", "inventory.yaml", "--by", "王五"]) == 0
