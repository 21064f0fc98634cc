"""Verifying: is the file the sealed one, whose seal is it, and what was changed. Offline; nothing is extracted or run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scanner.errors import KeepError, UseError
from scanner.ledger import pdf, receipt, stamp
from scanner.ledger.pieces import Change, Piece, compare, pieces
from scanner.ledger.seal import MAX_WHOLE, NOBODY, RESULT, mark, mark_of, of_result, other_run
from scanner.ledger.sealzip import MAX_SIZE
from scanner.ledger.statement import RECEIPT, SUFFIX, TOKEN, FileMark, Seal, Statement, unpack
from scanner.ledger.trust import Trust, why_not

MAX_SEALS = 200
"""Seals of one folder that are looked through for one that names the file."""
UNSEALED = (SUFFIX, ".age", ".sm2", ".tsq", ".tsr", ".part")
"""Files of a run's folder that no seal covers."""
SPARE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Verified:
    """A file that is the sealed one."""

    path: Path
    seal: Seal
    name: str
    """Its name in the seal; another one when it was renamed."""
    proven: str | None
    """Time that a trusted third party vouches for."""
    proven_by: str
    """Who does: subject of the authority, or the hub's fingerprint; empty when nobody does."""
    not_trusted: str | None
    """None when the key is trusted for it, else a code word."""


class Changed(KeepError):
    """The file is not what was sealed; ``changes`` says where it differs, as far as that was taken down."""

    def __init__(self, code: str, changes: list[Change], **fields: object) -> None:
        super().__init__(code, **fields)
        self.changes = changes


def verify(path: Path, trust: Trust) -> Verified:
    """Verify one file against the seal beside it or inside it. Raises KeepError naming what is broken, UseError for no such file."""
    if not path.is_file():
        raise UseError("file-unreadable", file=path, detail="-")
    data, inner = _taken(path)
    found = mark_of(data) if data is not None else mark(path)
    seal = _seal_for(path, found, inner)
    if seal is None:
        raise KeepError("seal-inside-broken" if data is not None and pdf.was_sealed(data) else "seal-missing", file=path)
    if inner is not None and inner.manifest != seal.manifest:
        raise KeepError("seal-inside-other", file=path)
    name = _same(path, found, seal, data)
    _agrees(path, found)
    if name == RESULT:
        _consistent(path, data if data is not None else path.read_bytes(), seal.statement)
    return judge(path, seal, name, trust)


def files_of(path: Path) -> list[Path]:
    """What to verify: the file named, the files of a seal, or those of a folder. Raises KeepError for what is missing, unsealed or mixed."""
    if path.is_dir():
        return _files_of_folder(path)
    return _files_of_seal(path) if path.name.endswith(SUFFIX) else [path]


def _files_of_folder(folder: Path) -> list[Path]:
    seals = sorted(folder.glob("*" + SUFFIX))
    if not seals:
        raise KeepError("seal-missing", file=folder)
    _of_one_run(folder, {path: open_seal(path).statement for path in seals})
    covered = {path for name in seals for path in _files_of_seal(name)}
    here = {
        item
        for item in folder.iterdir()
        if item.is_file() and not item.name.endswith(UNSEALED) and not item.name.startswith(("run.db", "."))
    }
    if here - covered:
        raise KeepError("seal-unsealed", file=min(here - covered))
    return sorted(covered)


def _of_one_run(folder: Path, statements: Mapping[Path, Statement]) -> None:
    """Seals of one folder speak of one run and say the same of every file. Raises KeepError."""
    runs = {statement.run for statement in statements.values() if statement.run is not None}
    if len(runs) > 1:
        raise KeepError("seal-mixed-runs", file=folder, runs=", ".join(sorted(runs)))
    said: dict[str, tuple[Path, FileMark]] = {}
    # The seal of the run speaks first: what it says is not put aside for a seal of a single file.
    for path, statement in sorted(statements.items(), key=lambda item: (item[1].run is None, item[0])):
        for name, sealed in sorted(statement.files.items()):
            by, first = said.setdefault(name, (path, sealed))
            if first != sealed:
                raise KeepError("seal-swapped-seal", file=folder / name, seal=by.name)
        if runs and statement.run is None and statement.kind == "report":
            _named_by_run(path, statement, statements.values(), min(runs))


def _named_by_run(path: Path, statement: Statement, others: Iterable[Statement], run: str) -> None:
    """A report that only a seal of its own names may be any run's. Raises KeepError."""
    of_run = {name for other in others if other.run is not None for name in other.files}
    for name in sorted(set(statement.files) - of_run):
        raise KeepError("seal-not-of-run", file=path.with_name(name), run=run)


def _files_of_seal(path: Path) -> list[Path]:
    """All that a seal names: nothing can be left out unseen."""
    seal = open_seal(path)
    missing = sorted(name for name in seal.statement.files if not path.with_name(name).is_file())
    if missing:
        raise KeepError("seal-file-missing", file=path, missing=", ".join(missing[:5]), count=len(missing))
    return [path.with_name(name) for name in sorted(seal.statement.files)]


def judge(path: Path, seal: Seal, name: str, trust: Trust) -> Verified:
    """Whose seal it is, and when it was made. Raises KeepError for a token or receipt that is not of this seal."""
    proven, by = _proof(path, seal, trust)
    reason = why_not(trust.of(seal.key.fingerprint), seal.statement.unit, seal.statement.time, proven)
    return Verified(path, seal, name, proven, by, reason)


def open_seal(path: Path) -> Seal:
    """Read a seal's file. Raises KeepError or UseError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_SIZE + 1)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    return unpack(data, path)


def _taken(path: Path) -> tuple[bytes | None, Seal | None]:
    """The sealed bytes (without the seal inside a PDF), and that seal; None for a file too large to hold."""
    if path.stat().st_size > MAX_WHOLE:
        return None, None
    data = path.read_bytes()
    original, inside = pdf.taken_apart(data)
    return original, unpack(inside, path, inside=True) if inside is not None else None


def _seal_for(path: Path, found: FileMark, inner: Seal | None) -> Seal | None:
    own = path.with_name(path.name + SUFFIX)
    held = [open_seal(own)] if own.is_file() else []
    if not held or inner is not None:
        held += _others(path, found, own)
    if inner is None:
        return held[0] if held else None
    return next((seal for seal in held if seal.manifest == inner.manifest), (held or [inner])[0])


def _others(path: Path, found: FileMark, own: Path) -> list[Seal]:
    """Seals of the folder that speak of the file, those with its content first."""
    others = [open_seal(item) for item in sorted(path.parent.glob("*" + SUFFIX))[:MAX_SEALS] if item.is_file() and item != own]
    meant = [seal for seal in others if found in seal.statement.files.values()]
    named = [seal for seal in others if path.name in seal.statement.files]
    return [seal for seal in named if seal in meant] + named + meant


def _agrees(path: Path, found: FileMark) -> None:
    """The seal of the run in the folder counts, whatever another one says of the file. Raises KeepError."""
    whole = path.with_name(RESULT + SUFFIX)
    if whole.is_file() and open_seal(whole).statement.files.get(path.name, found) != found:
        raise KeepError("seal-swapped-seal", file=path, seal=whole.name)


def _same(path: Path, found: FileMark, seal: Seal, data: bytes | None) -> str:
    """The file's name in the seal. Raises Changed, naming where."""
    statement = seal.statement
    try:
        return _same_file(path, path.name, found, statement)
    except KeepError as error:
        if error.code != "seal-changed":
            raise
    run = other_run(data, statement.run) if data is not None else None
    if run is not None:
        raise KeepError("seal-of-other-run", file=path, run=run, sealed=statement.run)
    name = path.name if path.name in statement.files else next(iter(statement.files))
    sealed = statement.files[name].bytes
    # What has grown out of all proportion is not taken apart: that would be work for whoever made it grow.
    held = data if data is not None and found.bytes <= 2 * sealed + SPARE else None
    old, new = seal.parts(name), pieces(held) if held is not None else []
    changes = compare(old, new) if _kinds(old) & _kinds(new) else []
    if found.bytes < sealed and (not changes or _end_is_missing(old, changes)):
        raise Changed("seal-truncated", [], file=path, bytes=found.bytes, sealed=sealed)
    raise Changed("seal-changed", changes, file=path)


def _kinds(found: list[Piece]) -> set[str]:
    """A file that lost its form falls into pieces of another kind."""
    return {label.partition("|")[0] for label, _ in found}


def _end_is_missing(old: list[Piece], changes: list[Change]) -> bool:
    """Whether everything from one place to the end is gone; entries of data and rows of sheets have no end."""
    rest = [label for label, _ in old[len(old) - len(changes) :]]
    in_row = [label for _, label in changes] == rest and all(kind == "missing" for kind, _ in changes[1:])
    return in_row and changes[-1][0] == "missing" and not rest[0].startswith(("entry|", "sheet"))


def _same_file(path: Path, name: str, found: FileMark, statement: Statement) -> str:
    files = statement.files
    if files.get(name) == found:
        return name
    other = next((known for known, sealed in files.items() if sealed == found), None)
    if other is None:
        raise KeepError("seal-changed", file=path) if name in files or len(files) == 1 else KeepError("seal-not-of-file", file=path)
    if name in files:
        raise KeepError("seal-swapped", file=path, other=other)
    return other


def _consistent(path: Path, data: bytes, statement: Statement) -> None:
    """What the statement says of the run must be what the result says. Raises KeepError naming the key."""
    said = of_result(data, path)
    for key in ("run", "shelf", "rulebook", "profiles", "asked", "result", "code", "previous"):
        if said[key] != getattr(statement, key):
            raise KeepError("seal-contradicts", file=path, key=key)
    if said["unit"] not in (*NOBODY, statement.unit):
        raise KeepError("seal-contradicts", file=path, key="unit")


def _proof(path: Path, seal: Seal, trust: Trust) -> tuple[str | None, str]:
    """The earliest time that a trusted third party vouches for. Raises KeepError."""
    found: list[tuple[str, str]] = []
    beside: Mapping[str, bytes] = seal.beside
    try:
        if TOKEN in beside:
            stamped = stamp.check(beside[TOKEN], seal.signature, trust.authorities())
            if stamped.trusted:
                found.append((stamped.time, stamped.authority))
        if RECEIPT[0] in beside:
            given = receipt.check(beside, seal, trust)
            if given is not None:
                found.append(given)
    except ValueError as error:
        raise KeepError("seal-proof", file=path, detail=str(error)[:160]) from None
    return min(found) if found else (None, "")
