"""What stands behind a result: a trusted seal, or the shelf that gives the same result again. A file alone anybody can write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from scanner.assess.policy import JUDGED, NO_SHELF, NOT_SEALED, NOT_TRUSTED, OTHER_RULEBOOK, SEALED
from scanner.assess.sound import contradiction
from scanner.cli.judge import judge_shelf
from scanner.cli.key_files import config_folder
from scanner.cli.output import RESULT, read_result, result_of
from scanner.cli.words import say
from scanner.errors import KeepError, UseError
from scanner.flow import SHELF
from scanner.ledger.shelf import Shelf
from scanner.ledger.trust import Trust, read_trust
from scanner.ledger.verify import Verified, verify
from scanner.model.canonical import canonical_unchecked, digest
from scanner.rulebook.profiles import core_controls
from scanner.rulebook.seal import rulebook_digest


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a result may be believed, or why not."""

    seal: str
    """``sealed`` by a trusted key, ``not-trusted`` or ``not-sealed``."""
    replay: str
    """``judged`` again to the same bytes, ``other-rulebook`` (nothing can be compared) or ``no-shelf``."""
    key: str = ""
    """Fingerprint of the key that sealed it; the minutes name it, for whose key it is only a person knows."""

    @property
    def how(self) -> str:
        """``sealed``, ``judged``, or ``""`` when nothing stands behind it."""
        return SEALED if self.seal == SEALED else JUDGED if self.replay == JUDGED else ""

    @property
    def lacking(self) -> str:
        """Code word when nothing does: ``not-trusted``, ``other-rulebook`` or ``alone``; words stand under ``proof.<code>``."""
        return self.replay if self.replay != NO_SHELF else "alone" if self.seal == NOT_SEALED else self.seal


def proof(path: Path, document: Mapping[str, Any], shelf: Path | None = None) -> Proof:
    """Look for what stands behind a result. Raises KeepError when a seal or a shelf is there and says otherwise.

    A shelf that is at hand is judged even where a trusted seal lies beside: who holds the key can seal what no shelf gives.
    """
    _sound(path, document)
    place = shelf if shelf is not None else path.with_name(SHELF)
    sealed = _seal(path, document)
    seal = NOT_SEALED if sealed is None else SEALED if sealed.not_trusted is None else NOT_TRUSTED
    key = sealed.seal.statement.key if sealed is not None else ""
    if shelf is None and not place.is_file():
        return Proof(seal, NO_SHELF, key)
    return Proof(seal, replayed(path, document, place), key)


def shelf_for(path: Path, document: Mapping[str, Any], others: Sequence[Path], named: str | None) -> Path | None:
    """The shelf of a result that has none beside it: the one named, else that beside another result of the same shelf."""
    if path.with_name(SHELF).is_file():
        return None
    places = [Path(named)] if named is not None else [place for other in others if (place := other.with_name(SHELF)).is_file()]
    return next((place for place in places if _digest(place) == document["run"]["shelf"]), places[0] if named is not None else None)


def _digest(place: Path) -> str:
    shelf = Shelf(place)
    try:
        return shelf.digest
    finally:
        shelf.close()


def proven(path: Path, shelf: str | None) -> dict[str, Any]:
    """Read a result behind which something stands: only then may it open or close anything. Raises UseError, KeepError."""
    path = result_of(path)
    document = read_result(path)
    found = proof(path, document, Path(shelf) if shelf is not None else None)
    if not found.how:
        raise KeepError("result-unproven", file=path, why=say(f"proof.{found.lacking}", key=found.key[:23]))
    return document


def shelf_option(command: Any) -> Any:
    """``--shelf SHELF``: where the evidence lies when it does not lie beside the result."""
    return click.option("--shelf", default=None, metavar="SHELF", help=say("proof.shelf"))(command)


def _sound(path: Path, document: Mapping[str, Any]) -> None:
    names: dict[str, set[str]] = {}
    for control in core_controls():
        names.setdefault(str(control.core_hazard), set()).update(control.checks)
    said = contradiction(document, names)
    if said is not None:
        raise KeepError("result-contradicts", file=path, what=said)


def _seal(path: Path, document: Mapping[str, Any]) -> Verified | None:
    place = config_folder("trust")
    try:
        found = verify(path, read_trust(place) if place.is_dir() else Trust())
    except KeepError as error:
        if error.code == "seal-missing":
            return None
        raise
    # A seal over any file says nothing of a run.
    return found if found.seal.statement.result == digest(canonical_unchecked(document)) else None


def check_replayed(files: Sequence[Path]) -> None:
    """A result that lies beside its shelf is the shelf's, as far as the installed rulebook can tell: nothing else is sealed. Raises KeepError."""
    by_name = {path.name: path for path in files}
    if RESULT in by_name and SHELF in by_name:
        replayed(by_name[RESULT], read_result(by_name[RESULT]), by_name[SHELF])


def replayed(path: Path, document: Mapping[str, Any], place: Path) -> str:
    """Judge a shelf again. Raises KeepError where the same rulebook gives another result, UseError for no shelf."""
    if not place.is_file():
        raise UseError("file-unreadable", file=place, detail="-")
    if document["run"]["shelf"] != _digest(place):
        raise KeepError("result-other-shelf", file=path, shelf=place)
    if document["run"]["rulebook"] != rulebook_digest():
        return OTHER_RULEBOOK
    wanted = canonical_unchecked(document)
    asked = {system["profile"]["id"] for system in document["systems"]}
    for profile in (None, *(asked if len(asked) == 1 else ())):
        if canonical_unchecked(judge_shelf(place, profile)) == wanted:
            return JUDGED
    raise KeepError("result-forged", file=path, shelf=place)
