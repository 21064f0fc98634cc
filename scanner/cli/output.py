"""The output folder: result, reports, the link ``latest``; files 0600, folders 0700, written whole or not at all."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.assess.sound import contradiction
from scanner.errors import KeepError, UseError
from scanner.model.canonical import canonical_unchecked, strict_loads
from scanner.model.result_shape import check_result

RESULT = "result.json"
DEFAULT = Path("shiqu-out")
EXTENSIONS = {"oscal": "oscal.json", "sarif": "sarif.json", "junit": "junit.xml", "hdf": "hdf.json"}
"""Where a file's ending is not the format's name."""
READERS = ("leader", "liaison", "annex")
MAX_RESULT = 2 * 1024 * 1024 * 1024


def write_whole(path: Path, data: bytes) -> None:
    """Write beside and rename. Raises KeepError when the disk refuses; the old file is then untouched."""
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


def make_folder(named: str | None, run_id: str) -> Path:
    """The folder of a run: the named one, or ``shiqu-out/RUN-ID``. Raises KeepError."""
    folder = Path(named) if named is not None else DEFAULT / run_id
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeepError("file-write", file=folder, detail=error.strerror or error) from None
    return folder


def set_latest(folder: Path) -> None:
    """Point ``shiqu-out/latest`` to a complete run, atomically."""
    if folder.parent != DEFAULT:
        return
    link = DEFAULT / ".latest.part"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    link.replace(DEFAULT / "latest")


def write_results(folder: Path, result: Mapping[str, Any], formats: Sequence[str], lang: str, marking: str | None = None) -> list[Path]:
    """Write ``result.json`` and every asked report; returns the paths. Raises UseError for a format nobody renders."""
    data = canonical_unchecked(result)
    write_whole(folder / RESULT, data)
    paths = [folder / RESULT]
    document = strict_loads(data)
    for name in formats:
        if name == "json":
            continue
        path = folder / f"report.{EXTENSIONS.get(name, name)}"
        write_whole(path, render(name, document, lang, "liaison", marking))
        paths.append(path)
    return paths


def render(name: str, result: Mapping[str, Any], lang: str, reader: str, marking: str | None = None) -> bytes:
    """Render one format by its entry point. ``marking`` is the secrecy mark that stands on every page."""
    points = {point.name: point for point in importlib.metadata.entry_points(group="shiqu.reports")}
    if name not in points:
        raise UseError("format-unknown", name=name, known=", ".join(sorted(points)))
    renderer = points[name].load()
    if name == "json":
        return bytes(renderer(result))
    return bytes(renderer(result, lang=lang, reader=reader, marking=marking))


def known_formats() -> set[str]:
    """Formats that somebody renders."""
    return {point.name for point in importlib.metadata.entry_points(group="shiqu.reports")}


def check_formats(names: Sequence[str]) -> None:
    """Raise UseError before anything is sent when a format is not known."""
    known = known_formats()
    for name in names:
        if name not in known:
            raise UseError("format-unknown", name=name, known=", ".join(sorted(known)))


def result_of(path: Path) -> Path:
    """The result's file of a run's folder; any other path as it is."""
    return path / RESULT if path.is_dir() else path


def read_result(path: Path) -> dict[str, Any]:
    """Read a result file strictly, or that of a run's folder. Raises UseError for what is none, KeepError for one that contradicts itself."""
    try:
        path = result_of(path)
        if path.stat().st_size > MAX_RESULT:
            raise UseError("result-unreadable", file=path, detail="too large")
        result: dict[str, Any] = strict_loads(path.read_bytes())
        check_result(result)
    except FileNotFoundError:
        raise UseError("result-missing", file=path) from None
    except OSError as error:
        raise UseError("result-unreadable", file=path, detail=error.strerror or "?") from None
    except (ValueError, RecursionError) as error:
        raise UseError("result-unreadable", file=path, detail=str(error)[:200]) from None
    said = contradiction(result)
    if said is not None:
        raise KeepError("result-contradicts", file=path, what=said)
    return result


def exit_code(result: Mapping[str, Any]) -> int:
    """0 everything judged and met, 1 something unmet, 4 something unknown or awaiting a person, or nothing judged at all."""
    seen = {str(verdict["status"] if isinstance(verdict, dict) else verdict.status) for verdict in result["verdicts"]}
    if "unmet" in seen:
        return 1
    return 4 if not seen or seen & {"unknown", "awaits-person"} else 0
