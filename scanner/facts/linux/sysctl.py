"""Kernel settings as they run, and as they will be after a restart."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.facts.fact import Unreadable, fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

KEYS: tuple[str, ...] = (
    "fs.protected_fifos", "fs.protected_hardlinks", "fs.protected_regular", "fs.protected_symlinks", "fs.suid_dumpable",
    "kernel.core_pattern", "kernel.dmesg_restrict", "kernel.kexec_load_disabled", "kernel.kptr_restrict", "kernel.perf_event_paranoid",
    "kernel.randomize_va_space", "kernel.sysrq", "kernel.unprivileged_bpf_disabled", "kernel.yama.ptrace_scope",
    "net.core.bpf_jit_harden", "net.ipv4.icmp_echo_ignore_broadcasts", "net.ipv4.icmp_ignore_bogus_error_responses",
    "net.ipv4.ip_forward", "net.ipv4.tcp_syncookies",
)  # fmt: skip
"""Single keys that are read; those of network interfaces are read by pattern."""

_PER_INTERFACE = {
    "ipv4": ("accept_redirects", "accept_source_route", "forwarding", "log_martians", "rp_filter", "secure_redirects", "send_redirects"),
    "ipv6": ("accept_ra", "accept_redirects", "accept_source_route", "disable_ipv6", "forwarding"),
}
_PATHS = " ".join(
    ["/proc/sys/" + key.replace(".", "/") for key in KEYS]
    + [f"/proc/sys/net/{family}/conf/*/{name}" for family, names in _PER_INTERFACE.items() for name in names]
)
# /dev/null in place of a file masks the vendor's file of that name; a shell test tells it from one that may not be read.
_ASK = f"""
echo '== running'; grep -sH '' {_PATHS} | sed 's/^/|/'
echo '== unreadable'; for f in {_PATHS}; do [ -e "$f" ] && [ ! -r "$f" ] && printf '|%s\\n' "$f"; done
echo '== init'; [ -d /run/systemd/system ] && echo '|systemd'
set --
echo '== files'
for f in /etc/sysctl.d /run/sysctl.d /usr/local/lib/sysctl.d /usr/lib/sysctl.d; do [ -d "$f" ] && [ ! -r "$f" ] && echo "|D $f"; done
for f in /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /lib/sysctl.d/*.conf \
 /etc/sysctl.conf /etc/ufw/ufw.conf /etc/default/ufw /etc/ufw/sysctl.conf; do
  if [ -f "$f" ]; then if [ -r "$f" ]; then echo "|F $f"; set -- "$@" "$f"; else echo "|D $f"; fi
  elif [ -c "$f" ]; then echo "|0 $f"
  elif [ -e "$f" ]; then echo "|D $f"; fi
done
echo '== lines'; [ $# -gt 0 ] && grep -H '^[[:space:]]*[^#;[:space:]]' "$@" | sed 's/^/|/'
exit 0
"""

BLANK = " \t\r\n"
"""What the boot strips; Python's own idea of white space is wider."""
_DIRECTORIES = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the files say about one key."""

    value: str | None
    """The value that will be set at boot; None when no file sets it."""
    source: str = ""
    """The file that wins."""


@fact(Probe("linux.sysctl", "sh", (_ASK,), max_bytes=500_000))
@dataclass(frozen=True, slots=True)
class Sysctl:
    """Kernel settings: ``running`` from /proc/sys, ``after_restart`` from the files in the order the boot reads them."""

    running: Mapping[str, str]
    """Key with dots to its value now. Interface names keep their dots as slashes: ``net.ipv4.conf.eth0/7.rp_filter``."""
    unreadable: frozenset[str]
    """Keys that exist but may not be read."""
    assignments: tuple[tuple[str, str | None, str], ...]
    """Assignments in the order of the boot: key with slashes (may be a glob), value (None: leave it alone), file."""
    hidden: tuple[str, ...]
    """Settings files that may not be read: then nothing can be said about the next start."""

    def value(self, key: str) -> str | Absent:
        """The running value, or why there is none. Not-present means that the kernel positively lacks the key."""
        if key in self.running:
            return self.running[key]
        return Absent(Why.NO_PERMISSION if key in self.unreadable else Why.NOT_PRESENT, key)

    def after_restart(self, key: str) -> Setting | Absent:
        """What the files will set: an explicit key beats any glob, and of equals the last one wins."""
        if self.hidden:
            return Absent(Why.NO_PERMISSION, self.hidden[0])
        path = _path(key)
        explicit = [(value, source) for name, value, source in self.assignments if name == path]
        if explicit:
            return Setting(*explicit[-1])
        globbed = [(value, source) for name, value, source in self.assignments if value is not None and _matches(name, path)]
        return Setting(*globbed[-1]) if globbed else Setting(None)

    def interfaces(self, family: str) -> list[str]:
        """Names of network interfaces with settings of ``ipv4`` or ``ipv6``, without all, default and lo."""
        prefix = f"net.{family}.conf."
        names = {key[len(prefix) :].rpartition(".")[0] for key in self.running if key.startswith(prefix)}
        return sorted(names - {"all", "default", "lo"})

    @classmethod
    def read(cls, answer: Answer) -> Sysctl | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0 or "lines" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        running: dict[str, str] = {}
        for line in found["running"]:
            path, colon, value = line.rpartition(":") if line.startswith("/proc/sys/net/") else line.partition(":")
            if not colon or not path.startswith("/proc/sys/"):
                raise Unreadable(f"not a setting: {line[:60]!r}")
            running[_key(path)] = value.strip(BLANK)
        if not running:
            raise Unreadable("no settings")
        names, hidden, masked = _files(found["files"])
        texts = _texts(found["lines"], names)
        order = [*_boot_order([*names, *masked], systemd=found["init"] == ["systemd"])]
        assignments = [item for name in order if name in names for item in _assignments(texts.get(name, []), name)]
        assignments += _of_ufw(texts)
        unreadable = frozenset(_key(path) for path in found["unreadable"])
        return cls(running, unreadable, tuple(assignments), tuple(hidden))


def _key(path: str) -> str:
    parts = path.removeprefix("/proc/sys/").split("/")
    return ".".join(part.replace(".", "/") for part in parts)


def _path(key: str) -> str:
    """Systemd's rule: when the first separator is a dot, dots and slashes change places."""
    for char in key:
        if char == "/":
            return key
        if char == ".":
            return key.translate({ord("."): "/", ord("/"): "."})
    return key


def _matches(pattern: str, path: str) -> bool:
    """Glob by path component, as glob(3) does under /proc/sys."""
    one, other = pattern.split("/"), path.split("/")
    return len(one) == len(other) and all(fnmatch.fnmatchcase(b, a) for a, b in zip(one, other, strict=True))


def _files(lines: list[str]) -> tuple[list[str], list[str], list[str]]:
    kinds: dict[str, list[str]] = {"F": [], "D": [], "0": []}
    for line in lines:
        if line[1:2] != " " or line[0] not in kinds:
            raise Unreadable(f"not a file line: {line[:60]!r}")
        kinds[line[0]].append(line[2:])
    return kinds["F"], kinds["D"], kinds["0"]


def _texts(lines: list[str], names: list[str]) -> dict[str, list[str]]:
    """Lines by file; the longest name that fits owns the line (a colon may stand in a name)."""
    texts: dict[str, list[str]] = {}
    for line in lines:
        owner = max((n for n in names if line.startswith(f"{n}:")), key=len, default=None)
        if owner is None:
            raise Unreadable(f"line of no file: {line[:60]!r}")
        texts.setdefault(owner, []).append(line[len(owner) + 1 :])
    return texts


def _boot_order(names: Iterable[str], *, systemd: bool) -> Iterable[str]:
    """Files in the order of the boot: by base name, /etc before /run before /usr for the same name.

    systemd never reads /etc/sysctl.conf itself (distributions link it as 99-sysctl.conf); other inits do, last.
    """
    chosen: dict[str, str] = {}
    present = list(names)
    for directory in _DIRECTORIES:
        for path in present:
            folder, _, base = path.rpartition("/")
            if folder == directory:
                chosen.setdefault(base, path)
    yield from (chosen[base] for base in sorted(chosen))
    if not systemd and "/etc/sysctl.conf" in present:
        yield "/etc/sysctl.conf"


def _assignments(lines: Iterable[str], source: str) -> Iterable[tuple[str, str | None, str]]:
    for line in lines:
        text = line.strip(BLANK)
        if not text or text[0] in "#;":
            continue
        name, equals, value = text.partition("=")
        name = name.strip(BLANK)
        if not equals:
            # A bare `-key` takes the key out of globs; other bare words are errors that the boot skips.
            if name.startswith("-"):
                yield _path(name[1:].strip(BLANK)), None, source
            continue
        yield _path(name.removeprefix("-").strip(BLANK)), value.strip(BLANK), source


def _of_ufw(texts: Mapping[str, list[str]]) -> list[tuple[str, str | None, str]]:
    """ufw sets its own file after all others when it is switched on."""

    def words(path: str) -> dict[str, str]:
        return {k.strip(): v.strip().strip("\"'") for k, _, v in (line.partition("=") for line in texts.get(path, []))}

    if words("/etc/ufw/ufw.conf").get("ENABLED", "no").lower() != "yes":
        return []
    path = words("/etc/default/ufw").get("IPT_SYSCTL", "")
    return [*_assignments(texts.get(path, []), path)] if path else []
