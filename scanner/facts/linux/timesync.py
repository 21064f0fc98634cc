"""The clock: which service steers it, from which sources, and whether it is in step now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scanner.facts.fact import fact, read_files, sections
from scanner.model.absent import Absent
from scanner.model.evidence import Answer, Probe

# chronyc asks over loopback (-h): over its socket it would create a file. It is only called when its daemon runs.
_ASK = r"""
n=
for d in /proc/[0-9]*; do
c=; { read -r c <"$d/comm"; } 2>/dev/null
case $c in chronyd|ntpd) n="$n $c";; esac
done
echo '== chrony'
case $n in *chronyd*) { chronyc -h 127.0.0.1 -n tracking 2>&1; echo "exit $?"; } | sed 's/^/|/';; esac
echo '== ntp'
case $n in *ntpd*) { ntpq -n -c rv 127.0.0.1 2>&1; echo "exit $?"; } | sed 's/^/|/';; esac
echo '== timedate'
[ -d /run/systemd/system ] && { timedatectl show 2>&1; echo "exit $?"; } | sed 's/^/|/'
exit 0
"""
_FILES = (
    "/etc/chrony.conf", "/etc/chrony/chrony.conf", "/etc/chrony.d/*.conf", "/etc/chrony/conf.d/*.conf", "/etc/chrony/sources.d/*.sources",
    "/run/chrony-dhcp/*.sources", "/etc/ntp.conf", "/etc/ntpsec/ntp.conf", "/etc/ntpsec/ntp.d/*.conf",
    "/usr/lib/systemd/timesyncd.conf", "/usr/lib/systemd/timesyncd.conf.d/*.conf", "/run/systemd/timesyncd.conf.d/*.conf",
    "/etc/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf.d/*.conf",
)  # fmt: skip
_SOURCE = re.compile(r"\s*(server|pool|peer|refclock)\s+(\S+)", re.I)


@fact(Probe("linux.clock", "sh", (_ASK,), seconds=15))
@dataclass(frozen=True, slots=True)
class Clock:
    """What the clock services themselves say."""

    chrony: Mapping[str, str] | None
    """Fields of ``chronyc tracking``; None when chronyd does not run or does not answer."""
    ntp: Mapping[str, str] | None
    """Variables of ``ntpq -c rv``; None in the same way."""
    timedate: Mapping[str, str]
    """``timedatectl show``: NTP, NTPSynchronized …; empty where it does not answer."""

    @property
    def in_step(self) -> bool | None:
        """The clock follows its source now; None when no service says so either way."""
        if self.chrony is not None:
            leap = self.chrony.get("Leap status", "")
            if leap:
                return leap != "Not synchronised" and not self.chrony.get("Reference ID", "").startswith(("00000000", "7F7F0101"))
        if self.ntp is not None and "stratum" in self.ntp:
            return self.ntp["stratum"].isdigit() and int(self.ntp["stratum"]) < 16 and "LOCAL" not in self.ntp.get("refid", "")
        said = self.timedate.get("NTPSynchronized")
        return None if said not in ("yes", "no") else said == "yes"

    @classmethod
    def read(cls, answer: Answer) -> Clock | Absent:
        """Read the sections."""
        parts = sections(answer)
        chrony = _fields(parts["chrony"], ":")
        variables = _fields(" ".join(parts["ntp"][:-1]).replace(", ", "\n").split("\n") + parts["ntp"][-1:], "=")
        return cls(chrony, variables, _fields(parts["timedate"], "=") or MappingProxyType({}))


def _fields(lines: list[str], mark: str) -> Mapping[str, str] | None:
    """Fields of an answer that ended well; None when it did not or was never asked."""
    if not lines or lines[-1] != "exit 0":
        return None
    pairs = (line.partition(mark) for line in lines[:-1])
    return MappingProxyType({key.strip(): value.strip() for key, found, value in pairs if found})


@fact(Probe("linux.clock-files", "files", _FILES, root=True))
@dataclass(frozen=True, slots=True)
class ClockFiles:
    """Sources named in configuration files, by service."""

    chrony: tuple[str, ...]
    ntp: tuple[str, ...]
    timesyncd: tuple[str, ...]

    @classmethod
    def read(cls, answer: Answer) -> ClockFiles | Absent:
        """Read all files."""
        files = read_files(answer)
        if files.hindrance is not None:
            return files.hindrance
        found: dict[str, list[str]] = {"chrony": [], "ntp": [], "timesyncd": []}
        for path, item in files.texts.items():
            for line in item.lines:
                if "chrony" in path and (source := _SOURCE.match(line)):
                    found["chrony"].append(source[2])
                elif path.startswith("/etc/ntp") and (source := _SOURCE.match(line)) and not source[2].startswith("127.127.1."):
                    found["ntp"].append(source[2])
                elif "timesyncd" in path and (named := re.match(r"\s*NTP\s*=\s*(.*\S)", line)):
                    found["timesyncd"] += named[1].split()
        return cls(tuple(found["chrony"]), tuple(found["ntp"]), tuple(found["timesyncd"]))
