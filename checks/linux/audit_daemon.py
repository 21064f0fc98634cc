"""auditd runs, cannot be stopped at will, and its records are written, kept and closed to others."""

from scanner.api import Absent, Verdict, Why, awaits_person, check, linux, met, unknown, unmet

WARNING = {"syslog", "email", "exec", "single", "halt"}
STOPPING = {"exec", "single", "halt"}


@check("linux.auditd-running")
def auditd_running(services: linux.LogServices, loaded: linux.AuditLoaded | Absent) -> Verdict:
    running, at_boot = services.running("auditd", "auditd"), services.at_boot("auditd")
    seen: dict[str, object] = {"running": running, "at_boot": at_boot}
    wanted = {"running": True, "at_boot": True, "enabled": "1 or 2"}
    if not running or not at_boot:
        return unmet(seen, wanted=wanted)
    if isinstance(loaded, Absent):
        return unknown(loaded.why, loaded.detail, seen)
    if not loaded.tool:
        return unknown(Why.COMMAND_MISSING, "auditctl", seen)
    seen |= {"enabled": loaded.status["enabled"], "lost": loaded.status.get("lost")}
    # pid 0: the kernel hands its records to nobody.
    good = loaded.status["enabled"] in (1, 2) and loaded.status.get("pid", 0) > 0
    return met(seen, wanted=wanted) if good else unmet(seen, wanted=wanted)


@check("linux.audit-locked")
def audit_locked(loaded: linux.AuditLoaded, files: linux.AuditFiles) -> Verdict:
    seen = {"loaded": loaded.status.get("enabled"), "configured": files.rules.enabled}
    if not loaded.tool:
        return unknown(Why.COMMAND_MISSING, "auditctl", seen)
    return met(seen, wanted=2) if seen == {"loaded": 2, "configured": 2} else unmet(seen, wanted=2)


@check("linux.auditd-refuses-stop")
def auditd_refuses_stop(services: linux.LogServices) -> Verdict:
    if not services.systemd:
        return unknown(Why.NOT_ASKED, "the host is not run by systemd")
    unit = services.units.get("auditd")
    seen = {"loaded": unit.loaded if unit else "not-found", "refuses_stop": bool(unit and unit.refuses_stop)}
    if unit is not None and unit.loaded == "loaded" and unit.active == "active" and unit.refuses_stop:
        return met(seen, wanted={"refuses_stop": True})
    return unmet(seen, wanted={"refuses_stop": True})


@check("linux.auditd-writes-records")
def auditd_writes(services: linux.LogServices, files: linux.AuditFiles) -> Verdict:
    if files.conf is None:
        return unknown(Why.FILE_MISSING, "/etc/audit/auditd.conf")
    running = services.running("auditd", "auditd")
    seen = {
        "running": "yes" if running else "no",
        "write_logs": files.setting("write_logs", "yes"),
        "local_events": files.setting("local_events", "yes"),
        "log_format": files.setting("log_format", "raw"),
    }
    wanted = {"running": "yes", "write_logs": "yes", "local_events": "yes", "log_format": "raw or enriched"}
    good = running and seen["write_logs"] == "yes" and seen["local_events"] == "yes" and seen["log_format"] in {"raw", "enriched"}
    return met(seen, wanted=wanted) if good else unmet(seen, wanted=wanted)


@check("linux.auditd-keeps-records")
def auditd_keeps(files: linux.AuditFiles) -> Verdict:
    if files.conf is None:
        return unknown(Why.FILE_MISSING, "/etc/audit/auditd.conf")
    action = files.setting("max_log_file_action", "ignore")
    seen: dict[str, object] = {"max_log_file_action": action}
    if action in {"keep_logs", "ignore", "syslog"}:
        return met(seen, wanted="keep_logs")
    if action == "rotate":
        seen |= {"megabytes": files.number("max_log_file", 0) * files.number("num_logs", 0)}
        # How many days fit depends on how much is recorded, and copies may be kept elsewhere.
        return awaits_person(seen, wanted="keep_logs, or room for the required days")
    return unmet(seen, wanted="keep_logs")


@check("linux.auditd-space-warning")
def auditd_space_warning(files: linux.AuditFiles) -> Verdict:
    if files.conf is None:
        return unknown(Why.FILE_MISSING, "/etc/audit/auditd.conf")
    action = files.setting("space_left_action", "ignore")
    left = files.setting("space_left", "0")
    seen = {"space_left": left, "space_left_action": action}
    good = action in WARNING and left.isascii() and left.rstrip("%").isdigit() and left.strip("0%") != ""
    return met(seen, wanted=sorted(WARNING)) if good else unmet(seen, wanted=sorted(WARNING))


@check("linux.auditd-disk-full")
def auditd_disk_full(files: linux.AuditFiles) -> Verdict:
    if files.conf is None:
        return unknown(Why.FILE_MISSING, "/etc/audit/auditd.conf")
    seen = {
        "admin_space_left_action": files.setting("admin_space_left_action", "ignore"),
        "disk_full_action": files.setting("disk_full_action", "ignore"),
        "disk_error_action": files.setting("disk_error_action", "syslog"),
    }
    good = (
        seen["admin_space_left_action"] in STOPPING | {"email"}
        and seen["disk_full_action"] in STOPPING
        and seen["disk_error_action"] in STOPPING | {"syslog"}
    )
    return met(seen, wanted=sorted(STOPPING)) if good else unmet(seen, wanted=sorted(STOPPING))


@check("linux.audit-log-modes")
def audit_log_modes(modes: linux.Modes, files: linux.AuditFiles) -> Verdict:
    place = (files.conf or {}).get("log_file", "/var/log/audit/audit.log")
    if place != "/var/log/audit/audit.log":
        return unknown(Why.NOT_ASKED, place)
    folder = modes.get("/var/log/audit")
    if isinstance(folder, Absent):
        return unknown(Why.FILE_MISSING if folder.why is Why.NOT_PRESENT else folder.why, folder.detail)
    logs = modes.matching("/var/log/audit/audit.log*")
    if isinstance(logs, Absent):
        return unknown(Why.FILE_MISSING if logs.why is Why.NOT_PRESENT else logs.why, logs.detail)
    bad = [item for item in logs if item.uid != 0 or item.beyond(0o640)]
    bad += [folder] if folder.uid != 0 or folder.beyond(0o2750) else []
    if bad:
        return unmet({"wrong": [_shown(item) for item in bad[:20]], "count": len(bad)}, wanted="root, 0640 (folder 0750)")
    return met({"files": len(logs), "folder": _shown(folder)}, wanted="root, 0640 (folder 0750)")


def _shown(item: linux.FileMode) -> dict[str, str]:
    return {"path": item.path, "mode": item.octal, "owner": item.owner, "group": item.group}
