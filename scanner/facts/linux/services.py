"""What runs and what starts: systemd units, System V and OpenRC links, inetd entries, process names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.facts.linux.unit_files import ON_DISK
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

# /run/systemd/system is how systemd itself says that it is the init; `systemctl` in a container knows nothing.
_ASK = """
echo '== init'
IFS= read -r c 2>/dev/null </proc/1/comm && printf '|%s\\n' "$c"
if [ -d /run/systemd/system ]; then
  echo '|systemd-booted'
  echo '== unit-files'
  { systemctl list-unit-files --no-legend --no-pager --full; echo "rc=$?"; } | sed 's/^/|/'
  echo '== units'
  { systemctl list-units --all --plain --no-legend --no-pager --full; echo "rc=$?"; } | sed 's/^/|/'
elif command -v systemctl >/dev/null 2>&1; then
  echo '== unit-files-on-disk'
  @ON_DISK@
fi
echo '== boot-dirs'
for d in /etc/rc[2-5].d /etc/rc.d/rc[2-5].d /etc/runlevels; do [ -d "$d" ] && [ -r "$d" ] && printf '|%s\\n' "$d"; done
echo '== boot'
for f in /etc/rc[S2-5].d/S* /etc/rc.d/rc[2-5].d/S* /etc/runlevels/*/*; do [ -e "$f" ] && printf '|%s\\n' "$f"; done
echo '== inetd'
set --
for f in /etc/inetd.conf /etc/inetd.d/* /etc/xinetd.d/*; do [ -f "$f" ] && set -- "$@" "$f"; done
[ $# = 0 ] || grep -sH '^[^#]' "$@" | sed 's/^/|/'
echo '== processes'
for p in /proc/[0-9]*; do IFS= read -r c <"$p/comm" && printf '|%s %s\\n' "${p#/proc/}" "$c"; done 2>/dev/null
exit 0
""".replace("@ON_DISK@", ON_DISK.strip())

RUNNING = frozenset({"active", "activating", "reloading"})
_AT_BOOT = frozenset({"enabled", "enabled-runtime"})
_STARTERS = ("service", "socket", "path", "timer", "automount")


@dataclass(frozen=True, slots=True)
class Use:
    """Whether something called by one of several names is in use."""

    running: tuple[str, ...]
    """Units, processes and inetd entries that are active now."""
    at_boot: tuple[str, ...]
    """Units and start links that will start it again."""
    installed: tuple[str, ...]
    """Units of these names that exist at all, with their state."""

    @property
    def any(self) -> bool:
        """Whether it runs now or starts at boot."""
        return len(self.running) > 0 or len(self.at_boot) > 0

    def shown(self) -> dict[str, list[str]]:
        """For a verdict's ``observed``."""
        return {"running": list(self.running[:20]), "at_boot": list(self.at_boot[:20]), "installed": list(self.installed[:20])}


@fact(Probe("linux.services", "sh", (_ASK,), seconds=20, max_bytes=1_000_000))
@dataclass(frozen=True, slots=True)
class Services:
    """Services by every way in which a Linux host starts them."""

    init: str
    """``systemd`` when systemd runs the host, else the name of process 1 (empty when it cannot be seen)."""
    unit_files: Mapping[str, str]
    """Unit to its state: enabled, disabled, static, masked, generated …; read from disk where systemd is installed but does not run."""
    units: Mapping[str, str]
    """Loaded unit to its activity: active, inactive, failed …"""
    processes: frozenset[str]
    """Names of processes, as the kernel shortens them (15 characters)."""
    boot_links: frozenset[str]
    """Names that System V or OpenRC start links carry."""
    inetd: frozenset[str]
    """Services that inetd or xinetd offers."""
    boot_known: bool
    """Whether it is known what starts at boot: systemd runs, or an init that obeys start links and the links could be listed."""

    def use(self, stems: Iterable[str], processes: Iterable[str] = (), inetd: Iterable[str] = ()) -> Use:
        """Whether any unit ``STEM.service|socket|path|timer|automount``, start link STEM, process or inetd entry is in use."""
        wanted = set(stems)
        running = [unit for unit, state in self.units.items() if state in RUNNING and _stem(unit) in wanted]
        running += [f"process {name}" for name in processes if name[:15] in self.processes]
        running += [f"inetd {name}" for name in inetd if name in self.inetd and {"inetd", "xinetd"} & self.processes]
        at_boot = [unit for unit, state in self.unit_files.items() if state in _AT_BOOT and _stem(unit) in wanted]
        masked = {_stem(unit) for unit, state in self.unit_files.items() if state.startswith("masked")}
        at_boot += [f"start link {name}" for name in sorted(wanted & (self.boot_links - masked)) if self._link_counts(name)]
        installed = [f"{unit} {state}" for unit, state in self.unit_files.items() if _stem(unit) in wanted]
        return Use(tuple(sorted(running)), tuple(sorted(at_boot)), tuple(sorted(installed)))

    def _link_counts(self, name: str) -> bool:
        # systemd ignores a start link when a native unit of that name exists.
        return self.init != "systemd" or self.unit_files.get(f"{name}.service", "generated") == "generated"

    def enabled(self, unit: str) -> bool:
        """Whether this very unit starts at boot."""
        return self.unit_files.get(unit) in _AT_BOOT

    def active(self, unit: str) -> bool:
        """Whether this very unit is active."""
        return self.units.get(unit) in RUNNING

    @classmethod
    def read(cls, answer: Answer) -> Services | Absent:
        """Read the sections. Absent(no-permission) when other users' processes are hidden from us."""
        found = sections(answer)
        if answer.exit != 0 or "processes" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        processes = dict(line.partition(" ")[::2] for line in found["processes"])
        if not all(pid.isascii() and pid.isdigit() for pid in processes):
            raise Unreadable("a process without a number")
        if "1" not in processes:
            return Absent(Why.NO_PERMISSION, "/proc/1")
        booted = "systemd-booted" in found["init"][1:] or found["init"] == ["systemd-booted"]
        unit_files = _table(found.get("unit-files"), 0, 1) if booted else _on_disk(found.get("unit-files-on-disk"))
        units = _table(found.get("units"), 0, 2) if booted else {}
        if isinstance(unit_files, Absent):
            return unit_files
        if isinstance(units, Absent):
            return units
        return cls(
            init="systemd" if booted else found["init"][0] if found["init"] else "",
            unit_files=unit_files,
            units=units,
            processes=frozenset(processes.values()),
            boot_links=frozenset(_link_name(path) for path in found["boot"]),
            inetd=frozenset(_inetd(found["inetd"])),
            boot_known=booted or (found["init"][:1] == ["init"] and len(found["boot-dirs"]) > 0),
        )


def _stem(unit: str) -> str:
    name, _, kind = unit.rpartition(".")
    return name.partition("@")[0] if kind in _STARTERS else ""


def _table(lines: list[str] | None, key: int, value: int) -> dict[str, str] | Absent:
    """Rows of systemctl with its exit status in the last line."""
    if not lines or not lines[-1].startswith("rc="):
        raise Unreadable("systemctl gave no exit status")
    if lines[-1] != "rc=0":
        return Absent(Why.COMMAND_FAILED, f"systemctl {lines[-1]}")
    out: dict[str, str] = {}
    for line in lines[:-1]:
        words = line.split()
        if len(words) <= value or "." not in words[key]:
            raise Unreadable(f"not a unit: {line[:60]!r}")
        out[words[key]] = words[value]
    if not out:
        raise Unreadable("systemctl listed nothing")
    return out


def _on_disk(lines: list[str] | None) -> dict[str, str] | Absent:
    """Unit files where systemd does not run; nothing where there are none."""
    return _table(lines, 0, 1) if lines and lines[-1] == "rc=0" and len(lines) > 1 else {}


def _link_name(path: str) -> str:
    name = path.rpartition("/")[2]
    return name[3:] if name[:1] == "S" and name[1:3].isdigit() else name


def _inetd(lines: list[str]) -> Iterable[str]:
    """Services offered: the first word of inetd.conf lines; xinetd files whose ``disable`` is not yes."""
    xinetd: dict[str, dict[str, str]] = {}
    for line in lines:
        path, _, text = line.partition(":")
        if "/xinetd.d/" not in path:
            if text.split():
                yield text.split()[0]
            continue
        name, equals, value = text.partition("=")
        entry = xinetd.setdefault(path, {})
        words = text.split()
        if equals:
            entry[name.strip()] = value.strip()
        elif len(words) >= 2 and words[0] == "service":
            entry["service"] = words[1]
    for path, entry in xinetd.items():
        if entry.get("disable", "no") != "yes":
            yield entry.get("service", path.rpartition("/")[2])
