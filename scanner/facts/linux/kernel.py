"""The kernel: modules, what modprobe may load, access control modules, boot trust, radios."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

MODULES = (
    "bluetooth", "can", "cramfs", "dccp", "firewire-core", "freevxfs", "hfs", "hfsplus", "jffs2", "rds", "sctp", "squashfs", "tipc",
    "uas", "udf", "usb-storage",
)  # fmt: skip
"""Modules whose presence inside the kernel image is looked up."""

_ASK = f"""
set --; for f in /proc/modules /proc/filesystems /proc/net/protocols; do [ -r $f ] && set -- "$@" $f; done
awk 'BEGIN {{ print "== modules" }}
FILENAME == "/proc/modules" {{ print "|" $1; next }}
!p++ {{ print "== present" }}
{{ print "|" (FILENAME == "/proc/filesystems" ? $NF : $1) }}' "$@"
for d in /sys/bus/usb/drivers/*; do [ -d "$d" ] && printf '|%s\\n' "${{d##*/}}"; done
[ -d /sys/class/bluetooth ] && echo '|bluetooth'; [ -d /sys/bus/firewire ] && echo '|firewire_core'
echo '== builtin'
IFS= read -r f </proc/sys/kernel/osrelease; f=/lib/modules/$f/modules.builtin
[ -r "$f" ] && sed -nE '/\\/({"|".join(MODULES)})\\.ko/{{y/-/_/;s/^/|/p;}}' "$f"
set --
echo '== files'
for f in /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/local/lib/modprobe.d/*.conf \
 /usr/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf; do
  if [ -f "$f" ]; then if [ -r "$f" ]; then echo "|F $f"; set -- "$@" "$f"; else echo "|D $f"; fi
  elif [ -c "$f" ]; then echo "|0 $f"; fi
done
echo '== lines'
[ $# -gt 0 ] && grep -HE '^[[:space:]]*(install|blacklist)[[:space:]]' "$@" | sed 's/^/|/'
echo '== radios'
for d in /sys/class/net/*; do
  if [ -d "$d/wireless" ] || [ -d "$d/phy80211" ]; then
    s=; IFS= read -r s 2>/dev/null <"$d/operstate"; printf '|wireless %s %s\\n' "${{d##*/}}" "$s"
  fi
done
for d in /sys/class/bluetooth/hci*; do [ -e "$d" ] && printf '|bluetooth %s -\\n' "${{d##*/}}"; done
echo '== usb'
for d in /sys/bus/usb/drivers/usb-storage/*:* /sys/bus/usb/drivers/uas/*:*; do [ -e "$d" ] && printf '|%s\\n' "${{d##*/}}"; done
say() {{ [ -r "$2" ] && IFS= read -r v 2>/dev/null <"$2" && printf '|%s %s\\n' "$1" "$v"; }}
echo '== trust'
say lsm /sys/kernel/security/lsm
say selinux /sys/fs/selinux/enforce
say apparmor /sys/module/apparmor/parameters/enabled
say lockdown /sys/kernel/security/lockdown
say sig_enforce /sys/module/module/parameters/sig_enforce
say ima /sys/kernel/security/ima/runtime_measurements_count
[ -d /sys/kernel/security/integrity/evm ] && echo '|evm present'
[ -d /sys/firmware/efi ] && echo '|efi yes'
[ -d /sys/firmware/efi ] &&
  for f in /sys/firmware/efi/efivars/SecureBoot-*; do [ -r "$f" ] && printf '|secureboot %s\\n' $(od -An -tu1 "$f"); done | tail -n 1
for d in /sys/class/tpm/tpm*; do [ -e "$d" ] && printf '|tpm %s\\n' "${{d##*/}}"; done
l=; [ -r /proc/cmdline ] && IFS= read -r l </proc/cmdline
case $l in *ima_*|*lockdown*|*sig_enforce*|*selinux*|*enforcing*|*apparmor*|*security*|*lsm*)
  grep -soE '(ima_policy|ima_appraise|lockdown|module.sig_enforce|selinux|enforcing|apparmor|security|lsm)=[a-z0-9_,|-]*' /proc/cmdline |
    sed 's/^/|cmdline /';;
esac
echo '== selinux-config'; [ -r /etc/selinux/config ] && sed -nE 's/^SELINUX(TYPE)?=/|&/p' /etc/selinux/config
echo '== apparmor-profiles'
f=/sys/kernel/security/apparmor/profiles
if [ -r $f ]; then sed 's/.*(\\([a-z]*\\))$/\\1/' $f | sort | uniq -c | sed 's/^ */|/'; elif [ -e $f ]; then echo '|unreadable'; fi
exit 0
"""

_DIRECTORIES = ("/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d")
_DEAD = frozenset(f"{folder}{name}" for folder in ("", "/bin/", "/usr/bin/") for name in ("true", "false"))


@dataclass(frozen=True, slots=True)
class Ban:
    """What stands in the way of a module."""

    dead_install: bool
    """Every ``install`` line for it runs true or false, and there is one."""
    blacklisted: bool
    """Not loaded by itself; modprobe and dependencies still load it."""
    builtin: bool
    """Part of the kernel image: no line helps."""
    loaded: bool
    """In the kernel now, as a module or otherwise."""


@fact(Probe("linux.kernel", "sh", (_ASK,), max_bytes=500_000))
@dataclass(frozen=True, slots=True)
class Kernel:
    """Kernel facts."""

    loaded: frozenset[str]
    """Names, with underscores, of loaded modules and of file systems, protocols and USB drivers that the kernel has at hand."""
    builtin: frozenset[str]
    """Those of MODULES that are inside the kernel image."""
    install: Mapping[str, tuple[str, ...]]
    """Module to the commands of its ``install`` lines."""
    blacklist: frozenset[str]
    hidden: tuple[str, ...]
    """modprobe files that may not be read."""
    wireless: tuple[str, ...]
    """Wireless network interfaces, with their state."""
    bluetooth: tuple[str, ...]
    usb_storage: tuple[str, ...]
    """USB mass storage that is plugged in now."""
    trust: Mapping[str, str]
    """lsm, selinux, apparmor, lockdown, sig_enforce, ima, evm, efi, secureboot (0 or 1), tpm, and words of the command line."""
    selinux_config: Mapping[str, str]
    """SELINUX and SELINUXTYPE of /etc/selinux/config: what the next start will use."""
    apparmor_profiles: Mapping[str, int] | None
    """Number of profiles by mode; None when they may not be listed."""

    def ban(self, module: str) -> Ban:
        """What stands in the way of a module; dashes and underscores are the same."""
        name = module.replace("-", "_")
        commands = self.install.get(name, ())
        dead = len(commands) > 0 and all(command in _DEAD for command in commands)
        return Ban(dead, name in self.blacklist, name in self.builtin, name in self.loaded)

    @classmethod
    def read(cls, answer: Answer) -> Kernel | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0 or "apparmor-profiles" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        install, blacklist = _modprobe(found["files"], found["lines"])
        present = {line.lower().replace("-", "_") for line in found["present"]}
        present |= {"freevxfs"} & {name.replace("vxfs", "freevxfs") for name in present}
        if not present:
            raise Unreadable("no file system at all")
        trust: dict[str, str] = {}
        for line in found["trust"]:
            key, _, value = line.partition(" ")
            trust[key] = f"{trust[key]} {value}" if key in trust else value
        profiles = found["apparmor-profiles"]
        return cls(
            loaded=frozenset({line.replace("-", "_") for line in found["modules"]} | present),
            builtin=frozenset(line.rpartition("/")[2].partition(".")[0] for line in found["builtin"]),
            install=install,
            blacklist=frozenset(blacklist),
            hidden=tuple(line[2:] for line in found["files"] if line.startswith("D ")),
            wireless=tuple(line.partition(" ")[2] for line in found["radios"] if line.startswith("wireless ")),
            bluetooth=tuple(line.split(" ")[1] for line in found["radios"] if line.startswith("bluetooth ")),
            usb_storage=tuple(found["usb"]),
            trust=trust,
            selinux_config=dict(_pair(line) for line in found["selinux-config"]),
            apparmor_profiles=None if profiles == ["unreadable"] else {m: int(n) for n, _, m in (p.partition(" ") for p in profiles)},
        )


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key, value.strip()


def _modprobe(files: list[str], lines: list[str]) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """Install commands and blacklist; a file hides one of the same name in a later directory."""
    present = [line[2:] for line in files if line[:2] in ("F ", "0 ", "D ")]
    chosen: dict[str, str] = {}
    for directory in _DIRECTORIES:
        for path in present:
            folder, _, base = path.rpartition("/")
            if folder == directory:
                chosen.setdefault(base, path)
    install: dict[str, tuple[str, ...]] = {}
    blacklist: set[str] = set()
    for line in lines:
        owner = max((p for p in present if line.startswith(f"{p}:")), key=len, default=None)
        if owner is None:
            raise Unreadable(f"line of no file: {line[:60]!r}")
        if chosen[owner.rpartition("/")[2]] != owner:
            continue
        words = re.findall(r"[^ \t\r]+", line[len(owner) + 1 :])
        name = words[1].replace("-", "_") if len(words) > 1 else ""
        if words[0] == "install":
            install[name] = (*install.get(name, ()), " ".join(words[2:]))
        else:
            blacklist.add(name)
    return install, blacklist
