"""Entering a judged run into the unit's ledger: what became of its hazards, then the run itself, in one write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from scanner.assess.hazards import follow, papers
from scanner.assess.sound import contradiction
from scanner.assess.trend import figures
from scanner.errors import KeepError, UseError
from scanner.ledger.home import Book, Home
from scanner.ledger.kept import to_shelf
from scanner.ledger.seal import NOBODY
from scanner.ledger.statement import Seal
from scanner.model.canonical import canonical_unchecked, digest
from scanner.model.hazard import HazardLine, open_hazard


def enter(home: Home, result: Mapping[str, Any]) -> list[HazardLine]:
    """Enter a run; returns the unit's hazards as they are now, with what the run did to them. A second time changes nothing.

    The hazards are followed from what the ledger says now: between the run's start and its end somebody may have written to it.
    Raises KeepError for a result that contradicts itself, and for another result of a run that was entered already; UseError for
    another machine that nobody's inventory tells from one that was entered.
    """
    said = contradiction(result)
    if said is not None:
        raise KeepError("result-contradicts", file=result["run"]["id"], what=said)
    book = home.book()
    _entered_once(book, result, home)
    _one_machine(book, result)
    lines = follow_now(book, result)
    run = result["run"]
    entries: list[tuple[str, dict[str, Any]]] = [
        ("hazard", {"key": f"{run['id']}:{line['id']}:{line['event']}", "id": line["id"], "event": line["event"], "run": run["id"], "line": bare(line)})
        for line in lines
        if "event" in line
    ]  # fmt: skip
    entries.append(("run", _run(result, lines, book)))
    home.write(entries)
    return lines


def _entered_once(book: Book, result: Mapping[str, Any], home: Home) -> None:
    key, run = digest(canonical_unchecked(result)), result["run"]["id"]
    if any(held["run"] == run and held.get("result", key) != key for held in book.runs):
        raise KeepError("run-entered-otherwise", file=home.chain.path, run=run)


def note_seal(home: Home, seal: Seal, operator: str) -> bool:
    """Enter the seal of a run that the ledger knows, so that the head which the next run takes along speaks of it, too.

    Returns whether the ledger has it now. Raises KeepError when the ledger is broken.
    """
    statement = seal.statement
    if statement.run is None or not home.exists() or all(held["run"] != statement.run for held in home.book().runs):
        return False
    body = {
        "key": f"seal:{seal.digest}",
        "run": statement.run,
        "seal": seal.digest,
        "kind": statement.kind,
        "result": statement.result,
        "shelf": statement.shelf,
        "fingerprint": statement.key,
        "sealed": statement.time,
        "operator": operator,
    }
    home.write([("seal", body)])
    return True


def _one_machine(book: Book, result: Mapping[str, Any]) -> None:
    """Without an inventory every machine calls itself ``local``: two of them are not one target."""
    if str(result["run"]["unit"].get("code") or "") not in NOBODY:
        return
    known = {target: machine for held in book.runs if held.get("unit") in NOBODY for target, machine in held.get("machines", {}).items()}
    for target, machine in _machines(result).items():
        if known.get(target, machine) != machine:
            raise UseError("machine-other", target=target, run=result["run"]["id"])


def _machines(result: Mapping[str, Any]) -> dict[str, str]:
    """What tells the scanning machine itself from others, by target."""
    return {line["id"]: line["place"]["key"] for line in result["targets"] if line["address"] == "local" and "key" in line.get("place", {})}


def follow_now(book: Book, result: Mapping[str, Any]) -> list[HazardLine]:
    """The unit's hazards after a run, counted from what the ledger says now."""
    rows = (result["run"].get("ledger") or {"rows": 0})["rows"]
    return follow(book.sight(), result, papers(book.attestations.values()), book.looked_at_after(rows))


def bare(line: Mapping[str, Any]) -> HazardLine:
    """A hazard without what only one run says of it."""
    return cast(HazardLine, {key: value for key, value in line.items() if key not in ("event", "verdict")})


def _run(result: Mapping[str, Any], lines: list[HazardLine], book: Book) -> dict[str, Any]:
    run = result["run"]
    quiet = [line for line in lines if "event" not in line and "verdict" in line and open_hazard(line)]
    moved = {line["id"]: [line["status"], line["open_why"]] for line in quiet if line["status"] != "unmet"}
    return {
        "key": f"run:{run['id']}",
        "run": run["id"],
        "time": run["finished"],
        "unit": str(run["unit"].get("code") or ""),
        "version": run["version"],
        "rulebook": run["rulebook"],
        "shelf": run["shelf"],
        "result": digest(canonical_unchecked(result)),
        "interrupted": bool(run["interrupted"]),
        "narrowed": bool(run.get("narrowed", False)),
        "targets": sorted(line["id"] for line in result["targets"]),
        "machines": _machines(result),
        "gate": result["gate"],
        "classified": classified(result),
        "figures": figures({**result, "hazards": lines}),
        "seen": [line["id"] for line in quiet if line["status"] == "unmet" and line["last"] == run["finished"]],
        "open": moved,
    }


def classified(result: Mapping[str, Any]) -> bool:
    """Whether what the run saw concerns classified systems or networks: then the register carries a mark, too."""
    zones = result["views"].get("zones") or {}
    kinds = {zone.get("kind") for zone in zones.values() if isinstance(zone, Mapping)}
    return "classified" in kinds or any(system["holds"] != "unclassified" for system in result["systems"])


__all__ = ["bare", "classified", "enter", "follow_now", "note_seal", "to_shelf"]
