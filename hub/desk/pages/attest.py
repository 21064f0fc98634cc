"""What persons state of what no machine sees: a checklist out, a checklist in, a second person."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hub.desk.pages.assets import XLSX
from hub.desk.router import FILE_LIMIT, Ask, page, post
from hub.web.ask import File, Go, Page
from scanner.errors import UseError

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,40}")


@page("/attest", menu="attest")
def show(ask: Ask) -> Page:
    """All statements, those that wait for a second person first."""
    lines = sorted(ask.place.book().attestations.items(), key=lambda pair: (pair[1]["state"] != "submitted", pair[1]["control"], pair[0]))
    result = ask.place.latest()
    words = result["texts"]["controls"] if result else {}
    lines = [(key, {"by": "", "says": "", "statement": "", **line}) for key, line in lines]
    values = {"lines": lines, "words": words, "there": ask.place.inventory.is_file(), "ran": result is not None}
    return Page("desk_attest.html", values)


@page("/attest/template")
def template(ask: Ask) -> File:
    """The checklist; of the last run only what is open, when that is asked for."""
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        path = Path(folder) / "checklist.xlsx"
        words = ["attest", "template", "-i", ask.place.inventory.name, "-o", str(path)]
        last = ask.place.latest_folder()
        if ask.query.get("open") == "1" and last is not None:
            words += ["--result", str(last)]
        ask.run(*words)
        return File(path.read_bytes(), XLSX, ask.say("desk.file.checklist") + ".xlsx")


@post("/attest/import", again=show, limit=FILE_LIMIT)
def take(ask: Ask) -> Go:
    """Check and enter a filled-in checklist; photographs and papers lie beside it, as its cells name them."""
    held = ask.files.get("file")
    if held is None or not held.data:
        raise UseError("desk-file-missing")
    papers = [one for name, one in ask.files.items() if name.startswith("paper") and one.data]
    with tempfile.TemporaryDirectory(prefix="shiqu-desk-") as folder:
        path = Path(folder) / ("checklist.yaml" if held.name.lower().endswith((".yaml", ".yml")) else "checklist.xlsx")
        path.write_bytes(held.data)
        for one in papers:
            name = Path(one.name.replace("\\", "/")).name
            if name in ("", ".", "..", path.name) or name.startswith("."):
                raise UseError("desk-paper-name", name=one.name[:80])
            (Path(folder) / name).write_bytes(one.data)
        by = ask.form.get("by", "").strip()
        ask.run("attest", "import", str(path), "-i", ask.place.inventory.name, *([f"--by={by}"] if by else []))
    return Go("/attest", "attested")


@post("/attest/{id}/{step}", again=show)
def settle(ask: Ask) -> Go:
    """A second person accepts or rejects."""
    step, name = ask.path["step"], ask.path["id"]
    if step not in ("accept", "reject", "withdraw") or not _ID.fullmatch(name):
        raise UseError("desk-step", step=step[:20])
    words = ["attest", step, name, "-i", ask.place.inventory.name, f"--by={ask.form.get('by', '').strip()}"]
    remark = ask.form.get("remark", "").strip()
    ask.run(*words, *([f"--remark={remark}"] if remark else []))
    return Go("/attest", f"attest-{step}")
