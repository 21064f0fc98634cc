"""Plans and records of isolation tests as files: a plan is JSON, a record a zip of two members, authenticated under the plan's seed."""

from __future__ import annotations

import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.errors import KeepError, UseError
from scanner.facts.fact import Unreadable
from scanner.facts.network.plan import Plan, read_plan
from scanner.facts.network.records import read_record
from scanner.facts.network.trials import seal
from scanner.model.canonical import canonical, strict_loads

RECORD, SEAL = "record.json", "seal"
MAX_PLAN = 4 * 1024 * 1024
MAX_RECORD = 64 * 1024 * 1024
"""A segment of 254 stations with two addresses each makes about 20 MiB."""
MAX_FILE = 64 * 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises KeepError."""
    part = path.with_name(path.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise KeepError("file-write", file=path, detail=error.strerror or error) from None


def write_plan(path: Path, data: Mapping[str, Any]) -> None:
    """Write a plan. Raises KeepError."""
    write_private(path, canonical(data) + b"\n")


def load_plan(path: Path) -> tuple[Plan, dict[str, Any]]:
    """A plan, read strictly, and its data. Raises UseError naming the file."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_PLAN + 1)
        data = strict_loads(raw) if len(raw) <= MAX_PLAN else None
        if not isinstance(data, dict):
            raise ValueError("not a mapping")
        return read_plan(data), data
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except (ValueError, RecursionError, Unreadable) as error:
        raise UseError("isolation-plan", file=path, detail=str(error)[:160]) from None


def write_ending(path: Path, record: Mapping[str, Any], seed: bytes) -> None:
    """Write the record of one end. The same record gives the same bytes. Raises KeepError."""
    body = canonical(record)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in ((RECORD, body), (SEAL, seal(seed, body).encode() + b"\n")):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
    write_private(path, held.getvalue())


def load_ending(path: Path, plan: Plan) -> tuple[dict[str, Any], str]:
    """A record and its seal, verified under the plan. Raises UseError for what is no record or one of another plan, KeepError for a changed one."""
    body, mac = _members(path)
    if seal(plan.key, body) != mac:
        _foreign(path, body, plan)
        raise KeepError("isolation-record-changed", file=path)
    try:
        data = strict_loads(body)
        record = read_record(data)
    except (ValueError, RecursionError, Unreadable) as error:
        raise UseError("isolation-record", file=path, detail=str(error)[:160]) from None
    if not isinstance(data, dict) or canonical(data) != body:
        raise UseError("isolation-record", file=path, detail="not canonical")
    if record.plan_digest not in ("", plan.digest):
        raise UseError("isolation-plan-changed", file=path)
    return data, mac


def _foreign(path: Path, body: bytes, plan: Plan) -> None:
    """Raise UseError when the record says itself that it is of another plan: then it was mixed up, not changed."""
    try:
        data = strict_loads(body)
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict) and isinstance(data.get("plan"), str) and data["plan"] != plan.id:
        raise UseError("isolation-record-foreign", file=path, plan=plan.id, other=data["plan"][:40])


def _members(path: Path) -> tuple[bytes, str]:
    try:
        if path.stat().st_size > MAX_FILE:
            raise UseError("isolation-record", file=path, detail="too large")
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if sorted(names) != sorted((RECORD, SEAL)):
                raise UseError("isolation-record", file=path, detail="members")
            body, mac = (_bounded(archive, name) for name in (RECORD, SEAL))
    except OSError as error:
        raise UseError("file-unreadable", file=path, detail=error.strerror or "?") from None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise KeepError("isolation-record-broken", file=path, detail=type(error).__name__) from None
    return body, mac.decode("ascii", "replace").strip()


def _bounded(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(MAX_RECORD + 1)
    if len(data) > MAX_RECORD:
        raise ValueError("too large")
    return data


def is_record(path: Path) -> bool:
    """Whether a file looks like a record (and not like a shelf)."""
    try:
        with zipfile.ZipFile(path) as archive:
            return RECORD in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False
