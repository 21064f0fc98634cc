"""System records: written, kept over a restart and for half a year, sent to another machine, and closed to others."""

from scanner.api import Absent, Verdict, Why, awaits_person, check, linux, met, not_applicable, unknown, unmet

CLOSED = (
    "/var/log/messages", "/var/log/secure", "/var/log/auth.log", "/var/log/syslog", "/var/log/cron", "/var/log/cron.log",
    "/var/log/kern.log", "/var/log/maillog", "/var/log/mail.log", "/var/log/sudo.log",
)  # fmt: skip
SHARED = ("/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog")
KEPT = ("/var/log/messages", "/var/log/secure", "/var/log/auth.log", "/var/log/syslog")
LOGINS = {"auth", "authpriv"}


def _on(services: linux.LogServices, unit: str, process: str) -> bool:
    return services.running(unit, process) and services.at_boot(unit)


def _journal_kept(services: linux.LogServices, files: linux.SyslogFiles, modes: linux.Modes) -> bool | Absent:
    """The journal is written to disk."""
    if not services.running("systemd-journald", "systemd-journal"):
        return False
    if files.journal.storage == "persistent":
        return True
    if files.journal.storage != "auto":
        return False
    folder = modes.get("/var/log/journal")
    if isinstance(folder, Absent):
        return False if folder.why is Why.NOT_PRESENT else folder
    return folder.kind == "directory"


def _routes(services: linux.LogServices, files: linux.SyslogFiles, kind: str) -> list[linux.Route]:
    """What a running rsyslog does with records, by kind of route, without those that stay on this machine as forwards."""
    if files.rsyslog is None or not _on(services, "rsyslog", "rsyslogd"):
        return []
    return [route for route in files.rsyslog if route.kind == kind and not (kind == "forward" and linux.loops_back(route.target))]


@check("linux.log-service")
def log_service(services: linux.LogServices) -> Verdict:
    units = (("rsyslog", "rsyslogd"), ("syslog-ng", "syslog-ng"), ("syslogd", "syslogd"), ("systemd-journald", "systemd-journal"))
    seen = {unit: {"running": services.running(unit, process), "at_boot": services.at_boot(unit)} for unit, process in units}
    good = [unit for unit, process in units if _on(services, unit, process)]
    return met({"services": good}) if good else unmet(seen, wanted="a logging service that runs and starts at boot")


@check("linux.log-persistent")
def log_persistent(services: linux.LogServices, files: linux.SyslogFiles, modes: linux.Modes) -> Verdict:
    covered = {name for route in _routes(services, files, "file") if not route.conditional for name in route.facilities}
    by_ng = bool(files.syslog_ng_files) and _on(services, "syslog-ng", "syslog-ng")
    journal = _journal_kept(services, files, modes)
    seen = {"journal_storage": files.journal.storage, "rsyslog_logins": covered >= LOGINS, "syslog_ng": by_ng}
    if covered >= LOGINS or by_ng or journal is True:
        return met({**seen, "journal_on_disk": journal is True})
    if isinstance(journal, Absent):
        return unknown(journal.why, journal.detail, seen)
    doubt = linux.remote_unreadable(files)
    if doubt is not None and _on(services, "rsyslog", "rsyslogd"):
        return unknown(doubt.why, doubt.detail, seen)
    return unmet({**seen, "journal_on_disk": False}, wanted="records of logins on disk")


def _forwarding(services: linux.LogServices, files: linux.SyslogFiles) -> tuple[list[str], list[str]]:
    """Hosts that get every login record, and hosts that get some or may."""
    whole: list[str] = []
    some: list[str] = []
    for route in _routes(services, files, "forward"):
        (whole if not route.conditional and route.facilities >= LOGINS else some).append(f"{route.protocol}:{route.target}")
    if files.syslog_ng and _on(services, "syslog-ng", "syslog-ng"):
        for host, filtered in files.syslog_ng:
            if not linux.loops_back(host):
                (some if filtered else whole).append(f"syslog-ng:{host}")
    if files.upload and _on(services, "systemd-journal-upload", "systemd-journal"):
        whole.append(f"journal:{files.upload}")
    return whole, some


@check("linux.log-forwarding")
def log_forwarding(services: linux.LogServices, files: linux.SyslogFiles) -> Verdict:
    whole, some = _forwarding(services, files)
    if whole:
        return met({"to": whole[:20]})
    seen = {"to": some[:20], "agents": list(services.agents())}
    if some or services.agents():
        return awaits_person(seen, wanted="all login records reach another machine")
    doubt = linux.remote_unreadable(files)
    if doubt is not None and _on(services, "rsyslog", "rsyslogd"):
        return unknown(doubt.why, doubt.detail, seen)
    return unmet(seen, wanted="all login records reach another machine")


@check("linux.cron-records")
def cron_records(services: linux.LogServices, files: linux.SyslogFiles, modes: linux.Modes) -> Verdict:
    known = [name for name in ("cron", "crond") if services.running(name, name) or services.at_boot(name)]
    if not known and services.systemd:
        return not_applicable("cron")
    routes = [route for kind in ("file", "forward") for route in _routes(services, files, kind)]
    targets = [route.target for route in routes if "cron" in route.facilities and not route.conditional]
    journal = _journal_kept(services, files, modes)
    seen = {"cron": known, "to": targets[:10], "journal_on_disk": journal is True}
    if targets or journal is True:
        return met(seen)
    if isinstance(journal, Absent):
        return unknown(journal.why, journal.detail, seen)
    doubt = linux.remote_unreadable(files)
    if doubt is not None:
        return unknown(doubt.why, doubt.detail, seen)
    return unmet(seen, wanted="cron records kept")


@check("linux.log-file-modes")
def log_file_modes(modes: linux.Modes) -> Verdict:
    bad, count = [], 0
    for path in (*CLOSED, *SHARED, "/var/log", "/var/log/journal"):
        item = modes.get(path)
        if isinstance(item, Absent):
            if item.why is not Why.NOT_PRESENT:
                return unknown(item.why, path)
            continue
        count += 1
        most = 0o640 if path in CLOSED else 0o664 if path in SHARED else 0o2775
        if item.beyond(most) or item.uid >= 1000:
            bad.append({"path": path, "mode": item.octal, "owner": item.owner})
    wanted = {"logs": "0640", "wtmp, btmp, lastlog": "0664", "folders": "0775"}
    if count == 0:
        return unknown(Why.FILE_MISSING, "/var/log")
    return unmet({"wrong": bad[:20], "count": len(bad)}, wanted=wanted) if bad else met({"seen": count}, wanted=wanted)


@check("linux.log-retention")
def log_retention(
    modes: linux.Modes, rotation: linux.Logrotate, services: linux.LogServices, files: linux.SyslogFiles, *, days: int = 180
) -> Verdict:
    found = []
    for path in KEPT:
        item = modes.get(path)
        if not isinstance(item, Absent):
            found.append(path)
        elif item.why is not Why.NOT_PRESENT:
            return unknown(item.why, path)
    kept: dict[str, object] = {}
    short = unclear = False
    for path in found:
        block = rotation.of(path)
        length = block.days if block is not None else None
        kept[path] = (
            "not rotated" if block is None else "by size" if length is None else "for ever" if length == float("inf") else int(length)
        )
        short = short or (length is not None and length < days)
        unclear = unclear or length is None
    whole, _ = _forwarding(services, files)
    seen = {
        "days": kept,
        "forwarded_to": whole[:5],
        "journal": {k: v for k, v in files.journal.values.items() if "max" in k or "keep" in k},
    }
    wanted = {"at_least": days, "unit": "days"}
    if short and not whole:
        return unmet(seen, wanted=wanted)
    if short or unclear or not found:
        # Space, a missing rotation or a collector decides: only someone who sees the oldest record can say.
        return awaits_person(seen, wanted=wanted)
    return met(seen, wanted=wanted)
