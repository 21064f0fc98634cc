"""A declared folder of backups, looked at and hashed anew: read-only, bounded in time, links never followed."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from scanner.collect.holdings.files.encodings import text_of
from scanner.collect.holdings.files.walk import Entry, walk
from scanner.collect.holdings.manifests import MOST_BYTES, WEAK, Listed, inside, is_manifest, listed
from scanner.collect.holdings.naming import told, told_unread
from scanner.facts.holdings.backup import written_backup
from scanner.facts.holdings.reading import Unread
from scanner.model.absent import Absent, Why

SECONDS = 4 * 3600.0
"""Time for all digests of one folder; what is left then is said."""
BLOCK = 1 << 20
SHOWN = 40
"""Wrong files that are named."""


def look(root: Path, said: Mapping[str, Any], as_of: date, until: float) -> bytes | Absent:
    """Canonical JSON for the fact; absent where the folder cannot be listed."""
    try:
        found = list(walk(root, every=True))
    except OSError as error:
        return Absent(Why.NO_PERMISSION if isinstance(error, PermissionError) else Why.FILE_MISSING, type(error).__name__)
    files = {_relative(root, item): item for item in found if isinstance(item, Entry)}
    closed = [item for item in found if isinstance(item, Unread)]
    claims, manifests = _claims(files)
    seen = _Seen(until)
    for path, entry in sorted(files.items()):
        if path in manifests:
            continue
        seen.file(path, entry, claims.get(path))
    for path in sorted(set(claims) - set(files)):
        seen.wrong("missing", path)
    for item in closed:
        seen.wrong("unread", item.place.path)
    for path, manifest in manifests.items():
        manifest["good"] = sum(1 for file, name in seen.good if name == path)
    data = [entry for path, entry in files.items() if path not in manifests]
    return written_backup({
        "as_of": as_of.isoformat(),
        "said": dict(said),
        "files": len(data) + len(closed),
        "bytes": sum(entry.size for entry in data),
        "newest": max((_day(entry) for entry in data), default=None),
        "volume": str(root.stat().st_dev),
        "manifests": [manifests[path] for path in sorted(manifests)],
        "counts": {key: seen.counts[key] for key in ("good", "broken", "missing", "unlisted", "unread", "left", "weak")},
        "wrong": seen.named,
        "formats": dict(sorted(Counter(_end(path) for path in files if path not in manifests).items())),
    })  # fmt: skip


class _Seen:
    """What became of each file."""

    def __init__(self, until: float) -> None:
        self.until = min(until, time.monotonic() + SECONDS)
        self.counts: Counter[str] = Counter()
        self.named: list[str] = []
        self.good: list[tuple[str, str]] = []

    def file(self, path: str, entry: Entry, claim: list[tuple[str, Listed]] | None) -> None:
        """Hash one file by every manifest that lists it: all of them must hold."""
        if claim is None:
            self.wrong("unlisted", path)
            return
        if time.monotonic() >= self.until:
            self.counts["left"] += 1
            return
        wanted = sorted({name for _, line in claim for name in line.algorithms})
        digests = _digests(entry, wanted, self.until)
        if digests is None or not all(set(line.algorithms) & set(digests) for _, line in claim):
            self.counts["left" if digests is None and time.monotonic() >= self.until else "unread"] += 1
            return
        if all(any(digests.get(name) == line.digest for name in line.algorithms) for _, line in claim):
            self.counts["good"] += 1
            self.counts["weak"] += all(set(line.algorithms) <= WEAK for _, line in claim)
            self.good += [(path, name) for name, _ in claim]
        else:
            self.wrong("broken", path)

    def wrong(self, word: str, path: str) -> None:
        """Count it, and name the first few."""
        self.counts[word] += 1
        if len(self.named) < SHOWN:
            self.named.append(f"{word} {told(path) if word != 'unread' else told_unread(path)}")


def _relative(root: Path, entry: Entry) -> str:
    return str(PurePosixPath(entry.path.relative_to(root))) if entry.path != root else entry.path.name


def _claims(files: Mapping[str, Entry]) -> tuple[dict[str, list[tuple[str, Listed]]], dict[str, dict[str, Any]]]:
    """File to what manifests say of it, and the manifests."""
    claims: dict[str, list[tuple[str, Listed]]] = {}
    manifests: dict[str, dict[str, Any]] = {}
    for path, entry in files.items():
        folder, _, name = path.rpartition("/")
        lines = listed(name, _text(entry)) if is_manifest(name) and entry.size <= MOST_BYTES else []
        if not lines:
            continue
        words = sorted({" / ".join(line.algorithms) for line in lines})
        manifests[path] = {"path": path, "algorithm": ", ".join(words), "listed": len(lines), "good": 0}
        for line in lines:
            place = inside(folder, line.path)
            claims.setdefault(place or f"?{line.path}", []).append((path, line))
    # A manifest may be listed by another one (BagIt's tag manifest): it is hashed no second time here.
    return {path: lines for path, lines in claims.items() if path not in manifests}, manifests


def _text(entry: Entry) -> str:
    data = _opened(entry)
    if data is None:
        return ""
    with os.fdopen(data, "rb") as stream:
        return text_of(stream.read(MOST_BYTES), "utf-8")


def _opened(entry: Entry) -> int | None:
    """A handle on just the file that was listed."""
    try:
        handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    status = os.fstat(handle)
    if stat.S_ISREG(status.st_mode) and (status.st_dev, status.st_ino) == entry.identity:
        return handle
    os.close(handle)
    return None


def _digests(entry: Entry, wanted: list[str], until: float) -> dict[str, str] | None:
    """Digests by algorithm in one pass; None when it breaks off. An algorithm that this machine lacks is not among them."""
    sums = {}
    for name in wanted:
        try:
            sums[name] = hashlib.new(name, usedforsecurity=False)
        except ValueError:
            continue
    handle = _opened(entry)
    if handle is None:
        return None
    try:
        with os.fdopen(handle, "rb", buffering=0) as stream:
            while block := stream.read(BLOCK):
                for one in sums.values():
                    one.update(block)
                if time.monotonic() >= until:
                    return None
    except OSError:
        return None
    return {name: one.hexdigest() for name, one in sums.items()}


def _day(entry: Entry) -> str:
    try:
        return datetime.fromtimestamp(entry.path.stat(follow_symlinks=False).st_mtime, UTC).date().isoformat()
    except OSError:
        return ""


def _end(path: str) -> str:
    name = path.rpartition("/")[2]
    end = name.rpartition(".")[2].lower() if "." in name else ""
    return end if end.isascii() and end.isalnum() and len(end) <= 8 else ""
