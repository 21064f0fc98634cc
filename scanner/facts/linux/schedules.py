"""Scheduled jobs, by the tools that they run: cron lines never leave the target, they may carry passwords."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import fact, sections
from scanner.model.absent import Absent, Why
from scanner.model.evidence import Answer, Probe

TOOLS = (
    "aide", "amanda", "bacula", "bareos", "barman", "bconsole", "borg", "borgmatic", "chkrootkit", "clamdscan", "clamscan", "duplicity",
    "expdp", "lynis", "mariabackup", "mariadb-dump", "mongodump", "mysqldump", "pg_basebackup", "pg_dump", "pg_dumpall", "pgbackrest",
    "restic", "rkhunter", "rsnapshot", "rsync", "sys_dump", "tar", "tripwire", "xtrabackup",
)  # fmt: skip
"""Words that are looked for; also any word that holds ``backup``, ``bak`` or 备份."""

_ASK = f"""
echo '== jobs'
set --
for f in /etc/crontab /etc/anacrontab /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* \
 /var/spool/cron/crontabs/* /var/spool/cron/[!c]* /etc/crontabs/*; do
  [ -f "$f" ] && [ -r "$f" ] && set -- "$@" "$f"
done
[ $# -gt 0 ] && awk -v t='{" ".join(TOOLS)}' '
BEGIN {{ n = split(t, a, " "); for (i = 1; i <= n; i++) tool[a[i]] = 1 }}
/^[ \\t]*#/ {{ next }}
{{
  line = $0; gsub(/[^A-Za-z0-9_.\\/\\200-\\377-]+/, " ", line); m = split(line, w, " ")
  for (i = 1; i <= m; i++) {{
    b = w[i]; sub(/.*\\//, "", b)
    if (b == "dpkg-db-backup") continue
    if (b in tool || (b ~ /backup|bak|备份/ && w[i] ~ /\\//)) if (!seen[FILENAME " " b]++) print "|" FILENAME " " b
  }}
}}' "$@"
echo '== daemons'
for p in /proc/[0-9]*; do
  IFS= read -r c <"$p/comm" && case $c in cron|crond|anacron|atd|fcron) printf '|%s\\n' "$c";; esac
done 2>/dev/null
exit 0
"""


@fact(Probe("linux.schedules", "sh", (_ASK,), root=True))
@dataclass(frozen=True, slots=True)
class Schedules:
    """Which known tools scheduled jobs name."""

    jobs: tuple[tuple[str, str], ...]
    """File and tool."""
    daemons: frozenset[str]
    """Schedulers that run."""

    def of(self, *tools: str) -> list[str]:
        """Jobs that name one of the tools, as ``FILE TOOL``."""
        return [f"{path} {tool}" for path, tool in self.jobs if tool in tools]

    @classmethod
    def read(cls, answer: Answer) -> Schedules | Absent:
        """Read the sections."""
        found = sections(answer)
        if answer.exit != 0 or "daemons" not in found:
            return Absent(Why.COMMAND_FAILED, answer.complaint)
        jobs = []
        for line in found["jobs"]:
            path, _, tool = line.rpartition(" ")
            jobs.append((path, tool))
        return cls(tuple(jobs), frozenset(found["daemons"]))
