"""What sshd's Match blocks set, read as data from sshd_config and what it includes.

``sshd -T`` shows only what holds outside every Match block; whoever judges a setting must look here as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scanner.facts.fact import Files, Unreadable, fact, read_files
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

MAIN = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
"""Where the main file may stand; the first that exists is read by sshd."""
_DIRECTORIES = ("/etc/ssh", "/etc/ssh/sshd_config.d", "/usr/etc/ssh/sshd_config.d")
_SINGLE = ("/etc/crypto-policies/back-ends/opensshserver.config",)
_ASK = (*MAIN, *(f"{folder}/*.conf" for folder in _DIRECTORIES), *_SINGLE)
_DEPTH = 16
_BLANK = " \t\r\n\f"
_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class MatchSetting:
    """One setting inside a Match block."""

    criteria: str
    """What the block matches, as written; nested blocks joined by `` & ``."""
    keyword: str
    """Lower case."""
    value: str
    """As written, without quotes and trailing comment."""
    file: str
    line: int
    """Line number, from 1."""


@fact(Probe("linux.sshd-match", "files", _ASK, root=True))
@dataclass(frozen=True, slots=True)
class SshdMatch:
    """Every setting that stands in a Match block, in reading order."""

    settings: tuple[MatchSetting, ...]
    unread: tuple[str, ...]
    """Include patterns whose files were not asked for: Match blocks may hide there."""

    @classmethod
    def read(cls, answer: Answer) -> SshdMatch | Absent:
        """Read the main file and follow its includes."""
        files = read_files(answer)
        if files.hindrance is not None:
            return files.hindrance
        main = next((path for path in MAIN if path in files.texts), None)
        if main is None:
            return Absent(Why.FILE_MISSING, MAIN[0])
        walk = _Walk(files)
        settings = tuple(walk.file(main, "", 0))
        return cls(_first_wins(settings), tuple(walk.unread))


class _Walk:
    """One walk over the main file and its includes."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.unread: list[str] = []

    def file(self, path: str, outer: str, depth: int) -> Iterator[MatchSetting]:
        """Settings under a Match in one file; ``outer`` is the block that included it. A block ends with its file."""
        if depth > _DEPTH:
            raise Unreadable(f"includes nested deeper than {_DEPTH}: {path}")
        criteria = outer
        for number, line in enumerate(self._files.texts[path].lines, 1):
            keyword, value = directive(line)
            if keyword == "match":
                criteria = f"{outer} & {value}" if outer else value
            elif keyword == "include":
                for found in self._included(value):
                    yield from self.file(found, criteria, depth + 1)
            elif keyword and criteria:
                yield MatchSetting(criteria, keyword, value, path, number)

    def _included(self, value: str) -> Iterator[str]:
        for quoted, plain in _WORD.findall(value):
            pattern = quoted or plain
            absolute = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
            folder, _, name = absolute.rpartition("/")
            if absolute in (*MAIN, *_SINGLE):
                yield from (path for path in self._files.texts if path == absolute)
            elif folder in _DIRECTORIES and name.endswith(".conf") and not name.startswith("."):
                yield from sorted(path for path in self._files.texts if _inside(path, folder, name))
            else:
                self.unread.append(absolute)


def _inside(path: str, folder: str, name: str) -> bool:
    where, _, base = path.rpartition("/")
    return where == folder and fnmatchcase(base, name)


def directive(line: str) -> tuple[str, str]:
    """Keyword in lower case and value of one line as sshd splits it; two empty strings for blanks and comments."""
    text = line.rstrip(_BLANK).lstrip(" \t\r\n")
    if not text or text.startswith("#"):
        return "", ""
    found = re.match(r'"?([A-Za-z0-9]+)"?[ \t]*(?:=[ \t]*)?(.*)', text, re.S)
    if found is None:
        raise Unreadable(f"not a setting: {text[:60]!r}")
    return found[1].lower(), _plain(found[2])


def _plain(value: str) -> str:
    """Value without a trailing comment, single spaces between words; quotes go unless they hold blanks."""
    words: list[str] = []
    for found in _WORD.finditer(value):
        quoted, plain = found[1], found[2]
        if plain is not None and plain.startswith("#"):
            break
        words.append(plain if plain is not None else (f'"{quoted}"' if re.search(r"\s", quoted) else quoted))
    return " ".join(words)


def _first_wins(settings: tuple[MatchSetting, ...]) -> tuple[MatchSetting, ...]:
    """Of two settings of one keyword under the same criteria sshd takes the first; lists of users and groups add up."""
    seen: set[tuple[str, str]] = set()
    out = []
    for item in settings:
        key = (item.criteria, item.keyword)
        if key not in seen or item.keyword in {"allowusers", "allowgroups", "denyusers", "denygroups"}:
            out.append(item)
        seen.add(key)
    return tuple(out)
