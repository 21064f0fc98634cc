"""System log: the configuration of rsyslog, syslog-ng and the journal, with includes and drop-ins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from scanner.facts.fact import Files, fact, read_files
from scanner.facts.linux.rsyslog import Route, routes, strip_comments
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_JOURNALD = tuple(f"{root}/systemd/journald.conf" for root in ("/usr/lib", "/run", "/etc"))
_UPLOAD = tuple(f"{root}/systemd/journal-upload.conf" for root in ("/usr/lib", "/run", "/etc"))
_ASK = (
    "/etc/rsyslog.conf", "/etc/rsyslog.d/*.conf", "/etc/syslog-ng/syslog-ng.conf", "/etc/syslog-ng/conf.d/*.conf", "/etc/syslog.conf",
    *(pattern for base in (*_JOURNALD, *_UPLOAD) for pattern in (base, f"{base}.d/*.conf")),
)  # fmt: skip
_INCLUDE = re.compile(r"^\s*(?:\$IncludeConfig\s+(\S+)|include\s*\(\s*[^)]*?file\s*=\s*\"([^\"]+)\"[^)]*\))", re.M | re.I)
_NG_REMOTE = re.compile(r"\b(?:tcp6?|udp6?|network|syslog)\s*\(\s*(?:ip\s*\(\s*)?[\"']?([A-Za-z0-9_.:-]+)", re.I)
_NG_BLOCK = re.compile(r"\b(destination|log)\b\s*([A-Za-z0-9_.-]*)\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", re.S)


@dataclass(frozen=True, slots=True)
class Journal:
    """Effective settings of journald."""

    storage: str
    """``auto``, ``persistent``, ``volatile`` or ``none``."""
    values: Mapping[str, str]
    """All settings of the section, lower-case key; later files beat earlier ones."""


@fact(Probe("linux.syslog-files", "files", _ASK, root=True, max_bytes=524_288))
@dataclass(frozen=True, slots=True)
class SyslogFiles:
    """What the logging services are told to do; whether they run is another fact."""

    rsyslog: tuple[Route, ...] | None
    """Routes of rsyslog, None when it has no configuration file."""
    unread: tuple[str, ...]
    """Includes of rsyslog that were not asked for."""
    syslog_ng: tuple[tuple[str, bool], ...] | None
    """Remote hosts that a log path of syslog-ng reaches, and whether a filter stands before; None without configuration."""
    syslog_ng_files: tuple[str, ...]
    """Local files that a log path of syslog-ng names."""
    journal: Journal
    """journald has built-in defaults, so this is always there."""
    upload: str | None
    """URL that systemd-journal-upload sends to, None when none is set."""

    @classmethod
    def read(cls, answer: Answer) -> SyslogFiles | Absent:
        """Read all files; any that may not be read leaves the whole unknown."""
        files = read_files(answer)
        if files.hindrance is not None:
            return files.hindrance
        found: tuple[Route, ...] | None = None
        unread: list[str] = []
        if "/etc/rsyslog.conf" in files.texts:
            texts = list(_joined(files, "/etc/rsyslog.conf", unread, 0))
            found = routes(texts)
        ng, local = _syslog_ng(files)
        journald = _section(files, _JOURNALD, "Journal")
        upload = _section(files, _UPLOAD, "Upload").get("url")
        journal = Journal(journald.get("storage", "auto").lower(), MappingProxyType(journald))
        return cls(found, tuple(unread), ng, local, journal, upload or None)


def _joined(files: Files, path: str, unread: list[str], depth: int) -> Iterator[str]:
    """The text of a file of rsyslog and of all that it includes."""
    text = strip_comments(files.texts[path].text)
    yield _INCLUDE.sub("", text)
    for classic, script in _INCLUDE.findall(text):
        pattern = classic or script
        names = sorted(name for name in files.texts if name.startswith("/etc/rsyslog.d/") and fnmatchcase(name, pattern))
        if not pattern.startswith("/etc/rsyslog.d/") or not pattern.endswith(".conf") or depth > 4:
            unread.append(pattern)
        for name in names if depth <= 4 else ():
            yield from _joined(files, name, unread, depth + 1)


def _syslog_ng(files: Files) -> tuple[tuple[tuple[str, bool], ...] | None, tuple[str, ...]]:
    """Remote hosts and local files of the destinations that log paths name."""
    if "/etc/syslog-ng/syslog-ng.conf" not in files.texts:
        return None, ()
    text = "\n".join(strip_comments(item.text) for path, item in files.texts.items() if path.startswith("/etc/syslog-ng/"))
    blocks = _NG_BLOCK.findall(text)
    destinations = {name: body for kind, name, body in blocks if kind == "destination"}
    remote: list[tuple[str, bool]] = []
    local: list[str] = []
    for kind, _, body in blocks:
        for name in re.findall(r"\bdestination\s*\(\s*([A-Za-z0-9_.-]+)\s*\)", body) if kind == "log" else ():
            remote += [(host, "filter" in body) for host in _NG_REMOTE.findall(destinations.get(name, ""))]
            local += re.findall(r"\bfile\s*\(\s*[\"']?([^\"'\s)]+)", destinations.get(name, ""))
    return tuple(remote), tuple(local)


def _section(files: Files, bases: tuple[str, ...], section: str) -> dict[str, str]:
    """Settings as systemd merges them: the main file with the highest rank, then drop-ins by name, /etc over /run over /usr/lib."""
    main = next((base for base in reversed(bases) if base in files.texts), None)
    drop_ins: dict[str, str] = {}
    for base in bases:
        for path in files.texts:
            if path.startswith(f"{base}.d/"):
                drop_ins[path.rpartition("/")[2]] = path
    out: dict[str, str] = {}
    for path in [*([main] if main else []), *(drop_ins[name] for name in sorted(drop_ins))]:
        current = ""
        for line in files.texts[path].lines:
            text = line.strip(" \t\r")
            if text.startswith("[") and text.endswith("]"):
                current = text[1:-1]
            elif current == section and text[:1] not in ("", "#", ";") and "=" in text:
                key, _, value = text.partition("=")
                key, value = key.strip().lower(), value.strip()
                if value:
                    out[key] = value
                else:
                    out.pop(key, None)
    return out


def remote_unreadable(files: SyslogFiles) -> Absent | None:
    """Why it cannot be said that no forwarding is configured: a part of the configuration was not seen."""
    return Absent(Why.NOT_ASKED, f"include {files.unread[0]}") if files.unread else None
