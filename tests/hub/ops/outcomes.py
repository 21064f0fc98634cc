"""Rounds of a long test, each written to a file when it is through, so that one that was broken off goes on where it was."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SOURCES = ("hub", "scanner/ledger", "scanner/model", "tests/hub/ops")
CACHE = ROOT / ".pytest_cache"


def digest() -> str:
    """What the outcomes are outcomes of."""
    found = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


class Rounds:
    """One file; rounds of other sources than those that are here now are left alone and not counted."""

    def __init__(self, path: Path, code: str) -> None:
        self.path, self.code = path, code

    def held(self) -> dict[str, dict[str, Any]]:
        """Name of a round to its outcome; a line that was cut off is none."""
        found: dict[str, dict[str, Any]] = {}
        for line in self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else ():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and row.get("code") == self.code:
                found[str(row["round"])] = row["outcome"]
        return found

    def keep(self, name: str, outcome: dict[str, Any]) -> None:
        """One more that is through."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            # Begun on a new line: the one before may have been cut off.
            stream.write("\n" + json.dumps({"round": name, "code": self.code, "outcome": outcome}, sort_keys=True) + "\n")
