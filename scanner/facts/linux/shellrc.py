"""What the system's shell start-up files set: TMOUT, umask and PATH, with whether a condition stands around it.

The files are read, never run. Kept are only lines that concern these settings or the structure around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.facts.fact import fact, read_files
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_FILES = (
    "/etc/profile", "/etc/profile.d/*.sh", "/etc/bash.bashrc", "/etc/bashrc", "/etc/environment",
    "/root/.bash_profile", "/root/.bash_login", "/root/.profile", "/root/.bashrc",
)  # fmt: skip
SYSTEM = ("/etc/profile", "/etc/profile.d/", "/etc/bash.bashrc", "/etc/bashrc")
_OPEN = re.compile(r"(?:^\s*|[;&|(]\s*|\bthen\s+|\bdo\s+|\belse\s+)(if|case|for|while|until|select)\b|\(\)\s*\{|^\s*function\b|^\s*\{")
_CLOSE = re.compile(r"(?:^\s*|[;&|]\s*)(fi|esac|done)\b|^\s*\}")
_SET = re.compile(
    r"(?:^\s*|[;&|{]\s*|\bthen\s+|\belse\s+|\bdo\s+)(?:(?:export|readonly|declare|typeset|local)(?:\s+-\w+)*\s+(?:\w+=\S*\s+)*)?"
    r"(TMOUT|PATH)=(\"[^\"]*\"|'[^']*'|[^\s;&|#]*)"
)
_UMASK = re.compile(r"(?:^\s*|[;&|{]\s*|\bthen\s+|\belse\s+|\bdo\s+)umask\s+(?:-S\s+)?([0-7]{1,4}|[ugoa]*[=+-][^\s;&|#]*|\S+)")
_READONLY = re.compile(
    r"(?:^\s*|[;&|{]\s*|\bthen\s+)(?:readonly\s+(?:-\w+\s+)*|(?:declare|typeset)\s+(?:-\w+\s+)*-\w*r\w*\s+(?:-\w+\s+)*)"
    r"(?:\w+(?:=\S*)?\s+)*TMOUT\b"
)
_INTERACTIVE = re.compile(r"PS1|\$-|-t\s+[01]|BASH\b|SHELL\b|tty\b")
_KEEP = (
    "lines:TMOUT|umask|PATH|profile\\.d|bashrc|<<|\\(\\)|^[ \t]*[{}]|^[ \t]*\\w+[ \t]*$"
    "|(^|[;&|(]|then|else|do)[ \t]*(if|case|for|while|until|select|fi|esac|done|function|elif|else|then)\\b"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One place where a setting is made."""

    value: str
    where: str
    """The file."""
    sure: bool
    """No condition, loop or function stands around it, but for the question whether the shell is interactive."""


@fact(Probe("linux.shell-rc", "files", _FILES, keeps=_KEEP, max_bytes=524_288))
@dataclass(frozen=True, slots=True)
class ShellRc:
    """Settings of the system's and root's shell start-up files."""

    tmout: tuple[Setting, ...]
    """TMOUT, system files, in the order of the files."""
    readonly: tuple[Setting, ...]
    """Places that make TMOUT read-only."""
    umask: tuple[Setting, ...]
    """umask, system files."""
    root_path: tuple[Setting, ...]
    """PATH in /etc/environment, the system files and root's own."""
    root_umask: tuple[Setting, ...]
    """umask in root's own files."""
    present: frozenset[str]
    """Files that are there."""
    denied: tuple[str, ...]
    """Files that may not be read (root's own, without privilege)."""
    reads_folder: bool
    """/etc/profile speaks of profile.d: without that the folder is never read."""

    @classmethod
    def read(cls, answer: Answer) -> ShellRc | Absent:
        """Read the lines; absent when a system file may not be read or was cut."""
        files = read_files(answer)
        for path, item in files.texts.items():
            if item.cut:
                return Absent(Why.TRUNCATED, path)
        hidden = [path for path in files.denied if not path.startswith("/root/")]
        if hidden:
            return Absent(Why.NO_PERMISSION, hidden[0])
        if not files.texts and not files.missing:
            return Absent(Why.GARBLED, "no file")
        found: dict[str, list[Setting]] = {"tmout": [], "readonly": [], "umask": [], "path": [], "root-umask": []}
        for path, item in files.texts.items():
            for name, setting in _scan(path, item.text):
                if path.startswith("/root/"):
                    if name == "umask":
                        found["root-umask"].append(setting)
                    elif name == "path":
                        found["path"].append(setting)
                elif path == "/etc/environment":
                    if name == "path":
                        found["path"].append(setting)
                else:
                    found[name].append(setting)
        return cls(
            tuple(found["tmout"]),
            tuple(found["readonly"]),
            tuple(found["umask"]),
            tuple(found["path"]),
            tuple(found["root-umask"]),
            frozenset(files.texts),
            files.denied,
            "/etc/profile" in files.texts and "profile.d" in files.texts["/etc/profile"].text,
        )


class _Block:
    """An open if, case, loop or function while a file is scanned."""

    def __init__(self, harmless: bool) -> None:
        self.harmless = harmless
        self.here: set[str] = set()
        self.before: set[str] | None = None
        self.last = False

    def branch(self, last: bool) -> None:
        """``elif`` or ``else``: what all branches so far have set is remembered."""
        self.before = self.here if self.before is None else self.before & self.here
        self.here, self.last = set(), last

    def sure(self, name: str) -> bool:
        """The setting happens whichever branch is taken."""
        return self.harmless or (self.last and self.before is not None and name in self.before)


def _scan(path: str, text: str) -> Iterator[tuple[str, Setting]]:
    around: list[_Block] = []
    heredoc: str | None = None
    for raw in text.split("\n"):
        line = _uncomment(raw.rstrip("\r"))
        if heredoc is not None:
            heredoc = None if line.strip() == heredoc else heredoc
            continue
        begins = re.search(r"(?<!<)<<-?\s*['\"]?(\w+)['\"]?", line)
        heredoc = begins[1] if begins is not None else None
        around += [_Block(bool(_INTERACTIVE.search(line))) for _ in _OPEN.findall(line)]
        turn = re.match(r"\s*(else|elif)\b", line)
        if turn is not None and around:
            around[-1].branch(turn[1] == "else")
        for name, value, before in _settings(line):
            alone = not re.search(r"&&|\|\|", before) or bool(_INTERACTIVE.search(before))
            yield name, Setting(value, path, alone and all(block.sure(name) for block in around))
            if around and alone:
                around[-1].here.add(name)
        for _ in _CLOSE.findall(line):
            if around:
                around.pop()


def _settings(line: str) -> Iterator[tuple[str, str, str]]:
    """Name, value and what stands before it on the line."""
    for found in _SET.finditer(line):
        yield ("tmout" if found[1] == "TMOUT" else "path"), found[2].strip("\"'"), line[: found.start(1)]
    for found in _READONLY.finditer(line):
        yield "readonly", "", line[: found.end()]
    for found in _UMASK.finditer(line):
        yield "umask", found[1], line[: found.start(1)]


def _uncomment(line: str) -> str:
    found = re.match(r"((?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|\$#|\$\{#|\S#|[^#\"'])*)(?:#.*)?", line)
    return found[1] if found is not None else line
