"""Kernel audit: what is loaded now, and what the files will load at the next start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scanner.facts.fact import Unreadable, fact, read_files, sections, whole_number
from scanner.facts.linux.audit_rules import RuleSet, read_rules
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

PRIVILEGED = (
    "/usr/bin/sudo", "/usr/bin/su", "/usr/bin/passwd", "/usr/bin/gpasswd", "/usr/bin/chsh", "/usr/bin/chfn", "/usr/bin/newgrp",
    "/usr/bin/mount", "/usr/bin/umount", "/usr/bin/pkexec",
)  # fmt: skip
"""Programs that run as root for whoever starts them; asked for by name, because a walk over all file systems is too dear."""

_ASK = r"""
echo '== machine'
echo "|$(uname -m)"
echo '== usr'
if [ -L /bin ]; then echo '|merged'; else echo '|split'; fi
echo '== programs'
for f in @PROGRAMS@; do [ -u "$f" ] && printf '|%s\n' "$f"; done
command -v auditctl >/dev/null 2>&1 || {
echo '== collectors'
for d in /proc/[0-9]*; do
c=; { read -r c <"$d/comm"; } 2>/dev/null
case $c in auditbeat|go-audit|osqueryd) printf '|%s\n' "$c";; esac
done
exit 0
}
echo '== status'
{ auditctl -s 2>&1; echo "exit $?"; } | sed 's/^/|/'
echo '== rules'
{ auditctl -l 2>&1; echo "exit $?"; } | sed 's/^/|/'
exit 0
"""
_REFUSED = re.compile(r"not permitted|permission|must be root|privilege|refused", re.I)


@fact(Probe("linux.audit-loaded", "sh", (_ASK.replace("@PROGRAMS@", " ".join(PRIVILEGED)),), root=True, max_bytes=1_048_576))
@dataclass(frozen=True, slots=True)
class AuditLoaded:
    """What the running kernel records."""

    machine: str
    """``uname -m``."""
    merged_usr: bool
    programs: tuple[str, ...]
    """Those of PRIVILEGED that are here and carry the set-user-ID bit."""
    tool: bool
    """auditctl is installed; without it no rule can be read (and none be loaded by the audit package)."""
    collectors: tuple[str, ...]
    """Without the tool: programs that run here and load audit rules on their own."""
    status: Mapping[str, int]
    """``auditctl -s``: enabled (0 off, 1 on, 2 locked), failure, lost …; empty without the tool."""
    rules: RuleSet
    """``auditctl -l``; empty without the tool."""

    @classmethod
    def read(cls, answer: Answer) -> AuditLoaded | Absent:
        """Read the sections; a refused question is no-permission, never an empty rule set."""
        parts = sections(answer)
        (machine,) = parts["machine"]
        merged = parts["usr"] == ["merged"]
        programs = tuple(parts["programs"])
        if "status" not in parts:
            return cls(machine, merged, programs, False, tuple(sorted(set(parts["collectors"]))), MappingProxyType({}), RuleSet(()))
        status, refused = _output(parts["status"])
        if refused is not None:
            return refused
        rules, refused = _output(parts["rules"])
        if refused is not None:
            return refused
        if not rules:
            raise Unreadable("auditctl -l said nothing, not even that there are no rules")
        return cls(machine, merged, programs, True, (), MappingProxyType(_status(status)), read_rules(rules))


def _output(lines: list[str]) -> tuple[list[str], Absent | None]:
    if not lines or not lines[-1].startswith("exit "):
        raise Unreadable("auditctl's answer has no exit status")
    *said, last = lines
    # Some versions end with 0 after a refusal; a rule never begins with these words.
    wrong = last != "exit 0" or any(line.startswith(("Error", "Cannot open netlink", "You must be root")) for line in said[:1])
    if not wrong:
        return said, None
    first = (said or ["auditctl"])[0][:200]
    # The kernel answers an auditctl outside the first namespaces with "not permitted", some versions with no word at all.
    return [], Absent(Why.NO_PERMISSION if not said or _REFUSED.search(first) else Why.COMMAND_FAILED, f"auditctl: {first}")


def _status(lines: list[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for line in lines:
        if line.startswith("AUDIT_STATUS:"):
            # auditctl before 2.4 prints all on one line: AUDIT_STATUS: enabled=1 flag=1 pid=…
            pairs = [word.partition("=")[::2] for word in line.split()[1:]]
        else:
            pairs = [(line.partition(" ")[0], line.partition(" ")[2].split(" ")[0])]
        for key, value in pairs:
            if re.fullmatch("-?[0-9]{1,18}", value):
                out[key] = int(value)
    if "enabled" not in out:
        raise Unreadable("auditctl -s names no enabled")
    return out


@fact(
    Probe(
        "linux.audit-files",
        "files",
        ("/etc/audit/audit.rules", "/etc/audit/rules.d/*.rules", "/etc/audit/auditd.conf"),
        root=True,
        max_bytes=1_048_576,
    )
)
@dataclass(frozen=True, slots=True)
class AuditFiles:
    """What auditd will read at its next start."""

    rules: RuleSet
    """From rules.d in the order of augenrules, from audit.rules when rules.d holds none."""
    sources: tuple[str, ...]
    """The files that the rules come from, in order; empty when there is none."""
    conf: Mapping[str, str] | None
    """auditd.conf: lower-case key to value as written; None when there is no such file."""

    def setting(self, key: str, default: str) -> str:
        """One setting of auditd.conf in lower case, or auditd's own default."""
        return (self.conf or {}).get(key, default).lower()

    def number(self, key: str, default: int) -> int:
        """One numeric setting; raises Unreadable when it is no number."""
        text = (self.conf or {}).get(key)
        return default if text is None else whole_number(text)

    @classmethod
    def read(cls, answer: Answer) -> AuditFiles | Absent:
        """Read rules and configuration."""
        files = read_files(answer)
        if files.hindrance is not None:
            return files.hindrance
        parts = sorted((path for path in files.texts if path.startswith("/etc/audit/rules.d/")), key=_natural)
        single = "/etc/audit/audit.rules"
        sources = parts or [path for path in (single,) if path in files.texts]
        lines = [line for path in sources for line in files.texts[path].lines]
        conf = files.texts.get("/etc/audit/auditd.conf")
        return cls(read_rules(lines, compiled=bool(parts)), tuple(sources), None if conf is None else MappingProxyType(_conf(conf.lines)))


def _natural(path: str) -> list[tuple[int, int, str]]:
    """Sort key of ``ls -v``: runs of digits count as numbers."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"[0-9]{1,18}|[^0-9]+", path)]


def _conf(lines: list[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for line in lines:
        text = line.strip(" \t\r")
        if not text or text.startswith("#"):
            continue
        key, mark, value = text.partition("=")
        words = value.split()
        if not mark or not re.fullmatch(r"[a-z_0-9]+", key.strip().lower()) or not words:
            raise Unreadable(f"auditd.conf: {text[:80]!r}")
        # Of an action such as "exec /path" only the first word matters; of a key that comes twice auditd keeps the last.
        out[key.strip().lower()] = words[0]
    return out
