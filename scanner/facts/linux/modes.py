"""Owner, group and mode of many fixed paths, by one ``stat`` call: whoever needs a path adds it to PATHS here.

Also covered for other subjects: sshd_config and its drop-ins, ssh host keys, cron and at, boot loader configuration,
logs and audit logs, audit rules and tools, rsyslog and journald configuration, the usual folders of root's PATH.
Symbolic links are followed: what counts is the file that is used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from scanner.facts.fact import Unreadable, fact
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

PATHS = (
    "/etc/passwd", "/etc/passwd-", "/etc/shadow", "/etc/shadow-", "/etc/group", "/etc/group-", "/etc/gshadow", "/etc/gshadow-",
    "/etc/security/opasswd", "/etc/security/opasswd.old", "/etc/shells", "/etc/login.defs", "/etc/nsswitch.conf",
    "/etc/sudoers", "/etc/sudoers.d", "/etc/sudoers.d/*", "/etc/pam.d", "/etc/pam.d/*", "/etc/security/*.conf",
    "/etc/profile", "/etc/profile.d", "/etc/profile.d/*", "/etc/bash.bashrc", "/etc/bashrc", "/etc/environment",
    "/etc/issue", "/etc/issue.net", "/etc/motd", "/etc/nologin", "/etc/hosts", "/etc/hosts.allow", "/etc/hosts.deny",
    "/etc/hosts.equiv", "/etc/fstab", "/etc/exports", "/etc/services",
    "/etc/crontab", "/etc/cron.d", "/etc/cron.d/*", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly",
    "/etc/cron.yearly", "/etc/cron.allow", "/etc/cron.deny", "/etc/at.allow", "/etc/at.deny", "/etc/anacrontab",
    "/var/spool/cron", "/var/spool/cron/crontabs", "/var/spool/cron/atjobs", "/var/spool/at",
    "/etc/ssh", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d", "/etc/ssh/sshd_config.d/*", "/etc/ssh/ssh_config",
    "/etc/ssh/ssh_host_*_key", "/etc/ssh/ssh_host_*_key.pub",
    "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/grub/user.cfg", "/boot/grub2/user.cfg", "/boot/efi/EFI/*/grub.cfg",
    "/boot/efi/EFI/*/user.cfg", "/boot/loader/loader.conf", "/boot/System.map-*",
    "/var/log", "/var/log/audit", "/var/log/audit/audit.log*", "/var/log/syslog", "/var/log/messages", "/var/log/auth.log",
    "/var/log/secure", "/var/log/cron", "/var/log/cron.log", "/var/log/kern.log", "/var/log/maillog", "/var/log/mail.log",
    "/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/var/log/sudo.log", "/var/log/journal", "/var/run/utmp",
    "/etc/audit", "/etc/audit/auditd.conf", "/etc/audit/audit.rules", "/etc/audit/rules.d", "/etc/audit/rules.d/*",
    "/sbin/auditctl", "/sbin/aureport", "/sbin/ausearch", "/sbin/autrace", "/sbin/auditd", "/sbin/augenrules", "/sbin/rsyslogd",
    "/etc/rsyslog.conf", "/etc/rsyslog.d", "/etc/rsyslog.d/*", "/etc/logrotate.conf", "/etc/systemd/journald.conf",
    "/etc/sysctl.conf", "/etc/sysctl.d", "/etc/iptables", "/etc/nftables.conf", "/etc/chrony", "/etc/chrony/chrony.conf",
    "/etc/chrony.conf", "/etc/chrony.keys", "/etc/chrony/chrony.keys",
    "/usr/bin/su", "/usr/bin/sudo", "/usr/bin/at", "/usr/bin/crontab", "/usr/bin/passwd",
    "/", "/tmp", "/var/tmp", "/dev/shm", "/home", "/root", "/boot",  # noqa: S108  (looked at, never written)
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin",
)  # fmt: skip
"""Every path (or glob) asked for."""

_LINE = re.compile(r"([0-7]{1,5}) ([0-9]+) ([0-9]+) (\S+) (\S+) ([a-z ()-]+?) (/.*)")
_MISS = re.compile(r"(?:\S*/)?stat: .*?(/.*?)['’]?: (No such file or directory|Permission denied|Not a directory)")


@dataclass(frozen=True, slots=True)
class FileMode:
    """What ``stat`` says of one path."""

    path: str
    mode: int
    """Permission bits with set-id and sticky bits, 0 to 0o7777."""
    uid: int
    gid: int
    owner: str
    """Name, ``UNKNOWN`` when the uid has none."""
    group: str
    kind: str
    """``regular file``, ``regular empty file``, ``directory``, …"""

    @property
    def octal(self) -> str:
        """Four octal digits."""
        return f"{self.mode:04o}"

    def beyond(self, most: int) -> int:
        """Bits that are set and not allowed by ``most``."""
        return self.mode & ~most & 0o7777


def read_stats(answer: Answer) -> tuple[dict[str, FileMode], dict[str, Why]]:
    """Read lines of ``stat -L -c '%a %u %g %U %G %F %n'`` with its complaints among them.

    Returns modes by path and the reason for each path without one. Raises Unreadable for any other line.
    """
    modes: dict[str, FileMode] = {}
    missing: dict[str, Why] = {}
    for line in answer.lines:
        found = _LINE.fullmatch(line)
        if found is not None:
            mode, uid, gid, owner, group, kind, path = found.groups()
            modes[path] = FileMode(path, int(mode, 8), int(uid), int(gid), owner, group, kind)
            continue
        miss = _MISS.fullmatch(line)
        if miss is None:
            raise Unreadable(f"unexpected line {line[:80]!r}")
        missing[miss[1]] = Why.NO_PERMISSION if miss[2] == "Permission denied" else Why.NOT_PRESENT
    return modes, missing


_ASK = "command -v stat >/dev/null 2>&1 || exit 127\nexec stat -L -c '%a %u %g %U %G %F %n' " + " ".join(PATHS) + " 2>&1\n"


@fact(Probe("linux.modes", "sh", (_ASK,)))
@dataclass(frozen=True, slots=True)
class Modes:
    """Modes of the fixed paths."""

    files: Mapping[str, FileMode]
    """Path to mode, for every path that is there."""
    missing: Mapping[str, Why]
    """Path or glob without a match: ``not-present`` or ``no-permission``."""

    def get(self, path: str) -> FileMode | Absent:
        """One path of PATHS; Absent(not-present) when it positively is not there."""
        found = self.files.get(path)
        return found if found is not None else Absent(self.missing.get(path, Why.NOT_ASKED), path)

    def matching(self, pattern: str) -> tuple[FileMode, ...] | Absent:
        """Every file of one glob of PATHS, sorted by path; Absent when none could be seen, with the reason."""
        depth = pattern.count("/")
        found = [m for path, m in sorted(self.files.items()) if fnmatchcase(path, pattern) and path.count("/") == depth]
        return tuple(found) if found else Absent(self.missing.get(pattern, Why.NOT_ASKED), pattern)

    @classmethod
    def read(cls, answer: Answer) -> Modes | Absent:
        """Read the one stat call. Its exit status is 1 whenever a path is missing, which is usual."""
        if answer.exit == 127:
            return Absent(Why.COMMAND_MISSING, "stat")
        if answer.exit not in (0, 1):
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        modes, missing = read_stats(answer)
        if not modes:
            raise Unreadable("no path at all")
        if answer.privilege not in ("root", "sudo"):
            # A glob in a folder that may be entered but not listed matches nothing: that is no proof of absence.
            missing = {path: Why.NO_PERMISSION if "*" in path else why for path, why in missing.items()}
        return cls(modes, missing)
