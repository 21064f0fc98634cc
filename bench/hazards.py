"""Hazards at size: a run of 1,000 hosts and 200 checks, a third of them unmet, followed, entered into a ledger and read back. CPU seconds."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scanner.assess.hazards import NOTHING, follow
from scanner.flow.keeping import bare
from scanner.ledger.home import Home
from scanner.model.canonical import canonical_unchecked

HOSTS, CHECKS, UNMET = 1000, 200, 3


def document() -> dict[str, Any]:
    """What hazards need of a result."""
    targets = [
        {"id": f"h{host:04}", "kind": "linux", "address": f"10.0.{host // 256}.{host % 256}", "system": "dams"} for host in range(HOSTS)
    ]
    verdicts, evidence = [], {}
    for host, target in enumerate(targets):
        for check in range(CHECKS):
            key = f"sha256:{host * CHECKS + check:064x}"
            evidence[key] = {"probe": f"linux.p{check % 40}", "privilege": "root", "why": None}
            status = "unmet" if check % UNMET == 0 else "met"
            verdicts.append(
                {"check": f"linux.check-{check}", "target": target["id"], "status": status, "severity": "high", "evidence": [key]}
            )
    run = {"id": "r", "finished": "2026-01-01T00:00:00Z", "version": "0", "rulebook": "sha256:" + "0" * 64, "values": {}}
    texts: dict[str, Any] = {"triggers": {}, "controls": {}}
    return {"run": run, "targets": targets, "verdicts": verdicts, "systems": [], "core_hazards": [], "texts": texts, "evidence": evidence}


def timed(name: str, work: Callable[[], Any]) -> Any:
    start = time.process_time()
    found = work()
    print(f"{name}: {time.process_time() - start:.1f} s CPU")
    return found


def main() -> None:
    found = document()
    lines = timed("followed", lambda: follow(NOTHING, found, {}))
    print(f"{len(lines)} hazards, {len(canonical_unchecked(lines)) // len(lines)} bytes each")
    rows = [("hazard", {"key": line["id"], "id": line["id"], "event": "registered", "run": "r", "line": bare(line)}) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        timed("entered", lambda: home.write(rows))
        timed("read back and verified", home.book)


if __name__ == "__main__":
    main()
