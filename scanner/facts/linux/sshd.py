"""sshd's effective settings, as the daemon itself prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# `sshd -T` resolves includes and defaults, but shows nothing of Match blocks: see sshd_match.
_ASK = """
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
command -v sshd >/dev/null 2>&1 || { echo no-sshd; exit 0; }
exec "$(command -v sshd)" -T
"""


@fact(Probe("linux.sshd-config", "sh", (_ASK,), root=True))
@dataclass(frozen=True, slots=True)
class SshdConfig:
    """Effective global settings of sshd: lower-case keyword to all its values in order."""

    values: Mapping[str, tuple[str, ...]]
    """Keyword to values, as ``sshd -T`` prints them."""

    def __getitem__(self, keyword: str) -> str:
        """First value of the keyword; raises KeyError when this sshd does not know it."""
        return self.values[keyword][0]

    def get(self, keyword: str) -> str | None:
        """First value of the keyword, None when this sshd does not know it."""
        found = self.values.get(keyword)
        return found[0] if found else None

    @classmethod
    def read(cls, answer: Answer) -> SshdConfig | Absent:
        """Read ``sshd -T``."""
        if answer.lines == ["no-sshd"]:
            return Absent(Why.NOT_PRESENT, "sshd")
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        values: dict[str, tuple[str, ...]] = {}
        for line in answer.lines:
            keyword, _, value = line.partition(" ")
            if not keyword.isascii() or not keyword.isalnum():
                raise Unreadable(f"not a keyword: {keyword[:40]!r}")
            key = keyword.lower()
            values[key] = (*values.get(key, ()), value.strip(" \t"))
        if "port" not in values or "permitrootlogin" not in values:
            raise Unreadable("no port or permitrootlogin in the settings")
        return cls(values)
