"""How long logrotate keeps each log, as far as its configuration says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from scanner.facts.fact import Unreadable, fact, read_files
from scanner.model.absent import Absent
from scanner.model.evidence import Answer, Probe

_DAYS = {"hourly": 1 / 24, "daily": 1.0, "weekly": 7.0, "monthly": 28.0, "yearly": 365.0, "annually": 365.0}
"""The shortest length of each period in days."""
_SCRIPTS = {"postrotate", "prerotate", "firstaction", "lastaction", "preremove"}
_ASK = ("/etc/logrotate.conf", "/etc/logrotate.d/*")


@dataclass(frozen=True, slots=True)
class Rotation:
    """What holds for one set of log files."""

    period: float | None = 7.0
    """Days between two rotations at least; None when size alone decides."""
    count: int = 0
    """Old files that are kept; -1 for all."""
    by_size: bool = False
    """``size`` or ``maxsize`` may rotate earlier than the period says."""
    max_age: int | None = None
    """``maxage`` in days: older ones are removed."""
    patterns: tuple[str, ...] = ()
    file: str = ""

    @property
    def days(self) -> float | None:
        """Days that the oldest kept record reaches back at least; None when time does not decide; inf when nothing is removed."""
        if self.count < 0 and not self.max_age:
            return float("inf")
        if self.period is None or self.by_size:
            return None
        kept = float("inf") if self.count < 0 else self.count * self.period
        return kept if not self.max_age else min(kept, float(self.max_age))


@fact(Probe("linux.logrotate", "files", _ASK, root=True))
@dataclass(frozen=True, slots=True)
class Logrotate:
    """Every block of logrotate's configuration with the global settings worked in."""

    blocks: tuple[Rotation, ...] = field(default=())

    def of(self, path: str) -> Rotation | None:
        """The block that rotates a log; None when none does. Of several the first, as logrotate skips repeated entries."""
        for block in self.blocks:
            if any(fnmatchcase(path, pattern) and pattern.count("/") == path.count("/") for pattern in block.patterns):
                return block
        return None

    @classmethod
    def read(cls, answer: Answer) -> Logrotate | Absent:
        """Read logrotate.conf and the usual folder; settings before an include hold inside it."""
        files = read_files(answer)
        if files.hindrance is not None:
            return files.hindrance
        main = files.texts.get("/etc/logrotate.conf")
        parts = [item for path, item in files.texts.items() if path.startswith("/etc/logrotate.d/") and not _skipped(path)]
        if main is None:
            # Packages leave files in the folder on hosts that have no logrotate: nothing reads them there.
            return cls(())
        blocks: list[Rotation] = []
        state = Rotation()
        included = False
        for item in _items(main.lines):
            if isinstance(item, list):
                blocks.append(_block(item, state, "/etc/logrotate.conf"))
            elif item.split()[0] == "include":
                if item.split()[1:] != ["/etc/logrotate.d"] or included:
                    raise Unreadable(f"logrotate.conf: {item[:80]!r}")
                included = True
                for part in parts:
                    inner = state
                    for found in _items(part.lines):
                        if isinstance(found, list):
                            blocks.append(_block(found, inner, part.path))
                        else:
                            inner = _set(inner, found)
            else:
                state = _set(state, item)
        return cls(tuple(blocks))


def _skipped(path: str) -> bool:
    return path.endswith(
        (".rpmsave", ".rpmorig", ".rpmnew", ".dpkg-old", ".dpkg-new", ".dpkg-dist", ".bak", ".disabled", "~", ",v", ".swp")
    )


def _items(lines: list[str]) -> Iterator[str | list[str]]:
    """Global settings as strings; blocks as lists, patterns first, then their settings."""
    names = ""
    block: list[str] | None = None
    script = False
    for line in lines:
        text = line.strip(" \t\r")
        if script:
            script = text != "endscript"
            continue
        text = re.sub(r"(^|\s)#.*", "", text).strip()
        if not text:
            continue
        if block is None and (names or text[0] in "/\"'" or text.endswith("{")):
            head, brace, rest = text.partition("{")
            names = f"{names} {head}"
            if not brace:
                continue
            block, names, text = [names], "", rest.strip()
        if block is None:
            yield text
            continue
        inside, brace, _ = text.partition("}")
        word = inside.split()[0] if inside.split() else ""
        if word in _SCRIPTS:
            script = True
        elif inside.strip():
            block.append(inside.strip())
        if brace:
            yield block
            block = None
    if block is not None or names or script:
        raise Unreadable("a block of logrotate has no end")


def _block(item: list[str], state: Rotation, file: str) -> Rotation:
    for line in item[1:]:
        state = _set(state, line)
    quoted = re.findall(r"\"([^\"]+)\"|'([^']+)'|(\S+)", item[0])
    return replace(state, patterns=tuple("".join(parts) for parts in quoted), file=file)


def _set(state: Rotation, line: str) -> Rotation:
    word, _, value = line.replace("=", " ", 1).partition(" ")
    value = value.strip()
    if word in _DAYS:
        return replace(state, period=_DAYS[word], by_size=False)
    if word == "rotate":
        return replace(state, count=_number(value, line))
    if word == "maxage":
        return replace(state, max_age=_number(value, line))
    if word == "size":
        return replace(state, period=None)
    if word == "maxsize":
        return replace(state, by_size=True)
    return state


def _number(value: str, line: str) -> int:
    if not re.fullmatch("-?[0-9]{1,6}", value):
        raise Unreadable(f"logrotate: {line[:80]!r}")
    return int(value)
