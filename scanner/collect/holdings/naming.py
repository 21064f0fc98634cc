"""How a document's path may be told: its file name is often its title, and no title leaves its place."""

from __future__ import annotations

import hashlib
import re

LONG = 8
"""Chinese characters of a file name from which on it may be a title."""
KINDS = (
    ".doc", ".docx", ".wps", ".pdf", ".ofd", ".ceb", ".gd", ".sep", ".rtf", ".txt", ".htm", ".html", ".mht", ".eml", ".ppt", ".pptx", ".dps",
    ".jpg", ".jpeg", ".tif", ".tiff", ".png", ".bmp", ".gif", ".djvu", ".mp3", ".mp4", ".wav", ".avi",
)  # fmt: skip
"""Ends of files that are documents whether they could be read or not."""
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def told(path: str) -> str:
    """The path with a file name that may be a title replaced: what stands before its Chinese characters, their number, the first six
    digits of the SHA-256 of the whole name, and the extension."""
    at = max(path.rfind("/"), path.rfind("!")) + 1
    name = path[at:]
    stem, dot, end = name.rpartition(".")
    if not dot or len(end) > 5 or _HAN.search(end):
        stem, dot, end = name, "", ""
    found = _HAN.findall(stem)
    if len(found) < LONG:
        return path
    mark = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return f"{path[:at]}{stem[: stem.index(found[0])]}…{len(found)}~{mark}{dot}{end}"


def told_unread(path: str) -> str:
    """The same for what could not be read, by what its name says it is."""
    return told(path) if path.lower().endswith(KINDS) else path
