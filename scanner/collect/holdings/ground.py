"""What a file or folder of this machine stands on: mount, encryption below the file system, and whether others may enter."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from scanner.facts.holdings.reading import Standing

REMOTE = re.compile(
    r"nfs4?|cifs|smb3?|smbfs|ncpfs|afs|9p|ceph|lustre|glusterfs|davfs|fuse\.(?:sshfs|rclone|s3fs|ossfs|cosfs|obsfs|davfs2?|glusterfs|ceph.*|juicefs)"
)
"""Types of file systems that another machine serves."""
_SERVER = re.compile(r"(?:[a-z0-9+.-]+:)?//(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+)|(?:[^/@]*@)?(\[[^\]]+\]|[A-Za-z0-9.-]+):")
_ESCAPED = re.compile(r"\\([0-7]{3})")
DEEPEST = 8
"""Layers of block devices that are looked at."""


def ground_of(
    path: Path, modes: Iterable[int], mounts: Path = Path("/proc/self/mountinfo"), devices: Path = Path("/sys/dev/block")
) -> Standing:
    """``modes``: of the files that were read."""
    point, kind, source, device = _mount(path, mounts)
    remote = REMOTE.fullmatch(kind) is not None
    seen = list(modes)
    enter = _others_may_enter(path)
    storage = {
        "product": "volume",
        "path": str(path),
        "mount": {"point": point, "type": kind},
        "at_rest": _at_rest(devices / device)
        if not remote and device
        else {"state": "unknown", "how": f"{kind or 'no mount'}: nothing below is seen"},
        "files": len(seen),
        "open_to_others": sum(1 for mode in seen if mode & stat.S_IRWXO) if enter else 0,
        "others_may_enter": enter,
    }
    found = _SERVER.match(source) if remote else None
    where = (found[1] or found[2]).strip("[]") if found else source
    return Standing(
        MappingProxyType(storage), MappingProxyType({"elsewhere": [{"kind": "mount", "where": where or "?"}] if remote else []})
    )


def modes(paths: Iterable[Path]) -> Iterator[int]:
    """Modes of files; one that is gone has none."""
    for path in paths:
        with suppress(OSError):
            yield path.stat(follow_symlinks=False).st_mode


def _mount(path: Path, mounts: Path) -> tuple[str, str, str, str]:
    """Mount point, type, source and device number of the innermost mount that the path lies under."""
    best = ("", "", "", "")
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").split("\n")
    except OSError:
        return best
    for line in lines:
        left, _, right = line.partition(" - ")
        words, more = left.split(" "), right.split(" ")
        if len(words) < 6 or len(more) < 2:
            continue
        point = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), words[4])
        # Of two mounts on one point the later one is seen.
        if path.is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, more[0], _ESCAPED.sub(lambda found: chr(int(found[1], 8)), more[1]), words[2])
    return best


def _at_rest(device: Path) -> dict[str, str]:
    if not device.exists():
        return {"state": "unknown", "how": "no block device of its own"}
    return (
        {"state": "on", "how": "dm-crypt"}
        if _encrypted(device, DEEPEST)
        else {"state": "off", "how": "no encryption below the file system"}
    )


def _encrypted(device: Path, left: int) -> bool:
    """Whether this device, or every one below it, is an encryption layer."""
    try:
        if (device / "dm/uuid").read_text("ascii", "replace").startswith("CRYPT-"):
            return True
    except OSError:
        pass
    try:
        below = list((device / "slaves").iterdir())
    except OSError:
        below = []
    if not below:
        # A partition lies on its disk.
        parent = device.resolve().parent
        below = [parent] if (device / "partition").exists() and (parent / "dev").exists() else []
    return bool(below) and left > 0 and all(_encrypted(item, left - 1) for item in below)


def _others_may_enter(path: Path) -> bool:
    """Whether every folder above lets other users through. What cannot be looked at may."""
    for folder in path.parents:
        try:
            if not folder.stat().st_mode & stat.S_IXOTH:
                return False
        except OSError:
            return True
    return True


__all__ = ["ground_of", "modes"]
