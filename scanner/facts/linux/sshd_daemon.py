"""The sshd that runs: its command line, which beats its files, and whether it is older than they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections, whole_number
from scanner.facts.linux.sshd_match import MAIN
from scanner.model.absent import Absent
from scanner.model.evidence import Answer, Probe

# Builtins alone walk /proc; only a listening sshd costs a fork. /proc/stat is long, and `read` takes it byte by byte. A container's sshd is not this host's.
_ASK = r"""
echo '== processes'
for d in /proc/[0-9]*; do
c=; read -r c <"$d/comm"
[ "$c" = sshd ] || continue
[ "$d/ns/pid" -ef /proc/self/ns/pid ] 2>/dev/null || continue
a=; { IFS= read -r a <"$d/cmdline"; } 2>/dev/null
case $a in *'[listener]'*) ;; 'sshd: '*) continue;; esac
u=; { while read -r k v w; do [ "$k" = Uid: ] && { u=$v; break; }; done <"$d/status"; } 2>/dev/null
s=; { read -r s <"$d/stat"; } 2>/dev/null
set -- ${s##*) }
[ $# -ge 20 ] && [ "$u" ] || continue
shift 19
a=$(tr '\000\n\r' '   ' <"$d/cmdline" 2>/dev/null)
printf '|%s %s %s\n' "$u" "$1" "$a"
done 2>/dev/null
echo '== boot'
sed -n 's/^btime /|/p' /proc/stat
echo '== files'
stat -c '|%Y %n' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf 2>/dev/null
exit 0
"""
_TICKS = 100
"""Clock ticks a second in /proc/PID/stat: the kernel's interface constant on every platform that is scanned."""
_OTHER_FILE = re.compile(r"(?<=\s)-[DdeiqtT46]*f\s*(\S+)")
_OPTION = re.compile(r"(?<=\s)-[DdeiqtT46]*o\s*([A-Za-z0-9]+)(?:=|\s)(\S+)")
_ANY_OPTION = re.compile(r"(?<=\s)-[DdeiqtT46]*o")
_GRACE = re.compile(r"(?<=\s)-[DdeiqtT46]*g\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening sshd."""

    started: int
    """Seconds since 1970."""
    file: str | None
    """Value of ``-f`` when it reads another file than the usual one."""
    options: tuple[tuple[str, str], ...]
    """Settings given on the command line: keyword in lower case, value."""


@fact(Probe("linux.sshd-daemon", "sh", (_ASK,), root=True))
@dataclass(frozen=True, slots=True)
class SshdDaemon:
    """Listening sshd processes of this host and the age of the usual configuration files."""

    listeners: tuple[Listener, ...]
    newest_file: int | None
    """Modification time of the newest configuration file, seconds since 1970; None when none was seen."""

    @property
    def usual(self) -> tuple[Listener, ...]:
        """Listeners that read the usual file."""
        return tuple(item for item in self.listeners if item.file is None)

    @property
    def other_files(self) -> tuple[str, ...]:
        """Configuration files of further listeners."""
        return tuple(sorted({item.file for item in self.listeners if item.file is not None}))

    @property
    def older_than_files(self) -> bool:
        """A listener was started before the newest change of the files; a reload since then cannot be seen."""
        return self.newest_file is not None and any(item.started < self.newest_file for item in self.usual)

    @classmethod
    def read(cls, answer: Answer) -> SshdDaemon | Absent:
        """Read the three sections."""
        parts = sections(answer)
        boot = parts["boot"]
        if len(boot) != 1:
            raise Unreadable("no boot time")
        booted = whole_number(boot[0])
        listeners = []
        for line in parts["processes"]:
            uid, ticks, command = (line + "  ").split(" ", 2)
            command = command.strip()
            # Sessions show as "sshd: user …"; only the listener's title says so or keeps its command line.
            if whole_number(uid) == 0 and command and ("[listener]" in command or not command.startswith("sshd:")):
                listeners.append(_listener(booted + whole_number(ticks) // _TICKS, command))
        times = [whole_number(line.partition(" ")[0]) for line in parts["files"]]
        return cls(tuple(listeners), max(times) if times else None)


def _listener(started: int, command: str) -> Listener:
    command = command.partition("[listener]")[0]
    options = [(key.lower(), value) for key, value in _OPTION.findall(command)]
    if len(options) != len(_ANY_OPTION.findall(command)):
        raise Unreadable(f"options of the running sshd: {command[:120]!r}")
    options += [("logingracetime", value) for value in _GRACE.findall(command)]
    files = [path for path in _OTHER_FILE.findall(command) if path not in MAIN]
    return Listener(started, files[0] if files else None, tuple(options))
