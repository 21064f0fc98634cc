"""Manifests of digests in a folder of backups: GNU and BSD lines, BagIt, and tables with a column of digests. Paths stay inside."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 64 * 1024 * 1024
"""A manifest larger than this is no manifest."""
NAMES = re.compile(
    r"(?:(md5|sha1|sha256|sha384|sha512|sm3)sums?(?:\.txt)?|(?:tag)?manifest-(md5|sha1|sha256|sha384|sha512|sm3)\.txt|.+\.(md5|sha1|sha256|sha384|sha512|sm3)(?:\.txt)?"
    r"|.*(?:manifest|checksums?|hash(?:es)?|校验(?:清单|码|文件)?|散列(?:清单|值)?|摘要(?:清单)?).*\.(?:txt|csv))",
    re.IGNORECASE,
)
WEAK = frozenset({"md5", "sha1"})
BY_LENGTH = {32: ("md5",), 40: ("sha1",), 64: ("sha256", "sm3"), 96: ("sha384",), 128: ("sha512",)}
"""Digits of a digest to the algorithms that may have made it."""
_GNU = re.compile(r"(\\?)([0-9A-Fa-f]{32,128})(?:[ \t]+[*]?|[ \t]*\|[ \t]*)(\S.*)")
_BSD = re.compile(r"(MD5|SHA1|SHA256|SHA384|SHA512|SM3) ?\((.+)\) ?= ?([0-9A-Fa-f]{32,128})")
_FILE = re.compile(r"文件(?:路径|名称?|名)|路径|file(?:name|path)?|path|name", re.IGNORECASE)
_DIGEST = re.compile(r"摘要(?:值)?|散列(?:值)?|哈希(?:值)?|校验(?:码|值)|hash|digest|checksum|md5|sha-?\d+|sm3", re.IGNORECASE)
_METHOD = re.compile(r"(?:摘要|散列|哈希|校验)?算法|algorithm", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """One file as a manifest lists it."""

    path: str
    """Relative to the manifest's folder, in the manifest's words."""
    digest: str
    """Lower case."""
    algorithms: tuple[str, ...]


def is_manifest(name: str) -> bool:
    """Whether a file's name says that it lists digests."""
    return NAMES.fullmatch(name) is not None


def listed(name: str, text: str) -> list[Listed]:
    """Everything that a manifest lists; empty when it lists nothing in a form that is known."""
    named = NAMES.fullmatch(name)
    algorithm = next((word.lower() for word in named.groups() if word), "") if named is not None else ""
    lines = [found for line in text.split("\n") if (found := _line(line.rstrip("\r"), algorithm)) is not None]
    return lines or list(_table(text))


def _line(line: str, algorithm: str) -> Listed | None:
    found = _BSD.fullmatch(line.strip())
    if found is not None:
        return Listed(found[2], found[3].lower(), (found[1].lower(),))
    found = _GNU.fullmatch(line)
    if found is None or len(found[2]) not in BY_LENGTH:
        return None
    path = found[3].replace("\\n", "\n").replace("\\\\", "\\") if found[1] else found[3]
    return Listed(path, found[2].lower(), (algorithm,) if algorithm else BY_LENGTH[len(found[2])])


def _table(text: str) -> Iterator[Listed]:
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter="\t" if "\t" in text.partition("\n")[0] else ",")
    try:
        head = [cell.strip() for cell in next(rows, [])]
        file, digest = (next((at for at, cell in enumerate(head) if pattern.fullmatch(cell)), None) for pattern in (_FILE, _DIGEST))
        method = next((at for at, cell in enumerate(head) if _METHOD.fullmatch(cell)), None)
        if file is None or digest is None:
            return
        for row in rows:
            value = row[digest].strip().lower() if len(row) > max(file, digest) else ""
            if re.fullmatch(r"[0-9a-f]+", value) and len(value) in BY_LENGTH:
                said = re.sub(r"[^a-z0-9]", "", row[method].lower()) if method is not None and len(row) > method else ""
                yield Listed(row[file].strip(), value, (said,) if said in sum(BY_LENGTH.values(), ()) else BY_LENGTH[len(value)])
    except csv.Error:
        return


def inside(folder: str, path: str) -> str | None:
    """A listed path relative to the backup's root; None when it leads out of it."""
    parts: list[str] = folder.split("/") if folder else []
    plain = path.replace("\\", "/") if "/" not in path else path
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain):
        return None
    for part in plain.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or None
