"""One sshd setting in every place where it may hold: globally, on the command line, in each Match block."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scanner.facts.linux.sshd import SshdConfig
from scanner.facts.linux.sshd_daemon import SshdDaemon
from scanner.facts.linux.sshd_match import SshdMatch
from scanner.model.absent import Absent, Why

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Place:
    """One value and where it stands."""

    value: str
    where: str
    """Empty for the global value, else ``command line`` or the Match criteria with file and line."""


@dataclass(frozen=True, slots=True)
class SshdSetting:
    """All values that one keyword may take on this host."""

    keyword: str
    base: tuple[Place, ...]
    """Outside Match blocks; one value a listener (command lines may differ)."""
    matched: tuple[Place, ...]
    """Inside Match blocks."""
    remark: str
    """Said beside a verdict: the running daemon is older than the files."""
    scope: dict[str, Any] | None
    """What the verdict speaks about when further listeners read other files."""

    @property
    def places(self) -> tuple[Place, ...]:
        """All of them."""
        return self.base + self.matched

    def failing(self, good: Callable[[str], bool]) -> tuple[Place, ...]:
        """Places whose value is not good."""
        return tuple(place for place in self.places if not good(place.value))

    def shown(self, bad: tuple[Place, ...] = ()) -> dict[str, Any]:
        """The observed data: the global value, and the failing Match blocks or command lines."""
        out: dict[str, Any] = {self.keyword: self.base[0].value}
        elsewhere = [{"where": place.where, "value": place.value} for place in bad if place.where]
        if elsewhere:
            out["elsewhere"] = elsewhere[:_SHOWN]
        return out


def sshd_setting(
    keyword: str, sshd: SshdConfig, match: SshdMatch | Absent, daemon: SshdDaemon | Absent, *older: str, unset: str | None = None
) -> SshdSetting | Absent:
    """Gather a setting from all three sources; Absent when one of them cannot be trusted to be whole.

    ``older`` are former names of the keyword; ``unset`` is the value when sshd prints none (lists that are empty).
    The command line beats the files; a Match block beats both.
    """
    if isinstance(match, Absent):
        return match
    if isinstance(daemon, Absent):
        return daemon
    if match.unread:
        return Absent(Why.NOT_ASKED, f"Include {match.unread[0]}")
    if daemon.listeners and not daemon.usual:
        return Absent(Why.NOT_ASKED, f"sshd -f {daemon.other_files[0]}")
    names = (keyword, *older)
    printed = next((sshd.values[name] for name in names if name in sshd.values), None)
    if printed is None:
        if unset is None:
            return Absent(Why.COMMAND_FAILED, f"sshd -T prints no {keyword}")
        printed = (unset,)
    base: list[Place] = []
    for listener in daemon.usual or (None,):
        given = next((value for name, value in listener.options if name in names), None) if listener is not None else None
        if given is not None and given[:1] in ("+", "-", "^"):
            return Absent(Why.NOT_ASKED, f"sshd -o {keyword}={given}"[:200])
        place = Place(" ".join(printed), "") if given is None else Place(given, "command line")
        if place not in base:
            base.append(place)
    found = tuple(Place(item.value, f"Match {item.criteria} ({item.file}:{item.line})") for item in match.settings if item.keyword in names)
    remark = "the running sshd was started before the last change of its files" if daemon.older_than_files else ""
    scope = {"sshd": "/etc/ssh/sshd_config", "not_judged": list(daemon.other_files)} if daemon.other_files else None
    return SshdSetting(keyword, tuple(base), found, remark, scope)


def sshd_seconds(text: str) -> int | None:
    """Seconds of an sshd time (``120``, ``2m``, ``1h30m``); None when it is none."""
    parts = re.findall(r"([0-9]{1,9})([smhdwSMHDW]?)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(int(number) * _UNITS[unit.lower()] for number, unit in parts)
