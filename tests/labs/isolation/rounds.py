"""Rounds of the lab, each topology by itself, none tried twice: ``python -m tests.labs.isolation.rounds FILE [docs/figures.md]``.

The file holds a line for every topology that was run. Outcomes of other sources than those that are here now are left alone and not counted,
so a broken-off `make endurance` goes on where it was, and one after a change begins anew.
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SOURCES = ("scanner/collect/trial", "scanner/collect/sniff", "scanner/facts/network", "checks/isolation", "tests/labs/isolation")
ROW = "| isolation lab, every topology right"
"""How the line in the figures begins that is written here."""


@dataclass
class Case:
    """One topology over all rounds."""

    passed: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)


def digest() -> str:
    """What the outcomes are outcomes of."""
    found = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")) + sorted((ROOT / folder).rglob("*.yaml")):
            found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def row(nodeid: str, outcome: str, seconds: float, code: str) -> dict[str, Any]:
    """One line of the file."""
    return {"case": nodeid, "outcome": outcome, "seconds": round(seconds, 1), "code": code}


def lines(path: Path, code: str) -> Iterator[dict[str, Any]]:
    """Outcomes of these sources; a line that was cut off is none."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("code") == code:
            yield found


def passed(path: Path, code: str) -> set[str]:
    """Node ids that need not be run again."""
    return {str(found["case"]) for found in lines(path, code) if found["outcome"] == "passed"}


def cases(found: Iterable[dict[str, Any]]) -> dict[str, Case]:
    """Outcomes by topology, whatever the round."""
    out: dict[str, Case] = {}
    for one in found:
        case = out.setdefault(str(one["case"]).rpartition("/")[2].partition("[")[0], Case())
        case.passed += one["outcome"] == "passed"
        case.failed += one["outcome"] == "failed"
        case.seconds.append(float(one["seconds"]))
    return out


def table(found: dict[str, Case]) -> str:
    """Those that failed ever, by name, and a sum."""
    bad = {name: case for name, case in found.items() if case.failed}
    runs, good = sum(case.passed + case.failed for case in found.values()), sum(case.passed for case in found.values())
    out = [f"{len(found)} topologies, {runs} runs without a second try, {good} right, {runs - good} wrong"]
    out += [f"  {name}: {case.failed} of {case.passed + case.failed} wrong" for name, case in sorted(bad.items())]
    if found:
        out.append(f"  median {statistics.median([second for case in found.values() for second in case.seconds]):.0f} s a topology")
    return "\n".join(out)


def write(figures: Path, found: dict[str, Case]) -> None:
    """Put the sum into the table of figures, in the place of an earlier one."""
    runs, good = sum(case.passed + case.failed for case in found.values()), sum(case.passed for case in found.values())
    least = min((case.passed + case.failed for case in found.values()), default=0)
    said = f"{good} of {runs} runs of {len(found)} topologies, each at least {least} times, no second tries"
    kept = [line for line in figures.read_text(encoding="utf-8").splitlines() if not line.startswith(ROW)]
    last = max(at for at, line in enumerate(kept) if line.startswith("|"))
    kept.insert(last + 1, f"{ROW} | `make endurance` | {said} |")
    figures.write_text("\n".join(kept) + "\n", encoding="utf-8")


def main(argv: list[str]) -> None:
    """Print the table, and write the figures where a file is named for them."""
    found = cases(lines(Path(argv[0]), digest()))
    sys.stdout.write(table(found) + "\n")
    if len(argv) > 1 and found:
        write(Path(argv[1]), found)


if __name__ == "__main__":
    main(sys.argv[1:])
