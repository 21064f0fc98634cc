"""The last run as reports, sealed where the unit has a key, and the check of any sealed file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hub.desk.commands import PASSPHRASE, run
from hub.desk.place import OUTPUT
from hub.desk.router import FILE_LIMIT, Ask, page, post
from hub.web.ask import File, Go, Page, Upload
from scanner.errors import UseError

FORMATS = ("html", "pdf", "docx", "xlsx", "csv", "json", "oscal", "sarif", "junit", "hdf")
READERS = ("liaison", "leader", "annex")
LATEST = f"{OUTPUT}/latest"
ANY = "application/octet-stream"


@page("/export", menu="export")
def show(ask: Ask) -> Page:
    """What lies there, and the forms."""
    return _page(ask, None)


def _page(ask: Ask, verified: str | None) -> Page:
    folder = ask.place.latest_folder()
    files = sorted((path.name, path.stat().st_size) for path in folder.iterdir() if path.is_file()) if folder is not None else []
    values = {
        "folder": str(folder or ""),
        "files": files,
        "formats": FORMATS,
        "readers": READERS,
        "keys": keys(),
        "sealed": any(name.endswith(".seal") for name, _ in files),
        "verified": verified,
    }
    return Page("desk_export.html", values)


def keys() -> list[str]:
    """Names of the keys of this account."""
    folder = Path.home() / ".config" / "shiqu" / "keys"
    try:
        return sorted(path.name for path in folder.iterdir() if path.suffix == ".key")
    except OSError:
        return []


def chosen_key(ask: Ask, name: str = "key") -> str:
    """One of the keys of this account. Raises UseError."""
    found = ask.form.get(name, "")
    if found not in keys():
        raise UseError("desk-key")
    return found


@post("/export/report", again=show)
def report(ask: Ask) -> File:
    """Render it once more in the form that is asked for."""
    kind, reader = ask.form.get("format", ""), ask.form.get("reader", "")
    if kind not in FORMATS or reader not in READERS:
        raise UseError("format-unknown", name=kind[:20], known=", ".join(FORMATS))
    marking = ask.form.get("marking", "").strip()
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        words = ["report", LATEST, "-f", kind, "--reader", reader, "--lang", ask.lang, "-o", folder]
        ask.run(*words, *([f"--marking={marking}"] if marking else []))
        path = next(path for path in sorted(Path(folder).iterdir()) if path.name.startswith("report."))
        run_id = str((ask.place.latest() or {"run": {"id": ""}})["run"]["id"])
        return File(path.read_bytes(), ANY, f"{run_id}-{reader}.{path.name.partition('.')[2]}")


@page("/export/file/{name}")
def file(ask: Ask) -> File:
    """One of the files of the run, as it lies there."""
    folder = ask.place.latest_folder()
    names = {path.name: path for path in folder.iterdir() if path.is_file() and not path.is_symlink()} if folder is not None else {}
    path = names.get(ask.path["name"])
    if path is None:
        raise UseError("result-missing", file=ask.path["name"][:80])
    return File(path.read_bytes(), ANY, path.name)


@post("/export/seal", again=show)
def seal(ask: Ask) -> Go:
    """Seal the run."""
    words = ["seal", LATEST, "--key", chosen_key(ask), "--passphrase", PASSPHRASE]
    ask.run(*words, passphrase=ask.form.get("passphrase", ""))
    return Go("/export", "sealed")


@post("/export/verify", again=show, limit=FILE_LIMIT)
def verify(ask: Ask) -> Page:
    """Check a sealed file that is handed in together with its seal."""
    held = [one for name in ("file", "seal") if (one := ask.files.get(name)) is not None and one.data]
    if not held:
        raise UseError("desk-file-missing")
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        paths = [_put(Path(folder), one) for one in held]
        done = run(Path(folder), ask.lang, "verify", paths[0].name)
    return _page(ask, done.sentence)


def _put(folder: Path, held: Upload) -> Path:
    name = Path(held.name.replace("\\", "/")).name
    if not name or name.startswith((".", "-")) or not name.isprintable():
        raise UseError("desk-paper-name", name=held.name[:80])
    path = folder / name
    path.write_bytes(held.data)
    return path
