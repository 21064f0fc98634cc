"""Data at rest: encryption, backup jobs, leftovers / 存储加密、备份任务与剩余信息."""

from scanner.api import Absent, Verdict, awaits_person, check, linux, met, unmet


@check("linux.disk-encryption")
def disk_encryption(storage: linux.Storage) -> Verdict:
    """Which mounted file systems stand on an encryption layer; whether the data need it, a person says."""
    mounted = [block for block in storage.blocks if block.mountpoint.startswith("/") and block.type not in ("loop", "rom")]
    plain = sorted({block.mountpoint for block in mounted if not storage.encrypted(block.kernel_name)})
    covered = sorted({block.mountpoint for block in mounted} - set(plain))
    return awaits_person({"encrypted": covered[:20], "plain": plain[:20]}, wanted="important data at rest are encrypted")


BACKUP_TOOLS = (
    "amanda", "bacula", "bareos", "barman", "bconsole", "borg", "borgmatic", "duplicity", "expdp", "mariabackup", "mariadb-dump",
    "mongodump", "mysqldump", "pg_basebackup", "pg_dump", "pg_dumpall", "pgbackrest", "restic", "rsnapshot", "rsync", "sys_dump",
    "tar", "xtrabackup",
)  # fmt: skip
AGENTS = ("bacula-fd", "bareos-fd", "nbdisco", "veeamservice", "dsmcad", "cvd", "aishu", "vinchin", "i2node")


@check("linux.backup-jobs")
def backup_jobs(schedules: linux.Schedules, services: linux.Services) -> Verdict:
    """What looks like a backup on this host; whether it covers the data and restores, a person says."""
    jobs = schedules.of(*BACKUP_TOOLS) + [
        f"{path} {tool}" for path, tool in schedules.jobs if "backup" in tool or "bak" in tool or "备份" in tool
    ]
    words = ("backup", "borg", "restic", "barman", "snapshot", "bareos", "bacula")
    units = (u for u, state in services.unit_files.items() if u.endswith(".timer") and state == "enabled" and u != "dpkg-db-backup.timer")
    timers = sorted(u for u in units if any(w in u for w in words))
    agents = sorted({name[:15] for name in AGENTS} & services.processes)
    shown = {"jobs": sorted(set(jobs))[:20], "timers": timers[:20], "agents": agents}
    return awaits_person(shown, wanted="important data are backed up and a restore was tried")


@check("linux.residual-data")
def residual_data(sysctl: linux.Sysctl, storage: linux.Storage | Absent, services: linux.Services) -> Verdict:
    """Where passwords and records may stay behind: swap, core dumps, temporary files."""
    swaps: list[str] | None = None
    if not isinstance(storage, Absent):
        kernel = {block.kernel_name for block in storage.blocks if storage.encrypted(block.kernel_name)}
        swaps = [name for name in storage.swaps if name.rpartition("/")[2] not in kernel]
    shown = {
        "plain_swap": swaps,
        "core_pattern": sysctl.running.get("kernel.core_pattern", ""),
        "tmp_cleaning": services.active("systemd-tmpfiles-clean.timer"),
    }
    return awaits_person(shown, wanted="storage that held passwords or records is wiped before it is used again")


@check("linux.core-dumps-limited")
def core_dumps_limited(files: linux.HostFiles) -> Verdict:
    """A hard limit of 0 for everyone; a later line for a domain must not lift it again."""
    limits = [(domain, value) for domain, kind, value in files.core_limits() if kind in ("hard", "-")]
    everyone = [value for domain, value in limits if domain == "*"]
    lifted = sorted({domain for domain, value in limits if domain != "*" and value != "0"})
    shown = {"everyone": everyone[-1:], "lifted_for": lifted[:20]}
    return met(shown) if everyone[-1:] == ["0"] and not lifted else unmet(shown, wanted={"everyone": ["0"], "lifted_for": []})


@check("linux.core-dumps-stored")
def core_dumps_stored(files: linux.HostFiles) -> Verdict:
    value = files.systemd("coredump.conf", "Storage") or "external"
    return met({"storage": value}) if value.lower() == "none" else unmet({"storage": value}, wanted="none")


@check("linux.core-dumps-backtraces")
def core_dumps_backtraces(files: linux.HostFiles) -> Verdict:
    value = files.systemd("coredump.conf", "ProcessSizeMax") or "2G"
    return met({"process_size_max": value}) if value == "0" else unmet({"process_size_max": value}, wanted="0")
