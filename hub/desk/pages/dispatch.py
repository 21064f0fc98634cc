"""The envelope (通报件): made for the hub, and what comes back from it read."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hub.desk.commands import PASSPHRASE, Done, run
from hub.desk.pages.export import ANY, LATEST, chosen_key, keys
from hub.desk.router import FILE_LIMIT, Ask, page, post
from hub.web.ask import File, Page
from scanner.errors import UseError

DISCLOSURE = ("masked", "figures", "full")


@page("/dispatch", menu="dispatch")
def show(ask: Ask) -> Page:
    """What went, and the forms."""
    return _page(ask, None)


def _page(ask: Ask, read: Done | None) -> Page:
    there = ask.place.home.exists()
    sent = run(ask.place.folder, ask.lang, "dispatch", "list", "-i", ask.place.inventory.name) if there else None
    result = ask.place.latest()
    values = {
        "sent": sent.said.strip() if sent is not None and sent.good else "",
        "keys": keys(),
        "disclosure": DISCLOSURE,
        "ready": result is not None and there,
        "classified": any(system["holds"] == "classified" for system in result["systems"]) if result else False,
        "read": read,
    }
    return Page("desk_dispatch.html", values)


@post("/dispatch/make", again=show, limit=FILE_LIMIT)
def make(ask: Ask) -> File:
    """Seal the last run for the hub, encrypted when its key is given."""
    form = ask.form
    level = form.get("disclosure", "")
    if level not in DISCLOSURE:
        raise UseError("format-unknown", name=level[:20], known=", ".join(DISCLOSURE))
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        out = Path(folder) / "out"
        out.mkdir()
        words = ["dispatch", "make", LATEST, "-i", ask.place.inventory.name, "--disclosure", level]
        words += ["--key", chosen_key(ask), "--passphrase", PASSPHRASE, "-o", str(out)]
        words += [f"--{name}={form[name].strip()}" for name in ("to", "marking") if form.get(name, "").strip()]
        hub_key = ask.files.get("hub")
        if hub_key is not None and hub_key.data:
            path = Path(folder) / "hub.pub"
            path.write_bytes(hub_key.data)
            words += ["--encrypt-to", str(path)]
        ask.run(*words, passphrase=form.get("passphrase", ""))
        made = next(iter(sorted(out.iterdir())))
        return File(made.read_bytes(), ANY, made.name)


@post("/dispatch/read", again=show, limit=FILE_LIMIT)
def read(ask: Ask) -> Page:
    """A receipt, a notice or an advisory: verified, shown, entered."""
    held = ask.files.get("file")
    if held is None or not held.data:
        raise UseError("desk-file-missing")
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        path = Path(folder) / "came.shiqu"
        path.write_bytes(held.data)
        words = ["dispatch", "read", str(path), "-i", ask.place.inventory.name]
        secret = ask.form.get("passphrase", "")
        if ask.form.get("key"):
            words += ["--key", chosen_key(ask), "--passphrase", PASSPHRASE]
        return _page(ask, ask.run(*words, passphrase=secret if ask.form.get("key") else None))
