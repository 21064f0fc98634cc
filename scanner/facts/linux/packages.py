"""Installed packages, security versions that the local lists offer, and whether package signatures are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scanner.facts.fact import Unreadable, fact, sections, whole_number
from scanner.facts.linux.versions import newer
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# Not `apt-get -s`: it writes /var/log/apt/eipp.log.xz and temporary files even when it only simulates.
# apt need not ask dpkg for its architectures: a made-up one saves two processes at every start of an apt tool.
# The lists themselves are read, on the target, and only versions that differ from the installed ones come back.
_ASK = """
echo '== now'; echo "|$(date +%s)"
if [ -e /var/lib/dpkg/status ] && command -v dpkg-query >/dev/null 2>&1; then
  set -- /var/lib/apt/lists/*security*_Packages*; [ -e "$1" ] || set -- /var/lib/apt/lists/*_Packages*
  echo '== lists'; for f; do [ -f "$f" ] && printf '|%s\\n' "${f##*/}"; done
  echo '== dpkg'
  { dpkg-query -W -f '${Status}\\t${Package}\\t${Architecture}\\t${Version}\\n'; echo "rc=$?"; echo
    { for f; do shift; case $f in
      *'*'*) ;;
      *_Packages) cat "$f"; echo;;
      *) set -- "$@" "$f";; esac; done
    [ $# = 0 ] || /usr/lib/apt/apt-helper -o APT::Architectures=none cat-file "$@" || echo 'Package: !'; echo
    } | grep -aE '^(Package|Architecture|Version): |^$'; } | awk '
    function flush(  k) { k = p " " a; if (k in v && v[k] != n) print "|" k " " v[k] " " n; p = a = n = "" }
    !lists {
      if ($0 == "") { lists = 1; print "== offered"; next }
      print "|" $0; split($0, f, "\\t"); if (f[1] ~ / installed$/) v[f[2] " " f[3]] = f[4]
      next
    }
    /^Package: / { if (p != "") flush(); p = substr($0, 10); if (p == "!") print "|unreadable" }
    /^Architecture: / { a = substr($0, 15) }
    /^Version: / { n = substr($0, 10) }
    /^$/ { flush() }'
  echo '== releases'
  set --; for f in /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Release; do [ -f "$f" ] && set -- "$@" "$f"; done
  [ $# = 0 ] || awk 'BEGIN {
    for (i = 1; i < ARGC; i++) {
      f = ARGV[i]; n = 0
      while (n++ < 40 && (getline s < f) > 0) if (s ~ /^Date: /) { sub(/.*\\//, "", f); print "|" f "\\t" substr(s, 7); break }
      close(ARGV[i])
    }
  }' "$@"
  echo '== apt'; apt-config -o APT::Architectures=none dump 2>/dev/null |
    awk 'tolower($0) ~ /^(apt::get::allowunauthenticated|acquire::allow[a-z]*|apt::periodic::[a-z-]*) / { print "|" $0 }'
  echo '== trusted'
  set -- /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources
  grep -sliE '^[^#]*(trusted|allow-(insecure|weak|downgrade-to-insecure)) *[:=] *(yes|true|with|on|enable|1)' "$@" |
    sed 's/^/|/'
elif command -v rpm >/dev/null 2>&1; then
  echo '== rpm'; { rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\\n'; echo "rc=$?"; } | sed 's/^/|/'
  echo '== gpgcheck'
  set -- /etc/yum.conf /etc/dnf/dnf.conf /etc/yum.repos.d/*.repo /etc/yum/repos.d/*.repo /etc/distro.repos.d/*.repo \
   /etc/zypp/zypp.conf /etc/zypp/repos.d/*.repo
  grep -sHiE '^ *(\\[|(local|repo_)?(pkg_)?gpgcheck *=|enabled *=)' "$@" |
    sed 's/^/|/'
elif command -v apk >/dev/null 2>&1; then
  echo '== apk'; { apk info -v 2>/dev/null; echo "rc=$?"; } | sed 's/^/|/'
fi
exit 0
"""


@dataclass(frozen=True, slots=True)
class Pending:
    """A package for which the lists offer a later version."""

    name: str
    installed: str
    offered: str


@dataclass(frozen=True, slots=True)
class Lists:
    """What the local package lists of apt say."""

    security: bool
    """Whether they come from a security suite; False: only ordinary suites are there (or none)."""
    count: int
    """How many lists there are."""
    pending: tuple[Pending, ...]
    released: int | None
    """UTC seconds at which the newest of these lists was published by its server; None when no list says so."""


@fact(Probe("linux.packages", "sh", (_ASK,), seconds=40, max_bytes=2_000_000))
@dataclass(frozen=True, slots=True)
class Packages:
    """The package database."""

    manager: str
    """``dpkg``, ``rpm`` or ``apk``."""
    installed: Mapping[str, str]
    """Name to version (of several: the last)."""
    now: int
    """The target's clock, UTC seconds."""
    lists: Lists | Absent
    """apt's lists; absent for other managers."""
    apt: Mapping[str, str]
    """Effective apt settings about signatures and periodic work: lower-case name to value."""
    trusted_sources: tuple[str, ...]
    """Source files that switch signature checks off."""
    gpgcheck: tuple[tuple[str, str, str, str], ...]
    """rpm: file, section, key, value."""

    def has(self, *names: str) -> list[str]:
        """Which of these packages are installed."""
        return [name for name in names if name in self.installed]

    @classmethod
    def read(cls, answer: Answer) -> Packages | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        manager = next((name for name in ("dpkg", "rpm", "apk") if name in found), None)
        if manager is None:
            return Absent(Why.COMMAND_MISSING, "dpkg-query, rpm, apk")
        lines = found[manager]
        if not lines or not lines[-1].startswith("rc="):
            raise Unreadable(f"{manager} gave no exit status")
        if lines[-1] != "rc=0":
            return Absent(Why.COMMAND_FAILED, f"{manager} {lines[-1]} {answer.complaint}")
        installed = dict(pair for line in lines[:-1] if (pair := _installed(manager, line)) is not None)
        if not installed:
            raise Unreadable(f"{manager} lists no package at all")
        now = whole_number("".join(found["now"]), 12)
        lists = _lists(found) if manager == "dpkg" else Absent(Why.COMMAND_MISSING, "apt")
        trusted = tuple(found.get("trusted", []))
        return cls(manager, installed, now, lists, _settings(found.get("apt", [])), trusted, _gpgcheck(found.get("gpgcheck", [])))


def _installed(manager: str, line: str) -> tuple[str, str] | None:
    if manager == "dpkg":
        status, name, _, version = line.split("\t")
        return (name, version) if status.endswith(" installed") else None
    if manager == "rpm":
        name, version = line.split(" ")
        return name, version
    name, _, rest = line.rpartition("-")
    name, _, version = name.rpartition("-")
    return name, f"{version}-{rest}"


def _lists(found: Mapping[str, list[str]]) -> Lists | Absent:
    names = found["lists"]
    if "unreadable" in found["offered"]:
        return Absent(Why.COMMAND_FAILED, "apt-helper cat-file")
    best: dict[str, Pending] = {}
    for line in found["offered"]:
        name, _, installed, offered = line.split(" ")
        if newer(offered, installed) and (name not in best or newer(offered, best[name].offered)):
            best[name] = Pending(name, installed, offered)
    security = any("security" in name for name in names)
    dates = [_date(text) for name, _, text in (line.partition("\t") for line in found["releases"]) if "security" in name or not security]
    pending = tuple(best[name] for name in sorted(best))
    return Lists(security, len(names), pending, max((d for d in dates if d is not None), default=None))


_ZONES = {"UTC", "GMT", "Z", "+0000"}


def _date(text: str) -> int | None:
    """``Sat, 21 Nov 2026 00:53:02 UTC`` in UTC seconds, None when it is written otherwise."""
    words = text.split()
    if len(words) != 6 or words[5] not in _ZONES:
        return None
    try:
        return int(datetime.strptime(" ".join([*words[1:5], "+0000"]), "%d %b %Y %H:%M:%S %z").timestamp())
    except ValueError:
        return None


def _settings(lines: list[str]) -> dict[str, str]:
    out = {}
    for line in lines:
        name, _, value = line.partition(" ")
        out[name.lower()] = value.rstrip(";").strip('"')
    return out


def _gpgcheck(lines: list[str]) -> tuple[tuple[str, str, str, str], ...]:
    out, section, last = [], "", ""
    for line in lines:
        path, _, text = line.partition(":")
        if path != last:
            section, last = "", path
        text = text.strip()
        if text.startswith("["):
            section = text.strip("[]")
        else:
            key, _, value = text.partition("=")
            out.append((path, section, key.strip().lower(), value.strip().lower()))
    return tuple(out)
