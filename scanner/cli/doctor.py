"""``shiqu doctor``: whether this machine can do the work; every line says what to do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import click

import scanner
from scanner.cli.output import DEFAULT
from scanner.cli.words import say

State = Literal["ok", "warn", "fail"]
OURS = ("scanner", "checks", "profiles", "reports")
GROUPS = ("shiqu.checks", "shiqu.profiles", "shiqu.reports", "shiqu.transports", "shiqu.commands")
NET_RAW = 1 << 13
MEBIBYTE = 1024 * 1024
BEIJING = "+0800"
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
CHINESE = re.compile(
    r"(?i)cjk|sourcehan|wqy|wenquan|simsun|simhei|simfang|simkai|msyh|fangsong|droidsansfallback|uming|ukai|-sc[-.]|harmonyos"
)
"""File names of the usual fonts with Chinese characters."""
ROOM = 500
"""Free space that a run may need, in MiB."""


class Line(NamedTuple):
    """One thing looked at."""

    state: State
    key: str
    """Key of the sentence."""
    fields: dict[str, object]


def line(state: State, key: str, **fields: object) -> Line:
    """A line with its fields."""
    return Line(state, key, fields)


@click.command("doctor", help=say("doctor.help"))
def doctor() -> int:
    lines = list(examine(Path.home()))
    for item in lines:
        click.echo(f"{say('doctor.' + item.state)} {say(item.key, **item.fields)}")
    failed, warned = (sum(item.state == state for item in lines) for state in ("fail", "warn"))
    click.echo(say("doctor.summary", failed=failed, warned=warned))
    return 2 if failed else 4 if warned else 0


def examine(home: Path) -> Iterator[Line]:
    """Everything that is looked at, in order."""
    yield _python()
    yield from _distributions()
    yield from _collisions()
    yield from _entry_points()
    yield _program("ssh", "fail")
    yield _program("nmap", "warn")
    yield from _ssh_folder(home / ".ssh")
    yield _clock()
    yield _zone()
    yield _fonts()
    yield _output()
    yield _raw()


def _python() -> Line:
    found = ".".join(map(str, sys.version_info[:3]))
    return line(
        "ok" if sys.version_info >= (3, 11) else "fail",
        "doctor.python" if sys.version_info >= (3, 11) else "doctor.python-old",
        found=found,
    )


def _distributions() -> Iterator[Line]:
    try:
        required = importlib.metadata.requires("shiqu") or []
    except importlib.metadata.PackageNotFoundError:
        yield line("fail", "doctor.not-installed")
        return
    names = [re.split(r"[^A-Za-z0-9._-]", text)[0] for text in required if "extra ==" not in text]
    missing = [name for name in names if not _installed(name)]
    for name in missing:
        yield line("fail", "doctor.missing", name=name)
    if not missing:
        yield line("ok", "doctor.distributions", count=len(names))


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _collisions() -> Iterator[Line]:
    """Four names so plain that another distribution may bring them, too."""
    owners = importlib.metadata.packages_distributions()
    strange = {name: sorted(set(owners.get(name, ())) - {"shiqu"}) for name in OURS}
    for name, others in strange.items():
        if others:
            yield line("fail", "doctor.collision", name=name, others=" ".join(others))
    if not any(strange.values()):
        yield line("ok", "doctor.no-collision")
    elsewhere = [name for name in OURS if not _beside_us(name)]
    for name in elsewhere:
        yield line("fail", "doctor.shadowed", name=name)


def _beside_us(name: str) -> bool:
    """Whether what Python would import under a name stands beside this package."""
    spec = importlib.util.find_spec(name)
    root = Path(scanner.__file__).resolve().parent.parent
    return spec is not None and spec.origin is not None and Path(spec.origin).resolve().parent.parent == root


def _entry_points() -> Iterator[Line]:
    loaded = 0
    for group in GROUPS:
        for point in importlib.metadata.entry_points(group=group):
            try:
                point.load()
                loaded += 1
            except (ImportError, AttributeError, SyntaxError) as error:
                yield line("fail", "doctor.entry-point", group=group, name=point.name, detail=f"{type(error).__name__}: {error}"[:160])
    yield line("ok", "doctor.entry-points", count=loaded) if loaded else line("fail", "doctor.not-installed")


def _program(name: str, absent: State) -> Line:
    path = shutil.which(name)
    return line(absent, f"doctor.no-{name}") if path is None else line("ok", "doctor.program", name=name, path=path)


def _ssh_folder(folder: Path) -> Iterator[Line]:
    known = folder / "known_hosts"
    try:
        size = known.stat().st_size
    except OSError:
        size = 0
    yield line("ok", "doctor.known-hosts", file=known) if size else line("warn", "doctor.no-known-hosts", file=known)
    try:
        names = sorted(folder.iterdir())
    except OSError:
        return
    keys = [path for path in names if path.is_file() and _is_key(path)]
    for path in keys:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield line("fail", "doctor.key-open", file=path, mode=f"{mode:04o}")
        else:
            yield line("ok", "doctor.key", file=path)


def _is_key(path: Path) -> bool:
    """Whether a file is a private key: its first line alone is read."""
    try:
        with path.open("rb") as stream:
            return b"PRIVATE KEY-----" in stream.readline(100)
    except OSError:
        return False


def _clock() -> Line:
    """A clock before the day this release was written is wrong, and so would be every time in the evidence."""
    now = time.strftime("%Y-%m-%d %H:%M:%S %z")
    if time.time() < Path(scanner.__file__).stat().st_mtime:
        return line("fail", "doctor.clock-behind", now=now)
    return line("ok", "doctor.clock", now=now)


def _zone() -> Line:
    """The hours of an authorisation are read in this machine's time zone, and people write them in Beijing's."""
    offset = time.strftime("%z")
    return line("ok", "doctor.zone", zone=offset) if offset == BEIJING else line("warn", "doctor.zone-other", zone=offset)


def _fonts() -> Line:
    """Reports that carry their own pages (PDF, pictures) need a font with Chinese characters on this machine."""
    for folder in FONT_FOLDERS:
        for path in Path(folder).expanduser().rglob("*"):
            if path.suffix.lower() in (".ttf", ".ttc", ".otf") and CHINESE.search(path.name):
                return line("ok", "doctor.font", file=path)
    return line("warn", "doctor.no-font")


def _output() -> Line:
    folder = DEFAULT.resolve()
    # Asked of the nearest folder that exists: nothing is made by looking.
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return line("fail", "doctor.not-writable", dir=folder)
    free = shutil.disk_usage(there).free // MEBIBYTE
    return line("ok" if free >= ROOM else "warn", "doctor.writable" if free >= ROOM else "doctor.little-room", dir=folder, free=free)


def _raw() -> Line:
    try:
        text = Path("/proc/self/status").read_text("ascii", "replace")
    except OSError:
        text = ""
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", text, re.MULTILINE)
    held = found is not None and bool(int(found[1], 16) & NET_RAW)
    return line("ok", "doctor.raw") if held else line("warn", "doctor.no-raw")


COMMANDS: list[click.Command] = [doctor]
