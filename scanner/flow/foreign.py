"""Foreign findings onto a shelf: a new one, or a copy of a run's shelf that has them beside its own evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner import flow
from scanner.errors import UseError
from scanner.flow.joining import again
from scanner.ledger.shelf import MAX_OBJECT, Shelf, write_shelf
from scanner.ledger.store import scratch
from scanner.model.evidence import Evidence

SPARE = 65_536
"""Bytes of an object that its head takes, and more."""


def evidence_of(unit: str, files: Mapping[str, tuple[str, bytes]]) -> tuple[Evidence, ...]:
    """Probe to (name of the file, what it says), as evidence that belongs to the unit. Raises UseError for what no shelf can hold."""
    now = flow.now_text()
    for name, body in files.values():
        if len(body) > MAX_OBJECT - SPARE:
            raise UseError("foreign-large", file=name, most=MAX_OBJECT >> 20)
    return tuple(
        Evidence(target=unit, probe=probe, kind="foreign", stdout=body, exit=0, started=now, operator="file", privilege="user")
        for probe, (_, body) in files.items()
    )


def beside(old: Path, files: Mapping[str, tuple[str, bytes]], path: Path) -> Path:
    """Copy a run's shelf and lay foreign findings beside its evidence. The copy is a run of its own, as old as the first one.

    Raises UseError, KeepError.
    """
    shelf = Shelf(old)
    try:
        head = {key: value for key, value in shelf.manifest.items() if key not in ("evidence", "targets")}
        head["run"] = {**head["run"], "id": flow.new_run_id()}
        unit = str((head["run"].get("unit") or {}).get("code") or "unit")
        with scratch(path) as store:
            held: dict[str, list[Evidence]] = {target: [] for target in shelf.manifest["targets"]}
            for target, probe, key, record in shelf.records():
                held.setdefault(target, []).append(again(shelf, target, probe, key, record))
            records = {**dict.fromkeys(held, flow.brought("file", "user")), **shelf.manifest["targets"]}
            records.setdefault(unit, flow.brought("file", "user"))
            for target, record in records.items():
                store.add(target, dict(record), held.get(target, ()))
            store.add(unit, dict(records[unit]), evidence_of(unit, files))
            write_shelf(path, head, store)
    finally:
        shelf.close()
    return path


def alone(request: flow.Request, files: Mapping[str, tuple[str, bytes]], path: Path) -> Path:
    """A shelf of foreign findings and the unit's declaration, nothing else. Raises UseError, KeepError."""
    unit = str(request.unit.get("code") or "unit")
    return flow.shelve(request, path, {unit: (evidence_of(unit, files), "user")}, operator="file")


__all__: Sequence[str] = ["alone", "beside"]
