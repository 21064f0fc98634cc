"""The inventory: what there is, whether it is right, and a workbook for those who do not love YAML."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hub.desk.commands import run
from hub.desk.router import FILE_LIMIT, Ask, Failed, page, post
from hub.web.ask import File, Go, Page
from scanner.errors import KeepError, UseError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HIDDEN = ("system", "id", "kind")


@page("/assets", menu="assets")
def show(ask: Ask) -> Page:
    """Systems and targets as they are written, and what the check says of them."""
    place = ask.place
    checked = run(place.folder, ask.lang, "inventory", "check", place.inventory.name) if place.inventory.is_file() else None
    rows = [
        {
            "id": str(target.get("id", "")),
            "kind": str(target.get("kind", "")),
            "system": target["system"],
            "where": str(next((target[key] for key in ("address", "url", "config") if target.get(key)), "")),
        }
        for target in place.targets()
    ]
    return Page("desk_assets.html", {"checked": checked, "rows": rows, "systems": place.entries().get("systems") or []})


@page("/assets/template")
def template(ask: Ask) -> File:
    """An empty workbook."""
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        path = Path(folder) / "inventory.xlsx"
        ask.run("inventory", "template", "-o", str(path))
        return File(path.read_bytes(), XLSX, ask.say("desk.file.inventory") + ".xlsx")


@post("/assets/import", again=show, limit=FILE_LIMIT)
def take(ask: Ask) -> Go:
    """Read a workbook; the inventory that was there is kept beside the new one. Nothing is changed when it is wrong."""
    held = ask.files.get("file")
    if held is None or not held.data:
        raise UseError("desk-file-missing")
    place = ask.place
    if place.inventory.exists() and ask.form.get("replace") != "1":
        raise UseError("desk-inventory-there")
    with tempfile.TemporaryDirectory(prefix=".import-", dir=place.folder) as folder:
        book, new = Path(folder) / "book.xlsx", place.folder / f".{place.inventory.name}.new"
        new.unlink(missing_ok=True)
        book.write_bytes(held.data)
        try:
            ask.run("inventory", "import", str(book), "-o", new.name)
            if place.inventory.exists():
                place.inventory.rename(place.folder / f"{place.inventory.name}.{ask.now.replace(':', '').replace('-', '')}")
            new.rename(place.inventory)
        except OSError as error:
            raise KeepError("file-write", file=place.inventory, detail=error.strerror or error) from None
        finally:
            new.unlink(missing_ok=True)
    return Go("/assets", "imported")


@post("/assets/check", again=show)
def check(ask: Ask) -> Go:
    """Ask the command once more."""
    done = run(ask.place.folder, ask.lang, "inventory", "check", ask.place.inventory.name)
    if not done.good:
        raise Failed(done)
    return Go("/assets", "checked")
