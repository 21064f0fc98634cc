"""Judging one shelf of many targets: ``.venv/bin/python -m bench.judging [--targets 1000] [--checks 300]``.

The evidence is this machine's own, kept once per target with a line that differs, so that no answer is read from a memo. Real checks
are multiplied under new ids until there are enough.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import tempfile
import time
from pathlib import Path

from scanner import flow
from scanner.evaluate.engine import Asked, Bench, judge_all
from scanner.ledger.shelf import Shelf, write_shelf
from scanner.ledger.store import Store
from scanner.model.absent import Absent
from scanner.model.evidence import Evidence
from scanner.model.target import Target
from scanner.rulebook.book import Check, rulebook


def multiplied(wanted: int) -> dict[str, Check]:
    """Real Linux checks under new ids until there are enough."""
    real = rulebook().for_kind("linux")
    out: dict[str, Check] = {}
    number = 0
    while len(out) < wanted:
        for check in real[: wanted - len(out)]:
            name = f"{check.id}--{number}"
            out[name] = dataclasses.replace(check, sheet=dataclasses.replace(check.sheet, id=name))
        number += 1
    return out


def shelf_of(folder: Path, targets: int) -> Path:
    """A shelf with this machine's evidence under many target ids."""
    once = flow.Request(targets=(Target(id="t", kind="linux", address="local"),), unit={}, systems=(), inventory={})
    (folder / "once").mkdir()
    path, _ = flow.collect(once, folder / "once", lambda *_: None)
    shelf = Shelf(path)
    pieces = []
    for _, probe, key, _ in shelf.records():
        head, answer = shelf.head_of(key)
        pieces.append((probe, head, answer))
    store = Store(folder)
    for number in range(targets):
        evidence = [
            Evidence(target=f"t{number}", probe=probe, absent=answer)
            if isinstance(answer, Absent)
            # stderr differs, so that every target has objects of its own; the readers see the same stdout.
            else Evidence(
                target=f"t{number}", probe=probe, stdout=answer.stdout, stderr=b"%d\n" % number, exit=answer.exit, privilege="root"
            )
            for probe, _, answer in pieces
        ]
        store.add(f"t{number}", {"reached": True, "why": None, "detail": ""}, evidence)
    write_shelf(folder / "shelf.zip", {"run": {"unit": {}}}, store)
    store.close()
    return folder / "shelf.zip"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--checks", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = shelf_of(Path(name), options.targets)
        print(f"shelf: {path.stat().st_size / 1e6:.1f} MB, real Linux checks: {len(rulebook().for_kind('linux'))}")
        began, used = time.perf_counter(), time.process_time()
        shelf = Shelf(path)
        checks = multiplied(options.checks)
        names = [f"t{number}" for number in range(options.targets)]
        bench = Bench(flow.Judged(shelf), {"linux": names})
        count: dict[str, int] = {}
        for verdict in judge_all(bench, checks, (Asked(target, check) for target in names for check in checks), {}):
            count[verdict.status] = count.get(verdict.status, 0) + 1
        print(
            f"judged {sum(count.values())} verdicts in {time.perf_counter() - began:.1f} s wall, {time.process_time() - used:.1f} s CPU: {count}"
        )
        print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
