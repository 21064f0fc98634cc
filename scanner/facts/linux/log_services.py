"""The services that make, keep, ship and time records: whether they run, and whether they start at boot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scanner.facts.fact import Unreadable, fact, sections, whole_number
from scanner.model.absent import Absent
from scanner.model.evidence import Answer, Probe

UNITS = (
    "auditd", "rsyslog", "syslog-ng", "syslogd", "systemd-journald", "systemd-journal-upload", "cron", "crond", "chronyd", "chrony",
    "ntpd", "ntp", "ntpsec", "systemd-timesyncd",
)  # fmt: skip
"""systemd units asked for, without ``.service``."""
AGENTS = (
    "filebeat", "auditbeat", "fluent-bit", "fluentd", "td-agent", "td-agent-bit", "vector", "promtail", "alloy", "nxlog", "splunkd",
    "wazuh-agentd", "wazuh-logcollec", "ossec-logcollec", "ilogtail", "loongcollector", "go-audit", "osqueryd",
)  # fmt: skip
"""Process names (at most 15 characters, as the kernel keeps them) of agents that may ship or collect records."""
_DAEMONS = (
    "auditd", "rsyslogd", "syslog-ng", "syslogd", "systemd-journal", "cron", "crond", "chronyd", "ntpd", "systemd-timesyn",
)  # fmt: skip
_PERSON_UID = 1000

_ASK = r"""
echo '== processes'
for d in /proc/[0-9]*; do
c=; { read -r c <"$d/comm"; } 2>/dev/null
case $c in @NAMES@) ;; *) continue;; esac
[ "$d/ns/pid" -ef /proc/self/ns/pid ] 2>/dev/null || [ ! -r "$d/ns/pid" ] || continue
u=; { while read -r k v w; do [ "$k" = Uid: ] && { u=$v; break; }; done <"$d/status"; } 2>/dev/null
[ "$u" ] && printf '|%s %s\n' "$u" "$c"
done
echo '== manager'
if [ -d /run/systemd/system ]; then echo '|systemd'; else echo '|none'; fi
echo '== container'
if [ -e /run/systemd/container ] || [ -e /.dockerenv ] || [ -e /run/.containerenv ]; then echo '|yes'; else echo '|no'; fi
echo '== units'
[ -d /run/systemd/system ] && systemctl show -p Id,LoadState,ActiveState,UnitFileState,RefuseManualStop @UNITS@ 2>&1 | sed 's/^/|/'
echo '== links'
for f in /etc/rc[2345].d/S* /etc/systemd/system/*.wants/*.service /etc/runlevels/default/*; do [ -e "$f" ] && printf '|%s\n' "$f"; done
exit 0
"""
_NAMES = "|".join((*_DAEMONS, *AGENTS))


@dataclass(frozen=True, slots=True)
class Unit:
    """What systemd says of one unit."""

    loaded: str
    """LoadState: ``loaded``, ``not-found``, ``masked`` …"""
    active: str
    """ActiveState."""
    file_state: str
    """UnitFileState: ``enabled``, ``disabled``, ``static``, ``generated`` …; empty when there is no such file."""
    refuses_stop: bool
    """RefuseManualStop: ``systemctl stop`` is refused."""


@fact(
    Probe(
        "linux.log-services",
        "sh",
        (_ASK.replace("@NAMES@", _NAMES).replace("@UNITS@", " ".join(f"{name}.service" for name in UNITS)),),
    )
)
@dataclass(frozen=True, slots=True)
class LogServices:
    """Logging, audit, cron and clock services of one host."""

    processes: frozenset[str]
    """Names of those that run under root or a system account; a person's process of such a name does not count."""
    units: Mapping[str, Unit]
    """Unit name without ``.service`` to its state; empty when systemd does not run the host."""
    systemd: bool
    container: bool
    """A mark of a container was seen: clock and kernel belong to the machine that carries it."""
    links: frozenset[str]
    """Base names of start links (``S10rsyslog`` gives ``rsyslog``), for hosts without a running systemd."""

    def running(self, unit: str, process: str) -> bool:
        """systemd's word where systemd runs the host, else the process list."""
        if self.systemd:
            known = self.units.get(unit)
            return known is not None and known.active == "active"
        return process in self.processes

    def at_boot(self, unit: str) -> bool:
        """It will start at the next boot."""
        if not self.systemd:
            return unit in self.links
        known = self.units.get(unit)
        if known is None or known.loaded != "loaded":
            return False
        return known.file_state in {"enabled", "static", "alias"} or (known.file_state == "generated" and unit in self.links)

    def agents(self) -> tuple[str, ...]:
        """Shipping agents that run."""
        return tuple(sorted(self.processes & set(AGENTS)))

    @classmethod
    def read(cls, answer: Answer) -> LogServices | Absent:
        """Read the sections."""
        parts = sections(answer)
        systemd = parts["manager"] == ["systemd"]
        units = _units(parts["units"]) if systemd else {}
        if systemd and "systemd-journald" not in units:
            raise Unreadable(f"systemctl show: {(parts['units'] or ['nothing'])[0][:120]}")
        processes = set()
        for line in parts["processes"]:
            uid, _, name = line.partition(" ")
            if whole_number(uid) < _PERSON_UID:
                processes.add(name)
        links = frozenset(map(_stem, parts["links"]))
        return cls(frozenset(processes), MappingProxyType(units), systemd, parts["container"] == ["yes"], links)


def _units(lines: list[str]) -> dict[str, Unit]:
    out: dict[str, Unit] = {}
    block: dict[str, str] = {}
    asked = iter(UNITS)
    for line in [*lines, ""]:
        if line:
            key, mark, value = line.partition("=")
            if not mark:
                raise Unreadable(f"systemctl show: {line[:80]!r}")
            block[key] = value
        elif block:
            # An alias answers under its real name, so the asked name is taken by order as well.
            unit = Unit(block["LoadState"], block["ActiveState"], block.get("UnitFileState", ""), block.get("RefuseManualStop") == "yes")
            out[block["Id"].removesuffix(".service")] = unit
            name = next(asked, None)
            if name is not None:
                out.setdefault(name, unit)
            block = {}
    return out


def _stem(path: str) -> str:
    name = path.rpartition("/")[2].removesuffix(".service")
    if path.startswith("/etc/rc"):
        return name.lstrip("S").lstrip("0123456789")
    return name
