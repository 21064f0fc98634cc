"""Kernel audit records what matters: the rules that are loaded now and those that the files load at the next start, by meaning."""

from collections.abc import Callable

from scanner.api import Verdict, Why, check, linux, met, unknown, unmet

Find = Callable[[linux.Cover, linux.AuditLoaded], list[str]]

DENIED = (linux.Field("success", "=", "0"),)
PERMISSION_CALLS = ("chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat")
ATTRIBUTE_CALLS = ("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr")
OPEN_CALLS = ("open", "openat", "creat", "truncate", "ftruncate")
NETWORK_PLACES = (
    "/etc/network/", "/etc/netplan/", "/etc/sysconfig/network", "/etc/sysconfig/network-scripts/", "/etc/NetworkManager/",
    "/etc/systemd/network/",
)  # fmt: skip


def _judge(loaded: linux.AuditLoaded, files: linux.AuditFiles, find: Find, least_person: int) -> Verdict:
    configured = linux.Cover(files.rules, loaded.machine, loaded.merged_usr, least_person)
    lost = _missing(configured, loaded, find)
    if not loaded.tool:
        if loaded.collectors:
            return unknown(Why.COMMAND_MISSING, "auditctl", {"collectors": list(loaded.collectors)})
        seen = {"auditctl": "missing", "configured_missing": lost[:20]}
        return unmet(seen, wanted="recorded") if lost else unknown(Why.COMMAND_MISSING, "auditctl", seen)
    now = _missing(linux.Cover(loaded.rules, loaded.machine, loaded.merged_usr, least_person), loaded, find)
    if loaded.status["enabled"] == 0:
        now = ["audit is switched off"]
    if now or lost:
        return unmet({"loaded_missing": now[:20], "configured_missing": lost[:20]}, wanted="recorded now and after a restart")
    return met({"loaded": len(loaded.rules.rules), "configured": len(files.rules.rules), "enabled": loaded.status["enabled"]})


def _missing(cover: linux.Cover, loaded: linux.AuditLoaded, find: Find) -> list[str]:
    silenced = cover.silenced()
    return [silenced] if silenced is not None else find(cover, loaded)


def _rule(check_id: str, find: Find) -> Callable[..., Verdict]:
    @check(check_id)
    def judge(loaded: linux.AuditLoaded, files: linux.AuditFiles, *, least_person: int = 1000) -> Verdict:
        return _judge(loaded, files, find, least_person)

    return judge


def _paths(*paths: str, perm: str = "wa") -> Find:
    return lambda cover, loaded: [path for path in paths if not cover.path(path, perm)]


def _calls(*calls: str) -> Find:
    return lambda cover, loaded: list(cover.missing_calls(calls))


def _one_of(*paths: str) -> Find:
    return lambda cover, loaded: [] if any(cover.path(path, "wa") for path in paths) else [" | ".join(paths)]


def _all(*finds: Find) -> Find:
    return lambda cover, loaded: [item for find in finds for item in find(cover, loaded)]


def _denied(error: str) -> Find:
    return lambda cover, loaded: [f"{item} {error}" for item in cover.missing_calls(OPEN_CALLS, linux.Field("exit", "=", error), *DENIED)]


def _clock(cover: linux.Cover, loaded: linux.AuditLoaded) -> list[str]:
    # Only the real-time clock (number 0) can be set.
    return list(cover.missing_calls(("clock_settime",), linux.Field("a0", "=", "0")))


identity = _rule("linux.audit-identity-files", _paths("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/security/opasswd"))
time_change = _rule("linux.audit-time-change", _all(_calls("adjtimex", "settimeofday", "stime"), _clock, _paths("/etc/localtime")))
network = _rule("linux.audit-network-config", _all(_calls("sethostname", "setdomainname"), _paths("/etc/hosts"), _one_of(*NETWORK_PLACES)))
logins = _rule(
    "linux.audit-logins",
    _all(_paths("/var/log/lastlog"), _one_of("/run/faillock/", "/var/log/faillock/", "/var/log/faillog", "/var/log/tallylog")),
)
sessions = _rule("linux.audit-sessions", _paths("/run/utmp", "/var/log/wtmp", "/var/log/btmp"))
permissions = _rule("linux.audit-permission-changes", _calls(*PERMISSION_CALLS, *ATTRIBUTE_CALLS))
access = _rule("linux.audit-denied-access", _all(_denied("-EACCES"), _denied("-EPERM")))
mounts = _rule("linux.audit-mounts", _calls("mount"))
deletions = _rule("linux.audit-deletions", _calls("unlink", "unlinkat", "rename", "renameat"))
sudoers = _rule("linux.audit-sudoers", _paths("/etc/sudoers", "/etc/sudoers.d/"))
modules = _rule("linux.audit-kernel-modules", _calls("init_module", "finit_module", "delete_module"))
audit_config = _rule("linux.audit-own-configuration", _paths("/etc/audit/"))


@check("linux.audit-privileged-programs")
def privileged(loaded: linux.AuditLoaded, files: linux.AuditFiles, *, least_person: int = 1000) -> Verdict:
    if not loaded.programs:
        return unknown(Why.FILE_MISSING, "none of the programs that are looked for")
    return _judge(loaded, files, lambda cover, state: [path for path in state.programs if not cover.program(path)], least_person)
