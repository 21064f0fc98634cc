"""Host keys are verified before anything is sent: unknown is refused, changed is refused and told."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from pathlib import Path

import paramiko

from scanner.errors import ReachError
from scanner.model.absent import Why

SYSTEM = (Path("/etc/ssh/ssh_known_hosts"),)


def known_hosts_files(named: str | None) -> list[Path]:
    """The files to look in: the named one alone, or the user's and the system's."""
    if named is not None:
        return [Path(named).expanduser()]
    return [Path("~/.ssh/known_hosts").expanduser(), *SYSTEM]


def fingerprint(blob: bytes) -> str:
    """``SHA256:…`` as ssh-keygen prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


class KnownHosts:
    """Entries of known_hosts files, read once per run."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._plain: dict[str, list[tuple[str, bytes]]] = {}
        self._hashed: list[tuple[str, str, bytes]] = []
        self._patterns: list[tuple[list[str], str, bytes]] = []
        self._revoked: set[bytes] = set()
        for path in files:
            if path.is_file():
                for line in path.read_bytes().decode("utf-8", "replace").split("\n"):
                    self._take(line.strip(" \t\r"))

    def _take(self, line: str) -> None:
        words = line.split()
        if not words or words[0].startswith("#"):
            return
        marker = words.pop(0) if words[0].startswith("@") else ""
        if len(words) < 3:
            return
        try:
            blob = base64.b64decode(words[2], validate=True)
        except (binascii.Error, ValueError):
            return
        if marker == "@revoked":
            self._revoked.add(blob)
        elif marker:
            return  # certificate authorities are the OpenSSH transport's business
        elif words[0].startswith("|1|"):
            self._hashed.append((words[0], words[1], blob))
        elif any(char in words[0] for char in "*?!"):
            self._patterns.append((words[0].split(","), words[1], blob))
        else:
            for name in words[0].split(","):
                self._plain.setdefault(name.lower(), []).append((words[1], blob))

    def keys_of(self, host: str, port: int) -> list[tuple[str, bytes]]:
        """(type, blob) of every key known for the host."""
        import fnmatch

        name = (host if port == 22 else f"[{host}]:{port}").lower()
        found = list(self._plain.get(name, ()))
        found += [(kind, blob) for entry, kind, blob in self._hashed if paramiko.HostKeys.hash_host(name, entry) == entry]
        for patterns, kind, blob in self._patterns:
            if any(fnmatch.fnmatchcase(name, p.lower()) for p in patterns if not p.startswith("!")) and not any(
                fnmatch.fnmatchcase(name, p[1:].lower()) for p in patterns if p.startswith("!")
            ):
                found.append((kind, blob))
        return found

    def verify(self, host: str, port: int, kind: str, blob: bytes) -> None:
        """Raises ReachError when the key is revoked, unknown or changed. The detail shows the fingerprint that was offered."""
        shown = f"{host}:{port} {kind} {fingerprint(blob)}"
        if blob in self._revoked:
            raise ReachError(Why.HOST_KEY_CHANGED, f"revoked: {shown}")
        known = self.keys_of(host, port)
        if any(known_blob == blob for _, known_blob in known):
            return
        if known:
            raise ReachError(Why.HOST_KEY_CHANGED, f"{shown}; known: {', '.join(sorted(fingerprint(b) for _, b in known))}")
        raise ReachError(Why.HOST_KEY_UNKNOWN, shown)
