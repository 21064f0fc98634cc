"""A scan: chosen, shown beforehand, started, watched, stopped, gone on with."""

from __future__ import annotations

import re

from hub.desk.commands import Done
from hub.desk.place import OUTPUT
from hub.desk.router import Ask, page, post
from hub.web.ask import Go, Json, Page
from scanner.errors import UseError

SHOWN_LINES = 200
_RUN = re.compile(r"[0-9A-Za-z-]{1,60}")


@page("/scan", menu="scan")
def show(ask: Ask) -> Page:
    """The form, or the scan that runs."""
    return _page(ask, None)


def _page(ask: Ask, preview: Done | None) -> Page:
    work = ask.work
    count, lines = work.lines()
    broken = [path.name for path in ask.place.runs()[:5] if not (path / "result.json").exists() and not work.running]
    chosen = set(ask.many.get("target", ()))
    values = {
        "targets": [(str(one.get("id", "")), str(one.get("kind", "")), str(one["system"].get("name", ""))) for one in ask.place.targets()],
        "chosen": chosen,
        "profiles": [("", ask.say("desk.scan.by-grade")), *ask.profiles.listed(ask.lang)],
        "work": work,
        "lines": lines[-SHOWN_LINES:],
        "count": count,
        "broken": broken,
        "preview": preview,
        "there": ask.place.inventory.is_file(),
    }
    return Page("desk_scan.html", values)


@post("/scan", again=show)
def start(ask: Ask) -> Go | Page:
    """Start it, or print what it would do."""
    words = ["scan", *_targets(ask), "-i", ask.place.inventory.name]
    profile = ask.form.get("profile", "")
    if profile:
        known = dict(ask.profiles.listed(ask.lang))
        if profile not in known:
            raise UseError("profile-unknown", id=profile[:40], known=", ".join(known))
        words += ["-p", profile]
    if ask.form.get("do") == "preview":
        return _page(ask, ask.run(*words, "--dry-run"))
    ask.work.start(ask.lang, *words)
    return Go("/scan")


def _targets(ask: Ask) -> list[str]:
    """Those that were ticked; none is all. A name that is not in the inventory never reaches a command."""
    known = {str(one.get("id", "")) for one in ask.place.targets()}
    chosen = list(ask.many.get("target", ()))
    for name in chosen:
        if name not in known or name.startswith("-"):
            raise UseError("desk-target", id=name[:60])
    return [] if set(chosen) == known else chosen


@post("/scan/resume", again=show)
def resume(ask: Ask) -> Go:
    """Go on where it was broken off: only what is missing is asked."""
    name = ask.form.get("run", "")
    if not _RUN.fullmatch(name) or name not in {path.name for path in ask.place.runs()}:
        raise UseError("desk-run", run=name[:60])
    ask.work.start(ask.lang, "scan", "-i", ask.place.inventory.name, "--resume", f"{OUTPUT}/{name}")
    return Go("/scan")


@post("/scan/stop", again=show)
def stop(ask: Ask) -> Go:
    """What was collected stays."""
    ask.work.stop()
    return Go("/scan", "stopping")


@page("/scan/state")
def state(ask: Ask) -> Json:
    """For the page that watches."""
    after = int(text) if (text := ask.query.get("after", "0")).isdecimal() and len(text) < 10 else 0
    count, lines = ask.work.lines(after)
    return Json({"running": ask.work.running, "count": count, "lines": lines[-SHOWN_LINES:], "code": ask.work.code})
