"""Owner, group and mode of the files that decide over identity and access / 身份与访问控制关键文件的属主、属组与权限."""

from collections.abc import Callable

from scanner.api import Absent, Verdict, Why, check, linux, met, not_applicable, unknown, unmet

ROOT = ("root",)
SHADOW = ("root", "shadow")
FILES: dict[str, tuple[str, tuple[str, ...], int]] = {
    "passwd": ("/etc/passwd", ROOT, 0o644),
    "shadow": ("/etc/shadow", SHADOW, 0o640),
    "group": ("/etc/group", ROOT, 0o644),
    "gshadow": ("/etc/gshadow", SHADOW, 0o640),
    "passwd-backup": ("/etc/passwd-", ROOT, 0o644),
    "shadow-backup": ("/etc/shadow-", SHADOW, 0o640),
    "group-backup": ("/etc/group-", ROOT, 0o644),
    "gshadow-backup": ("/etc/gshadow-", SHADOW, 0o640),
    "sudoers": ("/etc/sudoers", ROOT, 0o440),
    "sudoers-d": ("/etc/sudoers.d", ROOT, 0o750),
    "shells": ("/etc/shells", ROOT, 0o644),
    "crontab": ("/etc/crontab", ROOT, 0o600),
    "cron-d": ("/etc/cron.d", ROOT, 0o700),
    "cron-hourly": ("/etc/cron.hourly", ROOT, 0o700),
    "cron-daily": ("/etc/cron.daily", ROOT, 0o700),
    "cron-weekly": ("/etc/cron.weekly", ROOT, 0o700),
    "cron-monthly": ("/etc/cron.monthly", ROOT, 0o700),
    "cron-allow": ("/etc/cron.allow", ("root", "crontab"), 0o640),
    "at-allow": ("/etc/at.allow", ("root", "daemon"), 0o640),
}
"""Name: path, groups it may belong to, most permissive mode."""


def _seen(modes: linux.Modes, path: str, judge: Callable[[linux.FileMode], Verdict]) -> Verdict:
    found = modes.get(path)
    if isinstance(found, Absent):
        return not_applicable(path) if found.why is Why.NOT_PRESENT else unknown(found.why, found.detail)
    return judge(found)


def _owner(name: str) -> Callable[[linux.Modes], Verdict]:
    @check(f"linux.file-{name}-owner")
    def owner(modes: linux.Modes) -> Verdict:
        def judge(found: linux.FileMode) -> Verdict:
            observed = {"path": found.path, "owner": found.owner, "uid": found.uid}
            return met(observed) if found.uid == 0 else unmet(observed, wanted="root")

        return _seen(modes, FILES[name][0], judge)

    return owner


def _group(name: str) -> Callable[[linux.Modes], Verdict]:
    @check(f"linux.file-{name}-group")
    def group(modes: linux.Modes) -> Verdict:
        def judge(found: linux.FileMode) -> Verdict:
            observed = {"path": found.path, "group": found.group, "gid": found.gid}
            allowed = FILES[name][1]
            return met(observed) if found.gid == 0 or found.group in allowed else unmet(observed, wanted=list(allowed))

        return _seen(modes, FILES[name][0], judge)

    return group


def _mode(name: str) -> Callable[[linux.Modes], Verdict]:
    @check(f"linux.file-{name}-mode")
    def mode(modes: linux.Modes) -> Verdict:
        def judge(found: linux.FileMode) -> Verdict:
            observed = {"path": found.path, "mode": found.octal}
            most = FILES[name][2]
            return unmet(observed, wanted=f"{most:04o}") if found.beyond(most) else met(observed, wanted=f"{most:04o}")

        return _seen(modes, FILES[name][0], judge)

    return mode


globals().update({f"{kind.__name__}_{name}": kind(name) for name in FILES for kind in (_owner, _group, _mode)})
