"""What ``shiqu judge`` says when an earlier result of the same shelf is at hand: the same bytes, or what changed and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from scanner.assess.replay import Difference, compare
from scanner.cli.output import RESULT, read_result, write_whole
from scanner.cli.words import say
from scanner.errors import KeepError, UseError
from scanner.ledger.seal import SHELF
from scanner.ledger.statement import SUFFIX
from scanner.ledger.trust import Trust
from scanner.ledger.verify import verify
from scanner.model.canonical import canonical

SHOWN = 40
"""How many differences are printed; all of them stand in replay.json."""
FILE = "replay.json"


def earlier_result(shelf: Path, against: str | None) -> tuple[Path, bytes] | None:
    """The result to compare with, read before anything is written: the one named, else the one beside the shelf.

    Where a seal lies beside it, shelf and result must be what was sealed. Raises KeepError, UseError.
    """
    path = Path(against) if against is not None else shelf.with_name(RESULT)
    if not path.is_file():
        if against is not None:
            raise UseError("file-unreadable", file=path, detail="-")
        return None
    if path.with_name(path.name + SUFFIX).is_file():
        verify(path, Trust())
        if shelf.name == SHELF and shelf.parent == path.parent:
            verify(shelf, Trust())
        click.echo(say("replay.sealed", file=path))
    return path, path.read_bytes()


def tell(earlier: tuple[Path, bytes] | None, result: Mapping[str, Any], data: bytes, folder: Path, other_profile: bool) -> None:
    """Say how the replay compares; write ``replay.json`` when it differs.

    Raises KeepError when rulebook, shelf and profiles are the same and the bytes are not: then one of the files was changed.
    """
    run = result["run"]
    if earlier is None:
        _tell_alone(run, run.get("scanned_with"))
        return
    path, before = earlier
    if before == data:
        click.echo(say("replay.same", file=path, rulebook=run["rulebook"]))
        return
    old = read_result(path) if path.read_bytes() == before else _read(before, path)
    if old["run"]["shelf"] != run["shelf"]:
        click.echo(say("replay.other-shelf", file=path), err=True)
        return
    same = old["run"]["rulebook"] == run["rulebook"]
    found = compare(old, result)
    write_whole(
        folder / FILE,
        canonical({"schema": "shiqu/replay/1", "old": _head(old), "new": _head(result), "differences": [asdict(d) for d in found]}),
    )
    for line in _lines(old, result, found, same, other_profile):
        click.echo(line)
    if same and not other_profile:
        raise KeepError("replay-differs", file=path, rulebook=run["rulebook"])


def _tell_alone(run: Mapping[str, Any], scanned: Any) -> None:
    if isinstance(scanned, str) and scanned != run["rulebook"]:
        click.echo(say("replay.other-rulebook-alone", scanned=scanned, version=run["version"], now=run["rulebook"]), err=True)


def _read(data: bytes, path: Path) -> dict[str, Any]:
    """The earlier result when the file has been written over meanwhile."""
    from scanner.ledger.seal import read_result as strict

    return strict(data, path)


def _head(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"rulebook": result["run"]["rulebook"], "release": _release(result), "profiles": result["run"]["profiles"]}


def _release(result: Mapping[str, Any]) -> str:
    """The release that judged; a result that does not say it was judged by the one that scanned."""
    return str((result.get("rulebook") or {}).get("release") or result["run"]["version"])


def _lines(old: Mapping[str, Any], new: Mapping[str, Any], found: list[Difference], same: bool, other_profile: bool) -> Iterator[str]:
    """The sentences of a comparison. Under another profile every clause comes or goes: listed is what both have."""
    if not same:
        yield say("replay.other-rulebook", old=old["run"]["rulebook"], release=_release(old), new=new["run"]["rulebook"], now=_release(new))
    yield say("replay.count", count=len(found)) if found else say("replay.no-verdict-differs")
    listed = [one for one in found if one.old and one.new] if other_profile else found
    if len(listed) < len(found):
        before, after = ("、".join(result["run"]["profiles"]) for result in (old, new))
        yield "  " + say("replay.other-profile", old=before, new=after, count=len(found) - len(listed), file=FILE)
    for difference in listed[:SHOWN]:
        why = "；".join(_reason(reason) for reason in difference.reasons)
        yield "  " + say(f"replay.{difference.kind}", what=difference.what, old=_word(difference.old), new=_word(difference.new), why=why)
    if len(listed) > SHOWN:
        yield "  " + say("replay.more", count=len(listed) - SHOWN, file=FILE)


def _word(code: str) -> str:
    return code or say("replay.nothing")


def _reason(text: str) -> str:
    code, _, name = text.partition(":")
    return say(f"replay.why.{code}", name=name)
