"""Sealing: one statement over a run, a shelf, a report or any other file, signed and laid beside it as ``FILE.seal``."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SM3, Hash

from scanner.errors import KeepError, UseError
from scanner.ledger.keys import PrivateKey
from scanner.ledger.pieces import pieces
from scanner.ledger.shelf import Shelf
from scanner.ledger.statement import PARTS, SUFFIX, FileMark, Statement, pack
from scanner.model.canonical import canonical, digest, strict_loads
from scanner.model.result_shape import check_keys
from scanner.model.short_code import short_code

RESULT, SHELF = "result.json", "shelf.zip"
MAX_WHOLE = 512 * 1024 * 1024
"""Files above this are sealed by digest alone, without a list of pieces."""
NOBODY = ("", "local")
"""Unit codes of runs without an inventory: whoever holds the key seals them."""
BOUND = ("run", "shelf", "rulebook", "asked", "result", "code", "previous")
NAMED_WITHIN = 8 * 1024 * 1024
_RUN_ID = re.compile(rb"\b\d{8}T\d{6}Z-[0-9a-f]{4,8}\b")
MAX_RESULT = 2 * 1024 * 1024 * 1024


def mark(path: Path) -> FileMark:
    """Length and digests of a file. Raises UseError."""
    sha256, sm3, size = hashlib.sha256(), Hash(SM3()), 0
    try:
        with path.open("rb") as stream:
            while block := stream.read(1024 * 1024):
                sha256.update(block)
                sm3.update(block)
                size += len(block)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    return FileMark(size, sha256.hexdigest(), sm3.finalize().hex())


def mark_of(data: bytes) -> FileMark:
    """As :func:`mark`, of bytes."""
    sm3 = Hash(SM3())
    sm3.update(data)
    return FileMark(len(data), hashlib.sha256(data).hexdigest(), sm3.finalize().hex())


def read_result(data: bytes, name: object) -> dict[str, Any]:
    """The data of a result file, whole: every question has exactly one verdict. Raises UseError, KeepError."""
    try:
        result: dict[str, Any] = strict_loads(data)
        check_keys(result)
    except (ValueError, RecursionError) as error:
        raise UseError("result-unreadable", file=name, detail=str(error)[:160]) from None
    asked = Counter((line["target"], line["check"]) for line in result["asked"])
    given = Counter((line["target"], line["check"]) for line in result["verdicts"])
    if asked != given:
        target, check = min((asked - given) or (given - asked))
        raise KeepError("seal-incomplete", file=name, check=check, target=target)
    return result


def members_of(path: Path) -> tuple[str, Path, list[Path]]:
    """(kind, the file that the seal lies beside, all files that it covers). Raises UseError."""
    if path.is_dir():
        path = path / RESULT
    if not path.is_file():
        raise UseError("seal-nothing", file=path)
    if path.name.endswith((SUFFIX, ".part")):
        raise UseError("seal-of-seal", file=path)
    if path.name == RESULT:
        beside = sorted(item for item in path.parent.iterdir() if _belongs(item))
        return "run", path, [path, *beside]
    if path.name == SHELF or path.name.endswith(".shelf.zip"):
        return "shelf", path, [path]
    return ("report" if path.name.startswith("report.") else "file"), path, [path]


def _belongs(path: Path) -> bool:
    mine = path.name == SHELF or path.name.startswith("report.")
    return mine and path.is_file() and not path.name.endswith((SUFFIX, ".part", ".age", ".sm2", ".tsq", ".tsr"))


def make(kind: str, files: Mapping[str, bytes | Path], bound: Mapping[str, Any], key: PrivateKey, time: str) -> bytes:
    """The seal of these files; ``bound`` is what :func:`bindings` found. Raises UseError."""
    taken = {name: pieces(data) for name, held in files.items() if (data := _whole(held)) is not None}
    parts = canonical(taken)
    statement = Statement(
        kind=kind,
        unit=bound["unit"] or key.unit,
        run=bound["run"],
        shelf=bound["shelf"],
        rulebook=bound["rulebook"],
        profiles=dict(bound["profiles"]),
        asked=bound["asked"],
        result=bound["result"],
        code=bound["code"],
        files={name: mark_of(held) if isinstance(held, bytes) else mark(held) for name, held in files.items()},
        previous=bound["previous"],
        time=time,
        algorithm=key.public.algorithm,
        key=key.public.fingerprint,
        parts=digest(parts),
    )
    manifest = canonical(asdict(statement))
    return pack(manifest, key.sign(manifest), key.public, {PARTS: parts})


def bindings(files: Sequence[Path], unit: str) -> dict[str, Any]:
    """What the files say of their run. The result stands before the shelf; both must speak of one shelf. Raises UseError, KeepError."""
    found: dict[str, Any] = {"unit": unit, "profiles": {}} | dict.fromkeys(BOUND)
    by_name = {path.name: path for path in files}
    if SHELF in by_name:
        found |= _of_shelf(by_name[SHELF])
    if RESULT in by_name:
        path = by_name[RESULT]
        with path.open("rb") as stream:
            data = stream.read(MAX_RESULT + 1)
        said = of_result(data, path)
        if found["shelf"] is not None and said["shelf"] != found["shelf"]:
            raise KeepError("seal-shelf-foreign", file=path, shelf=by_name[SHELF])
        found |= said
    for name in sorted({*by_name} - {SHELF, RESULT}):
        run = other_run(_head_of(by_name[name]), found["run"])
        if run is not None:
            raise KeepError("seal-of-other-run", file=by_name[name], run=run, sealed=found["run"])
    if unit and found["unit"] not in (*NOBODY, unit):
        raise UseError("seal-other-unit", unit=unit, other=found["unit"])
    if found["unit"] in NOBODY:
        found["unit"] = unit
    return found


def other_run(data: bytes, run: str | None) -> str | None:
    """Another run that a file names in plain text, when it does not name this one."""
    named = {match.decode() for match in _RUN_ID.findall(data[:NAMED_WITHIN])}
    return min(named) if named and run is not None and run not in named else None


def _head_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(NAMED_WITHIN)
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None


def of_result(data: bytes, name: object) -> dict[str, Any]:
    """What a result says of its run. Raises UseError, KeepError."""
    result = read_result(data, name)
    run = result["run"]
    return {
        "unit": str(run["unit"].get("code") or ""),
        "run": run["id"],
        "shelf": run["shelf"],
        "rulebook": run["rulebook"],
        "profiles": {system["profile"]["id"]: system["profile"]["digest"] for system in result["systems"]},
        "asked": digest(canonical(result["asked"])),
        "result": digest(data),
        "code": short_code(data),
        "previous": (run.get("ledger") or {}).get("head"),
    }


def _of_shelf(path: Path) -> dict[str, Any]:
    shelf = Shelf(path)
    try:
        for _ in shelf.verify():
            pass
        run = shelf.manifest["run"]
        asked = shelf.manifest.get("asked")
        return {
            "unit": str(run.get("unit", {}).get("code") or ""),
            "run": run.get("id"),
            "shelf": shelf.digest,
            "asked": digest(canonical(asked)) if asked is not None else None,
        }
    finally:
        shelf.close()


def _whole(held: bytes | Path) -> bytes | None:
    if isinstance(held, bytes):
        return held
    return held.read_bytes() if held.stat().st_size <= MAX_WHOLE else None
