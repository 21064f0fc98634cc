"""The settings of the shadow suite: login.defs (with the vendor's copy and drop-ins), useradd's defaults, libuser, /etc/shells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Files, fact, read_files
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

_FILES = (
    "/usr/etc/login.defs", "/etc/login.defs", "/etc/login.defs.d/*.defs", "/etc/default/useradd", "/etc/libuser.conf",
    "/etc/shells", "/etc/issue", "/etc/issue.net", "/etc/motd",
)  # fmt: skip


@fact(Probe("linux.login-defs", "files", _FILES))
@dataclass(frozen=True, slots=True)
class LoginDefs:
    """Effective login.defs and the small files beside it."""

    values: Mapping[str, str]
    """Keyword to value, last one wins."""
    useradd: Mapping[str, str] | Absent
    """/etc/default/useradd."""
    files: Files
    """The texts themselves: banners and /etc/shells."""

    def number(self, keyword: str) -> int | None:
        """A whole number as the shadow suite reads it (C notation, so a leading 0 is octal).

        None when it is not set or not a number: the suite then falls back to its own default.
        """
        return c_number(self.values.get(keyword, ""))

    @classmethod
    def read(cls, answer: Answer) -> LoginDefs | Absent:
        """Read the files; absent when login.defs itself is missing or cannot be read whole."""
        files = read_files(answer)
        own = files.text("/etc/login.defs")
        vendor = files.text("/usr/etc/login.defs")
        if isinstance(own, Absent) and (isinstance(vendor, Absent) or own.why is not Why.FILE_MISSING):
            return own
        texts = [own if isinstance(own, str) else str(vendor)]
        for path, item in files.texts.items():
            if path.startswith("/etc/login.defs.d/"):
                if item.cut:
                    return Absent(Why.TRUNCATED, path)
                texts.append(item.text)
        if any(path.startswith("/etc/login.defs.d") for path in files.denied):
            return Absent(Why.NO_PERMISSION, "/etc/login.defs.d")
        values: dict[str, str] = {}
        for text in texts:
            values.update(_settings(text))
        return cls(values, _useradd(files.text("/etc/default/useradd")), files)


def c_number(text: str) -> int | None:
    """``strtol(text, 0)`` over the whole text; None where it would fail."""
    found = re.fullmatch(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))", text)
    if found is None or len(text) > 18:
        return None
    sign, hexa, octal, decimal = found.groups()
    number = int(hexa, 16) if hexa else int(octal, 8) if octal else int(decimal)
    return -number if sign == "-" else number


def _settings(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in text.split("\n"):
        line = line.strip(" \t\r\f\v")
        if line.startswith("#"):
            continue
        found = re.fullmatch(r'([^ \t]+)[ \t]+["\t ]*([^"]*).*', line)
        if found is not None:
            values[found[1]] = found[2].strip(" \t")
    return values


def _useradd(text: str | Absent) -> Mapping[str, str] | Absent:
    if isinstance(text, Absent):
        return text
    values: dict[str, str] = {}
    for line in text.split("\n"):
        keyword, mark, value = line.partition("=")
        if mark and not line.startswith("#"):
            values[keyword.strip()] = value.strip(" \t\r\"'")
    return values
